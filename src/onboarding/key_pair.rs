//! A new private key and its certificate.

use std::fs;
use std::io;
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::key_material::{KeyFile, KeyMaterial};
use super::write;
use crate::crypto::pem::{self, Section};
use crate::error::{Error, Kind};
use crate::provider::KeyUpload;
use crate::sys::shell_word;

/// Both are read from a pipe. A killed process would leave a temporary file with the key behind.
const REQUEST: &str = "req -x509 -sha256 -nodes -days 365 -newkey rsa:2048 -subj /CN=jwt-credential \
    -keyout /dev/stdout -out /dev/stdout";

/// Makes the pair, named after the profile that it is for. Once the user has uploaded the certificate, both stay whatever
/// fails later.
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
    let write = |is_wanted: fn(&Section) -> bool, ending: &str| {
        let section = sections.iter().find(|section| is_wanted(section));
        let section = section.ok_or_else(|| failed("openssl printed no key and certificate"))?;
        let bytes = Zeroizing::new(section.to_pem().into_bytes());
        let path = write::create_key(name, ending, &bytes)?;
        Ok(KeyFile { place: path.display().to_string(), bytes, others_read: false })
    };
    let mut pair = KeyMaterial { private_key: Some(write(Section::is_private_key, "key")?), certificate: None };
    match write(Section::is_certificate, "crt") {
        Ok(certificate) => pair.certificate = Some(certificate),
        Err(error) => {
            remove(&pair);
            return Err(error);
        }
    }
    Ok(pair)
}

/// Removes a pair whose certificate was not uploaded.
pub fn remove(pair: &KeyMaterial) {
    for (_, file) in pair.files() {
        let _ = fs::remove_file(&file.place);
    }
}

/// What the user has to upload.
pub fn to_upload(pair: &KeyMaterial, upload: &KeyUpload) -> String {
    let place = |file: &Option<KeyFile>| file.as_ref().map_or_else(String::new, |file| file.place.clone());
    let certificate = pair.certificate.as_ref().and_then(|file| file.certificate().ok());
    let end = certificate.map_or_else(String::new, |certificate| certificate.last_day());
    let (private_key, certificate) = (place(&pair.private_key), place(&pair.certificate));
    let (use_of_it, note) = match upload {
        KeyUpload::PublicKey(note) => {
            let path = shell_word(&certificate);
            let print = format!("to print its public key, for the upload: openssl x509 -in {path} -noout -pubkey");
            (print, *note)
        }
        KeyUpload::Certificate(note) => {
            ("upload this one where the integration is made, as its public certificate".to_owned(), *note)
        }
        KeyUpload::None => (String::new(), ""),
    };
    format!(
        "made a key pair:\n  {private_key}  the private key, which stays here\n  {certificate}  the certificate, good \
         until {end}: {use_of_it}\n{note}\n"
    )
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Setup, format!("cannot make a key pair: {what}"))
}
