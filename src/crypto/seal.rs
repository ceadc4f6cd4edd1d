//! Texts that are kept where others can read and write: sealed, so that only a holder of the same secret reads or makes
//! them, and named so that the name tells nothing.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use crate::text::hex;

/// How long a name is, in bytes before it is written in hexadecimal.
const NAME_LEN: usize = 16;

/// The keys of one secret and one context (RFC 5869).
pub struct SealingKeys {
    seal: LessSafeKey,
    names: hmac::Key,
}

impl SealingKeys {
    /// `purpose` keeps the keys apart from those of other uses and formats. `None`: ring refuses, which it never does.
    pub fn derive(purpose: &str, secret: &[u8], context: &str) -> Option<Self> {
        let secret: Prk = Salt::new(HKDF_SHA256, purpose.as_bytes()).extract(secret);
        let (seal, names) = ([b"seal ", context.as_bytes()], [b"names", context.as_bytes()]);
        let seal = secret.expand(&seal, &CHACHA20_POLY1305).ok()?;
        let names = secret.expand(&names, HMAC_SHA256).ok()?;
        Some(Self { seal: LessSafeKey::new(UnboundKey::from(seal)), names: hmac::Key::from(names) })
    }

    /// A name that only a holder of the secret can connect with the label.
    pub fn name(&self, label: &str) -> String {
        hex(&hmac::sign(&self.names, label.as_bytes()).as_ref()[..NAME_LEN])
    }

    /// Nonce, ciphertext and tag. The text can be opened only under the same name. `None`: the system has no random bytes.
    pub fn seal(&self, name: &str, text: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        // A buffer that grew would leave a copy of the text behind.
        let mut sealed = Vec::with_capacity(NONCE_LEN + text.len() + CHACHA20_POLY1305.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(text);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.seal.seal_in_place_separate_tag(nonce, Aad::from(name.as_bytes()), &mut sealed[NONCE_LEN..]);
        sealed.extend_from_slice(tag.ok()?.as_ref());
        Some(sealed)
    }

    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(rest.to_vec());
        let length = self.seal.open_in_place(nonce, Aad::from(name.as_bytes()), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

/// What tells one sealed text from another: its nonce, with which it begins.
pub fn mark_of(sealed: &[u8]) -> &[u8] {
    &sealed[..sealed.len().min(NONCE_LEN)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str, context: &str) -> SealingKeys {
        SealingKeys::derive("test", secret.as_bytes(), context).unwrap()
    }

    #[test]
    fn only_the_same_secret_context_and_name_open_a_text() {
        let sealed = keys("secret", "identity").seal("name", b"token").unwrap();
        assert_eq!(keys("secret", "identity").open("name", &sealed).unwrap().as_slice(), b"token");
        for (secret, context, name) in
            [("other", "identity", "name"), ("secret", "other", "name"), ("secret", "identity", "other")]
        {
            assert!(keys(secret, context).open(name, &sealed).is_none(), "{secret} {context} {name}");
        }
        let other = SealingKeys::derive("other", b"secret", "identity").unwrap();
        assert!(other.open("name", &sealed).is_none(), "another purpose");
    }

    #[test]
    fn a_changed_or_short_text_does_not_open() {
        let keys = keys("secret", "identity");
        let sealed = keys.seal("name", b"token").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open("name", &changed).is_none(), "byte {at}");
            assert!(keys.open("name", &sealed[..at]).is_none(), "{at} bytes");
        }
    }

    #[test]
    fn each_sealed_text_differs_and_each_name_is_stable() {
        let keys = keys("secret", "identity");
        let (one, two) = (keys.seal("name", b"token").unwrap(), keys.seal("name", b"token").unwrap());
        assert!(mark_of(&one) != mark_of(&two) && one[NONCE_LEN..] != two[NONCE_LEN..]);
        assert_eq!(keys.name("token"), keys.name("token"));
        assert_ne!(keys.name("token"), keys.name("lock"));
        assert_eq!(mark_of(b"short"), b"short");
    }
}
