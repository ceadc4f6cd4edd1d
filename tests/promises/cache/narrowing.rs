//! A call can ask for less than its profile allows.

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::naming::with_stdin;
use crate::support::{Home, oauth};

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
