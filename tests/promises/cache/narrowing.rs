//! A call can ask for less than its profile allows.

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::files::names;
use crate::support::naming::with_stdin;
use crate::support::{Home, SECRET, oauth};

#[test]
fn a_narrowed_token_is_cached_beside_the_usual_one() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&endpoint.origin());
    profile["scopes"] = json!(["openid", "AdobeID", "read_organizations"]);
    home.profile("default", &profile);
    let token = |args: &[&str]| home.run(args).succeeds().stdout.trim().to_owned();
    assert_eq!(token(&["token"]), "token-1");
    // The same scopes in another order are the same token.
    for scope in ["openid,AdobeID", "AdobeID, openid"] {
        assert_eq!(token(&["token", "--scope", scope]), "token-2", "{scope}");
    }
    assert_eq!(token(&["token", "--scope", "read_organizations,AdobeID,openid"]), "token-1");
    let scopes: Vec<String> = endpoint.asked().iter().filter_map(|asked| asked.field("scope")).collect();
    assert_eq!(scopes, ["AdobeID,openid,read_organizations", "AdobeID,openid"]);
    home.run(["forget", "--scope", "openid,AdobeID"]).succeeds();
    assert_eq!(token(&["token"]), "token-1");
    assert_eq!(token(&["--scope", "openid,AdobeID", "token"]), "token-3");
}

#[test]
fn a_scope_that_the_profile_does_not_list_is_refused() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.oauth_at(&endpoint);
    home.run(["token", "--scope", "everything"]).fails(2, &["--scope", "everything", "\"scopes\""]);
    home.run(["token", "--scope", ","]).fails(2, &["--scope", "empty"]);
    home.jwt_at(&endpoint);
    home.run(["token", "--scope", "openid"]).fails(2, &["--scope cannot narrow", "adobe-jwt"]);
    assert_eq!(endpoint.count(), 0);
}

/// git names a repository with `useHttpPath`. Adobe's tokens are the same for every repository.
#[test]
fn a_narrowing_the_provider_lacks_gives_the_usual_token() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(["git.example"]);
    home.profile("default", &profile);
    for path in ["", "path=one/repository.git\n", "path=another/repository\n"] {
        let request = format!("protocol=https\nhost=git.example\n{path}\n");
        let ran = with_stdin(&home, &["git".into(), "get".into()], &request, &[]);
        assert!(ran.succeeds().stdout.contains("password=token-1\n"), "{path}");
    }
}

/// A home with a token of the profile `wide`, two narrowed ones, and one of another profile of the same client.
fn narrowed_home() -> (Home, Endpoint) {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    for (name, scopes) in [("wide", ["openid", "AdobeID"]), ("other", ["openid", "email"])] {
        let mut profile = oauth(&endpoint.origin());
        profile["scopes"] = json!(scopes);
        home.profile(name, &profile);
    }
    for args in [&["-p", "wide"][..], &["-p", "wide", "--scope", "openid"], &["-p", "wide", "--scope", "AdobeID"]] {
        home.run([&["token"], args].concat()).succeeds();
    }
    assert_eq!(home.run(["token", "-p", "other"]).succeeds().stdout, "token-4\n");
    assert_eq!(records(&home), 4);
    (home, endpoint)
}

fn records(home: &Home) -> usize {
    names(&home.path("cache")).iter().filter(|name| name.contains(".json")).count()
}

#[test]
fn narrowed_tokens_go_with_the_usual_one() {
    let (home, endpoint) = narrowed_home();
    let said = home.run(["forget", "wide"]).succeeds().stdout;
    assert!(said.starts_with("forgot 3 tokens of the profile "), "{said}");
    assert_eq!((records(&home), home.run(["token", "-p", "other"]).succeeds().stdout), (1, "token-4\n".into()));

    let (home, _) = narrowed_home();
    let said = home.run(["forget", "--scope", "openid", "-p", "wide"]).succeeds().stdout;
    assert!(said.starts_with("forgot the token of ") && records(&home) == 3, "{said}");
    let said = home.run(["forget", "--all"]).succeeds().stdout;
    assert!(said.contains("forgot 2 tokens of ") && said.lines().count() == 2 && records(&home) == 0, "{said}");
    drop(endpoint);
}

#[test]
fn delete_drops_narrowed_tokens_that_no_other_profile_can_have() {
    let (home, _endpoint) = narrowed_home();
    let said = home.run(["delete", "wide", "--yes"]).succeeds().stdout;
    assert!(said.contains("  2 cached tokens\n"), "{said}");
    assert_eq!(records(&home), 2, "the token for openid alone may be one of the other profile as well");
    assert_eq!(home.run(["token", "-p", "other", "--scope", "openid"]).succeeds().stdout, "token-2\n");
    home.run(["delete", "other", "--yes"]).succeeds();
    assert_eq!(records(&home), 0);
}

/// A profile that lists no scopes may narrow its token to any of them.
#[test]
fn the_usual_token_of_another_profile_stays() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let url = format!("{}/token", endpoint.origin());
    let client = json!({"grant": "client-credentials", "token_url": url, "client_id": "c", "client_secret": SECRET});
    home.profile("all", &client);
    let mut of_one = client;
    of_one["scopes"] = json!(["read"]);
    home.profile("read", &of_one);
    for args in [&["-p", "read"][..], &["-p", "all", "--scope", "read,write"], &["-p", "all", "--audience", "a"]] {
        home.run([&["token"], args].concat()).succeeds();
    }
    home.run(["-p", "all", "token", "--audience", "a,b"]).fails(2, &["--audience is for one value"]);
    assert!(home.run(["forget", "all"]).succeeds().stdout.starts_with("forgot 2 tokens of "));
    assert_eq!((records(&home), home.run(["token", "-p", "read"]).succeeds().stdout), (1, "token-1\n".into()));
}
