//! Becomes another program, with the token in its environment.

use std::process::Command;

use clap::Arg;

use super::become_program::become_program;
use super::env::{name_option, variable_name, variables};
use super::{Protocol, credential};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, example};
use crate::error::{Error, Kind};
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::plain(
    CommandSpec::new("exec", "Run CMD with ACCESS_TOKEN in its environment")
        .with(options)
        .and_rest("CMD ARGS")
        .showing(EXAMPLES),
    serve,
);

const EXAMPLES: &[Example] = &[
    example("Run a script", "jwt-credential exec -- ./deploy.sh"),
    example("Under another name", "jwt-credential exec --name API_TOKEN -- printenv API_TOKEN"),
];

fn options() -> Vec<Arg> {
    vec![name_option()]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let name = variable_name(call)?;
    let Some((program, args)) = call.rest.as_deref().and_then(<[_]>::split_first) else {
        return Err(Error::new(Kind::Usage, "exec has no command to run").hint("jwt-credential exec -- CMD ARGS"));
    };
    let credential = credential(tokens, &Want::default())?;
    let mut command = Command::new(program);
    command.args(args);
    for (name, value) in variables(name, &credential)? {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Err(become_program(command, None, &credential))
}
