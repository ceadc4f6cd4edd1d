//! Becoming another program, as env(1) does.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::Credential;
use crate::error::Error;
use crate::process;

/// Becomes the program, without the variables that hold our own secrets. Returns only the failure to do so.
pub(super) fn become_program(mut command: Command, credential: &Credential) -> Error {
    let ours = std::iter::once("JWT_CREDENTIAL_PROFILE_JSON");
    for name in ours.chain(credential.secret_variables.iter().map(String::as_str)) {
        command.env_remove(name);
    }
    let error = command.exec();
    // std gave SIGPIPE back its default for the program, and our handler is not installed twice.
    process::leave_unread_stderr();
    Error::cannot_run(command.get_program(), &error)
}
