//! Becoming another program, as env(1) does.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;

use signal_hook::consts::SIGPIPE;

use super::Credential;
use crate::error::Error;

/// Becomes the program, without the variables that hold our own secrets. Returns only the failure to do so.
pub(super) fn become_program(mut command: Command, credential: &Credential) -> Error {
    let ours = std::iter::once("JWT_CREDENTIAL_PROFILE_JSON");
    for name in ours.chain(credential.secret_variables.iter().map(String::as_str)) {
        command.env_remove(name);
    }
    let error = command.exec();
    // std gave SIGPIPE back its default for the program: the message of this failure must not die of it.
    let _ = signal_hook::flag::register(SIGPIPE, Arc::default());
    Error::cannot_run(command.get_program(), &error)
}
