//! The options that `import` and `init` share.

use std::path::PathBuf;

use clap::Arg;

use super::{switch, text};
use crate::onboarding::install::NO_CHECK;
use crate::profile::schema::{Field, HOSTS, Supply};
use crate::provider;

pub(super) fn force() -> Arg {
    switch("force", "Replace a profile: shows what changes, tests the new one, keeps the old one as a backup")
}

pub(super) fn no_check() -> Arg {
    switch(NO_CHECK, "Write the profile without requesting a token first")
}

pub(super) fn supply((field, supply): (&Field, Supply)) -> Arg {
    let default = if field.name == HOSTS { " (default: the provider's)" } else { "" };
    text(supply.option, supply.value).help(format!("{}{default}", supply.help))
}

/// The option that names the new profile; `usual` is its name without the option.
pub(super) fn name(usual: &str) -> Arg {
    text("as", "NAME").help(format!("The new profile's name (default: {usual})"))
}

pub(super) fn shared() -> Vec<Arg> {
    let path = |name| text(name, "PATH").value_parser(clap::value_parser!(PathBuf));
    let own = [
        path("private-key").help("The private key; it is copied"),
        path("certificate").help("Its certificate; it is copied"),
    ];
    let unasked = provider::supplied().into_iter().filter(|(field, _)| field.question.is_none());
    own.into_iter().chain(unasked.map(supply)).collect()
}
