//! Private keys, their certificates and passphrases, and their rotation.

pub(crate) mod certificates;
mod forms;
mod passphrase;
mod rotation;
