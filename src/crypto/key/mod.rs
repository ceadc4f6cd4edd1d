//! Reads private keys in the formats that users have.

mod complaint;
mod encrypted;
pub mod rsa;

use std::path::Path;

use jsonwebtoken::EncodingKey;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

use crate::crypto::pem::{self, ENCRYPTED_LABEL, Section};
use crate::error::{Error, Kind, shell_word};
use crate::secret::{Secret, is_recognised};
use complaint::Complaint;

/// An RSA private key for signing. `place` names it in errors, which never quote it. `passphrase` is called only if the
/// key is encrypted.
pub fn signing_key(
    bytes: &[u8],
    place: &str,
    passphrase: &dyn Fn() -> Result<Option<Secret>, Error>,
) -> Result<EncodingKey, Error> {
    open(bytes, passphrase).map_err(|fault| fault.at(place))
}

/// Rejects an encrypted key that no passphrase can open, as far as that can be seen without one.
pub fn could_be_opened(bytes: &[u8], place: &str) -> Result<(), Error> {
    match open(bytes, &|| Ok(Some(Secret::new(String::new())))) {
        Ok(_) | Err(Fault::WrongPassphrase) => Ok(()),
        Err(fault) => Err(fault.at(place)),
    }
}

/// Why a key cannot be used.
enum Fault {
    Key(Complaint),
    WrongPassphrase,
    /// The passphrase could not be obtained.
    NoPassphrase(Error),
}

impl From<Complaint> for Fault {
    fn from(complaint: Complaint) -> Self {
        Fault::Key(complaint)
    }
}

impl Fault {
    fn at(self, place: &str) -> Error {
        let (what, hint) = match self {
            Fault::Key(complaint) => complaint,
            Fault::WrongPassphrase => complaint::WRONG_PASSPHRASE,
            Fault::NoPassphrase(error) => return error,
        };
        // Makes the hint's command ready to paste.
        let file = Path::new(place).is_file().then(|| shell_word(place));
        let hint = file.map_or_else(|| hint.to_owned(), |file| hint.replace("KEY ", &format!("{file} ")));
        Error::new(Kind::Setup, format!("the private key in {place} {what}")).hint(hint)
    }
}

fn open(bytes: &[u8], passphrase: &dyn Fn() -> Result<Option<Secret>, Error>) -> Result<EncodingKey, Fault> {
    if bytes.trim_ascii().is_empty() {
        return Err(complaint::EMPTY.into());
    }
    let sections = pem::sections(bytes);
    let mut keys = sections.iter().filter(|section| section.is_private_key());
    let key = match (keys.next(), keys.next()) {
        (Some(_), Some(_)) => return Err(complaint::TWO_KEYS.into()),
        (Some(key), None) => key,
        (None, _) => return Err(sections.first().map_or_else(|| by_look(bytes), by_label).into()),
    };
    if key.has_headers() {
        return Err(complaint::OLD_ENCRYPTION.into());
    }
    let mut der = key.der().ok_or(complaint::BROKEN)?;
    if key.label == ENCRYPTED_LABEL {
        let passphrase = passphrase().map_err(Fault::NoPassphrase)?.ok_or(complaint::NO_PASSPHRASE)?;
        der = encrypted::decrypt(&der, passphrase.reveal())?;
    }
    Ok(accept(&key.label, &der)?)
}

/// RFC 8017, appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Converts an RSA key to PKCS#1. Its length is checked when it signs.
fn accept(label: &str, der: &[u8]) -> Result<EncodingKey, Complaint> {
    match label {
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => return Err(complaint::NOT_RSA),
        "OPENSSH PRIVATE KEY" => return Err(complaint::OPENSSH),
        _ => {}
    }
    let pkcs1 = match PrivateKeyInfoRef::try_from(der) {
        Ok(info) if info.algorithm.oid == RSA_ENCRYPTION => info.private_key.as_bytes(),
        Ok(_) => return Err(complaint::NOT_RSA),
        Err(_) => der,
    };
    rsa::Size::of(pkcs1).map(|_| EncodingKey::from_rsa_der(pkcs1)).ok_or(complaint::BROKEN)
}

/// What a PEM section is instead of a private key.
fn by_label(section: &Section) -> Complaint {
    match section.label.as_str() {
        label if label.contains("CERTIFICATE REQUEST") => complaint::REQUEST,
        label if label.contains("CERTIFICATE") => complaint::CERTIFICATE,
        label if label.contains("PUBLIC KEY") => complaint::PUBLIC_KEY,
        _ => complaint::UNKNOWN,
    }
}

/// What bytes without a PEM label are instead of a private key.
fn by_look(bytes: &[u8]) -> Complaint {
    let der = pem::bare_der(bytes);
    match der.as_ref().map(|der| der.as_slice()) {
        // SEQUENCE { INTEGER 3: the version of PKCS#12 (RFC 7292, section 4).
        Some([0x30, 0x82, _, _, 0x02, 0x01, 0x03, ..]) => complaint::PKCS12,
        // SEQUENCE { SEQUENCE { OID rsaEncryption, NULL }: a SubjectPublicKeyInfo (RFC 5280, section 4.1).
        Some([0x30, 0x82, _, _, 0x30, 0x0d, 0x06, ..]) => complaint::PUBLIC_KEY,
        // SEQUENCE { SEQUENCE { OID: the algorithm comes first where the rest is encrypted (RFC 5958, section 3).
        Some([0x30, 0x82, _, _, 0x30, _, 0x06, ..]) => complaint::UNREAD_ENCRYPTION,
        Some([0x30, 0x82, _, _, 0x30, 0x82, ..]) => complaint::CERTIFICATE,
        // SEQUENCE { INTEGER: a key, and too short to be an RSA one.
        Some([0x30, 0x81, _, 0x02, 0x01, ..] | [0x30, 0..=0x7f, 0x02, 0x01, ..]) => complaint::NOT_RSA,
        Some([0x30, ..]) => complaint::BROKEN,
        _ if bytes.windows(11).any(|window| window == b"-----BEGIN ") => complaint::BROKEN,
        _ if std::str::from_utf8(bytes).is_ok_and(|text| is_recognised(text.trim())) => complaint::CLIENT_SECRET,
        _ if bytes.len() < 200 => complaint::PATH,
        _ => complaint::UNKNOWN,
    }
}
