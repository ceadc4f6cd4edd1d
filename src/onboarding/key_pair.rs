//! A new private key and its certificate.

use std::io;
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::key_material::{KeyMaterial, Piece};
use super::write;
use crate::crypto::certificate::Certificate;
use crate::crypto::pem::{self, Section};
use crate::error::{Error, Kind, shell_word};

/// Both go through a pipe: in a directory for temporary files, a killed process would leave the key behind.
const REQUEST: &str = "req -x509 -sha256 -nodes -days 365 -newkey rsa:2048 -subj /CN=jwt-credential \
    -keyout /dev/stdout -out /dev/stdout";

/// Makes the pair, beside the profile that it is for. It stays there whatever follows: its certificate may be
/// uploaded already when something else goes wrong.
pub fn make(name: &str) -> Result<KeyMaterial, Error> {
    let made = Command::new("openssl").args(REQUEST.split_whitespace()).stdin(Stdio::null()).output();
    let made = made.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            failed("openssl is not installed").hint("install openssl, or give a key with --private-key")
        }
        _ => failed(&error.to_string()),
    })?;
    let printed = Zeroizing::new(made.stdout);
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr);
        return Err(failed(said.lines().next_back().unwrap_or("openssl failed")));
    }
    let sections = pem::sections(&printed);
    let piece = |is_wanted: fn(&Section) -> bool, ending: &str| {
        let section = sections.iter().find(|section| is_wanted(section));
        let section = section.ok_or_else(|| failed("openssl printed no key and certificate"))?;
        let bytes = Zeroizing::new(section.to_pem().into_bytes());
        let path = write::beside(name, ending, &bytes)?;
        Ok(Piece { place: path.display().to_string(), bytes, others_read: false })
    };
    Ok(KeyMaterial {
        private_key: Some(piece(Section::is_private_key, "key")?),
        certificate: Some(piece(|section| section.label == "CERTIFICATE", "crt")?),
    })
}

/// The options that name the pair.
pub fn options(pair: &KeyMaterial) -> String {
    let word = |piece: &Option<Piece>| shell_word(piece.as_ref().map_or("", |piece| &piece.place));
    format!("--private-key {} --certificate {}", word(&pair.private_key), word(&pair.certificate))
}

/// What is to be done with the certificate; `note` is the provider's.
pub fn to_upload(pair: &KeyMaterial, note: &str) -> String {
    let place = |piece: &Option<Piece>| piece.as_ref().map_or_else(String::new, |piece| piece.place.clone());
    let text = pair.certificate.as_ref().map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned());
    let end = text.and_then(|text| Certificate::parse(&text)).map_or_else(String::new, |made| made.last_day());
    format!(
        "made a key pair:\n  {}  the private key, which stays here\n  {}  the certificate, good until {end}: upload \
         this one where the integration is made, as its public certificate\n{note}\n",
        place(&pair.private_key),
        place(&pair.certificate)
    )
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Setup, format!("cannot make a key pair: {what}"))
}
