//! During a rotation a profile has both secrets or keys: the next one is tried only if the endpoint refuses the first
//! one itself.

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, Asked, DAY, DAY_MS, Endpoint};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, SECRET, has_client, jwt, oauth};

const DEAD: &str = "s8e-dead-secret";

/// Accepts one secret, and refuses all others as IMS does.
fn taking(secret: &'static str, status: u16) -> Endpoint {
    Endpoint::new(move |asked, number| match asked.field("client_secret") {
        Some(had) if had == secret => Answer::token(&format!("token-{number}"), DAY),
        _ => Answer::refusal(status, "invalid_client", "invalid client_secret parameter"),
    })
}

fn with_secrets(mut profile: Json, secrets: &[&str]) -> Json {
    profile["client_secret"] = json!(secrets);
    profile
}

#[test]
fn the_next_secret_is_tried_and_the_working_one_remembered() {
    for (status, is_jwt) in [(400, false), (401, true)] {
        let home = Home::new();
        let endpoint = taking(SECRET, status);
        home.jwt_at(&endpoint);
        let profile = if is_jwt { jwt(&endpoint.origin()) } else { oauth(&endpoint.origin()) };
        home.profile("default", &with_secrets(profile, &[DEAD, SECRET]));
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
        assert_eq!(
            home.run(["token", "--refresh"]).succeeds().stdout,
            "token-3\n",
            "the rejected one is not tried again"
        );
        let status = home.run(["status"]).succeeds().stdout;
        assert!(status.contains("client_secret: value 1 was rejected and another one works; remove it"), "{status}");
        assert_eq!(
            home.run(["status", "--json"]).succeeds().json()["profiles"][0]["refused"]["client_secret"],
            json!([1])
        );
    }
}

/// A server may repeat what it was sent before.
#[test]
fn no_message_repeats_a_secret_that_was_tried_before() {
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, _| {
        let description = match asked.field("client_secret") {
            Some(had) if had == DEAD => "invalid client_secret parameter".to_owned(),
            _ => format!("invalid client_secret parameter: neither this nor {DEAD}"),
        };
        Answer::refusal(400, "invalid_client", &description)
    });
    home.profile("default", &with_secrets(oauth(&endpoint.origin()), &[DEAD, SECRET]));
    let mut command = home.command(["token", "-v"]);
    let ran = Ran::of(command.env("JWT_CREDENTIAL_LOG", home.path("log")));
    assert!(ran.code == 4 && ran.stderr.contains("neither this nor [redacted]"), "{ran:?}");
    assert_eq!(endpoint.count(), 2);
    let status = home.run(["status"]);
    let files = [home.path("log"), home.record_path().unwrap()].map(|path| std::fs::read_to_string(path).unwrap());
    for text in [&ran.stderr, &status.stdout, &status.stderr, &files[0], &files[1]] {
        assert!(!text.contains(DEAD), "{text}");
    }
}

#[test]
fn a_remembered_secret_is_replaced_once_it_is_rejected() {
    let home = Home::new();
    let (old, new) = (taking(SECRET, 400), taking(DEAD, 400));
    let at = |endpoint: &Endpoint, secrets: &[&str]| {
        let mut profile = with_secrets(oauth("https://ims.invalid"), secrets);
        profile["ims"] = json!(endpoint.origin());
        home.profile("default", &profile);
        home.run(["token", "--refresh"])
    };
    at(&old, &[DEAD, SECRET]).succeeds();
    at(&new, &[DEAD, SECRET]).succeeds();
    assert_eq!((old.count(), new.count()), (2, 1), "another host has its own record");
    at(&old, &[SECRET]).succeeds();
    assert_eq!(old.count(), 3, "an index beyond the list is ignored");
}

#[test]
fn what_is_remembered_belongs_to_the_value_not_its_place() {
    let home = Home::new();
    let endpoint = taking(SECRET, 400);
    let put = |secrets: Json| {
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = secrets;
        home.profile("default", &profile);
    };
    let refused = || home.run(["status", "--json"]).succeeds().json()["profiles"][0].get("refused").cloned();
    put(json!([DEAD, SECRET]));
    home.run(["token"]).succeeds();
    assert_eq!(refused(), Some(json!({"client_secret": [1]})));
    put(json!([SECRET, "s8e-the-next-secret"]));
    assert_eq!(refused(), None, "no value in the list was refused");
    home.run(["token", "--refresh"]).succeeds();
    assert_eq!(endpoint.count(), 3, "the working one first, at any place");
    put(json!(SECRET));
    assert_eq!(refused(), None);
}

#[test]
fn an_unavailable_value_is_skipped_if_there_is_another() {
    let home = Home::new();
    let endpoint = taking(SECRET, 400);
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!([{"env": "NOT_SET"}, SECRET]);
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    profile["client_secret"] = json!([{"env": "NOT_SET"}, {"file": "none"}]);
    home.profile("default", &profile);
    home.run(["token", "--refresh"]).fails(3, &["config/profiles/none"]);
}

/// Only what is printed of an answer is cut and stripped of secrets; the decision uses the whole answer.
#[test]
fn the_next_secret_is_tried_even_if_the_answer_is_hidden() {
    let long = "x".repeat(300) + " invalid client_secret parameter";
    // In the first two, a part of the secret is a word of the answer.
    for (dead, description) in [
        ("the-invalid_client", "invalid client_secret parameter"),
        ("s8e-client_secret-1", "invalid client_secret parameter"),
        (DEAD, &*long),
    ] {
        let (home, said) = (Home::new(), description.to_owned());
        let endpoint = Endpoint::new(move |asked, _| match asked.field("client_secret") {
            Some(had) if had == SECRET => Answer::token("token", DAY),
            _ => Answer::refusal(400, "invalid_client", &said),
        });
        home.profile("default", &with_secrets(oauth(&endpoint.origin()), &[dead, SECRET]));
        assert_eq!(home.run(["token"]).succeeds().stdout, "token\n", "{description}");
        home.profile("default", &with_secrets(oauth(&endpoint.origin()), &[dead]));
        let ran = home.run(["token", "--refresh"]).fails(4, &["hint: copy the client_secret"]);
        assert!(!ran.stderr.contains(dead) && ran.stderr.len() < 900, "{ran:?}");
    }
}

#[test]
fn if_all_are_refused_each_was_tried_once() {
    let home = Home::new();
    let endpoint = taking("none of these", 400);
    home.profile("default", &with_secrets(oauth(&endpoint.origin()), &[DEAD, SECRET, "s8e-third"]));
    home.run(["token"]).fails(4, &["invalid client_secret parameter"]);
    home.run(["token"]).fails(4, &["invalid client_secret parameter"]);
    assert_eq!(endpoint.count(), 3);
}

#[test]
fn no_other_refusal_reveals_another_secret() {
    let refusals = [
        Answer::refusal(400, "invalid_client", "invalid client_id parameter"),
        Answer::refusal(400, "invalid_scope", "client_secret is fine"),
        Answer::refusal(401, "unauthorized_client", ""),
        Answer::refusal(500, "internal_error", "Please try again later"),
        Answer::new(400, &[], "<html>client_secret</html>"),
    ];
    for refusal in refusals {
        let home = Home::new();
        let endpoint = Endpoint::always(refusal);
        home.profile("default", &with_secrets(oauth(&endpoint.origin()), &[SECRET, DEAD]));
        assert_ne!(home.run(["token"]).code, 0);
        let secrets: Vec<_> = endpoint.asked().iter().filter_map(|asked| asked.field("client_secret")).collect();
        assert_eq!(secrets, [SECRET]);
    }
}

#[test]
fn the_next_key_is_tried_if_the_signature_matches_nothing() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    let made =
        home.program("openssl").args(["genrsa", "-out"]).arg(home.path("config/profiles/old.key")).arg("2048").output();
    assert!(made.unwrap().status.success());
    home.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
    home.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o644);
    let certificate = home.path("config/profiles/certificate_pub.crt");
    let endpoint = Endpoint::new(move |asked, number| {
        if is_signed_by(asked, &certificate) {
            Answer::token(&format!("token-{number}"), DAY_MS)
        } else {
            Answer::refusal(400, "invalid_token", "Could not match JWT signature to any of the bindings")
        }
    });
    let mut profile = jwt(&endpoint.origin());
    profile["private_key"] = json!([{"file": "old.key"}, {"file": "private.key"}]);
    home.profile("default", &profile);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
    assert_eq!(home.run(["token", "--refresh"]).succeeds().stdout, "token-3\n");
    assert_eq!(home.run(["status", "--json"]).succeeds().json()["profiles"][0]["refused"]["private_key"], json!([1]));
    // If several keys are all refused, nothing is said about which one the certificate belongs to.
    profile["private_key"] = json!([{"file": "old.key"}, {"file": "old.key"}]);
    home.profile("default", &profile);
    let ran = home.run(["token", "--refresh"]).fails(4, &["old.key matches no valid certificate"]);
    assert!(!ran.stderr.contains("belong"), "{ran:?}");
    profile["private_key"] = json!([{"file": "old.key"}]);
    home.profile("default", &profile);
    home.run(["token", "--refresh"])
        .fails(4, &["Could not match JWT signature", "config/profiles/old.key does not belong to"]);
}

/// Whether an assertion verifies with a certificate, by openssl.
fn is_signed_by(asked: &Asked, certificate: &std::path::Path) -> bool {
    use base64::Engine as _;
    let assertion = asked.field("jwt_token").unwrap();
    let (message, signature) = assertion.rsplit_once('.').unwrap();
    let files = tempfile::tempdir().unwrap();
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
    std::fs::write(files.path().join("message"), message).unwrap();
    std::fs::write(files.path().join("signature"), signature).unwrap();
    let script = "openssl x509 -noout -pubkey -in \"$0\" >public && openssl dgst -sha256 -verify public -signature signature message";
    let mut sh = std::process::Command::new("/bin/sh");
    sh.args(["-c", script]).arg(certificate).current_dir(files.path()).output().unwrap().status.success()
}

/// The command prompts the user, so it runs only once.
#[test]
fn a_command_runs_once_even_if_several_values_are_tried() {
    let home = Home::new();
    let endpoint = taking(SECRET, 400);
    home.jwt_at(&endpoint);
    let runs = home.path("runs");
    let mut profile = with_secrets(jwt(&endpoint.origin()), &[DEAD, SECRET]);
    let command = format!("echo x >>'{}'; cat private.key", runs.display());
    profile["private_key"] = json!({"command": ["/bin/sh", "-c", command]});
    home.profile("default", &profile);
    home.run(["token", "--timeout", "60s"]).succeeds();
    assert_eq!((std::fs::read_to_string(runs).unwrap().as_str(), endpoint.count()), ("x\n", 2));
}
