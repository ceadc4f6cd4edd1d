//! Becoming another program, as env(1) does.

use std::process::Command;

use super::Credential;
use crate::environment::CHAIN;
use crate::error::Error;
use crate::profile::locate::PROFILE_JSON;
use crate::profile::shared_cache::SHARED_CACHE_VARIABLE;
use crate::sys::{self, InheritedFile};

/// Becomes the program, without the variables that hold our own secrets or state, unless the command sets them itself.
/// The program may read the inherited file. Returns only on failure.
pub(super) fn become_program(
    mut command: Command,
    inherited: Option<InheritedFile>,
    credentials: &[Credential],
) -> Error {
    let secrets = credentials.iter().flat_map(|credential| &credential.secret_variables);
    for name in [PROFILE_JSON, SHARED_CACHE_VARIABLE, CHAIN].into_iter().chain(secrets.map(String::as_str)) {
        let is_set = command.get_envs().any(|(set, value)| set == name && value.is_some());
        if !is_set {
            command.env_remove(name);
        }
    }
    let error = sys::become_program(&mut command, inherited);
    Error::cannot_run(command.get_program(), &error)
}
