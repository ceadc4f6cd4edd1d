//! Drops cached tokens, if a server no longer accepts them.

use std::collections::BTreeSet;

use clap::Arg;

use super::{Command, switch};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind, printable};
use crate::profile::{ProfileLocation, locate};
use crate::{profile_tokens, provider, selection};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("forget", "Drop the cached token; the next call requests a new one")
        .with(options)
        .taking(&["profile", "scope", "audience", "repository"])
        .about_profile(),
    run,
};

fn options() -> Vec<Arg> {
    vec![switch("all", "Drop the tokens of all profiles")]
}

fn run(call: &Call) -> Result<u8, Error> {
    if !call.has("all") {
        let profile = selection::selected(call)?;
        let was_cached = profile_tokens::forget_all(call, &profile)?;
        return call.answer(&said(&profile.place, was_cached));
    }
    if call.options.profile_by_option || !call.options.narrow.is_empty() {
        return Err(Error::new(Kind::Usage, "--all goes without a profile and without options that narrow it"));
    }
    let (mut text, mut identities, mut failed) = (String::new(), BTreeSet::new(), None);
    for place in locate::every_place()? {
        let forgotten = provider::CATALOG.read(place, call.deadline.attempt_end()).and_then(|profile| {
            // Profiles of one identity share a token.
            let is_new = identities.insert(profile.identity()?);
            let was_cached = is_new && profile_tokens::forget_all(call, &profile)?;
            Ok(if was_cached { said(&profile.place, true) } else { String::new() })
        });
        match forgotten {
            Ok(line) => text += &line,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if text.is_empty() && failed.is_none() {
        text = "no token was cached\n".into();
    }
    call.write(&text)?;
    failed.map_or(Ok(0), Err)
}

fn said(place: &ProfileLocation, was_cached: bool) -> String {
    let place = printable(&place.to_string());
    if was_cached { format!("forgot the token of {place}\n") } else { format!("no token was cached for {place}\n") }
}
