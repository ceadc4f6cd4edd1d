//! Which profile answers, and whether this server may have its token: decided here alone.

use crate::call::Call;
use crate::error::{Error, Kind};
use crate::host::{Match, Origin, Pattern};
use crate::profile::default_profile::DefaultChoice;
use crate::profile::{Profile, ProfileLocation, locate};
use crate::provider;
use crate::store::{Reason, note_refusal};
use crate::tokens::NotAllowed;

/// The profile of a call that names no server.
pub fn selected(call: &Call) -> Result<Profile, Error> {
    let place = locate::choose(call.options.profile.as_deref(), call.options.profile_by_option)?;
    call.log.say_with(|| format!("using {place}"));
    narrowed(call, provider::CATALOG.read(place, call.deadline.attempt_end())?)
}

/// Applies `--scope` and its like.
fn narrowed(call: &Call, mut profile: Profile) -> Result<Profile, Error> {
    for (by, text) in &call.options.narrow {
        if !profile.narrow(by, text)? {
            let text = format!("--{by} cannot narrow the token of {}", profile.place);
            let hint = format!("remove --{by}: {} has no key for it", profile.schema.name);
            return Err(Error::new(Kind::Usage, text).hint(hint));
        }
    }
    Ok(profile)
}

/// Whether the user selected a profile, by an option or a variable.
pub fn is_selected(call: &Call) -> bool {
    locate::is_named(call.options.profile.as_deref())
}

/// The profile whose token this server may have, or why it may have no token. If the tool names no server, `--for` may
/// name one.
pub fn profile_for(call: &Call, server: Option<&Result<Origin, String>>) -> Result<Result<Profile, NotAllowed>, Error> {
    let allowed = call.options.target.as_deref().map(Origin::of_url);
    let server = match (server, &allowed) {
        (None, None) => return selected(call).map(Ok),
        (Some(server), _) => server,
        (None, Some(allowed)) => allowed,
    };
    let server = match server {
        Ok(server) => server,
        // A URL that cannot be parsed may hold a password.
        Err(why) => return Ok(refuse(call, Error::new(Kind::Setup, format!("no token for that URL: it {why}")))),
    };
    // `--for` narrows what a tool may ask for.
    if allowed.as_ref().is_some_and(|allowed| allowed.as_ref() != Ok(server)) {
        note(call, server, Reason::NotFor, || some_profile_lists_hosts(call));
        return Ok(refuse(call, no_token(server, "--for allows another server")));
    }
    if !is_selected(call) {
        return closest(call, server);
    }
    let profile = selected(call)?;
    let hosts = profile.list("hosts")?;
    if closeness(&hosts, server).is_some() {
        return Ok(Ok(profile));
    }
    note(call, server, Reason::NotInProfile, || !hosts.is_empty() || some_profile_lists_hosts(call));
    let failure = no_token(server, &format!("{} does not list it in \"hosts\"", profile.place));
    Ok(refuse(call, failure.hint(how_to_allow(&profile.place, &server.as_host()))))
}

fn how_to_allow(place: &ProfileLocation, host: &str) -> String {
    match place {
        ProfileLocation::File { name, path } if locate::is_own(name, path) => {
            format!("to allow it: jwt-credential -p {name} hosts add {host}")
        }
        _ => format!("to allow it, add \"{host}\" to \"hosts\" of the profile"),
    }
}

/// The servers that the selected profile names, without wildcards; none if no profile is selected.
pub fn servers(call: &Call) -> Result<Vec<Origin>, Error> {
    if !is_selected(call) {
        return Ok(Vec::new());
    }
    let hosts = selected(call)?.list("hosts")?;
    Ok(hosts.iter().filter_map(|host| Pattern::parse(host).ok()?.server().cloned()).collect())
}

/// How closely these `hosts` match the server, if they do.
fn closeness(hosts: &[String], server: &Origin) -> Option<Match> {
    hosts.iter().filter_map(|host| Pattern::parse(host).ok()?.matches(server)).max()
}

fn no_token(server: &Origin, why: &str) -> Error {
    Error::new(Kind::Setup, format!("no token for {server}: {why}"))
}

fn refuse<T>(call: &Call, why: Error) -> Result<T, NotAllowed> {
    call.log.say(format!("refused: {}", why.text));
    Err(NotAllowed(why))
}

/// Notes a refused server for `status`, unless no profile lists hosts: that user's tools are not expected to get tokens.
/// A failure to note it changes no answer.
fn note(call: &Call, server: &Origin, reason: Reason, some_profile_lists_hosts: impl FnOnce() -> bool) {
    if call.options.no_cache || !some_profile_lists_hosts() {
        return;
    }
    if let Ok(Some(directory)) = locate::cache_directory() {
        let _ = note_refusal(&directory, &server.to_string(), reason);
    }
}

fn some_profile_lists_hosts(call: &Call) -> bool {
    let lists_some = |place: ProfileLocation| {
        provider::CATALOG.hosts(&place, call.deadline.attempt_end()).is_ok_and(|hosts| !hosts.is_empty())
    };
    locate::files().is_ok_and(|mut files| files.any(lists_some))
}

/// Of all profiles, the one whose `hosts` match the server most closely; of several, the default profile. A
/// profile counts by its `hosts` even if it is broken: a token of another account would surprise the user more than an
/// error does.
fn closest(call: &Call, server: &Origin) -> Result<Result<Profile, NotAllowed>, Error> {
    let mut all = locate::files()?.peekable();
    if all.peek().is_none() {
        return Ok(refuse(call, locate::no_profile()?));
    }
    let (mut found, mut skipped, mut lists_hosts) = (Vec::new(), Vec::new(), false);
    for place in all {
        match provider::CATALOG.hosts(&place, call.deadline.attempt_end()) {
            Ok(hosts) => {
                lists_hosts |= !hosts.is_empty();
                found.extend(closeness(&hosts, server).map(|closeness| (closeness, place)));
            }
            Err(error) => skipped.push(error.text),
        }
    }
    for text in &skipped {
        call.log.say(format!("skipped: {text}"));
    }
    let closest = found.iter().map(|(closeness, _)| *closeness).max();
    found.retain(|(closeness, _)| Some(*closeness) == closest);
    let place = match found.as_slice() {
        [] => {
            note(call, server, Reason::NotListed, || lists_hosts);
            return Ok(refuse(call, unlisted(server, &skipped)));
        }
        [(_, one)] => one,
        several => {
            let choice = DefaultChoice::read()?;
            let names = locate::default_names(&choice);
            let default = several.iter().find(|(_, place)| names.contains(&place.name()));
            &default.ok_or_else(|| tie(call, several.iter().map(|(_, place)| place.name()), server))?.1
        }
    };
    call.log.say(format!("using {place}, which names {server}"));
    let profile = provider::CATALOG.read(place.clone(), call.deadline.attempt_end())?;
    narrowed(call, profile).map(Ok)
}

/// The error about profiles that allow the server equally closely.
fn tie<'a>(call: &Call, names: impl ExactSizeIterator<Item = &'a str>, server: &Origin) -> Error {
    const SHOWN: usize = 5;
    let (count, host) = (names.len(), server.as_host());
    let mut names: Vec<String> = names.take(SHOWN).map(|name| format!("\"{name}\"")).collect();
    let one = names.first().map_or(String::new(), |name| name.replace('"', ""));
    let last = if count > SHOWN { format!("{} more", count - SHOWN) } else { names.pop().unwrap_or_default() };
    let all = if count == 2 { "both" } else { "all" };
    let failure = format!("profiles {} and {last} {all} allow {host}", names.join(", "));
    note(call, server, Reason::SeveralProfiles, || true);
    call.log.say(format!("refused: {failure}"));
    let line = match call.spec.tells_apart {
        Some(line) => line.replace("{origin}", &server.to_string()).replace("{host}", &host).replace("{name}", &one),
        None => format!("choose one with -p {one}"),
    };
    Error::new(Kind::Setup, failure).hint(line).hint(format!("or make one the default: jwt-credential use {one}"))
}

/// `skipped`: what is wrong with the profiles whose `hosts` are not known.
fn unlisted(server: &Origin, skipped: &[String]) -> Error {
    let mut why = "no profile lists it in \"hosts\"".to_owned();
    if let Some(first) = skipped.first() {
        let more = if skipped.len() > 1 { format!(", and {} more", skipped.len() - 1) } else { String::new() };
        why = format!("{why}; skipped: {first}{more}");
    }
    no_token(server, &why)
        .hint("jwt-credential list shows the hosts of all profiles")
        .hint(format!("to allow it: jwt-credential -p NAME hosts add {}", server.as_host()))
}
