//! Ends tokens at their issuer.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::Arg;

use super::confirm::{confirm, terminal, yes};
use super::{Command, outcome, switch};
use crate::call::Call;
use crate::command_spec::{CommandSpec, PROFILE_ARGUMENT, example};
use crate::error::{Error, Kind, printable};
use crate::profile::{ProfileLocation, locate};
use crate::profile_tokens::{self, Cached};
use crate::{lifecycle, provider};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("revoke", "End the cached token for everyone who shares it")
        .with(options)
        .taking(&["profile"])
        .about_profile()
        .ignoring_selection()
        .showing(&[example("End a token that others may have seen", "jwt-credential revoke default --yes")]),
    run,
};

fn options() -> Vec<Arg> {
    vec![switch("all", "Revoke the tokens of all your profiles"), yes()]
}

fn run(call: &Call) -> Result<u8, Error> {
    let places = places(call)?;
    terminal(call)?;
    // Profiles of one identity share their tokens.
    let (mut cached, mut failures, mut identities) = (Vec::new(), Vec::new(), BTreeSet::new());
    for place in places {
        let profile = provider::CATALOG.read(place, call.deadline.attempt_end());
        match profile.and_then(|profile| Ok((profile.identity()?, Cached::of(profile, call)?))) {
            Ok((identity, found)) => cached.extend(identities.insert(identity).then_some(found)),
            Err(error) => failures.push(error),
        }
    }
    let found: Vec<&Cached> = cached.iter().filter(|found| found.tokens > 0).collect();
    if !found.is_empty() {
        let mut list = "to be revoked, for everyone who shares them:\n".to_owned();
        for found in &found {
            let _ = writeln!(list, "  {}", tokens_of(found.tokens, found));
        }
        confirm(call, &list, "revoke this?")?;
    }
    let mut text = String::new();
    for found in found {
        let (ended, failed) = profile_tokens::revoke(call, &found.profile);
        if ended > 0 {
            let _ = writeln!(text, "revoked {}", tokens_of(ended, found));
        }
        failures.extend(failed);
    }
    if text.is_empty() && failures.is_empty() {
        text = match cached.as_slice() {
            [one] => format!("no valid token was cached for {}\n", printable(&one.profile.place.to_string())),
            _ => "no valid token was cached\n".into(),
        };
    }
    call.write(&text)?;
    outcome(call, failures)
}

/// The profiles that the command line names. A profile from the environment would be one that the user does not see.
fn places(call: &Call) -> Result<Vec<ProfileLocation>, Error> {
    let named = match call.options.profile.as_deref() {
        Some(asked) => locate::named(Some(asked), true)?,
        None => None,
    };
    match (named, call.has("all")) {
        (Some(_), true) => Err(Error::new(Kind::Usage, format!("--all goes without {PROFILE_ARGUMENT}"))),
        (Some(place), false) => Ok(vec![place]),
        (None, true) => {
            let own = lifecycle::every_own()?.into_iter();
            Ok(own.map(|(name, path)| ProfileLocation::File { name, path }).collect())
        }
        (None, false) => {
            Err(Error::new(Kind::Usage, "no profile was named").hint("jwt-credential revoke NAME, or --all"))
        }
    }
}

fn tokens_of(tokens: usize, cached: &Cached) -> String {
    let place = printable(&cached.profile.place.to_string());
    if tokens == 1 { format!("the token of {place}") } else { format!("{tokens} tokens of {place}") }
}
