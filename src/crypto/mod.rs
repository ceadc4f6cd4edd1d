//! Private keys in all supported forms, signatures, and certificates. ring does the cryptography.

pub mod certificate;
pub mod key;
pub mod pem;
pub mod seal;
pub mod sign;
pub mod ssh;
