//! Common mistakes in a profile are found on this machine before any request, and the error says where the value
//! belongs. A value that only looks wrong is a note.

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::{Home, PRIVATE_KEY, Ran, SECRET, jwt, oauth};

const SIGNATURE: &str = "Could not match JWT signature to any of the bindings";
const SCOPES: &str = "The metascopes in the JWT are not a subset of the metascopes in the binding.";
const EMAIL: &str = "5f607182-93a4-4b5c-860a-495e00000001@techacct.adobe.com";
const IS_EMAIL: &str = "is the account's email address: its ID has 24 letters and digits before @techacct.adobe.com";
const IS_KEY: &str =
    "is a private key: the secret is a short word from the console, and the key goes into \"private_key\"";
const NO_SCOPE: &str = "has an entry that is not a scope such as openid; separate several with commas";
const NO_ORG: &str = "must end in @AdobeOrg, as the console shows it";

/// A home with the profile `changed`: a profile of this grant at this endpoint, with one key changed.
fn changed(grant: fn(&str) -> Json, endpoint: &Endpoint, key: &str, value: Json) -> Home {
    let home = Home::new();
    home.jwt_at(endpoint);
    home.write("config/profiles/secret", SECRET, 0o600);
    let mut profile = grant(&endpoint.origin());
    profile[key] = value;
    home.profile("changed", &profile);
    home
}

/// Runs a command for it; variables hold the wrong values as well.
fn run(home: &Home, args: &[&str]) -> Ran {
    let mut command = home.command(args);
    command.args(["-p", "changed"]).env("A_PEM", PRIVATE_KEY).env("A_SECRET", SECRET).env("AN_EMAIL", EMAIL);
    Ran::of(command.env("SPACED", "openid AdobeID").env("AN_ORG", "0A1B2C3D4E5F607182930A4B"))
}

type Row = (fn(&str) -> Json, &'static str, Json, &'static str);

/// Asserts that each is refused with its sentence, and that no request is sent.
fn each_is_refused(rows: Vec<Row>) {
    let endpoint = Endpoint::always(Answer::token("token", DAY));
    for (grant, key, value, sentence) in rows {
        let shown = value.to_string();
        let home = changed(grant, &endpoint, key, value);
        let ran = run(&home, &["token"])
            .fails(3, &[&format!("\"{key}\" of the profile "), &format!("config/profiles/changed.json {sentence}\n")]);
        assert!(!ran.stderr.contains("BEGIN"), "{shown}: {ran:?}");
        let status = run(&home, &["status", "--within", "1d"]);
        assert_eq!(status.code, 8, "{shown}: {status:?}");
        assert!(status.stdout.contains(sentence), "{shown}: {status:?}");
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_host_is_no_url_and_not_http() {
    let sentence = "has an entry that must be a host or an origin: no path, query or user name";
    let plain = "has an entry that must be https; plain http is only for loopback addresses such as 127.0.0.1";
    each_is_refused(vec![
        (jwt, "hosts", json!(["*.adobe.io", "https://mc.adobe.io/campaign"]), sentence),
        (oauth, "hosts", json!("HTTPS://mc.adobe.io/campaign"), sentence),
        (oauth, "hosts", json!(["http://mc.adobe.io"]), plain),
    ]);
}

#[test]
fn scopes_with_spaces_have_a_hint_to_use_commas() {
    each_is_refused(vec![
        (oauth, "scopes", json!("openid AdobeID"), NO_SCOPE),
        (oauth, "scopes", json!(["openid AdobeID"]), NO_SCOPE),
        (oauth, "scopes", json!({"env": "SPACED"}), NO_SCOPE),
    ]);
}

#[test]
fn the_technical_accounts_email_is_not_its_id() {
    each_is_refused(vec![
        (jwt, "technical_account_id", json!(EMAIL), IS_EMAIL),
        (
            jwt,
            "technical_account_id",
            json!(EMAIL.to_uppercase().replace("TECHACCT.ADOBE.COM", "techacct.adobe.com")),
            IS_EMAIL,
        ),
        (jwt, "technical_account_id", json!({"env": "AN_EMAIL"}), IS_EMAIL),
        (oauth, "technical_account_id", json!(EMAIL), IS_EMAIL),
    ]);
}

#[test]
fn an_organisation_id_must_be_complete() {
    each_is_refused(vec![
        (jwt, "org_id", json!("0A1B2C3D4E5F607182930A4B"), NO_ORG),
        (jwt, "org_id", json!(SECRET), "is a client secret: that goes into \"client_secret\""),
        (jwt, "org_id", json!({"env": "AN_ORG"}), NO_ORG),
        (oauth, "org_id", json!("0A1B2C3D4E5F607182930A4B@adobeorg"), NO_ORG),
    ]);
}

#[test]
fn a_private_key_is_no_client_secret() {
    let lines: Vec<&str> = PRIVATE_KEY.lines().collect();
    each_is_refused(vec![
        (jwt, "client_secret", json!(PRIVATE_KEY), IS_KEY),
        (jwt, "client_secret", json!({"env": "A_PEM"}), IS_KEY),
        (jwt, "client_secret", json!({"file": "private.key"}), IS_KEY),
        (oauth, "client_secret", json!(PRIVATE_KEY), IS_KEY),
        (oauth, "client_secret", json!([PRIVATE_KEY, {"env": "A_SECRET"}]), IS_KEY),
        (oauth, "client_secret", json!({"env": "A_PEM"}), IS_KEY),
        (oauth, "client_secret", json!(lines), IS_KEY),
    ]);
}

#[test]
fn a_client_secret_is_no_private_key() {
    let endpoint = Endpoint::always(Answer::token("token", DAY));
    for value in [json!(SECRET), json!([SECRET]), json!({"env": "A_SECRET"}), json!({"file": "secret"})] {
        let home = changed(jwt, &endpoint, "private_key", value.clone());
        run(&home, &["token"])
            .fails(3, &["the private key in ", " is a client secret\n", "move it to \"client_secret\""]);
        run(&home, &["show"]).succeeds();
        let status = run(&home, &["status"]).succeeds();
        assert!(status.stdout.contains("is a client secret"), "{value}: {status:?}");
    }
    let home = changed(oauth, &endpoint, "private_key", json!(SECRET));
    run(&home, &["token"]).fails(3, &["unknown key \"private_key\"", "it belongs to adobe-jwt"]);
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn an_unknown_metascope_is_sent_and_noted() {
    let note = "the metascope ent_user_sdl is unknown, and is sent unchanged: did you mean ent_user_sdk?";
    let endpoint = Endpoint::new(|_, number| match number {
        1 => Answer::token("token", DAY_MS),
        _ => Answer::refusal(400, "invalid_scope", SCOPES),
    });
    let home = changed(jwt, &endpoint, "metascopes", json!(["ent_aem_cloud_api", "ent_user_sdl"]));
    assert_eq!(run(&home, &["token"]).succeeds().stdout, "token\n");
    let status = run(&home, &["status", "--within", "30d"]).succeeds();
    assert!(status.stdout.contains(&format!("  note           {note}\n")), "{status:?}");
    assert_eq!(run(&home, &["status", "--json"]).succeeds().json()["profiles"][0]["notes"], json!([note]));
    run(&home, &["token", "--refresh"]).fails(4, &["invalid_scope", "compare the metascopes", note]);

    // An unknown metascope without a similar one is noted as well; a known one in another spelling is not.
    let home = changed(jwt, &endpoint, "metascopes", json!(["/s/ent_user_sdk", "a_wholly_new_product"]));
    let notes = run(&home, &["status", "--json"]).succeeds().json()["profiles"][0]["notes"].clone();
    assert_eq!(notes, json!(["the metascope a_wholly_new_product is unknown, and is sent unchanged"]));
    let home = changed(jwt, &endpoint, "metascopes", json!(["https://ims-na1.adobelogin.com/s/ent_user_sdk"]));
    assert_eq!(run(&home, &["status", "--json"]).succeeds().json()["profiles"][0]["notes"], json!(null));
}

/// A home with a profile that has no certificate but knows when it expires.
fn ending(day: &str, endpoint: &Endpoint) -> Home {
    let without = |ims: &str| {
        let mut profile = jwt(ims);
        profile.as_object_mut().unwrap().remove("certificate");
        profile
    };
    changed(without, endpoint, "credential_expires", json!(day))
}

#[test]
fn the_consoles_expiry_date_is_shown_and_warned_of() {
    let endpoint = Endpoint::always(Answer::refusal(400, "invalid_token", SIGNATURE));
    let home = ending("2020-01-01", &endpoint);
    let status = run(&home, &["status"]).succeeds();
    assert!(status.stdout.contains("  credential     expired on 2020-01-01\n"), "{status:?}");
    assert_eq!(run(&home, &["status", "--json"]).json()["profiles"][0]["credential_expires"], "2020-01-01");
    assert_eq!(run(&home, &["status", "--within", "30d"]).code, 8);
    let words =
        ["invalid_token", "config/profiles/private.key matches no valid certificate", "expired on 2020-01-01\n"];
    run(&home, &["token"]).fails(4, &words);

    let in_days = |days: u64| {
        let end = std::time::SystemTime::now() + std::time::Duration::from_secs(days * 24 * 60 * 60);
        humantime::format_rfc3339_seconds(end).to_string()[..10].to_owned()
    };
    let home = ending(&in_days(20), &endpoint);
    assert_eq!(run(&home, &["status", "--within", "30d"]).code, 8);
    run(&home, &["status", "--within", "10d"]).succeeds();
    let ran = run(&home, &["token"]).fails(4, &["or its certificate has expired or was removed"]);
    assert!(!ran.stderr.contains("expired on"), "it has not expired: {ran:?}");
}

#[test]
fn credential_expires_is_a_day_beside_the_certificates_own() {
    let endpoint = Endpoint::always(Answer::token("token", DAY));
    for odd in ["08/27/2027", "2027-8-27", "2027-13-01", "2027-08-27T00:00:00Z", "soon"] {
        run(&ending(odd, &endpoint), &["token"]).fails(3, &["\"credential_expires\"", "a day such as 2027-08-27"]);
    }
    let home = changed(oauth, &endpoint, "credential_expires", json!("2020-01-01"));
    assert_eq!(run(&home, &["status", "--json"]).json()["profiles"][0]["credential_expires"], "2020-01-01");
    assert_eq!(run(&home, &["status", "--within", "1d"]).code, 8, "for any secret");
    let home = changed(jwt, &endpoint, "credential_expires", json!("2020-01-01"));
    let row = run(&home, &["status", "--json"]).succeeds().json()["profiles"][0].clone();
    assert_eq!((&row["certificate_expires"], &row["credential_expires"]), (&json!("2126-10-31"), &json!("2020-01-01")));
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn another_email_address_is_no_technical_account_id() {
    let sentence = "is an email address: the account's ID ends in @techacct.adobe.com";
    each_is_refused(vec![
        (jwt, "technical_account_id", json!("me@example.com"), sentence),
        (oauth, "technical_account_id", json!("5f607182-93a4-4b5c-860a-495e00000001@other.example"), sentence),
        (
            jwt,
            "technical_account_id",
            json!("5F60718293A4B5C60A495E00"),
            "must end in @techacct.adobe.com, as the console shows it",
        ),
    ]);
}
