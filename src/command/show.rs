//! A profile that is safe to paste into a ticket, or, on request, the whole profile for a variable.

use std::io::IsTerminal as _;

use clap::Arg;
use serde_json::{Value as Json, json};

use super::{Command, switch};
use crate::call::Call;
use crate::command_spec::{CommandSpec, example};
use crate::error::{Error, printable_json};
use crate::profile::{ProfileLocation, locate};
use crate::provider;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("show", "Print a profile with its secrets as fingerprints")
        .with(options)
        .taking(&["profile"])
        .about_profile()
        .showing(&[example("Of another profile than the default", "jwt-credential show prod")]),
    run,
};

fn options() -> Vec<Arg> {
    vec![
        switch("json", "Print one JSON object, with name and path"),
        switch("export", "Print it with its secrets, for JWT_CREDENTIAL_PROFILE_JSON").conflicts_with("json"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    let place = locate::choose(call.options.profile.as_deref(), call.options.profile_by_option)?;
    let until = call.deadline.attempt_end();
    if call.has("export") {
        let exported = provider::CATALOG.export(&place, until)?;
        if std::io::stdout().is_terminal() {
            call.log.warn("this contains the profile's secrets as they are");
        }
        return call.answer(&format!("{}\n", exported.as_str()));
    }
    let (shown, error) = match provider::CATALOG.read(place.clone(), until) {
        Ok(profile) => (profile.redacted(), None),
        // What can be shown of a broken profile helps to correct it.
        Err(error) => match provider::CATALOG.redacted(&place, until) {
            Some(shown) => (shown, Some(error)),
            None => return Err(error),
        },
    };
    let shown = if call.has("json") { described(&place, &shown, error.as_ref()) } else { shown };
    call.write(&(printable_json(&shown) + "\n"))?;
    error.map_or(Ok(0), Err)
}

fn described(place: &ProfileLocation, shown: &Json, error: Option<&Error>) -> Json {
    let mut json = json!({"version": 1, "profile": place.name(), "settings": shown});
    if let Some(path) = place.file() {
        json["path"] = path.to_string_lossy().into();
    }
    if let Some(error) = error {
        json["error"] = error.text.as_str().into();
    }
    json
}
