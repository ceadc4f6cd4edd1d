//! PEM (RFC 7468) as users have it. Shells, variables, YAML, JSON and web forms break its lines, quote it, or encode it
//! once more in base64, so that a parser of the standard form rejects it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use zeroize::Zeroizing;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The text between BEGIN and END.
pub struct Section {
    pub label: String,
    body: Zeroizing<String>,
}

/// The label of PKCS#8 behind a passphrase (RFC 7468, section 11).
pub const ENCRYPTED_LABEL: &str = "ENCRYPTED PRIVATE KEY";

/// The label of an EC key that is not in PKCS#8 (RFC 5915, section 4).
pub const EC_LABEL: &str = "EC PRIVATE KEY";

impl Section {
    fn of_der(label: &str, der: &[u8]) -> Self {
        Self { label: label.into(), body: Zeroizing::new(BASE64.encode(der)) }
    }

    pub fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    pub fn is_certificate(&self) -> bool {
        self.label == "CERTIFICATE"
    }

    /// Whether it has the headers of RFC 1421, with which OpenSSL once marked an encrypted key.
    pub fn has_headers(&self) -> bool {
        self.body.contains(':')
    }

    /// The section as RFC 7468 writes it.
    pub fn to_pem(&self) -> String {
        const WIDTH: usize = 64;
        let body: Vec<char> = self.body.chars().filter(|c| !c.is_whitespace()).collect();
        let lines: String = body.chunks(WIDTH).flat_map(|line| line.iter().chain(['\n'].iter())).collect();
        format!("-----BEGIN {0}-----\n{lines}-----END {0}-----\n", self.label)
    }

    /// The decoded body; `None` if it is not base64.
    pub fn der(&self) -> Option<Zeroizing<Vec<u8>>> {
        decode(&self.body)
    }
}

/// The sections that stand in a text between their labels.
pub fn labelled_sections(bytes: &[u8]) -> Vec<Section> {
    labelled(&text(bytes))
}

/// All sections of a PEM. A private key in DER, or in base64 of it, is one section.
pub fn sections(bytes: &[u8]) -> Vec<Section> {
    let found = labelled_sections(bytes);
    if !found.is_empty() {
        return found;
    }
    match bare_der(bytes) {
        // CI variables contain base64 of the whole PEM.
        Some(inner) if inner.starts_with(b"-----BEGIN") => labelled(&text(&inner)),
        Some(der) if EncryptedPrivateKeyInfoRef::try_from(der.as_slice()).is_ok() => {
            vec![Section::of_der(ENCRYPTED_LABEL, &der)]
        }
        // SEQUENCE { INTEGER 0: PKCS#8 and PKCS#1 both begin with it.
        Some(der) if matches!(der.as_slice(), [0x30, 0x82, _, _, 0x02, 0x01, 0x00, ..]) => {
            vec![Section::of_der("PRIVATE KEY", &der)]
        }
        // The keys of other algorithms are shorter.
        Some(der) if PrivateKeyInfoRef::try_from(der.as_slice()).is_ok() => vec![Section::of_der("PRIVATE KEY", &der)],
        // SEQUENCE { INTEGER 1, OCTET STRING: an EC key (RFC 5915, section 3).
        Some(der) if matches!(der.as_slice(), [0x30, _, 2, 1, 1, 4, ..] | [0x30, 0x81, _, 2, 1, 1, 4, ..]) => {
            vec![Section::of_der(EC_LABEL, &der)]
        }
        _ => Vec::new(),
    }
}

/// DER without a label, as bytes or in base64.
pub fn bare_der(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if bytes.first() == Some(&0x30) && std::str::from_utf8(bytes).is_err() {
        return Some(Zeroizing::new(bytes.to_vec()));
    }
    decode(&text(bytes))
}

fn labelled(text: &str) -> Vec<Section> {
    let next = |rest: &mut &str| {
        let (label, body) = rest.split_once("-----BEGIN ")?.1.split_once("-----")?;
        let (body, after) = body.split_once(&format!("-----END {label}-----"))?;
        *rest = after;
        Some(Section { label: label.into(), body: Zeroizing::new(body.into()) })
    };
    let mut rest = text;
    std::iter::from_fn(|| next(&mut rest)).collect()
}

/// The text without the wrapping of other formats: quotes, `\n` in two characters, a JSON array of lines.
fn text(bytes: &[u8]) -> Zeroizing<String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    let text = match serde_json::from_str::<Vec<String>>(text).map(Zeroizing::new) {
        Ok(lines) => joined(lines.iter().flat_map(|line| [line.as_str(), "\n"]), bytes.len()),
        Err(_) => joined([text.trim_matches(['"', '\''])], bytes.len()),
    };
    let text = joined(text.split("\\r"), bytes.len());
    joined(text.split("\\n").flat_map(|line| ["\n", line]).skip(1), bytes.len())
}

fn decode(body: &str) -> Option<Zeroizing<Vec<u8>>> {
    let body = joined(body.split_whitespace(), body.len());
    BASE64.decode(body.as_bytes()).ok().filter(|der| !der.is_empty()).map(Zeroizing::new)
}

/// Joins the pieces in a string with room for all from the start: one that grows leaves copies behind.
fn joined<'a>(pieces: impl IntoIterator<Item = &'a str>, room: usize) -> Zeroizing<String> {
    let mut whole = Zeroizing::new(String::with_capacity(room));
    whole.extend(pieces);
    whole
}
