//! Drops cached tokens, if a server no longer accepts them.

use clap::Arg;

use super::{Command, outcome, switch};
use crate::call::Call;
use crate::command_spec::{CommandSpec, example};
use crate::error::{Error, Kind, printable};
use crate::profile::{ProfileLocation, locate};
use crate::{profile_tokens, provider, selection};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("forget", "Drop the cached token; the next call requests a new one")
        .with(options)
        .taking(&["profile", "scope", "audience", "repository"])
        .about_profile()
        .showing(&[example("After a server has rejected the token", "jwt-credential forget prod")]),
    run,
};

fn options() -> Vec<Arg> {
    vec![switch("all", "Drop the tokens of all profiles")]
}

fn run(call: &Call) -> Result<u8, Error> {
    if !call.has("all") {
        let profile = selection::selected(call)?;
        let tokens = profile_tokens::forget_all(call, &profile)?;
        return call.answer(&said(&profile.place, tokens));
    }
    if call.options.profile_by_option || !call.options.narrow.is_empty() {
        return Err(Error::new(Kind::Usage, "--all goes without a profile and without options that narrow it"));
    }
    let (mut text, mut failures) = (String::new(), Vec::new());
    for place in locate::every_place()? {
        let forgotten = provider::CATALOG
            .read(place, call.deadline.attempt_end())
            .and_then(|profile| Ok((profile_tokens::forget_all(call, &profile)?, profile)));
        match forgotten {
            // Profiles of one identity share a token, which the first one named.
            Ok((0, _)) => {}
            Ok((tokens, profile)) => text += &said(&profile.place, tokens),
            Err(error) => failures.push(error),
        }
    }
    if text.is_empty() && failures.is_empty() {
        text = "no token was cached\n".into();
    }
    call.write(&text)?;
    outcome(call, failures)
}

fn said(place: &ProfileLocation, tokens: usize) -> String {
    let place = printable(&place.to_string());
    match tokens {
        0 => format!("no token was cached for {place}\n"),
        1 => format!("forgot the token of {place}\n"),
        tokens => format!("forgot {tokens} tokens of {place}\n"),
    }
}
