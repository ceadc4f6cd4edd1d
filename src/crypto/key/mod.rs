//! A private key, in the forms in which people hold it.

mod encrypted;

use std::path::Path;

use jsonwebtoken::EncodingKey;
use ring::signature::RsaKeyPair;

use crate::crypto::pem::{self, ENCRYPTED_LABEL, Section};
use crate::error::{Error, Kind, shell_word};
use crate::secret::{Secret, is_adobes};

/// An RSA private key that signs. `place` names it in errors, which never quote it; `passphrase` is asked for only
/// where the key is behind one.
pub fn signing_key(
    bytes: &[u8],
    place: &str,
    passphrase: &dyn Fn() -> Result<Option<Secret>, Error>,
) -> Result<EncodingKey, Error> {
    // A line that can be pasted, where the key is a file.
    let file = Path::new(place).is_file().then(|| shell_word(place));
    let wrong = |(what, hint): Complaint| {
        let hint = file.as_ref().map_or_else(|| hint.to_owned(), |file| hint.replace("KEY ", &format!("{file} ")));
        Error::new(Kind::Setup, format!("the private key in {place} {what}")).hint(hint)
    };
    if bytes.trim_ascii().is_empty() {
        return Err(wrong(EMPTY));
    }
    let sections = pem::sections(bytes);
    let mut keys = sections.iter().filter(|section| section.is_private_key());
    let key = match (keys.next(), keys.next()) {
        (Some(_), Some(_)) => return Err(wrong(TWO)),
        (Some(key), None) => key,
        (None, _) => return Err(wrong(sections.first().map_or_else(|| by_look(bytes), by_label))),
    };
    if key.has_headers() {
        return Err(wrong(OLD_ENCRYPTION));
    }
    let mut der = key.der().ok_or_else(|| wrong(BROKEN))?;
    if key.label == ENCRYPTED_LABEL {
        let passphrase = passphrase()?.ok_or_else(|| wrong(ENCRYPTED))?;
        der = encrypted::decrypt(&der, passphrase.reveal()).map_err(wrong)?;
    }
    accept(&key.label, &der).map_err(wrong)
}

/// Whether a key behind a passphrase could be opened by the right one, as far as can be told without it.
pub fn could_be_opened(bytes: &[u8], place: &str) -> Result<(), Error> {
    match signing_key(bytes, place, &|| Ok(Some(Secret::new(String::new())))) {
        Err(error) if error.text.ends_with(encrypted::WRONG.0) => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// What is wrong with a key, and what to do.
type Complaint = (&'static str, &'static str);

const EMPTY: Complaint = ("is empty", "put the key there that openssl req wrote: private.key");
const TWO: Complaint = ("is two keys", "keep the one whose certificate was uploaded");
const ENCRYPTED: Complaint = (
    "is behind a passphrase, and the profile has no \"passphrase\"",
    r#"give it there, best as {"env": NAME}, {"file": PATH} or {"command": [ARGV0, …]}"#,
);
const OLD_ENCRYPTION: Complaint = (
    "is encrypted in OpenSSL's old way (Proc-Type: 4,ENCRYPTED), which is not read",
    "openssl pkcs8 -topk8 -in KEY -out converted.key asks for its passphrase and for one for the new file, which is read; \
     then chmod 600 converted.key",
);
const PKCS12: Complaint = (
    "is a PKCS#12 store (.p12, .pfx)",
    "openssl pkcs12 -in KEY -nocerts -nodes -out converted.key asks for its password and writes the key; \
     then chmod 600 converted.key",
);
const NOT_RSA: Complaint =
    ("is no RSA key", "Adobe takes RS256 only: it must be the RSA key whose certificate was uploaded");
const CERTIFICATE: Complaint =
    ("is a certificate", "the private key is the other file that openssl req wrote: private.key");
const PUBLIC: Complaint = ("is a public key", "the private key is what signs: private.key");
const REQUEST: Complaint = ("is a certificate request", "the private key is the file that it was made with");
const OPENSSH: Complaint = (
    "is in OpenSSH's own form, which is not read",
    "ssh-keygen -p -m PEM -f KEY rewrites the file in place: make a copy of it first",
);
const PATH: Complaint = (
    "is no key",
    r#"a string in a profile is the value itself, never a path: for a file write "private_key": {"file": "private.key"}"#,
);
const SECRET: Complaint = (
    "is a client secret",
    r#"that goes into "client_secret"; the private key is the file that openssl req wrote: private.key"#,
);
const BROKEN: Complaint = ("is cut off or garbled", "take it from where it was made once more, whole");
const UNKNOWN: Complaint =
    ("is no key that can be read", "it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----");

/// Takes a private key that is RSA; whether it is long enough is seen when it signs.
fn accept(label: &str, der: &[u8]) -> Result<EncodingKey, Complaint> {
    match label {
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => return Err(NOT_RSA),
        "OPENSSH PRIVATE KEY" => return Err(OPENSSH),
        _ => {}
    }
    let refusals = [RsaKeyPair::from_pkcs8(der).err(), RsaKeyPair::from_der(der).err()];
    match refusals.map(|refusal| refusal.map(|why| why.to_string())) {
        [Some(pkcs8), Some(_)] if pkcs8 == "WrongAlgorithm" => Err(NOT_RSA),
        [Some(pkcs8), Some(pkcs1)] if pkcs8 == "InvalidEncoding" && pkcs1 == "InvalidEncoding" => Err(BROKEN),
        _ => Ok(EncodingKey::from_rsa_der(der)),
    }
}

/// What stands there in place of a private key, by its label.
fn by_label(section: &Section) -> Complaint {
    match section.label.as_str() {
        label if label.contains("CERTIFICATE REQUEST") => REQUEST,
        label if label.contains("CERTIFICATE") => CERTIFICATE,
        label if label.contains("PUBLIC KEY") => PUBLIC,
        _ => UNKNOWN,
    }
}

/// What stands there in place of a private key, where no label says so.
fn by_look(bytes: &[u8]) -> Complaint {
    let der = pem::bare_der(bytes);
    match der.as_ref().map(|der| der.as_slice()) {
        // SEQUENCE { INTEGER 3: the version of PKCS#12 (RFC 7292, section 4).
        Some([0x30, 0x82, _, _, 0x02, 0x01, 0x03, ..]) => PKCS12,
        // SEQUENCE { SEQUENCE { OID rsaEncryption, NULL }: a SubjectPublicKeyInfo (RFC 5280, section 4.1).
        Some([0x30, 0x82, _, _, 0x30, 0x0d, 0x06, ..]) => PUBLIC,
        // SEQUENCE { SEQUENCE { OID: the algorithm comes first where the rest is encrypted (RFC 5958, section 3).
        Some([0x30, 0x82, _, _, 0x30, _, 0x06, ..]) => encrypted::UNREAD,
        Some([0x30, 0x82, _, _, 0x30, 0x82, ..]) => CERTIFICATE,
        // SEQUENCE { INTEGER: a key, and too short to be an RSA one.
        Some([0x30, 0x81, _, 0x02, 0x01, ..] | [0x30, 0..=0x7f, 0x02, 0x01, ..]) => NOT_RSA,
        Some([0x30, ..]) => BROKEN,
        _ if bytes.windows(11).any(|window| window == b"-----BEGIN ") => BROKEN,
        _ if std::str::from_utf8(bytes).is_ok_and(|text| is_adobes(text.trim())) => SECRET,
        _ if bytes.len() < 200 => PATH,
        _ => UNKNOWN,
    }
}
