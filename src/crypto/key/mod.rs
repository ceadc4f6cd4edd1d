//! Reads private keys in the formats that users have.

mod complaint;
mod encrypted;
mod jwk;
mod kind;
mod private_key;
mod public_key;
pub(crate) mod rsa;

use std::path::Path;

use pkcs8::PrivateKeyInfoRef;

use crate::crypto::pem::{self, ENCRYPTED_LABEL, Section};
use crate::error::{Error, Kind};
use crate::secret::{Secret, is_recognised};
use crate::sys::shell_word;
use complaint::Complaint;
pub use kind::KeyKind;
pub use private_key::PrivateKey;
pub use public_key::PublicKey;

/// A private key for signing. `place` names it in errors, which never quote it. `passphrase` is called only if the
/// key is encrypted.
pub fn signing_key(
    bytes: &[u8],
    place: &str,
    passphrase: &dyn Fn() -> Result<Option<Secret>, Error>,
) -> Result<PrivateKey, Error> {
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
        let hint =
            file.map_or_else(|| hint.to_owned(), |file| format!("{hint} ").replace(" KEY ", &format!(" {file} ")));
        Error::new(Kind::Setup, format!("the private key in {place} {what}")).hint(hint.trim_end())
    }
}

fn open(bytes: &[u8], passphrase: &dyn Fn() -> Result<Option<Secret>, Error>) -> Result<PrivateKey, Fault> {
    if bytes.trim_ascii().is_empty() {
        return Err(complaint::EMPTY.into());
    }
    if let Some(key) = jwk::read(bytes) {
        return Ok(key?);
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

fn accept(label: &str, der: &[u8]) -> Result<PrivateKey, Complaint> {
    match (label, PrivateKeyInfoRef::try_from(der)) {
        ("DSA PRIVATE KEY", _) => Err(complaint::OTHER_ALGORITHM),
        ("OPENSSH PRIVATE KEY", _) => Err(complaint::OPENSSH),
        (_, Ok(info)) => PrivateKey::from_pkcs8(&info),
        (pem::EC_LABEL, Err(_)) => PrivateKey::from_sec1(der, None),
        (_, Err(_)) => PrivateKey::from_pkcs1(der),
    }
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
        Some([0x30, ..]) => complaint::BROKEN,
        _ if bytes.windows(11).any(|window| window == b"-----BEGIN ") => complaint::BROKEN,
        _ if std::str::from_utf8(bytes).is_ok_and(|text| is_recognised(text.trim())) => complaint::CLIENT_SECRET,
        _ if bytes.len() < 200 => complaint::PATH,
        _ => complaint::UNKNOWN,
    }
}
