//! Becoming another program, as env(1) does.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;

use signal_hook::consts::SIGPIPE;

use super::Credential;
use crate::error::{Error, Kind};

const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Becomes the program, without the variables that hold our own secrets. Returns only the failure to do so.
pub(super) fn become_program(mut command: Command, credential: &Credential) -> Error {
    let ours = std::iter::once("JWT_CREDENTIAL_PROFILE_JSON");
    for name in ours.chain(credential.secret_variables.iter().map(String::as_str)) {
        command.env_remove(name);
    }
    let error = command.exec();
    // std gave SIGPIPE back its default for the program: the message of this failure must not die of it.
    let _ = signal_hook::flag::register(SIGPIPE, Arc::default());
    let code = if error.kind() == ErrorKind::NotFound { NOT_FOUND } else { CANNOT_RUN };
    Error::new(Kind::Other, format!("cannot run {}: {error}", command.get_program().display())).or_exits_with(code)
}
