//! Which profile answers, and whether this server may have its token: decided here alone.

use crate::call::Call;
use crate::error::{Error, Kind};
use crate::host::{Match, Origin, Pattern};
use crate::profile::{Profile, ProfileLocation, locate};
use crate::provider;

/// The profile of a call that names no server.
pub fn selected(call: &Call) -> Result<Profile, Error> {
    let place = locate::choose(call.options.profile.as_deref(), call.options.profile_by_option)?;
    call.log.say_with(|| format!("using {place}"));
    narrowed(call, provider::CATALOG.read(place, call.deadline.attempt_end())?)
}

/// Applies `--scope`.
fn narrowed(call: &Call, mut profile: Profile) -> Result<Profile, Error> {
    match call.options.scope.as_deref() {
        Some(scope) if !profile.narrow("scope", scope)? => {
            let text = format!("--scope cannot narrow the token of {}", profile.place);
            Err(Error::new(Kind::Usage, text).hint(format!("{} has no scopes to choose from", profile.schema.grant)))
        }
        _ => Ok(profile),
    }
}

/// Whether the user selected a profile, by an option or a variable.
pub fn is_selected(call: &Call) -> bool {
    locate::is_named(call.options.profile.as_deref())
}

/// The profile whose token this server may have, if there is one; otherwise the log says why. If the tool names no
/// server, `--for` may name one.
pub fn profile_for(call: &Call, server: Option<&Result<Origin, String>>) -> Result<Option<Profile>, Error> {
    let allowed = call.options.target.as_deref().map(Origin::of_url);
    let server = match (server, &allowed) {
        (None, None) => return selected(call).map(Some),
        (Some(server), _) => server,
        (None, Some(allowed)) => allowed,
    };
    let server = match server {
        Ok(server) => server,
        Err(why) => return Ok(refuse(call, &format!("the server that is named {why}"))),
    };
    // `--for` narrows what a tool may ask for.
    if allowed.as_ref().is_some_and(|allowed| allowed.as_ref() != Ok(server)) {
        return Ok(refuse(call, &format!("{server} is not what --for allows")));
    }
    if !is_selected(call) {
        return closest(call, server)?.map(|profile| narrowed(call, profile)).transpose();
    }
    let profile = selected(call)?;
    Ok(match allows(&profile, server)? {
        Some(_) => Some(profile),
        None => refuse(call, &format!("{server} is not in \"hosts\" of {}", profile.place)),
    })
}

/// The servers that the selected profile names, without wildcards; none if no profile is selected.
pub fn servers(call: &Call) -> Result<Vec<Origin>, Error> {
    if !is_selected(call) {
        return Ok(Vec::new());
    }
    let hosts = selected(call)?.list("hosts")?;
    Ok(hosts.iter().filter_map(|host| Pattern::parse(host).ok()?.server().cloned()).collect())
}

/// How closely a profile's `hosts` match this server, if they do.
fn allows(profile: &Profile, server: &Origin) -> Result<Option<Match>, Error> {
    let hosts = profile.list("hosts")?;
    Ok(hosts.iter().filter_map(|host| Pattern::parse(host).ok()?.matches(server)).max())
}

fn refuse(call: &Call, why: &str) -> Option<Profile> {
    call.log.say(format!("refused: {why}"));
    None
}

/// Of all profiles, the one whose `hosts` match the server most closely. Broken profiles are skipped.
fn closest(call: &Call, server: &Origin) -> Result<Option<Profile>, Error> {
    let mut found: Vec<(Match, Profile)> = Vec::new();
    for (name, path) in locate::all()? {
        let place = ProfileLocation::File { name, path };
        let read = provider::CATALOG.read(place, call.deadline.attempt_end());
        match read.and_then(|profile| Ok((allows(&profile, server)?, profile))) {
            Ok((Some(closeness), profile)) => found.push((closeness, profile)),
            Ok((None, _)) => {}
            Err(error) => call.log.say(format!("skipped: {}", error.text)),
        }
    }
    let closest = found.iter().map(|(closeness, _)| *closeness).max();
    let mut best = found.into_iter().filter(|(closeness, _)| Some(*closeness) == closest).map(|(_, profile)| profile);
    Ok(match (best.next(), best.next()) {
        (Some(one), None) => {
            call.log.say(format!("using {}, which names {server}", one.place));
            Some(one)
        }
        (Some(one), Some(other)) => refuse(call, &format!("both {} and {} name {server}", one.place, other.place)),
        (None, _) => refuse(call, &format!("no profile names {server} in its \"hosts\"")),
    })
}
