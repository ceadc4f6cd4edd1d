//! The form of an RSA private key (PKCS#1).

use pkcs8::der::asn1::{AnyRef, UintRef};
use pkcs8::der::{Decode as _, Reader as _, SliceReader};
use zeroize::Zeroizing;

use super::complaint::Complaint;

pub(crate) struct Size {
    pub(crate) modulus_bits: usize,
    pub(crate) exponent: Option<u32>,
}

impl Size {
    /// The size of a key in PKCS#1 (RFC 8017, appendix A.1.2).
    pub(crate) fn of(pkcs1: &[u8]) -> Option<Self> {
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

type Bytes = Zeroizing<Vec<u8>>;

/// The key in PKCS#1, of the members of a JWK (RFC 7518, section 6.3).
pub(super) fn pkcs1(member: &dyn Fn(&str) -> Result<Bytes, Complaint>) -> Result<Bytes, Complaint> {
    const VERSION: [u8; 3] = [2, 1, 0];
    let mut numbers = Zeroizing::new(VERSION.to_vec());
    for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        numbers.extend_from_slice(&integer(&member(name)?));
    }
    Ok(tlv(0x30, &numbers))
}

/// A DER element for an unsigned number, which is big-endian.
pub(super) fn integer(number: &[u8]) -> Bytes {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    // A number whose first bit is set would be negative.
    let sign: &[u8] = if number.get(start).is_none_or(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    tlv(2, &Zeroizing::new([sign, &number[start..]].concat()))
}

/// A DER element: tag, length and value.
pub(super) fn tlv(tag: u8, value: &[u8]) -> Bytes {
    let length = value.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut element = Zeroizing::new(Vec::with_capacity(value.len() + 10));
    element.push(tag);
    if value.len() > 0x7f {
        element.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
    }
    element.extend_from_slice(length);
    element.extend_from_slice(value);
    element
}
