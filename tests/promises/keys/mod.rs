//! Private keys, their certificates and passphrases, and their rotation.

mod certificates;
mod forms;
mod passphrase;
mod rotation;
