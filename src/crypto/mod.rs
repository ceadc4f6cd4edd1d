//! Private keys in every form that is read, signatures, and certificates. ring does the cryptography.

pub mod certificate;
pub mod key;
pub mod pem;
pub mod sign;
