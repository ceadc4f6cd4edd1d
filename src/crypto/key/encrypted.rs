//! PKCS#8 behind a passphrase: PBES2 with PBKDF2 and AES-CBC (RFC 8018, section 6.2), as OpenSSL has written it since
//! 1.1.0 and `user-sync` does. For other encryptions the error shows the command that converts the key.

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{EncryptionScheme as Cipher, Kdf, Pbkdf2Params, Pbkdf2Prf};
use ring::pbkdf2;
use zeroize::Zeroizing;

use super::Fault;
use super::complaint::{BROKEN, Complaint, UNREAD_ENCRYPTION};

/// The number that OWASP recommends for PBKDF2-HMAC-SHA256. A much larger one could take hours.
const MOST_ITERATIONS: u32 = 600_000;

/// The key, in PKCS#8.
pub(super) fn decrypt(der: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let info = EncryptedPrivateKeyInfoRef::try_from(der)
        .map_err(|_| if is_whole(der) { UNREAD_ENCRYPTION } else { BROKEN })?;
    let EncryptionScheme::Pbes2(scheme) = &info.encryption_algorithm else { return Err(UNREAD_ENCRYPTION.into()) };
    let Kdf::Pbkdf2(kdf) = &scheme.kdf else { return Err(UNREAD_ENCRYPTION.into()) };
    let data = info.encrypted_data.as_bytes();
    match &scheme.encryption {
        Cipher::Aes128Cbc { iv } => open::<Decryptor<Aes128>>(&derive(kdf, passphrase, 16)?, iv, data),
        Cipher::Aes192Cbc { iv } => open::<Decryptor<Aes192>>(&derive(kdf, passphrase, 24)?, iv, data),
        Cipher::Aes256Cbc { iv } => open::<Decryptor<Aes256>>(&derive(kdf, passphrase, 32)?, iv, data),
        _ => Err(UNREAD_ENCRYPTION.into()),
    }
}

/// Whether the outermost length is right. Then the algorithm is unknown, and the file is not damaged.
fn is_whole(der: &[u8]) -> bool {
    matches!(der, [0x30, 0x82, high, low, rest @ ..] if usize::from(*high) * 256 + usize::from(*low) == rest.len())
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

fn open<C: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut buffer = Zeroizing::new(data.to_vec());
    let cipher = C::new_from_slices(key, iv).map_err(|_| BROKEN)?;
    let length = cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(|_| Fault::WrongPassphrase)?.len();
    buffer.truncate(length);
    // One wrong passphrase in 256 yields valid padding.
    if buffer.starts_with(&[0x30]) { Ok(buffer) } else { Err(Fault::WrongPassphrase) }
}
