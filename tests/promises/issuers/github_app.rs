//! Installation tokens of GitHub Apps.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::support::clients::has_clients;
use crate::support::crowd::at_once;
use crate::support::endpoint::{Answer, Asked, Endpoint};
use crate::support::git_server::GitServer;
use crate::support::jwts::{parts, verified};
use crate::support::naming::with_stdin;
use crate::support::{Home, PRIVATE_KEY, Ran, alone, has_client};

pub(super) const APP: &str = "Iv23liAbCdEfGhIjKlMn";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A time in RFC 3339, this many seconds from now.
pub(super) fn time_in(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(seconds)).to_string()
}

/// A token as GitHub gives one.
pub(super) fn token(token: &str) -> Answer {
    Answer::json(201, &json!({"token": token, "expires_at": time_in(3600), "permissions": {"contents": "read"}}))
}

/// A home whose profile `default` is an App of this API.
pub(super) fn home_at(api: &Endpoint, more: &Json) -> Home {
    with_app(Home::new(), api, more)
}

fn with_app(home: Home, api: &Endpoint, more: &Json) -> Home {
    home.write("config/profiles/app.pem", PRIVATE_KEY, 0o600);
    let mut profile = json!({"provider": "github-app", "client_id": APP, "private_key": {"file": "app.pem"},
        "api_url": api.origin()});
    for (key, value) in more.as_object().unwrap() {
        profile[key] = value.clone();
    }
    home.profile("default", &profile);
    home
}

/// GitHub's API: installation 100, and a new token for each request.
fn api() -> Endpoint {
    Endpoint::new(|asked, number| {
        if asked.line.starts_with("GET") {
            Answer::json(200, &json!({"id": 100, "app_slug": "my-app"}))
        } else {
            token(&format!("ghs_12345_token-{number}"))
        }
    })
}

fn lines(api: &Endpoint) -> Vec<String> {
    api.asked().iter().map(|asked| asked.line.replace(" HTTP/1.1", "")).collect()
}

fn jwt(asked: &Asked) -> String {
    asked.header("authorization").unwrap().strip_prefix("Bearer ").unwrap().to_owned()
}

const MINT: &str = "POST /app/installations/100/access_tokens";

#[test]
fn the_jwt_has_the_claims_that_github_wants() {
    if !has_client("openssl") {
        return;
    }
    let api = api();
    let home = home_at(&api, &json!({"installation_id": "100"}));
    let ran = home.run(["json"]).succeeds();
    assert_eq!(ran.json()["access_token"], "ghs_12345_token-1");
    let left = humantime::parse_rfc3339(ran.json()["expires_at"].as_str().unwrap()).unwrap();
    let left = left.duration_since(SystemTime::now()).unwrap().as_secs();
    assert!((3500..=3600).contains(&left), "{left}");
    let asked = &api.asked()[0];
    assert_eq!((asked.line.as_str(), asked.body.as_str()), (format!("{MINT} HTTP/1.1").as_str(), "{}"));
    assert_eq!(asked.header("accept"), Some("application/vnd.github+json"));
    assert_eq!(asked.header("x-github-api-version"), Some("2022-11-28"));
    assert!(asked.header("user-agent").unwrap().starts_with("jwt-credential/"));
    let claims = verified(&home, &jwt(asked));
    let (iat, exp) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
    assert_eq!((&claims["iss"], exp - iat, claims.as_object().unwrap().len()), (&json!(APP), 600, 3));
    assert!((now() - 90..=now() - 60).contains(&iat), "{iat}");
}

#[test]
fn the_installation_is_found_by_owner_or_repository() {
    if !has_client("openssl") {
        return;
    }
    for (key, value, path) in [
        ("owner", "acme", "GET /users/acme/installation"),
        ("repository", "acme/infra", "GET /repos/acme/infra/installation"),
    ] {
        let api = api();
        let home = home_at(&api, &json!({ key: value }));
        home.run(["token"]).succeeds();
        assert_eq!(lines(&api), [path, MINT]);
        // The id is remembered with the token.
        assert_eq!(home.run(["token", "--refresh"]).succeeds().stdout, "ghs_12345_token-3\n");
        assert_eq!(lines(&api), [path, MINT, MINT]);
        for asked in api.asked() {
            assert_eq!(verified(&home, &jwt(&asked))["iss"], APP);
        }
    }
    let home = home_at(&api(), &json!({}));
    home.run(["token"]).fails(3, &["names no installation", "\"owner\""]);
}

#[test]
fn an_app_that_was_installed_anew_is_looked_up_once_more() {
    let api = Endpoint::new(|asked, number| match (asked.line.starts_with("GET"), number) {
        (true, 1) => Answer::json(200, &json!({"id": 100})),
        (true, _) => Answer::json(200, &json!({"id": 200})),
        (false, 2) => token("first"),
        (false, _) if asked.line.contains("/100/") => Answer::json(404, &json!({"message": "Not Found"})),
        (false, _) => token("second"),
    });
    let home = home_at(&api, &json!({"owner": "acme"}));
    assert_eq!(home.run(["token"]).succeeds().stdout, "first\n");
    assert_eq!(home.run(["token", "--refresh"]).succeeds().stdout, "second\n");
    let look = "GET /users/acme/installation";
    assert_eq!(lines(&api), [look, MINT, MINT, look, &MINT.replace("100", "200")]);
}

#[test]
fn an_unknown_installation_is_the_profiles_fault() {
    let api = Endpoint::always(Answer::json(404, &json!({"message": "Not Found"})));
    home_at(&api, &json!({"installation_id": "7"})).run(["token"]).fails(4, &["Not Found", "installation_id"]);
    assert_eq!(api.count(), 1);
    home_at(&api, &json!({"owner": "acme"})).run(["token"]).fails(4, &["is not installed there", "\"owner\""]);
    assert_eq!(api.count(), 2);
}

#[test]
fn a_token_is_narrowed_to_repositories() {
    let api = api();
    let home = home_at(&api, &json!({"installation_id": "100", "repositories": ["infra", "acme/app"]}));
    home.run(["token"]).succeeds();
    home.run(["token", "--repository", "infra"]).succeeds();
    home.run(["token", "--repository", "acme/infra"]).succeeds();
    home.run(["token", "--repository", "other"]).fails(2, &["--repository asks for other"]);
    let bodies: Vec<Json> = api.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    assert_eq!(bodies, [json!({"repositories": ["app", "infra"]}), json!({"repositories": ["infra"]})]);
}

#[test]
fn git_narrows_by_the_path_of_its_repository() {
    let api = api();
    let home = home_at(&api, &json!({"installation_id": "100", "hosts": ["github.com"]}));
    let ask = |path: &str| {
        let request = format!("protocol=https\nhost=github.com\npath={path}\nwwwauth[]=Basic realm=\"GitHub\"\n\n");
        with_stdin(&home, &["git".into(), "get".into()], &request, &[]).succeeds().stdout
    };
    let said = ask("acme/infra.git");
    assert!(said.starts_with("username=x-access-token\npassword=ghs_12345_token-1\npassword_expiry_utc="), "{said}");
    assert!(ask("acme/app.git").contains("token-2") && ask("acme/infra.git").contains("token-1"));
    assert_eq!(api.asked()[0].body, r#"{"repositories":["infra"]}"#);
}

/// The server takes nothing but the installation's token, as the password of the user that GitHub names.
#[test]
fn git_clones_a_private_repository() {
    if !has_clients(&["git", "python3"]) {
        return;
    }
    let api = api();
    let home = home_at(&api, &json!({"owner": "acme", "repositories": ["infra"]}));
    let make = "git init -q work && cd work && echo private >file && git add file && \
                git -c user.name=me -c user.email=me@example.com commit -qm private && \
                mkdir -p ../served/acme && git clone -q --bare . ../served/acme/infra.git";
    Ran::of(home.program("/bin/sh").args(["-ec", make]).current_dir(home.path(""))).succeeds();
    let server = GitServer::start(&home, &["Basic", "x-access-token:ghs_12345_token-2"]);
    let path = home.path("config/profiles/default.json");
    let mut profile: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    profile["hosts"] = json!([server.origin()]);
    home.profile("default", &profile);
    let clone = |helper: &str| {
        let mut git = home.tool("git");
        git.args(["-c", "credential.helper=", "-c", &format!("credential.helper={helper}"), "clone", "-q"]);
        git.arg(format!("{}/acme/infra.git", server.origin())).arg("cloned").current_dir(home.path(""));
        Ran::of(git.env("GIT_TERMINAL_PROMPT", "0"))
    };
    assert_eq!(clone("").code, 128, "without a credential the repository is closed");
    clone("jwt").succeeds();
    assert_eq!(std::fs::read_to_string(home.path("cloned/file")).unwrap(), "private\n");
    assert_eq!(lines(&api), ["GET /users/acme/installation", MINT]);
    assert_eq!(api.asked()[1].body, r#"{"repositories":["infra"]}"#);
}

/// GitHub repeats each repository of a narrowed token, 7 KiB each.
#[test]
fn an_answer_of_a_megabyte_is_read() {
    let answer =
        json!({"token": "ghs_long", "expires_at": time_in(3600), "repositories": vec!["x".repeat(7_000); 150]});
    let api = Endpoint::always(Answer::json(201, &answer));
    assert_eq!(home_at(&api, &json!({"installation_id": "1"})).run(["token"]).succeeds().stdout, "ghs_long\n");
}

/// The token that GitHub has given since April 2026.
#[test]
fn a_token_of_520_characters_is_taken() {
    let long = format!("ghs_12345_{}.{}.{}", "e".repeat(40), "p".repeat(300), "s".repeat(160));
    let answer = token(&long);
    let api = Endpoint::always(answer);
    assert_eq!(home_at(&api, &json!({"installation_id": "1"})).run(["token"]).succeeds().stdout, format!("{long}\n"));
}

#[test]
fn a_clock_that_is_off_is_corrected_by_githubs_date() {
    let hour = Duration::from_secs(3600);
    let server = SystemTime::now() - hour;
    let date = httpdate::fmt_http_date(server);
    let api = Endpoint::new(move |_, number| match number {
        1 => {
            let body = json!({"message": "'Expiration time' claim ('exp') is too far in the future"}).to_string();
            Answer::new(401, &[("Date", &date)], &body)
        }
        _ => token("corrected"),
    });
    let home = home_at(&api, &json!({"installation_id": "1"}));
    assert_eq!(home.run(["token"]).succeeds().stdout, "corrected\n");
    let exp = |asked: &Asked| parts(&jwt(asked)).1["exp"].as_u64().unwrap();
    let asked = api.asked();
    assert!((3595..=3605).contains(&(exp(&asked[0]) - exp(&asked[1]))), "{asked:?}");
}

#[test]
fn errors_of_github_say_what_to_do() {
    for (status, message, code, advice) in [
        (401, "A JSON web token could not be decoded", 4, "does not belong to the App"),
        (401, "Integration must generate a public key", 4, "generate a private key"),
        (401, "'Issued at' claim ('iat') must be an Integer representing the time", 4, "set this machine's clock"),
        (403, "This installation has been suspended", 4, "suspended"),
        (422, "There is at least one repository that does not exist or is not accessible", 4, "\"repositories\""),
        (403, "You have exceeded a secondary rate limit", 5, "try again later"),
        (500, "Server Error", 5, ""),
    ] {
        let api =
            Endpoint::always(Answer::json(status, &json!({"message": message, "documentation_url": "https://d"})));
        let home = home_at(&api, &json!({"installation_id": "1"}));
        home.run(["token"]).fails(code, &[message, advice]);
    }
}

#[test]
fn an_enterprise_server_has_its_api_below_a_path() {
    let api = api();
    let home = home_at(&api, &json!({"installation_id": "100", "api_url": format!("{}/api/v3/", api.origin())}));
    home.run(["token"]).succeeds();
    assert_eq!(lines(&api), ["POST /api/v3/app/installations/100/access_tokens"]);
    for wrong in ["https://ghe.example/api?v=3", "https://user@ghe.example", "http://ghe.example/api/v3"] {
        home_at(&api, &json!({"api_url": wrong})).run(["token"]).fails(3, &["api_url"]);
    }
}

#[test]
fn a_thousand_processes_look_up_and_ask_once() {
    let _machine = alone();
    let api = Endpoint::new(|asked, _| {
        let answer = if asked.line.starts_with("GET") { Answer::json(200, &json!({"id": 100})) } else { token("one") };
        answer.after(Duration::from_millis(300))
    });
    let home = with_app(Home::bare(), &api, &json!({"owner": "acme"}));
    for (ran, _) in at_once(&home, 1000, &["token"]) {
        assert_eq!(ran.succeeds().stdout, "one\n");
    }
    assert_eq!(lines(&api), ["GET /users/acme/installation", MINT]);
}

#[test]
fn a_new_key_takes_over_while_keys_are_rotated() {
    if !has_client("openssl") {
        return;
    }
    let api = Endpoint::new(|_, number| match number {
        1 => Answer::json(401, &json!({"message": "A JSON web token could not be decoded"})),
        _ => token("by-the-second"),
    });
    let home =
        home_at(&api, &json!({"installation_id": "1", "private_key": [{"file": "old.pem"}, {"file": "app.pem"}]}));
    crate::support::files::openssl(&home, "genrsa -traditional -out config/profiles/old.pem 2048");
    assert_eq!(home.run(["token"]).succeeds().stdout, "by-the-second\n");
    assert_eq!(verified(&home, &jwt(&api.asked()[1]))["iss"], APP);
}
