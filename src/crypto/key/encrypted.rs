//! PKCS#8 behind a passphrase: PBES2 with PBKDF2 and AES-CBC (RFC 8018, section 6.2), as OpenSSL has written it since
//! 1.1.0 and `user-sync` does, or with triple DES, as they did before. For other encryptions the error shows the command
//! that converts the key.

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use des::TdesEde3;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{self, Decode as _, Reader as _, SliceReader};
use pkcs8::pkcs5::pbes2::{AES_128_CBC_OID, AES_192_CBC_OID, AES_256_CBC_OID, Kdf, PBES2_OID, Pbkdf2Params, Pbkdf2Prf};
use pkcs8::spki::AlgorithmIdentifierRef;
use ring::pbkdf2;
use zeroize::Zeroizing;

use super::Fault;
use super::complaint::{BROKEN, Complaint, UNREAD_ENCRYPTION};

/// The number that OWASP recommends for PBKDF2-HMAC-SHA256. A much larger one could take hours.
const MOST_ITERATIONS: u32 = 600_000;

/// RFC 8018, appendix B.2.2. `pkcs8` knows it only together with its own decryption.
const DES_EDE3_CBC_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.7");

/// The key, in PKCS#8.
pub(super) fn decrypt(der: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let info = EncryptedKey::parse(der).ok_or_else(|| if is_whole(der) { UNREAD_ENCRYPTION } else { BROKEN })?;
    let Kdf::Pbkdf2(kdf) = &info.kdf else { return Err(UNREAD_ENCRYPTION.into()) };
    let key = |length| derive(kdf, passphrase, length);
    match info.cipher {
        AES_128_CBC_OID => open::<Decryptor<Aes128>>(&key(16)?, &info),
        AES_192_CBC_OID => open::<Decryptor<Aes192>>(&key(24)?, &info),
        AES_256_CBC_OID => open::<Decryptor<Aes256>>(&key(32)?, &info),
        DES_EDE3_CBC_OID => open::<Decryptor<TdesEde3>>(&key(24)?, &info),
        _ => Err(UNREAD_ENCRYPTION.into()),
    }
}

/// A key that is encrypted with PBES2 (RFC 5958, section 3, and RFC 8018, appendix A.4).
struct EncryptedKey<'a> {
    kdf: Kdf,
    cipher: ObjectIdentifier,
    iv: &'a [u8],
    data: &'a [u8],
}

impl<'a> EncryptedKey<'a> {
    fn parse(key: &'a [u8]) -> Option<Self> {
        let mut reader = SliceReader::new(key).ok()?;
        let whole: der::Result<_> =
            reader.sequence(|r| Ok((AlgorithmIdentifierRef::decode(r)?, <&OctetStringRef>::decode(r)?)));
        let (scheme, data) = whole.ok()?;
        let parameters = scheme.parameters.filter(|_| scheme.oid == PBES2_OID)?;
        let both: der::Result<_> =
            parameters.sequence(|r| Ok((AlgorithmIdentifierRef::decode(r)?, AlgorithmIdentifierRef::decode(r)?)));
        let (kdf, cipher) = both.ok()?;
        let iv = cipher.parameters?.decode_as::<&OctetStringRef>().ok()?;
        Some(Self { kdf: Kdf::try_from(kdf).ok()?, cipher: cipher.oid, iv: iv.as_bytes(), data: data.as_bytes() })
    }
}

/// Whether the outermost length is right. Then the algorithm is unknown, and the file is not damaged.
fn is_whole(der: &[u8]) -> bool {
    AnyRef::from_der(der).is_ok()
}

/// The cipher's key from the passphrase (RFC 8018, section 5.2).
fn derive(kdf: &Pbkdf2Params, passphrase: &str, length: usize) -> Result<Zeroizing<Vec<u8>>, Complaint> {
    let algorithm = match kdf.prf {
        Pbkdf2Prf::HmacWithSha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Pbkdf2Prf::HmacWithSha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Pbkdf2Prf::HmacWithSha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Pbkdf2Prf::HmacWithSha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return Err(UNREAD_ENCRYPTION),
    };
    let iterations =
        NonZeroU32::new(kdf.iteration_count).filter(|count| count.get() <= MOST_ITERATIONS).ok_or(UNREAD_ENCRYPTION)?;
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(algorithm, iterations, kdf.salt.as_ref(), passphrase.as_bytes(), &mut key);
    Ok(key)
}

fn open<C: KeyIvInit + BlockModeDecrypt>(key: &[u8], info: &EncryptedKey) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut buffer = Zeroizing::new(info.data.to_vec());
    let cipher = C::new_from_slices(key, info.iv).map_err(|_| BROKEN)?;
    let length = cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(|_| Fault::WrongPassphrase)?.len();
    buffer.truncate(length);
    // One wrong passphrase in 256 yields valid padding.
    if buffer.starts_with(&[0x30]) { Ok(buffer) } else { Err(Fault::WrongPassphrase) }
}
