//! The fixtures in `import/files/`: complete files of consoles and tools with made-up values, named ROW.VARIANT.ENDING,
//! where ROW is a row of `jwt_credential::provider::FORMATS`. The mock accepts their credential.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::{Home, Ran};

pub(crate) const CLIENT_ID: &str = "5a4db0c5a4db0c5a4db0c5a4db0c0001";
pub(crate) const CLIENT_SECRET: &str = "s8e-mock-client-secret";
pub(crate) const ORG_ID: &str = "5A4DB0C5A4DB0C5A4DB0C5A4@AdobeOrg";
pub(crate) const TECHNICAL_ACCOUNT_ID: &str = "5A4DB0C0ACC0017A4DB0C0AC@techacct.adobe.com";
const PRIVATE_KEY: &str = include_str!("../../../src/mock/private.key");
const CERTIFICATE: &str = include_str!("../../../src/mock/certificate_pub.crt");

/// The complete fixtures that name an endpoint, and the text that names it.
pub(crate) const ENDPOINTS: [(&str, &str); 11] = [
    ("adobe-jwt-auth.complete.json", r#""ims": "https://ims-na1.adobelogin.com""#),
    ("aem-service-credentials.complete.json", r#""imsEndpoint": "ims-na1.adobelogin.com""#),
    ("aem-service-credentials.oauth-bare.json", r#""imsEndpoint": "ims-na1.adobelogin.com""#),
    ("aem-service-credentials.oauth.json", r#""imsEndpoint": "ims-na1.adobelogin.com""#),
    ("aio-config.oldest.json", r#""token_exchange_url": "https://ims-na1.adobelogin.com/ims/exchange/jwt""#),
    ("imscli.jwt.yml", "url: https://ims-na1.adobelogin.com"),
    ("imscli.oauth.json", r#""url": "https://ims-na1.adobelogin.com""#),
    ("postman-environment.jwt.json", r#""value": "ims-na1.adobelogin.com""#),
    ("postman-environment.oauth.json", r#""value": "ims-na1.adobelogin.com""#),
    ("umapi-connector.jwt.yml", "ims_host: ims-na1.adobelogin.com"),
    ("umapi-connector.oauth.yml", "auth_host: ims-na1.adobelogin.com"),
];

fn directory() -> PathBuf {
    super::repository("tests/promises/import/files")
}

/// The names of all fixtures.
pub(crate) fn names() -> BTreeSet<String> {
    let entries = fs::read_dir(directory()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

pub(crate) fn text(fixture: &str) -> String {
    fs::read_to_string(directory().join(fixture)).unwrap()
}

/// One of [`ENDPOINTS`], with this endpoint in place of Adobe's.
pub(crate) fn at((fixture, named): (&str, &str), origin: &str) -> String {
    let whole = text(fixture);
    assert_eq!(whole.matches(named).count(), 1, "{fixture}");
    whole.replace(named, &named.replace("https://", "").replace("ims-na1.adobelogin.com", origin))
}

/// Writes a fixture as a download, with the key pair beside it; returns its path.
pub(crate) fn put(home: &Home, name: &str, text: &str) -> String {
    home.write("private.key", PRIVATE_KEY, 0o600);
    home.write("certificate_pub.crt", CERTIFICATE, 0o644);
    home.write(name, text, 0o600).into_os_string().into_string().unwrap()
}

/// Runs the binary without a way to other machines, and searches its output for the fixtures' secrets.
pub(crate) fn run(home: &Home, args: &[&str]) -> Ran {
    let ran = Ran::of(home.command(args).env("HTTPS_PROXY", "http://127.0.0.1:1"));
    let key_line = PRIVATE_KEY.lines().nth(5).unwrap();
    for secret in [CLIENT_SECRET, key_line, "made-up-auth", "s8e-of-a-web-app", "eyJhbGciOiJSUzI1NiJ9"] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{secret} in {ran:?}");
    }
    ran
}
