//! The least that an ordinary Rust program does for a token, built and linked as ours is: what `tests/bench/run` measures us
//! against. It keeps nothing and checks nothing.
//!
//! * `floor read FILE` prints a file, as a program does that finds its token in a cache.
//! * `floor mint ORIGIN CA KEY CLIENT_ID CLIENT_SECRET ORG_ID ACCOUNT METASCOPE` signs, asks, and prints the token. It
//!   trusts the CA in this file and no other.

use std::error::Error;
use std::io::Write as _;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let bytes = match args[..] {
        ["read", file] => std::fs::read(file)?,
        ["mint", origin, ca, ref account @ ..] => {
            let [key, client_id, client_secret, org_id, account, metascope] = account else {
                return Err("floor mint takes eight arguments".into());
            };
            let host = origin.rsplit_once('/').map_or(origin, |(_, host)| host);
            let jwt = assertion(host, key, &[client_id, org_id, account, metascope])?;
            exchange(origin, ca, &[("client_id", client_id), ("client_secret", client_secret), ("jwt_token", &jwt)])?
        }
        _ => return Err("floor read FILE, or floor mint …".into()),
    };
    std::io::stdout().write_all(&bytes)?;
    Ok(())
}

/// The claims that ours signs as well.
#[expect(clippy::disallowed_methods, reason = "the clock of a program that is this and nothing else")]
fn assertion(host: &str, key: &str, [client_id, org_id, account, metascope]: &[&str; 4]) -> Outcome<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let claims = format!(
        r#"{{"iss":"{org_id}","sub":"{account}","aud":"https://{host}/c/{client_id}","iat":{},"exp":{},"https://{host}/s/{metascope}":true}}"#,
        now - 60,
        now + 300
    );
    let message =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(claims));
    let pair = RsaKeyPair::from_pkcs8(PrivatePkcs8KeyDer::from_pem_file(key)?.secret_pkcs8_der())
        .map_err(|why| why.to_string())?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
        .map_err(|_| "no signature")?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
}

fn exchange(origin: &str, ca: &str, form: &[(&str, &str)]) -> Outcome<Vec<u8>> {
    let mut config = Agent::config_builder();
    if origin.starts_with("https:") {
        let roots = RootCerts::new_with_certs(&[Certificate::from_pem(&std::fs::read(ca)?)?]);
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    let agent: Agent = config.build().into();
    let mut response = agent.post(format!("{origin}/ims/exchange/jwt")).send_form(form.iter().copied())?;
    let answer: Answer = serde_json::from_slice(&response.body_mut().read_to_vec()?)?;
    Ok((answer.access_token + "\n").into_bytes())
}
