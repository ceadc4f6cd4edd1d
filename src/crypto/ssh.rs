//! What an ssh-agent is asked and answers (draft-ietf-sshm-ssh-agent, section 3.6), and public keys of OpenSSH (RFC 4253,
//! section 6.6; RFC 5656, section 3.1; RFC 8709, section 4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::key::{KeyKind, PublicKey};

/// The request for the keys that the agent has (section 3.5), and the number of the answer.
pub const LIST_REQUEST: [u8; 1] = [11];
const LIST_RESPONSE: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// A public key as a line of OpenSSH has it.
pub struct SshKey {
    /// How the agent names it.
    blob: Vec<u8>,
    pub public: PublicKey,
}

impl SshKey {
    /// The first key in a text such as `ssh-ed25519 AAAA… comment`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let name = words.find(|word| word.starts_with("ssh-") || word.starts_with("ecdsa-"))?;
        let blob = STANDARD.decode(words.next()?).ok()?;
        let mut fields = SshStrings(&blob);
        if fields.next()? != name.as_bytes() {
            return None;
        }
        let public = match name {
            "ssh-rsa" => {
                let exponent = fields.next()?;
                PublicKey::from_rsa_numbers(fields.next()?, exponent)
            }
            "ssh-ed25519" => PublicKey { kind: KeyKind::Ed25519, bits: fields.next()?.to_vec() },
            _ => {
                let kind = match fields.next()? {
                    b"nistp256" => KeyKind::P256,
                    b"nistp384" => KeyKind::P384,
                    _ => return None,
                };
                PublicKey { kind, bits: fields.next()?.to_vec() }
            }
        };
        Some(Self { blob, public })
    }

    /// The request for a signature, and the name of the signature that the answer must have; `None` if agents make none in
    /// this algorithm.
    pub fn request(&self, algorithm: &str, message: &[u8]) -> Option<(Vec<u8>, &'static str)> {
        // Without a flag, an RSA key would sign with SHA-1 (RFC 8332, section 2).
        let (flags, name): (u32, _) = match algorithm {
            "RS256" => (2, "rsa-sha2-256"),
            "RS512" => (4, "rsa-sha2-512"),
            "ES256" => (0, "ecdsa-sha2-nistp256"),
            "ES384" => (0, "ecdsa-sha2-nistp384"),
            "EdDSA" => (0, "ssh-ed25519"),
            _ => return None,
        };
        let request = [&[SIGN_REQUEST], string(&self.blob).as_slice(), &string(message), &flags.to_be_bytes()].concat();
        Some((request, name))
    }

    /// Whether an answer to [`LIST_REQUEST`] has this key.
    pub fn is_listed(&self, answer: &[u8]) -> bool {
        let Some((_number, keys)) = answer.strip_prefix(&[LIST_RESPONSE]).and_then(<[u8]>::split_first_chunk::<4>)
        else {
            return false;
        };
        let mut fields = SshStrings(keys);
        // A comment follows each key.
        std::iter::from_fn(|| Some((fields.next()?, fields.next()?))).any(|(key, _)| key == self.blob)
    }

    /// The signature in an answer, in the form of RFC 7518, section 3; `None` if there is none of this name.
    pub fn signature(&self, answer: &[u8], name: &str) -> Option<Vec<u8>> {
        let rest = answer.strip_prefix(&[SIGN_RESPONSE])?;
        let mut fields = SshStrings(SshStrings(rest).next()?);
        if fields.next()? != name.as_bytes() {
            return None;
        }
        let signature = fields.next()?;
        match self.public.kind {
            KeyKind::P256 | KeyKind::P384 => {
                let mut numbers = SshStrings(signature);
                fixed(numbers.next()?, numbers.next()?, self.public.kind)
            }
            _ => Some(signature.to_vec()),
        }
    }
}

/// The two numbers of an ECDSA signature, side by side (RFC 7518, section 3.4).
pub fn fixed(r: &[u8], s: &[u8], kind: KeyKind) -> Option<Vec<u8>> {
    let length = kind.scalar_length();
    let mut both = Vec::with_capacity(2 * length);
    for number in [r, s] {
        let first = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
        let digits = number.get(first..)?;
        both.resize(both.len() + length.checked_sub(digits.len())?, 0);
        both.extend_from_slice(digits);
    }
    Some(both)
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

/// Strings of RFC 4251, section 5: four bytes of length, and then the bytes.
struct SshStrings<'a>(&'a [u8]);

impl<'a> SshStrings<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
        self.0 = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_or_no_signature_is_refused() {
        let line = format!("ssh-ed25519 {} me", STANDARD.encode([string(b"ssh-ed25519"), string(&[7; 32])].concat()));
        let key = SshKey::parse(&line).unwrap();
        assert_eq!(key.public, PublicKey { kind: KeyKind::Ed25519, bits: vec![7; 32] });
        for wrong in ["", "ssh-ed25519", "ssh-ed25519 ????", "ssh-rsa AAAA", "-----BEGIN PUBLIC KEY-----"] {
            assert!(SshKey::parse(wrong).is_none(), "{wrong}");
        }
        assert!(key.request("PS256", b"m").is_none());
        let list = |keys: &[&[u8]]| {
            let keys = keys.iter().flat_map(|key| [string(key), string(b"comment")].concat());
            [12, 0, 0, 0, 1].into_iter().chain(keys).collect::<Vec<u8>>()
        };
        assert!(key.is_listed(&list(&[b"other", &key.blob])) && !key.is_listed(&list(&[b"other"])));
        for wrong in [vec![], vec![5], vec![12], vec![12, 0, 0, 0, 1, 255, 255, 255, 255]] {
            assert!(!key.is_listed(&wrong), "{wrong:?}");
        }
        let answer = |name: &[u8]| [&[14], string(&[string(name), string(b"sig")].concat()).as_slice()].concat();
        assert_eq!(key.signature(&answer(b"ssh-ed25519"), "ssh-ed25519").as_deref(), Some(&b"sig"[..]));
        for wrong in [vec![], vec![5], vec![14, 0, 0], answer(b"ssh-rsa"), vec![14, 255, 255, 255, 255, 1]] {
            assert!(key.signature(&wrong, "ssh-ed25519").is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn numbers_get_the_length_of_the_curve() {
        let both = fixed(&[0, 0x80], &[1], KeyKind::P256).unwrap();
        assert_eq!((both.len(), both[31], both[63]), (64, 0x80, 1));
        assert!(fixed(&[1; 33], &[1], KeyKind::P256).is_none());
    }
}
