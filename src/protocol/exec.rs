//! Becomes another program, with the token in its environment.

use std::process::Command;

use clap::{Arg, ArgAction};

use super::become_program::become_program;
use super::env::{name_option, valid_name, variable_name, variables};
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
    example("The tokens of two profiles", "jwt-credential exec --set ONE=dev --set TWO=prod -- ./copy.sh"),
];

fn options() -> Vec<Arg> {
    let set = Arg::new("set").long("set").value_name("VAR=PROFILE").action(ArgAction::Append).conflicts_with("name");
    let help = "Set VAR to the token of PROFILE, and VAR_EXPIRES_AT to its expiry; repeat it for several profiles";
    vec![name_option(), set.help(help)]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let wanted = wanted(call)?;
    let Some((program, args)) = call.rest.as_deref().and_then(<[_]>::split_first) else {
        return Err(Error::new(Kind::Usage, "exec has no command to run").hint("jwt-credential exec -- CMD ARGS"));
    };
    let mut command = Command::new(program);
    command.args(args);
    let mut credentials = Vec::new();
    for (name, options) in &wanted {
        let credential = credential(tokens, &Want { options, ..Want::default() })?;
        for (name, value) in variables(name, &credential)? {
            if command.get_envs().any(|(had, _)| had == name.as_str()) {
                return Err(Error::new(Kind::Usage, format!("two --set would both set the variable {name}")));
            }
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        credentials.push(credential);
    }
    Err(become_program(command, None, &credentials))
}

/// The variables to set, each with the options that select its profile.
fn wanted(call: &Call) -> Result<Vec<(&str, Vec<String>)>, Error> {
    let sets = call.many::<String>("set");
    if sets.len() == 0 {
        return Ok(vec![(variable_name(call)?, Vec::new())]);
    }
    if call.options.profile_by_option {
        return Err(
            Error::new(Kind::Usage, "--set and --profile cannot be used together").hint("use --set for each profile")
        );
    }
    let wanted = sets.map(|set| match set.split_once('=') {
        Some((name, profile)) if !profile.is_empty() => {
            Ok((valid_name("--set", name)?, vec![format!("--profile={profile}")]))
        }
        _ => Err(Error::new(Kind::Usage, "--set must be VAR=PROFILE")),
    });
    wanted.collect()
}
