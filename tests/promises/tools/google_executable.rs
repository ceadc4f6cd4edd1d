//! Google's library runs the program as an executable, as `integrations/google-executable/` says.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::pages::{integration, shows_as_in_readme};
use crate::support::{BINARY, Home, Ran, has_client};

const ALLOW: (&str, &str) = ("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");

/// Google's library with the page's file, at this token server in place of Google's; prints the access token.
fn library(home: &Home, google: &Endpoint) -> Ran {
    let file = fs::read_to_string(integration("google-executable/credentials.json")).unwrap();
    let had = "https://sts.googleapis.com";
    assert!(file.contains(had) && file.contains("\"jwt-credential google-executable\""), "{file}");
    let file = file.replace(had, &google.origin()).replace("\"jwt-credential ", &format!("\"{BINARY} "));
    home.write("credentials.json", &file, 0o600);
    let script = "import google.auth, google.auth.transport.requests as transport\n\
                  credentials, _ = google.auth.load_credentials_from_file('credentials.json')\n\
                  credentials.refresh(transport.Request())\n\
                  print(credentials.token)";
    let mut python = home.program("python-google-auth");
    Ran::of(python.args(["-W", "ignore", "-c", script]).env(ALLOW.0, ALLOW.1).current_dir(home.directory.path()))
}

#[test]
fn googles_library_exchanges_the_token() {
    if !has_client("python-google-auth") {
        return;
    }
    let (tokens, home) = (Endpoint::tokens(DAY), Home::new());
    home.oauth_at(&tokens);
    let google = Endpoint::always(Answer::json(
        200,
        &json!({"access_token": "ya29.google", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer", "expires_in": 3600}),
    ));
    for _ in 0..2 {
        assert_eq!(library(&home, &google).stdout, "ya29.google\n");
    }
    let asked = &google.asked()[0];
    assert_eq!(asked.field("subject_token").as_deref(), Some("token-1"));
    assert_eq!(asked.field("subject_token_type").as_deref(), Some("urn:ietf:params:oauth:token-type:jwt"));
    assert_eq!(tokens.count(), 1);
}

#[test]
fn googles_library_shows_why_there_is_no_token() {
    if !has_client("python-google-auth") {
        return;
    }
    let home = Home::new();
    home.oauth_at(&Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_id")));
    let google = Endpoint::always(Answer::new(500, &[], ""));
    let ran = library(&home, &google);
    shows_as_in_readme("google-executable", 0, &ran.stderr);
    assert!(ran.stderr.contains("invalid_client"), "{ran:?}");
    assert_eq!(google.count(), 0);
}

/// One byte on standard error breaks the answer, and another exit code hides its message.
#[test]
fn every_failure_is_an_answer_and_standard_error_is_empty() {
    let home = Home::new();
    let failed = |args: &[&str], variables: &[(&str, &str)]| -> Json {
        let ran = Ran::of(home.command(args).envs(variables.iter().copied())).succeeds();
        assert_eq!(ran.json()["success"], false, "{ran:?}");
        ran.json()
    };
    let none = failed(&["google-executable"], &[]);
    assert_eq!((&none["version"], &none["code"]), (&json!(1), &json!("3")));
    home.oauth_at(&Endpoint::tokens(DAY));
    let wrong = failed(&["google-executable", "--no-such-option"], &[]);
    assert!(wrong["message"].as_str().unwrap().contains("--no-such-option"), "{wrong}");
    let types = [("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", "urn:ietf:params:oauth:token-type:saml2")];
    assert_eq!(failed(&["google-executable"], &types)["code"], "2");
    let log = [("JWT_CREDENTIAL_LOG", "relative"), ("JWT_CREDENTIAL_CACHE_DIR", "/dev/null/none")];
    let ran = Ran::of(home.command(["google-executable", "-v"]).envs(log)).succeeds();
    assert_eq!((&ran.json()["success"], &ran.json()["id_token"]), (&json!(true), &json!("token-1")));
}

#[test]
fn the_answer_has_the_type_that_was_asked_for_and_an_end() {
    let (tokens, home) = (Endpoint::tokens(DAY), Home::new());
    home.oauth_at(&tokens);
    for name in ["jwt", "id_token"] {
        let asked = format!("urn:ietf:params:oauth:token-type:{name}");
        let mut command = home.command(["google-executable"]);
        let ran = Ran::of(command.env("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", &asked)).succeeds().json();
        assert_eq!(
            (&ran["version"], &ran["token_type"], &ran["id_token"]),
            (&json!(1), &json!(asked), &json!("token-1"))
        );
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!((now + DAY - 60..=now + DAY).contains(&ran["expiration_time"].as_u64().unwrap()), "{ran}");
    }
    let mut revoke = home.command(["google-executable"]);
    let ran = Ran::of(revoke.env("GOOGLE_EXTERNAL_ACCOUNT_REVOKE", "1")).succeeds().json();
    assert_eq!(ran, json!({"version": 1, "success": true}));
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
}

/// The libraries read the answer of a failed executable too, whatever the profile is called.
#[test]
fn a_profile_may_have_the_name_of_a_command() {
    let home = Home::new();
    home.write("config/profiles/aws.json", "{", 0o600);
    let answer = home.run(["-p", "aws", "google-executable"]).succeeds().json();
    assert_eq!((&answer["success"], &answer["code"]), (&json!(false), &json!("3")));
    for name in ["aws", "curl", "git"] {
        let answer = home.run(["-p", name, "google-executable", "--bogus"]).succeeds().json();
        assert_eq!((&answer["success"], &answer["code"]), (&json!(false), &json!("2")), "{name}");
    }
    for name in ["google-executable", "curl", "git", "exec"] {
        home.run(["-p", name, "token", "--bogus"]).fails(2, &["--bogus", "see jwt-credential token --help"]);
        home.run(["-vp", name, "exec", "--bogus", "--", "true"]).fails(125, &["--bogus"]);
        home.run(["--for", name, "json", "--bogus"]).fails(2, &["see jwt-credential json --help"]);
    }
}
