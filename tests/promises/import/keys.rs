//! A private key and its certificate during an import: what would be refused later is refused at once.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::ca::certificate_ending;
use crate::support::downloads::Account;
use crate::support::endpoint::{DAY_MS, Endpoint};
use crate::support::files::{files_below, mode, openssl};
use crate::support::{
    CERTIFICATE, CLIENT_ID, Home, ORG_ID, PRIVATE_KEY, Ran, SECRET, TECHNICAL_ACCOUNT_ID, has_client,
};

const WITHOUT_CERTIFICATE: &str = "note: no certificate";

/// A home with a JWT credential of the console and a key pair, and an endpoint that accepts any signature.
fn bench() -> (Home, Endpoint) {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    home.download("jwt.json", &Account::own().console_jwt());
    home.write("private.key", PRIVATE_KEY, 0o600);
    home.write("certificate_pub.crt", CERTIFICATE, 0o600);
    (home, endpoint)
}

/// Imports the credential with these words, and requests a token with the new profile.
#[track_caller]
fn works(home: &Home, endpoint: &Endpoint, words: &str) -> Ran {
    let ran =
        home.import(&format!("jwt.json {words} --metascopes ent_user_sdk --ims {}", endpoint.origin())).succeeds();
    home.run(["token", "--refresh"]).succeeds();
    ran
}

fn copied(home: &Home, file: &str) -> Vec<u8> {
    let path = home.path("config/keys").join(file);
    assert_eq!(mode(&path), 0o600, "{file}");
    fs::read(path).unwrap()
}

/// The configuration of @adobe/jwt-auth with this key.
fn jwt_auth(private_key: &str) -> Json {
    json!({"clientId": CLIENT_ID, "clientSecret": SECRET, "orgId": ORG_ID, "technicalAccountId": TECHNICAL_ACCOUNT_ID,
        "metaScopes": "ent_user_sdk", "privateKey": private_key})
}

#[test]
fn a_key_is_copied_unchanged() {
    if !has_client("openssl") {
        return;
    }
    let (first, _) = bench();
    let forms = [
        ("PKCS#8 in DER", openssl(&first, "pkey -in private.key -outform DER")),
        ("PKCS#1 in DER", openssl(&first, "rsa -in private.key -traditional -outform DER")),
        ("PKCS#1 in PEM", openssl(&first, "rsa -in private.key -traditional")),
        ("CRLF", PRIVATE_KEY.replace('\n', "\r\n").into_bytes()),
    ];
    for (form, key) in &forms {
        for words in ["key", "--private-key key", "certificate_pub.crt key"] {
            let (home, endpoint) = bench();
            fs::write(home.path("key"), key).unwrap();
            works(&home, &endpoint, words);
            assert_eq!(copied(&home, "default.key"), *key, "{form}");
        }
    }
}

#[test]
fn a_key_and_its_certificate_may_come_in_one_file() {
    for text in [format!("{PRIVATE_KEY}{CERTIFICATE}"), format!("{CERTIFICATE}{PRIVATE_KEY}")] {
        let (home, endpoint) = bench();
        home.write("both.pem", &text, 0o600);
        works(&home, &endpoint, "both.pem");
        assert_eq!(
            files_below(&home.path("config")),
            ["keys/default.crt", "keys/default.key", "profiles/default.json"]
        );
        assert!(String::from_utf8(copied(&home, "default.crt")).unwrap().contains(CERTIFICATE));
        assert!(String::from_utf8(copied(&home, "default.key")).unwrap().contains(PRIVATE_KEY));
    }
}

/// Users pass a certificate on, to the console or to others.
#[test]
fn a_copied_certificate_contains_no_key() {
    let (home, endpoint) = bench();
    home.write("both.pem", &format!("{PRIVATE_KEY}{CERTIFICATE}"), 0o600);
    works(&home, &endpoint, "both.pem");
    assert!(!String::from_utf8(copied(&home, "default.crt")).unwrap().contains("PRIVATE KEY"));
}

#[test]
fn a_key_and_another_keys_certificate_are_refused() {
    if !has_client("openssl") {
        return;
    }
    let (home, _endpoint) = bench();
    openssl(&home, "req -x509 -newkey rsa:2048 -nodes -subj /CN=o -keyout other.key -out other.crt");
    for words in ["other.key certificate_pub.crt", "private.key other.crt", "private.key --certificate other.crt"] {
        let ran = home.import(&format!("jwt.json {words} --metascopes ent_user_sdk"));
        ran.fails(3, &["does not belong to the certificate in", ".key", ".crt"]);
    }
    let mut aem = Account::own().aem();
    aem["integration"]["publicKey"] = json!(fs::read_to_string(home.path("other.crt")).unwrap());
    home.download("aem.json", &aem);
    home.import("aem.json").fails(3, &["the private key and the certificate in aem.json do not belong together"]);
    home.import("aem.json other.key").succeeds();
    assert_eq!(copied(&home, "default.key"), fs::read(home.path("other.key")).unwrap(), "the given key is used");
}

#[test]
fn an_expired_certificate_is_reported_and_taken() {
    if !has_client("openssl") {
        return;
    }
    let (home, endpoint) = bench();
    home.write("expired.crt", &certificate_ending(&home, "210304050607Z"), 0o600);
    let ran = works(&home, &endpoint, "private.key expired.crt");
    assert!(ran.stdout.contains("note: the certificate in expired.crt expired on 2021-03-04"), "{ran:?}");
    assert_eq!(copied(&home, "default.crt"), fs::read(home.path("expired.crt")).unwrap());
}

#[test]
fn an_encrypted_key_is_taken_without_its_passphrase() {
    if !has_client("openssl") {
        return;
    }
    for form in ["PEM", "DER"] {
        let (home, endpoint) = bench();
        openssl(
            &home,
            &format!("pkcs8 -topk8 -in private.key -passout pass:correct-horse -outform {form} -out locked"),
        );
        let words = format!("jwt.json locked certificate_pub.crt --metascopes x --ims {}", endpoint.origin());
        let ran = home.import(&words).succeeds();
        assert!(ran.stdout.contains("note: the private key is encrypted: give its passphrase in the profile as"));
        assert_eq!(copied(&home, "default.key"), fs::read(home.path("locked")).unwrap());
        home.run(["token"]).fails(3, &["is encrypted", "\"passphrase\""]);
        let mut profile = home.profile_of("default");
        profile["passphrase"] = json!("correct-horse");
        home.profile("default", &profile);
        home.run(["token"]).succeeds();
    }
}

#[test]
fn a_passphrase_in_the_file_opens_the_key_and_is_not_shown() {
    if !has_client("openssl") {
        return;
    }
    let (home, endpoint) = bench();
    openssl(&home, "pkcs8 -topk8 -in private.key -passout pass:correct-horse -out locked");
    let mut document = jwt_auth("./locked");
    document["passphrase"] = json!("wrong-horse");
    home.download("config.json", &document);
    let ran = home.import("config.json").fails(3, &["locked is not decrypted by its passphrase"]);
    assert!(!ran.stderr.contains("wrong-horse"), "{ran:?}");
    document["passphrase"] = json!("correct-horse");
    home.download("config.json", &document);
    let ran = home.import(&format!("config.json --ims {}", endpoint.origin())).succeeds();
    assert!(!ran.stdout.contains("correct-horse") && ran.stdout.contains("(hidden)"), "{ran:?}");
    home.run(["token"]).succeeds();
}

#[test]
fn a_key_that_the_file_names_is_found_beside_the_file() {
    let (home, endpoint) = bench();
    fs::create_dir(home.path("keys")).unwrap();
    fs::rename(home.path("private.key"), home.path("keys/private.key")).unwrap();
    home.download("keys/config.json", &jwt_auth("private.key"));
    home.import(&format!("keys/config.json --ims {}", endpoint.origin())).succeeds();
    assert_eq!(copied(&home, "default.key"), PRIVATE_KEY.as_bytes());
    fs::remove_file(home.path("keys/private.key")).unwrap();
    home.import("keys/config.json --as other")
        .fails(3, &["keys/config.json names a file", "keys/private.key", "--private-key PATH"]);
}

/// A secret where a key or its path should be.
#[test]
fn a_misplaced_secret_is_not_repeated() {
    let home = Home::new();
    for misplaced in [SECRET, PRIVATE_KEY.lines().nth(5).unwrap()] {
        home.download("config.json", &jwt_auth(misplaced));
        home.import("config.json").fails(3, &["config.json"]);
    }
}

#[test]
fn an_unknown_metascope_is_noted_with_a_similar_one() {
    for (metascope, note) in [("ent_campaing_sdk", "did you mean ent_campaign_sdk?"), ("other", "sent unchanged\n")] {
        let (home, _endpoint) = bench();
        let ran = home.import(&format!("jwt.json private.key --metascopes ent_user_sdk,{metascope}")).succeeds();
        assert!(ran.stdout.contains(&format!("note: the metascope {metascope} is unknown")), "{ran:?}");
        assert!(ran.stdout.contains(note) && !ran.stdout.contains("metascope ent_user_sdk"), "{ran:?}");
        assert_eq!(home.profile_of("default")["metascopes"], json!(["ent_user_sdk", metascope]));
    }
}

#[test]
fn oauth_needs_no_key_and_takes_none() {
    let (home, _endpoint) = bench();
    home.download("oauth.json", &Account::own().console_oauth());
    home.profile("default", &Account::own().as_oauth("http://127.0.0.1:1"));
    for words in ["private.key", "--private-key private.key certificate_pub.crt", "certificate_pub.crt private.key"] {
        let ran = home.import(&format!("oauth.json {words} --as prod")).succeeds();
        assert!(ran.stdout.contains("note: the private key was not taken: adobe-oauth works without"), "{ran:?}");
        assert_eq!(files_below(&home.path("config")), ["profiles/default.json", "profiles/prod.json"]);
        fs::remove_file(home.path("config/profiles/prod.json")).unwrap();
    }
}

#[test]
fn oauth_needs_no_certificate_and_takes_none() {
    let (home, _endpoint) = bench();
    home.download("oauth.json", &Account::own().console_oauth());
    let ran = home.import("oauth.json certificate_pub.crt").succeeds();
    assert!(ran.stdout.contains("note: the certificate was not taken"), "{ran:?}");
    assert_eq!(files_below(&home.path("config")), ["profiles/default.json"]);
}

#[test]
fn the_consoles_expiry_date_is_used_without_a_certificate() {
    let (home, _endpoint) = bench();
    let ran = home.import("jwt.json private.key --metascopes ent_user_sdk").succeeds();
    assert_eq!(home.profile_of("default")["credential_expires"], "2050-08-27", "the later of the two dates");
    assert!(!ran.stdout.contains(WITHOUT_CERTIFICATE), "{ran:?}");
    let status = home.run(["status", "--json"]).succeeds().json();
    assert_eq!(status["profiles"][0]["credential_expires"], "2050-08-27");

    home.import("jwt.json private.key certificate_pub.crt --metascopes ent_user_sdk --as prod").succeeds();
    let profile = home.profile_of("prod");
    assert_eq!(
        (profile.get("credential_expires"), &profile["certificate"]),
        (None, &json!({"file": "../keys/prod.crt"}))
    );

    let mut document = Account::own().console_jwt();
    document.as_object_mut().unwrap().remove("PUBLIC_KEYS_WITH_EXPIRY");
    home.download("jwt.json", &document);
    let ran = home.import("jwt.json private.key --metascopes ent_user_sdk --as third").succeeds();
    assert!(ran.stdout.contains(WITHOUT_CERTIFICATE), "{ran:?}");
}

#[test]
fn hosts_can_be_given_with_the_import() {
    let (home, _endpoint) = bench();
    home.download("oauth.json", &Account::own().console_oauth());
    home.import("oauth.json --hosts git.example.com,*.adobe.io").succeeds();
    assert_eq!(home.profile_of("default")["hosts"], json!(["git.example.com", "*.adobe.io"]));
    home.import("oauth.json --as other --hosts https://git.example.com").succeeds();
    assert_eq!(home.profile_of("other")["hosts"], json!(["git.example.com"]));
    home.import("oauth.json --as x --hosts https://git.example.com/a").fails(2, &["--hosts", "no path"]);
}
