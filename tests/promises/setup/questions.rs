//! `init` on a real terminal: from questions and answers to a token.

use std::fs;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::support::endpoint::{DAY, DAY_MS, Endpoint};
use crate::support::files::{files_below, mode};
use crate::support::terminal::{CTRL_D, Person, Seen};
use crate::support::{
    BINARY, CERTIFICATE, CLIENT_ID, Home, ORG_ID, PRIVATE_KEY, Ran, SECRET, TECHNICAL_ACCOUNT_ID, has_client,
};

/// The questions for OAuth, and good answers.
pub(super) const OAUTH: [(&str, &str); 5] = [
    ("[1] >", ""),
    ("client ID", CLIENT_ID),
    ("client secret", SECRET),
    ("organization ID", ORG_ID),
    ("scopes, separated by commas", "AdobeID, openid"),
];
/// The same for the JWT grant, where `init` makes the key pair.
pub(super) const JWT: [(&str, &str); 8] = [
    ("[1] >", "2"),
    ("private key: its path", ""),
    ("Press Enter after uploading it", ""),
    ("client ID", CLIENT_ID),
    ("client secret", SECRET),
    ("organization ID", ORG_ID),
    ("technical account ID", TECHNICAL_ACCOUNT_ID),
    ("metascopes, separated by commas", "ent_aem_cloud_api"),
];

/// `init` at this endpoint, with more arguments and answers.
pub(super) fn init(home: &Home, endpoint: &Endpoint, args: &[&str], answers: &[(&str, &str)]) -> Option<Seen> {
    Some(asked(home, endpoint, args, answers)?.leaves())
}

pub(super) fn asked<'a>(home: &'a Home, at: &Endpoint, args: &[&str], answers: &[(&str, &str)]) -> Option<Person<'a>> {
    let person = Person::runs(home, &[&[BINARY, "init", "--ims", &at.origin()], args].concat())?;
    Some(answers.iter().fold(person, |person, (question, answer)| person.answers(question, answer)))
}

pub(super) fn oauth_endpoint() -> Endpoint {
    Endpoint::tokens(DAY)
}

pub(super) fn written(home: &Home, name: &str) -> Json {
    let path = home.path(format!("config/profiles/{name}.json"));
    assert_eq!(mode(&home.path(format!("config/profiles/{name}.json"))), 0o600);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The names of all files in the configuration directory, without the choice of the default profile.
pub(super) fn files(home: &Home) -> Vec<String> {
    files_below(&home.path("config")).into_iter().filter(|name| name != "config.json").collect()
}

/// Runs the line that the user is told to paste; returns the token that it prints.
#[track_caller]
fn pasted(home: &Home, seen: &Seen) -> Json {
    let line = seen.after("for your own programs:");
    Ran::of(home.program("/bin/sh").args(["-c", line])).succeeds().json()["access_token"].clone()
}

#[test]
fn five_answers_make_an_oauth_profile_that_gets_a_token() {
    let (home, endpoint) = (Home::new(), oauth_endpoint());
    for (args, name, token) in [(&[][..], "adobe", "token-2"), (&["--as", "prod"], "prod", "token-4")] {
        let Some(seen) = init(&home, &endpoint, args, &OAUTH) else { return };
        let seen = seen.ends(0, &["from your answers", "it works: a token was issued, valid until "]);
        let profile = written(&home, name);
        assert_eq!(profile["provider"], "adobe-oauth", "Enter takes the first kind");
        for (key, value) in [("client_id", CLIENT_ID), ("client_secret", SECRET), ("org_id", ORG_ID)] {
            assert_eq!(profile[key], value);
        }
        assert_eq!(profile["scopes"], json!(["AdobeID", "openid"]));
        fs::remove_dir_all(home.path("cache")).unwrap_or_default();
        assert_eq!(pasted(&home, &seen), token, "one request by init, then one by this call");
    }
    let asked = endpoint.asked();
    assert_eq!(asked.len(), 4);
    assert_eq!(
        (asked[0].field("client_secret"), asked[0].field("scope")),
        (Some(SECRET.into()), Some("AdobeID,openid".into()))
    );
}

#[test]
fn the_mocks_answers_get_a_token_from_it() {
    const ID: &str = "5a4db0c5a4db0c5a4db0c5a4db0c0001";
    const MOCK_SECRET: &str = "s8e-mock-client-secret";
    const ORG: &str = "5A4DB0C5A4DB0C5A4DB0C5A4@AdobeOrg";
    let oauth: &[(&str, &str)] = &[("organization ID", ""), ("scopes", "openid")];
    let jwt: &[(&str, &str)] = &[
        ("organization ID", ORG),
        ("technical account ID", "5A4DB0C0ACC0017A4DB0C0AC@techacct.adobe.com"),
        ("metascopes", "https://ims-na1.adobelogin.com/s/ent_aem_cloud_api"),
    ];
    let first: [&[(&str, &str)]; 2] =
        [&[("[1] >", "adobe-oauth")], &[("[1] >", "2"), ("private key: its path", "private.key"), ("certificate", "")]];
    let home = Home::new();
    for (first, last) in first.into_iter().zip([oauth, jwt]) {
        let line = "cd \"$JWT_CREDENTIAL_CONFIG_DIR/keys\" && jwt-credential init --as me --ims \"$JWT_CREDENTIAL_MOCK\" \
            && jwt-credential -p me json";
        let Some(person) = Person::runs(&home, &[BINARY, "mock", "--", "/bin/sh", "-c", line]) else { return };
        let answers = [first, &[("client ID", ID), ("client secret", MOCK_SECRET)], last].concat();
        let person = answers.iter().fold(person, |person, (question, answer)| person.answers(question, answer));
        let seen = person.leaves().ends(0, &["it works: a token was issued", "jwt-credential -p me json"]);
        assert!(seen.screen.contains("\"access_token\":\"") && !seen.screen.contains(MOCK_SECRET), "{seen:?}");
    }
}

#[test]
fn an_existing_key_is_given_by_its_path_and_copied() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let key = home.write("elsewhere.key", PRIVATE_KEY, 0o600);
    let mut answers = JWT.to_vec();
    answers[1].1 = key.to_str().unwrap();
    answers[2] = ("certificate of the key: its path", "");
    let Some(seen) = init(&home, &endpoint, &[], &answers) else { return };
    let seen = seen.ends(0, &["it works", "no certificate"]);
    assert_eq!(fs::read_to_string(home.path("config/keys/adobe.key")).unwrap(), PRIVATE_KEY);
    assert_eq!((mode(&home.path("config/keys/adobe.key")), files(&home).len()), (0o600, 2));
    fs::remove_file(key).unwrap();
    assert_eq!(pasted(&home, &seen), "token-1");
    assert_eq!(written(&home, "adobe")["technical_account_id"], TECHNICAL_ACCOUNT_ID);
}

#[test]
fn openssl_makes_a_key_pair_as_adobe_wants_it() {
    if !has_client("openssl") {
        return;
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let Some(seen) = init(&home, &endpoint, &[], &JWT) else { return };
    let certificate = home.path("config/keys/adobe.crt").display().to_string();
    let seen = seen.ends(0, &[&format!("  {certificate}  the certificate, good until "), "it works"]);
    assert_eq!(files(&home), ["keys/adobe.crt", "keys/adobe.key", "profiles/adobe.json"]);
    assert_eq!(mode(&home.path("config/keys/adobe.key")), 0o600);
    let openssl = |args: &str| {
        let mut command = home.program("openssl");
        Ran::of(command.args(args.split_whitespace()).current_dir(home.path("config/keys"))).stdout
    };
    let text = openssl("x509 -in adobe.crt -noout -text");
    for part in ["Signature Algorithm: sha256WithRSAEncryption", "Public-Key: (2048 bit)", "CN = jwt-credential"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    let day = |which: &str| {
        let date = openssl(&format!("x509 -in adobe.crt -noout -{which} -dateopt iso_8601"));
        humantime::parse_rfc3339_weak(date.trim().split_once('=').unwrap().1.trim_end_matches('Z')).unwrap()
    };
    let life = day("enddate").duration_since(day("startdate")).unwrap();
    assert_eq!(life, Duration::from_secs(365 * 24 * 60 * 60));
    let public = openssl("pkey -in adobe.key -pubout");
    assert!(public.contains("PUBLIC KEY") && public == openssl("x509 -in adobe.crt -noout -pubkey"), "{public}");
    assert_eq!(written(&home, "adobe")["certificate"], json!({"file": "../keys/adobe.crt"}));
    assert_eq!(pasted(&home, &seen), "token-1");
}

#[test]
fn a_typed_secret_is_in_no_command_line_or_environment() {
    if !has_client("strace") || !has_client("openssl") {
        return;
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let (log, ims) = (home.path("trace"), endpoint.origin());
    let program = ["strace", "-f", "-v", "-s", "9999", "-e", "trace=execve", "-o", log.to_str().unwrap()];
    let Some(person) = Person::runs(&home, &[&program[..], &[BINARY, "init", "--ims", &ims]].concat()) else { return };
    let answers = JWT.iter().fold(person, |person, (question, answer)| person.answers(question, answer));
    answers.leaves().ends(0, &["it works"]);
    let trace = fs::read_to_string(log).unwrap();
    assert!(trace.contains("-newkey") && trace.contains("HOME="), "{trace}");
    let key = fs::read_to_string(home.path("config/keys/adobe.key")).unwrap();
    for secret in [SECRET, key.lines().nth(5).unwrap()] {
        assert!(!trace.contains(secret), "a secret in {trace}");
    }
}

#[test]
fn a_wrong_answer_is_asked_again_with_the_reason() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let key = home.write("elsewhere.key", PRIVATE_KEY, 0o600);
    let answers = [
        ("[1] >", "99"),
        ("a number from 1 to ", "jwt"),
        ("a number from 1 to ", "adobe-jwt"),
        ("private key: its path", key.to_str().unwrap()),
        ("certificate of the key", ""),
        ("client ID", ""),
        ("that is empty", "two words"),
        ("that must be one word", CLIENT_ID),
        ("client secret", "  "),
        ("that is empty\nclient secret", SECRET),
        ("organization ID", "0A1B2C3D4E5F607182930A4B"),
        ("that must end in @AdobeOrg", ""),
        ("that is empty", ORG_ID),
        ("technical account ID", "01234567-89ab-cdef-0123-456789abcdef@techacct.adobe.com"),
        ("that is the account's email address", TECHNICAL_ACCOUNT_ID),
        ("metascopes", "ent_aem_cloud_api ent/user"),
        ("not a metascope such as ent_user_sdk", "ent_user_sdk, ent_aem_cloud_api"),
    ];
    let Some(seen) = init(&home, &endpoint, &[], &answers) else { return };
    seen.ends(0, &["it works"]);
    assert_eq!(written(&home, "adobe")["metascopes"], json!(["ent_user_sdk", "ent_aem_cloud_api"]));
}

#[test]
fn scopes_with_spaces_between_them_are_split() {
    let (home, endpoint) = (Home::new(), oauth_endpoint());
    let last = [("organization ID", "elsewhere"), ("that must end in @AdobeOrg", ""), ("scopes", "openid AdobeID")];
    let Some(seen) = init(&home, &endpoint, &[], &[&OAUTH[..3], &last].concat()) else { return };
    seen.ends(0, &["it works"]);
    let profile = written(&home, "adobe");
    assert_eq!((&profile["scopes"], profile.get("org_id")), (&json!(["openid", "AdobeID"]), None));
}

#[test]
fn commas_alone_are_no_scopes_and_are_asked_again() {
    let (home, endpoint) = (Home::new(), oauth_endpoint());
    let answers = [&OAUTH[..4], &[("scopes", " , ,"), ("  that ", "openid")]].concat();
    let Some(person) = asked(&home, &endpoint, &[], &answers) else { return };
    person.gives_up().ends(0, &["it works"]);
}

#[test]
fn a_path_without_a_key_is_asked_again() {
    let home = Home::new();
    let key = home.write("elsewhere.key", PRIVATE_KEY, 0o600);
    let answers = [("[1] >", "2"), ("its path", "no-such-file"), ("its path", key.to_str().unwrap())];
    let Some(person) = asked(&home, &oauth_endpoint(), &[], &answers) else { return };
    let seen = person.types("certificate of the key", CTRL_D).gives_up();
    seen.ends(1, &["cannot read no-such-file"]);
}

/// No shell expands what is typed, and the console shows scopes with spaces between them.
#[test]
fn answers_are_taken_as_people_type_them() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    home.write("my.key", PRIVATE_KEY, 0o600);
    home.write("my.crt", CERTIFICATE, 0o644);
    let mut answers = JWT.to_vec();
    (answers[1].1, answers[2]) = ("~/my.key", ("certificate of the key: its path", "~/none.crt"));
    answers.insert(3, ("certificate of the key: its path", "~/my.crt"));
    answers[8].1 = "ent_aem_cloud_api ent_user_sdk,ent_campaign_sdk";
    let Some(seen) = init(&home, &endpoint, &[], &answers) else { return };
    seen.ends(0, &["it works", "cannot read "]);
    assert_eq!(files(&home), ["keys/adobe.crt", "keys/adobe.key", "profiles/adobe.json"]);
    let metascopes = json!(["ent_aem_cloud_api", "ent_user_sdk", "ent_campaign_sdk"]);
    assert_eq!(written(&home, "adobe")["metascopes"], metascopes);
}

#[test]
fn a_name_is_asked_for_if_the_usual_one_is_taken() {
    let (home, endpoint) = (Home::new(), oauth_endpoint());
    let Some(seen) = init(&home, &endpoint, &[], &OAUTH) else { return };
    seen.ends(0, &["it works"]);
    let name = "the new profile's name (names in use: adobe)";
    let answers = [&OAUTH[..1], &[(name, "adobe"), (name, "a/b"), (name, "prod")], &OAUTH[1..]].concat();
    let seen = init(&home, &endpoint, &[], &answers).unwrap();
    seen.ends(0, &["already", "that is not a valid profile name", "jwt-credential -p prod json"]);
    assert_eq!(files(&home), ["profiles/adobe.json", "profiles/prod.json"]);
}
