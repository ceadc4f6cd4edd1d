//! Servers and libraries of others take what we sign, or sign the same.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::key_pairs::{decoded, make, openssl};
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, has_client, repository};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const AUDIENCE: &str = "https://pubsub.googleapis.com/";
const SCRIPTS: &str = "tests/promises/issuers/servers";

/// A server that runs until this is dropped.
struct Server {
    child: Child,
    origin: String,
}

impl Server {
    fn start(program: &str, script: &str, args: &[&str], home: &Home, keys: &Json) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.arg(repository(SCRIPTS).join(script)).arg(port.to_string()).args(args).current_dir(home.path(""));
        command.env("KEYS", keys.to_string()).env("AUTHLIB_INSECURE_TRANSPORT", "1");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ready"), "{script} did not start");
        let server = Self { child, origin: format!("http://127.0.0.1:{port}") };
        let address = server.origin.strip_prefix("http://").unwrap().to_owned();
        while std::net::TcpStream::connect(&address).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        // What it prints later is read, so that it does not stop.
        std::thread::spawn(move || lines.count());
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn token(home: &Home, profile: &Json) -> Ran {
    home.profile("default", profile);
    home.run(["token", "--no-cache"])
}

/// The public keys as JWKs, by node's own crypto.
fn jwks(home: &Home) -> Json {
    let script = "const c = require('crypto'), fs = require('fs'); console.log(JSON.stringify(['rsa', 'ec', 'p384', 'ed'].map(\
        k => ({...c.createPublicKey(fs.readFileSync(k + '.pub')).export({format: 'jwk'}), kid: k, use: 'sig'}))))";
    let ran = Command::new("node").args(["-e", script]).current_dir(home.path("")).output().unwrap();
    serde_json::from_slice(&ran.stdout).unwrap()
}

#[test]
fn oidc_provider_takes_every_way_of_a_client() {
    if !has_client("issuer-node") || !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let server = Server::start("issuer-node", "oidc_provider.mjs", &[], &home, &jwks(&home));
    let origin = &server.origin;
    for (key, algorithm) in [("rsa", "RS256"), ("rsa", "PS384"), ("ec", "ES256"), ("p384", "ES384"), ("ed", "EdDSA")] {
        let by_key = json!({"grant": "client-credentials", "issuer": origin, "client_id": "by-key",
            "private_key": {"file": home.path(format!("{key}.pem"))},
            "jwt": {"algorithm": algorithm, "key_id": key, "aud": origin}, "scopes": ["read"]});
        assert!(!token(&home, &by_key).succeeds().stdout.is_empty(), "{algorithm}");
    }
    let url = format!("{origin}/token");
    let secret = |id: &str, method: &str, secret: &str| json!({"grant": "client-credentials", "token_url": url, "client_id": id, "client_auth": method, "client_secret": secret});
    token(&home, &secret("by-basic:/x", "basic", "s e%c+ret")).succeeds();
    token(&home, &secret("by-post", "post", "posted-secret")).succeeds();
    let mut narrowed = secret("by-post", "post", "posted-secret");
    narrowed["resource"] = json!(["https://api.example.com"]);
    let jwt = token(&home, &narrowed).succeeds().stdout;
    assert_eq!(decoded(jwt.trim())[1]["aud"], json!("https://api.example.com"));
    narrowed["resource"] = json!(["https://other.example.com"]);
    token(&home, &narrowed).fails(4, &["invalid_target", "\"resource\""]);
    token(&home, &secret("by-post", "post", "wrong-secret-1")).fails(4, &["invalid_client", "client_id in "]);
    token(&home, &secret("by-dpop", "post", "posted-secret")).fails(4, &["the issuer rejected"]);
    let row = json!({"provider": "oidc", "issuer": origin, "client_id": "by-key",
        "private_key": {"file": home.path("ec.pem")}, "jwt": {"key_id": "ec"}});
    token(&home, &row).succeeds();
    let mut with_slash = row.clone();
    with_slash["jwt"]["aud"] = json!(format!("{origin}/"));
    token(&home, &with_slash).fails(4, &["invalid_client", "\"aud\" in \"jwt\""]);
}

#[test]
fn authlib_validates_what_the_jwt_bearer_grant_signs() {
    if !has_client("issuer-python") || !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    for key in ["rsa", "ec"] {
        let server = Server::start("issuer-python", "authlib_issuer.py", &[&format!("{key}.pub")], &home, &Json::Null);
        let url = format!("{}/token", server.origin);
        let file = json!({"file": home.path(format!("{key}.pem"))});
        let bearer = json!({"grant": "jwt-bearer", "token_url": url, "client_id": "my-client", "private_key": file,
            "client_secret": "authlib-secret", "jwt": {"sub": "user-1", "aud": url}, "scopes": ["read"]});
        token(&home, &bearer).succeeds();
        for (change, value, words) in [
            ("aud", json!("https://other.example.com"), "each slash counts"),
            ("sub", json!("user-2"), "invalid_grant"),
            ("iss", json!("other"), "invalid"),
            ("claims", json!({"exp": 1_000_000_000}), "clock is wrong"),
        ] {
            let mut wrong = bearer.clone();
            wrong["jwt"][change] = value;
            token(&home, &wrong).fails(4, &[words]);
        }
        let mut other_key = bearer.clone();
        other_key["private_key"] = json!({"file": home.path("ed.pem")});
        token(&home, &other_key).fails(4, &["the issuer rejected the assertion"]);
        let credentials = json!({"grant": "client-credentials", "token_url": url, "client_id": "my-client", "private_key": file,
            "jwt": {"aud": url}, "scopes": ["read"]});
        for _ in 0..2 {
            token(&home, &credentials).succeeds();
        }
        for method in ["basic", "post"] {
            let by_secret = json!({"grant": "client-credentials", "token_url": url, "client_id": "my-client",
                "client_auth": method, "client_secret": "authlib-secret"});
            token(&home, &by_secret).succeeds();
        }
    }
}

/// The claims with times as they differ from `iat`.
fn relative(jwt: &str) -> [Json; 2] {
    let [header, mut claims] = decoded(jwt);
    let issued = claims["iat"].as_f64().unwrap();
    for time in ["exp", "nbf"] {
        if let Some(at) = claims.get(time).and_then(Json::as_f64) {
            claims[time] = json!((at - issued).round());
        }
    }
    claims.as_object_mut().unwrap().remove("iat");
    [header, claims]
}

#[test]
fn google_auth_signs_the_same_claims() {
    if !has_client("issuer-python") {
        return;
    }
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let written: Json = serde_json::from_str(include_str!("../google-service-account.json")).unwrap();
    let path = home.write("google.json", &written.to_string(), 0o600);
    let script = repository(SCRIPTS).join("google_claims.py");
    let ran = Command::new("issuer-python").arg(script).arg(&path).args([SCOPE, AUDIENCE]).output().unwrap();
    let theirs: Json = serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let key = written["private_key"].clone();
    let account = json!({"provider": "google", "client_email": written["client_email"], "private_key": key,
        "jwt": {"key_id": written["private_key_id"]}, "token_url": format!("{}/token", endpoint.origin())});
    let mut with_audience = account.clone();
    with_audience["target_audience"] = json!(AUDIENCE);
    for (name, profile) in [("access", &account), ("id", &with_audience)] {
        token(&home, profile);
        let ours = endpoint.asked().pop().unwrap().field("assertion").unwrap();
        assert_eq!(relative(&ours), relative(theirs[name].as_str().unwrap()), "{name}");
    }
    let mut own = account.clone();
    own["provider"] = json!("google-self-signed");
    own["audience"] = json!(AUDIENCE);
    own.as_object_mut().unwrap().remove("token_url");
    let ours = token(&home, &own).succeeds().stdout;
    assert_eq!(relative(ours.trim()), relative(theirs["self-signed"].as_str().unwrap()));
}

/// Compares the JWT of a GitHub App with that of a library.
fn signs_like(library: &str, script: &str, lifetime: u64) {
    if !has_client(library) {
        return;
    }
    let home = Home::new();
    let key = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    let script = repository(SCRIPTS).join(script);
    let ran = Command::new(library).arg(script).arg("Iv23liAbCdEf").arg(&key).output().unwrap();
    let theirs = String::from_utf8(ran.stdout.clone()).unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let api = Endpoint::always(Answer::json(201, &json!({"token": "ghs_1", "expires_at": "2999-01-01T00:00:00Z"})));
    token(
        &home,
        &json!({"provider": "github-app", "client_id": "Iv23liAbCdEf", "installation_id": "1", "api_url": api.origin(),
            "private_key": {"file": key}}),
    )
    .succeeds();
    let ours = api.asked().pop().unwrap().header("authorization").unwrap().replace("Bearer ", "");
    let ([header, claims], [their_header, their_claims]) = (decoded(&ours), decoded(theirs.trim()));
    assert_eq!(header, their_header);
    assert_eq!(claims["iss"], their_claims["iss"]);
    assert!(claims.as_object().unwrap().keys().eq(their_claims.as_object().unwrap().keys()), "{their_claims}");
    let [[issued, ends], [their_issued, their_end]] =
        [&claims, &their_claims].map(|claims| ["iat", "exp"].map(|time| claims[time].as_u64().unwrap()));
    assert!(issued.abs_diff(their_issued) <= 40, "30 or 60 s back-dated: {issued} and {their_issued}");
    assert_eq!((ends - issued, their_end - their_issued), (600, lifetime), "GitHub allows ten minutes from now");
}

#[test]
fn pygithub_signs_the_same_claims() {
    signs_like("python-github", "pygithub_claims.py", 360);
}

#[test]
fn octokit_signs_the_same_claims() {
    signs_like("node-octokit", "octokit_claims.mjs", 600);
}

#[test]
fn msal_signs_the_same_client_assertion() {
    if !has_client("issuer-python") || !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let certificate = home.write("cert.pem", CERTIFICATE, 0o644);
    let key = home.path("rsa.pem");
    let script = repository(SCRIPTS).join("msal_assertion.py");
    let ran =
        Command::new("issuer-python").arg(script).args([&key, &certificate]).args(["my-tenant", "my-client"]).output();
    let ran = ran.unwrap();
    let theirs = String::from_utf8(ran.stdout.clone()).unwrap();
    assert!(ran.status.success() && !theirs.is_empty(), "{ran:?}");
    let endpoint = Endpoint::tokens(DAY);
    let ours = json!({"provider": "entra", "tenant": "my-tenant", "client_id": "my-client", "private_key": {"file": key},
        "certificate": {"file": certificate}, "scopes": ["https://graph.microsoft.com/.default"],
        "token_url": format!("{}/token", endpoint.origin()),
        "jwt": {"aud": "https://login.microsoftonline.com/my-tenant/oauth2/v2.0/token"}});
    token(&home, &ours).succeeds();
    let ours = endpoint.asked().pop().unwrap().field("client_assertion").unwrap();
    let ([header, claims], [their_header, their_claims]) = (decoded(&ours), decoded(theirs.trim()));
    assert_eq!(header["alg"], their_header["alg"]);
    // msal pads it, which RFC 7515 (section 2) forbids.
    let thumbprint = their_header["x5t#S256"].as_str().unwrap().trim_end_matches('=');
    assert_eq!(header["x5t#S256"], json!(thumbprint));
    for claim in ["iss", "sub", "aud"] {
        assert_eq!(claims[claim], their_claims[claim], "{claim}");
    }
    for claim in their_claims.as_object().unwrap().keys() {
        assert!(claims.get(claim).is_some(), "{claim} is missing");
    }
    openssl(&home, "version");
}

/// Snowflake's fingerprint is what its documentation computes with openssl.
#[test]
fn snowflakes_fingerprint_is_openssls() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let profile = json!({"provider": "snowflake", "account": "xy12345.eu-west-1", "user": "loader",
        "private_key": {"file": home.path("rsa.p8")}});
    home.profile("default", &profile);
    let answer = home.run(["json"]).succeeds().json();
    openssl(&home, "rsa -in rsa.pem -pubout -outform DER -out rsa.der");
    openssl(&home, "dgst -sha256 -binary -out digest rsa.der");
    let digest = String::from_utf8(openssl(&home, "enc -base64 -in digest")).unwrap();
    let [_, claims] = decoded(answer["access_token"].as_str().unwrap());
    assert_eq!(claims["iss"], json!(format!("XY12345.LOADER.SHA256:{}", digest.trim())));
    assert_eq!((&claims["sub"], claims.get("aud")), (&json!("XY12345.LOADER"), None));
    assert_eq!(answer["headers"]["X-Snowflake-Authorization-Token-Type"], json!("KEYPAIR_JWT"));
    assert!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap() <= 3600);
}

#[test]
fn a_google_file_works_as_it_is_and_is_imported() {
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, _| {
        let [_, claims] = decoded(&asked.field("assertion").unwrap());
        match claims.get("target_audience") {
            Some(_) => Answer::json(200, &json!({"id_token": super::subject_tokens::jwt("robot", 3600)})),
            None => Answer::token("ya29.token", 3599),
        }
    });
    let mut file: Json = serde_json::from_str(include_str!("../google-service-account.json")).unwrap();
    file["token_uri"] = json!(format!("{}/token", endpoint.origin()));
    let path = home.write("robot.json", &file.to_string(), 0o600);
    let path = path.to_str().unwrap();
    assert_eq!(home.run(["-p", path, "token"]).succeeds().stdout, "ya29.token\n");
    let asked = endpoint.asked().pop().unwrap();
    let [header, claims] = decoded(&asked.field("assertion").unwrap());
    assert_eq!(header["kid"], file["private_key_id"]);
    assert_eq!(claims["aud"], json!("https://oauth2.googleapis.com/token"), "a constant, whatever token_uri says");
    assert_eq!(asked.field("scope"), None, "the scope is a claim");
    home.run(["import", path, "--as", "robot"]);
    assert_eq!(home.run(["-p", "robot", "token"]).succeeds().stdout, "ya29.token\n");
    let narrowed = home.run(["-p", "robot", "json", "--audience", "https://run.example.com"]).succeeds().json();
    assert!(narrowed["access_token"].as_str().unwrap().starts_with("ey"), "an id token");
    assert!(narrowed["expires_at"].is_string(), "by its exp");
    file["token_uri"] = json!("https://evil.example.com/token");
    home.write("robot.json", &file.to_string(), 0o600);
    home.run(["-p", path, "token"]).fails(3, &["evil.example.com", "not taken from a file"]);
}
