//! The size of an RSA private key.

use pkcs8::der::asn1::{AnyRef, UintRef};
use pkcs8::der::{Decode as _, Reader as _, SliceReader};

pub struct Size {
    pub modulus_bits: usize,
    pub exponent: Option<u32>,
}

impl Size {
    /// The size of a key in PKCS#1 (RFC 8017, appendix A.1.2).
    pub fn of(pkcs1: &[u8]) -> Option<Self> {
        // Version, modulus, public exponent, private exponent, two primes, two exponents and a coefficient.
        const NUMBERS: usize = 9;
        let mut fields = SliceReader::new(AnyRef::from_der(pkcs1).ok()?.value()).ok()?;
        let numbers: Vec<UintRef> = (0..NUMBERS).map(|_| fields.decode()).collect::<Result<_, _>>().ok()?;
        let (modulus, exponent) = (numbers[1].as_bytes(), numbers[2].as_bytes());
        let first = modulus.first()?;
        let exponent =
            exponent.iter().try_fold(0_u32, |value, byte| value.checked_mul(256)?.checked_add(u32::from(*byte)));
        Some(Self { modulus_bits: modulus.len() * 8 - first.leading_zeros() as usize, exponent })
    }
}
