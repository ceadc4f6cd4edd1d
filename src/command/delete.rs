//! Deletes a profile, and what belongs to it.

use std::fmt::Write as _;

use clap::Arg;

use super::confirm::{confirm, yes};
use super::{Command, calling_names, switch};
use crate::call::Call;
use crate::command_spec::{CommandSpec, PROFILE_ARGUMENT, example};
use crate::error::{Error, Kind, printable};
use crate::lifecycle;
use crate::lifecycle::delete::{Belongings, Doomed};
use crate::profile::locate;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("delete", "Delete a profile, its keys, backups and cached token")
        .with(options)
        .taking(&["profile"])
        .about_profile()
        .ignoring_selection()
        .showing(&[example("In a script, without a question", "jwt-credential delete unused --yes")]),
    run,
};

fn options() -> Vec<Arg> {
    vec![switch("all", "Delete all your profiles"), yes()]
}

fn run(call: &Call) -> Result<u8, Error> {
    let own = lifecycle::own(call, "deleted")?;
    let doomed: Vec<Doomed> = match (own, call.has("all")) {
        (Some(_), true) => return Err(Error::new(Kind::Usage, format!("--all goes without {PROFILE_ARGUMENT}"))),
        (Some((name, path)), false) => vec![Doomed { name, path }],
        (None, true) => lifecycle::every_own()?.into_iter().map(|(name, path)| Doomed { name, path }).collect(),
        (None, false) => {
            return Err(Error::new(Kind::Usage, "no profile was named").hint("jwt-credential delete NAME, or --all"));
        }
    };
    if doomed.is_empty() {
        lifecycle::finish(call);
        return call.answer("no profiles found\n");
    }
    if let Some(odd) = doomed.iter().find(|doomed| doomed.path.is_dir()) {
        let text = format!("{} is a directory: it is not deleted", odd.path.display());
        return Err(Error::new(Kind::Other, text));
    }
    let list = list(&doomed, call)?;
    confirm(call, &format!("to be deleted:\n{list}"), "delete this?")?;
    let names: Vec<String> = doomed.into_iter().map(|doomed| doomed.name).collect();
    let default = default_name();
    lifecycle::open(call)?.delete(&names)?;
    call.answer(&format!("deleted:\n{list}{}", new_default(default.as_deref())))
}

fn default_name() -> Option<String> {
    Some(locate::default().ok()?.name().to_owned())
}

/// Which profile calls without a name use now, if that has changed.
fn new_default(before: Option<&str>) -> String {
    match default_name() {
        now if now.as_deref() == before => String::new(),
        Some(name) => format!("the default is now {name}\n"),
        None if locate::all().is_ok_and(|left| left.is_empty()) => String::new(),
        None => "note: there is no default profile now; choose one: jwt-credential use NAME\n".into(),
    }
}

/// What goes, and what stays and selects a deleted profile.
fn list(doomed: &[Doomed], call: &Call) -> Result<String, Error> {
    let belongings = Belongings::of(doomed, &locate::own_directory()?, call)?;
    let mut text = String::new();
    let profiles = doomed.iter().map(|doomed| ("profile", &doomed.path));
    let keys = belongings.keys.iter().map(|path| ("key", path));
    let backups = belongings.backups.iter().map(|path| ("backup", path));
    for (what, path) in profiles.chain(keys).chain(backups) {
        let _ = writeln!(text, "  {what:<8}{}", printable(&path.to_string_lossy()));
    }
    match belongings.cached_tokens() {
        0 => {}
        1 => text += "  1 cached token\n",
        tokens => _ = writeln!(text, "  {tokens} cached tokens"),
    }
    for link in doomed.iter().flat_map(|doomed| calling_names(&doomed.name)) {
        let _ = writeln!(text, "note: {} selects it and is not deleted", printable(&link.to_string_lossy()));
    }
    Ok(text)
}
