//! A private key, in the forms in which people hold it.

mod complaint;
mod encrypted;
pub mod rsa;

use std::path::Path;

use jsonwebtoken::EncodingKey;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

use crate::error::{Error, Kind, shell_word};
use crate::pem::{self, ENCRYPTED_LABEL, Section};
use crate::secret::{Secret, is_recognised};
use complaint::Complaint;

/// An RSA private key that signs. `place` names it in errors, which never quote it; `passphrase` is asked for only
/// where the key is behind one.
pub fn signing_key(
    bytes: &[u8],
    place: &str,
    passphrase: &dyn Fn() -> Result<Option<Secret>, Error>,
) -> Result<EncodingKey, Error> {
    open(bytes, passphrase).map_err(|fault| fault.at(place))
}

/// Whether a key behind a passphrase could be opened by the right one, as far as can be told without it.
pub fn could_be_opened(bytes: &[u8], place: &str) -> Result<(), Error> {
    match open(bytes, &|| Ok(Some(Secret::new(String::new())))) {
        Ok(_) | Err(Fault::Key(Complaint::WrongPassphrase)) => Ok(()),
        Err(fault) => Err(fault.at(place)),
    }
}

/// Why there is no key to sign with.
enum Fault {
    Key(Complaint),
    /// The passphrase could not be had.
    Passphrase(Error),
}

impl From<Complaint> for Fault {
    fn from(complaint: Complaint) -> Self {
        Fault::Key(complaint)
    }
}

impl Fault {
    fn at(self, place: &str) -> Error {
        let complaint = match self {
            Fault::Key(complaint) => complaint,
            Fault::Passphrase(error) => return error,
        };
        let (what, hint) = complaint.words();
        // A line that can be pasted, where the key is a file.
        let file = Path::new(place).is_file().then(|| shell_word(place));
        let hint = file.map_or_else(|| hint.to_owned(), |file| hint.replace("KEY ", &format!("{file} ")));
        Error::new(Kind::Setup, format!("the private key in {place} {what}")).hint(hint)
    }
}

fn open(bytes: &[u8], passphrase: &dyn Fn() -> Result<Option<Secret>, Error>) -> Result<EncodingKey, Fault> {
    if bytes.trim_ascii().is_empty() {
        return Err(Complaint::Empty.into());
    }
    let sections = pem::sections(bytes);
    let mut keys = sections.iter().filter(|section| section.is_private_key());
    let key = match (keys.next(), keys.next()) {
        (Some(_), Some(_)) => return Err(Complaint::TwoKeys.into()),
        (Some(key), None) => key,
        (None, _) => return Err(sections.first().map_or_else(|| by_look(bytes), by_label).into()),
    };
    if key.has_headers() {
        return Err(Complaint::OldEncryption.into());
    }
    let mut der = key.der().ok_or(Complaint::Broken)?;
    if key.label == ENCRYPTED_LABEL {
        let passphrase = passphrase().map_err(Fault::Passphrase)?.ok_or(Complaint::NoPassphrase)?;
        der = encrypted::decrypt(&der, passphrase.reveal())?;
    }
    Ok(accept(&key.label, &der)?)
}

/// RFC 8017, appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The PKCS#1 form of a private key that is RSA; whether it is long enough is seen when it signs.
fn accept(label: &str, der: &[u8]) -> Result<EncodingKey, Complaint> {
    match label {
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => return Err(Complaint::NotRsa),
        "OPENSSH PRIVATE KEY" => return Err(Complaint::OpenSsh),
        _ => {}
    }
    let pkcs1 = match PrivateKeyInfoRef::try_from(der) {
        Ok(info) if info.algorithm.oid == RSA_ENCRYPTION => info.private_key.as_bytes(),
        Ok(_) => return Err(Complaint::NotRsa),
        Err(_) => der,
    };
    rsa::Size::of(pkcs1).map(|_| EncodingKey::from_rsa_der(pkcs1)).ok_or(Complaint::Broken)
}

/// What stands there in place of a private key, by its label.
fn by_label(section: &Section) -> Complaint {
    match section.label.as_str() {
        label if label.contains("CERTIFICATE REQUEST") => Complaint::Request,
        label if label.contains("CERTIFICATE") => Complaint::Certificate,
        label if label.contains("PUBLIC KEY") => Complaint::PublicKey,
        _ => Complaint::Unknown,
    }
}

/// What stands there in place of a private key, where no label says so.
fn by_look(bytes: &[u8]) -> Complaint {
    let der = pem::bare_der(bytes);
    match der.as_ref().map(|der| der.as_slice()) {
        // SEQUENCE { INTEGER 3: the version of PKCS#12 (RFC 7292, section 4).
        Some([0x30, 0x82, _, _, 0x02, 0x01, 0x03, ..]) => Complaint::Pkcs12,
        // SEQUENCE { SEQUENCE { OID rsaEncryption, NULL }: a SubjectPublicKeyInfo (RFC 5280, section 4.1).
        Some([0x30, 0x82, _, _, 0x30, 0x0d, 0x06, ..]) => Complaint::PublicKey,
        // SEQUENCE { SEQUENCE { OID: the algorithm comes first where the rest is encrypted (RFC 5958, section 3).
        Some([0x30, 0x82, _, _, 0x30, _, 0x06, ..]) => Complaint::UnreadEncryption,
        Some([0x30, 0x82, _, _, 0x30, 0x82, ..]) => Complaint::Certificate,
        // SEQUENCE { INTEGER: a key, and too short to be an RSA one.
        Some([0x30, 0x81, _, 0x02, 0x01, ..] | [0x30, 0..=0x7f, 0x02, 0x01, ..]) => Complaint::NotRsa,
        Some([0x30, ..]) => Complaint::Broken,
        _ if bytes.windows(11).any(|window| window == b"-----BEGIN ") => Complaint::Broken,
        _ if std::str::from_utf8(bytes).is_ok_and(|text| is_recognised(text.trim())) => Complaint::ClientSecret,
        _ if bytes.len() < 200 => Complaint::Path,
        _ => Complaint::Unknown,
    }
}
