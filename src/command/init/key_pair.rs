//! A new private key and its certificate, as step 3 of Adobe's quick start makes them.
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/JWT/JWTCertificate/>

use std::io;
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::command::pair::{Pair, Piece};
use crate::error::{Error, Kind, shell_word};
use crate::pem::{self, Section};
use crate::profile::write;

/// Both go through a pipe: in a directory for temporary files, a killed process would leave the key behind.
const REQUEST: &str = "req -x509 -sha256 -nodes -days 365 -newkey rsa:2048 -subj /CN=jwt-credential \
    -keyout /dev/stdout -out /dev/stdout";

/// Makes the pair, beside the profile that it is for. It stays there whatever follows: its certificate may be
/// uploaded already when something else goes wrong.
pub(super) fn make(name: &str) -> Result<Pair, Error> {
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
    Ok(Pair {
        private_key: Some(piece(Section::is_private_key, "key")?),
        certificate: Some(piece(|section| section.label == "CERTIFICATE", "crt")?),
    })
}

/// The options that name the pair.
pub(super) fn options(pair: &Pair) -> String {
    let word = |piece: &Option<Piece>| shell_word(piece.as_ref().map_or("", |piece| &piece.place));
    format!("--private-key {} --certificate {}", word(&pair.private_key), word(&pair.certificate))
}

/// What is to be done with the certificate.
pub(super) fn to_upload(pair: &Pair) -> String {
    let place = |piece: &Option<Piece>| piece.as_ref().map_or_else(String::new, |piece| piece.place.clone());
    let text = pair.certificate.as_ref().map(|piece| String::from_utf8_lossy(&piece.bytes).into_owned());
    let end = text.and_then(|text| Certificate::parse(&text)).map_or_else(String::new, |made| made.last_day());
    format!(
        "made a key pair:\n  {}  the private key, which stays here\n  {}  the certificate, good until {end}: upload \
         this one where the integration is made, as its public certificate\nAdobe's own Developer Console takes no \
         certificate since 2025-06-30 (--grant adobe-oauth is for it), and AEM's makes the pair itself \
         (jwt-credential import takes its JSON)\n",
        place(&pair.private_key),
        place(&pair.certificate)
    )
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Setup, format!("cannot make a key pair: {what}"))
}
