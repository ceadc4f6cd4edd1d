//! `whoami`: whom a token is for, without its signature and without asking any other server.

use std::io::Write as _;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{CLIENT_ID, Home, ORG_ID, Ran, oauth_home};

const SIGNATURE: &str = "c2lnbmF0dXJlLWNhbmFyeQ";

fn jwt(claims: &Json) -> String {
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{SIGNATURE}", part(&json!({"alg": "RS256", "kid": "k1"})), part(claims))
}

/// As Adobe's token server (IMS) makes them: times in milliseconds, as strings.
fn adobe_claims() -> Json {
    json!({
        "id": "1700000000000_x", "type": "access_token", "client_id": CLIENT_ID, "user_id": "5F60@techacct.adobe.com",
        "org": ORG_ID, "as": "ims-na1", "created_at": "1795590000000", "expires_in": "86400000",
        "scope": "openid,AdobeID",
    })
}

fn giving(token: &str) -> (Home, Endpoint) {
    let endpoint = Endpoint::always(Answer::token(token, DAY));
    (Home::with_oauth(&endpoint.origin()), endpoint)
}

/// `whoami -` with this standard input.
fn of_stdin(args: &[&str], stdin: &[u8]) -> (Ran, Endpoint) {
    let (home, endpoint) = oauth_home();
    let mut command = home.command(["whoami", "-"].iter().chain(args));
    command.env("TZ", "UTC0").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A process that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(endpoint.count(), 0, "nothing is sent");
    assert!(!ran.stdout.contains(SIGNATURE) && !ran.stderr.contains(SIGNATURE), "{ran:?}");
    (ran, endpoint)
}

#[test]
fn the_claims_of_a_jwt_are_shown_without_its_signature() {
    let (home, endpoint) = giving(&jwt(&adobe_claims()));
    let text = Ran::of(home.command(["whoami"]).env("TZ", "XYZ-2")).succeeds().stdout;
    for line in [
        "profile                default (adobe-oauth)\n",
        "source                 claims of the token (JWT, RS256; its signature was not verified)\n",
        &format!("client                 {CLIENT_ID}\n"),
        "scope                  openid,AdobeID\n",
        "technical account      5F60@techacct.adobe.com\n",
        &format!("organization           {ORG_ID}\n"),
        "token server           ims-na1\n",
        "issued                 2026-11-25 09:00:00 +02:00 (",
        "lifetime               24 h 0 min\n",
        "token expires          ",
    ] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
    let json = home.run(["whoami", "--json"]).succeeds().json();
    assert_eq!((&json["version"], &json["source"], &json["verified"]), (&json!(1), &json!("token"), &json!(false)));
    assert_eq!((&json["claims"], &json["header"]["kid"]), (&adobe_claims(), &json!("k1")));
    assert_eq!(json["profile"], "default");
    assert_eq!(home.run(["whoami", "default", "--json"]).succeeds().json(), json);
    assert!(json["expires_at"].as_str().unwrap().ends_with('Z'), "{json}");
    assert!(!(text + &json.to_string()).contains(SIGNATURE));
    assert_eq!(endpoint.count(), 1, "the second call found the token in the cache");
}

#[test]
fn an_opaque_token_gives_the_profiles_account_instead() {
    let (home, endpoint) = oauth_home();
    let text = home.run(["whoami"]).succeeds().stdout;
    for line in [
        "source                 the profile: the token is not a JWT",
        &format!("client_id              {CLIENT_ID}\n"),
        &format!("org_id                 {ORG_ID}\n"),
        "scopes                 AdobeID, openid\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
    let json = home.run(["whoami", "--json"]).succeeds().json();
    assert_eq!((&json["source"], &json["identity"]["client_id"]), (&json!("profile"), &json!(CLIENT_ID)));
    assert_eq!((json.get("claims"), endpoint.count()), (None, 1));
    assert!(!(text + &json.to_string()).contains("token-1"));
}

#[test]
fn a_token_on_standard_input_is_read_and_sent_nowhere() {
    let token = jwt(&json!({"iss": "https://issuer.example", "aud": ["a", "b"], "exp": 1_795_590_000, "user_id": "u"}));
    for input in [token.clone(), format!("{token}\n"), format!("Authorization: Bearer {token}\r\n")] {
        let (ran, _) = of_stdin(&[], input.as_bytes());
        let text = ran.succeeds().stdout;
        for line in [
            "issuer                 https://issuer.example\n",
            "audience               a, b\n",
            "expires                2026-11-25 07:00:00 +00:00 (",
            "technical account      u\n",
        ] {
            assert!(text.contains(line), "{line:?} is not in {text}");
        }
        assert!(!text.contains("profile"), "{text}");
    }
    let json = of_stdin(&["--json"], token.as_bytes()).0.succeeds().json();
    assert_eq!((&json["claims"]["aud"], json.get("profile")), (&json!(["a", "b"]), None));
}

#[test]
fn what_is_no_jwt_is_not_repeated() {
    let long = vec![b'a'; 70_000];
    let two = jwt(&json!({})).rsplit_once('.').unwrap().0.to_owned();
    for (input, words) in [
        (&b"opaque-canary"[..], "is not a JWT"),
        (b"", "is not a JWT"),
        (b"\xff\xfe", "is not a JWT"),
        (two.as_bytes(), "is not a JWT"),
        (&long, "is larger than 64 KiB"),
    ] {
        let (ran, _) = of_stdin(&[], input);
        let ran = ran.fails(2, &["the token on standard input ", words]);
        assert!(!ran.stderr.contains("canary") && !ran.stderr.contains("eyJ"), "{ran:?}");
    }
}

#[test]
fn claims_neither_move_the_cursor_nor_hold_a_token() {
    let inner = jwt(&json!({"sub": "inner"}));
    let token = jwt(&json!({"sub": "a\u{1b}[2J\u{202e}b", "email": inner, "act": {"token": inner}, "exp": "soon"}));
    for args in [&[][..], &["--json"]] {
        let stdout = of_stdin(args, token.as_bytes()).0.succeeds().stdout;
        assert!(!stdout.contains(&inner) && stdout.contains("(a JWT)"), "{stdout}");
        assert!(stdout.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{stdout:?}");
    }
}

#[test]
fn a_refused_credential_is_the_usual_error() {
    let endpoint = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["whoami"]).fails(4, &["invalid_client", "client_secret"]);
    home.run(["whoami", "-p", "absent"]).fails(3, &["absent"]);
}
