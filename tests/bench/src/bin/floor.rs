//! The least that an ordinary Rust program does for a token. It caches nothing and checks nothing.
//!
//! * `floor read FILE` prints a file, as a program does that has a cached token.
//! * `floor request ORIGIN CA KEY CLIENT_ID CLIENT_SECRET ORG_ID ACCOUNT METASCOPE` signs an assertion, exchanges it for
//!   a token, and prints that. It trusts only the CA in this file.

use std::error::Error;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let bytes = match args[..] {
        ["read", file] => std::fs::read(file)?,
        ["request", origin, ca, key, client_id, client_secret, org_id, account, metascope] => {
            let host = origin.trim_start_matches("https://");
            let jwt = assertion(host, key, [client_id, org_id, account, metascope])?;
            exchange(origin, ca, [("client_id", client_id), ("client_secret", client_secret), ("jwt_token", &jwt)])?
        }
        _ => return Err("usage: floor read FILE, or floor request …".into()),
    };
    std::io::stdout().write_all(&bytes)?;
    Ok(())
}

/// Has the claims that jwt-credential signs.
fn assertion(host: &str, key: &str, [client_id, org_id, account, metascope]: [&str; 4]) -> Outcome<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = format!(
        r#"{{"iss":"{org_id}","sub":"{account}","aud":"https://{host}/c/{client_id}","iat":{},"exp":{},"https://{host}/s/{metascope}":true}}"#,
        now - 60,
        now + 300
    );
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let message = format!("{}.{}", encode(br#"{"typ":"JWT","alg":"RS256"}"#), encode(claims.as_bytes()));
    let pair = RsaKeyPair::from_pkcs8(PrivatePkcs8KeyDer::from_pem_file(key)?.secret_pkcs8_der())
        .map_err(|error| error.to_string())?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
        .map_err(|_| "cannot sign")?;
    Ok(format!("{message}.{}", encode(&signature)))
}

fn exchange(origin: &str, ca: &str, form: [(&str, &str); 3]) -> Outcome<Vec<u8>> {
    let roots = RootCerts::new_with_certs(&[Certificate::from_pem(&std::fs::read(ca)?)?]);
    let tls = TlsConfig::builder().root_certs(roots).build();
    let agent: Agent = Agent::config_builder().tls_config(tls).build().into();
    let mut response = agent.post(format!("{origin}/ims/exchange/jwt")).send_form(form)?;
    let answer: serde_json::Value = serde_json::from_slice(&response.body_mut().read_to_vec()?)?;
    let token = answer["access_token"].as_str().ok_or("no token")?;
    Ok(format!("{token}\n").into_bytes())
}
