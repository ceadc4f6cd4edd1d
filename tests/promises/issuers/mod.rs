//! Providers and grants other than Adobe's, with the servers and libraries of others where there are any.

pub(crate) mod aws;
mod bad_input;
mod emulated;
mod github_app;
mod grants;
mod key_pairs;
mod keys;
mod revocation;
mod servers;
pub(crate) mod signers;
pub(crate) mod subject_tokens;
mod vault;
mod traps;
