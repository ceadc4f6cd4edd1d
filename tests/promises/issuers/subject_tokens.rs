//! Tokens of another issuer, which are exchanged: where they come from, and who may share what they give.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::key_pairs::self_signed;
use crate::support::clients::skip;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, PRIVATE_KEY, Ran};

/// A JWT of another issuer, whose signature the exchange does not look at.
pub(crate) fn jwt(subject: &str, lives: i64) -> String {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let part = |json: Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({"iss": "https://ci.example.com", "sub": subject, "exp": now + lives, "iat": now, "n": rand()});
    format!("{}.{}.c2ln", part(json!({"alg": "RS256"})), part(claims))
}

/// Something that differs from call to call.
fn rand() -> u64 {
    u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos())
}

fn exchange(endpoint: &Endpoint, subject: &Json) -> Json {
    json!({"grant": "token-exchange", "token_url": format!("{}/token", endpoint.origin()), "subject_token": subject})
}

#[test]
fn jobs_with_different_subjects_share_no_token() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    home.profile("default", &exchange(&endpoint, &json!({"env": "SUBJECT"})));
    let call = |token: &str| Ran::of(home.command(["token"]).env("SUBJECT", token)).succeeds().stdout;
    let one = call(&jwt("repo:one", 600));
    assert_ne!(call(&jwt("repo:two", 600)), one);
    assert_eq!(call(&jwt("repo:one", 600)), one, "a new token of the same job");
    let opaque = call("opaque-1");
    assert_ne!(call("opaque-2"), opaque);
    assert_eq!(call("opaque-1"), opaque);
    assert_eq!(endpoint.count(), 4);
    Ran::of(&mut home.command(["token"])).fails(3, &["\"subject_token\"", "SUBJECT"]);
}

#[test]
fn a_file_is_read_anew_for_each_exchange() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let file = home.write("subject", &jwt("pod", 600), 0o600);
    home.profile("default", &exchange(&endpoint, &json!({"file": file})));
    home.run(["token"]).succeeds();
    let second = jwt("pod", 600);
    home.write("subject", &second, 0o600);
    home.run(["token", "--refresh"]).succeeds();
    assert_eq!(endpoint.asked()[1].field("subject_token"), Some(second));
}

#[test]
fn an_expired_subject_token_is_not_sent() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let file = home.write("subject", &jwt("pod", -60), 0o600);
    home.profile("default", &exchange(&endpoint, &json!({"file": file})));
    home.run(["token"]).fails(3, &["\"subject_token\"", "subject expired at ", "renew it"]);
    assert_eq!(endpoint.count(), 0);
    home.write("subject", &jwt("pod", 600), 0o600);
    home.run(["token"]).succeeds();
}

#[test]
fn another_profile_gives_the_subject_token() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let key = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    home.profile("job", &self_signed(key.to_str().unwrap(), &json!({"iss": "https://ci", "sub": "job", "aud": "sts"})));
    home.profile("default", &exchange(&endpoint, &json!({"profile": "job"})));
    home.run(["token"]).succeeds();
    let own = home.run(["-p", "job", "token"]).succeeds().stdout;
    assert_eq!(endpoint.asked()[0].field("subject_token").as_deref(), Some(own.trim()), "from its own cache");
    // Its contents belong to the identity.
    home.profile(
        "job",
        &self_signed(key.to_str().unwrap(), &json!({"iss": "https://ci", "sub": "other", "aud": "sts"})),
    );
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn a_cycle_of_profiles_is_an_error() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    for (name, other) in [("a", "b"), ("b", "c"), ("c", "a"), ("own", "own")] {
        home.profile(name, &exchange(&endpoint, &json!({"profile": other})));
    }
    home.run(["-p", "a", "token"])
        .fails(3, &["the profile b gives no token", "asks for a token of this profile itself"]);
    home.run(["-p", "own", "token"]).fails(3, &["asks for a token of this profile itself"]);
    home.profile("to-none", &exchange(&endpoint, &json!({"profile": "none"})));
    home.run(["-p", "to-none", "token"]).fails(3, &["the profile none gives no token"]);
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_profile_that_is_a_pipe_does_not_hold_up_another() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    home.profile("default", &exchange(&endpoint, &json!({"profile": "pipe"})));
    let pipe = home.path("config/profiles/pipe.json");
    if !Command::new("mkfifo").args(["-m", "600"]).arg(pipe).status().is_ok_and(|status| status.success()) {
        return skip("mkfifo");
    }
    home.run(["token", "--timeout", "1s"]).fails(3, &["the profile pipe gives no token"]);
}

#[test]
fn a_job_of_github_actions_asks_for_its_own_token() {
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, number| {
        if asked.line.starts_with("GET ") {
            assert_eq!(asked.line, "GET /idtoken/1?api-version=2.0&audience=https%3A%2F%2Fsts.example.com HTTP/1.1");
            assert_eq!(asked.header("authorization"), Some("Bearer runner-token-1"));
            return Answer::json(200, &json!({"value": jwt("repo:acme/app", 300), "count": 1}));
        }
        Answer::token(&format!("token-{number}"), DAY).after(Duration::from_millis(1))
    });
    home.profile("default", &exchange(&endpoint, &json!({"github_actions": {"audience": "https://sts.example.com"}})));
    home.run(["token"]).fails(3, &["ACTIONS_ID_TOKEN_REQUEST_URL", "id-token: write"]);
    let call = |job: &str| {
        let url = format!("{}/idtoken/1?api-version=2.0", endpoint.origin());
        let mut command = home.command(["token"]);
        command.env("ACTIONS_ID_TOKEN_REQUEST_URL", url + job).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-token-1");
        Ran::of(&mut command).succeeds().stdout
    };
    let one = call("");
    assert_eq!(call(""), one);
    assert_eq!(endpoint.count(), 2, "one for the job's token, one for the exchange");
    assert!(endpoint.asked()[1].field("subject_token").is_some());
}

#[test]
fn a_job_that_gets_no_token_sends_nothing() {
    let issuer = Endpoint::tokens(DAY);
    for answer in [
        Answer::json(401, &json!({"message": "the runner's token has expired"})),
        Answer::new(302, &[("Location", "http://127.0.0.1:9/")], ""),
        Answer::json(200, &json!({"count": 0})),
    ] {
        let (home, actions) = (Home::new(), Endpoint::always(answer));
        home.profile(
            "default",
            &exchange(&issuer, &json!({"github_actions": {"audience": "https://sts.example.com"}})),
        );
        let mut command = home.command(["token"]);
        command.env("ACTIONS_ID_TOKEN_REQUEST_URL", actions.origin()).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-1");
        let said = [&actions.origin(), "gave no token of this job", "a step of the job"];
        Ran::of(&mut command).fails(5, &said);
    }
    let home = Home::new();
    home.profile("default", &exchange(&issuer, &json!({"github_actions": {}})));
    let mut command = home.command(["token"]);
    command.env("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1").env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-1");
    let ran = Ran::of(&mut command).fails(5, &["http://127.0.0.1:1"]);
    assert!(!ran.stderr.contains("in the profile"), "no key of the profile holds that URL: {ran:?}");
    assert_eq!(issuer.count(), 0);
}

#[test]
fn only_a_subject_token_comes_from_another_issuer() {
    let home = Home::new();
    let secret = json!({"grant": "client-credentials", "token_url": "http://127.0.0.1:1/token", "client_id": "c",
        "client_secret": {"profile": "other"}});
    home.profile("default", &secret);
    home.run(["token"]).fails(3, &["\"client_secret\"", "only a subject token or an assertion can"]);
}
