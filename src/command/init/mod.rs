//! A profile by question and answer, for whoever has no file to import. Scripts give all answers as options; without
//! a terminal nothing is asked.

mod answers;
mod key_pair;

use std::time::Instant;

use clap::{Arg, ArgAction};
use rustix::termios::isatty;

use super::Command;
use super::install::{self, New, line_to_try};
use super::pair::{Pair, Piece};
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::deadline::{self, Deadline};
use crate::error::{Error, Kind};
use crate::grant::Grant;
use crate::profile::draft::Draft;
use crate::profile::schema::{Kind as Of, Question};
use crate::profile::write;
use crate::terminal::Terminal;
use crate::verb::Verb;
use crate::{desk, grant};
use answers::Answers;

pub(super) static COMMAND: Command =
    Command { verb: Verb::new("init", "makes a profile by question and answer, and tries it").with(options), run };

fn options() -> Vec<Arg> {
    let grants: Vec<&str> = grant::ALL.iter().map(|grant| grant.schema.grant).collect();
    let mut options = vec![
        install::text("grant", "GRANT")
            .value_parser(grants)
            .help("What kind of credential it is; adobe-oauth unless given"),
        Arg::new("force")
            .long("force")
            .action(ArgAction::SetTrue)
            .help("Replace a profile: shows what changes, mints once with the new one, keeps the old one as a backup"),
    ];
    for (field, Question { option, text }) in answers::asked() {
        let (value, how) = match field.kind {
            Of::Secret => ("WHERE", ": env:NAME or file:PATH"),
            _ => ("TEXT", ""),
        };
        options.push(install::text(option, value).help(format!("The {text}{how}")));
    }
    options.extend(install::options());
    options
}

fn run(call: &Call) -> Result<u8, Error> {
    if call.options.profile_by_option {
        return Err(Error::new(Kind::Usage, "init takes no --profile").hint("--as NAME names the new one"));
    }
    let (name, force) = (call.value("as"), call.has("force"));
    let name = write::new_name(name, force)?;
    let terminal = isatty(std::io::stdin()).then(Terminal::open).flatten();
    let answers = Answers { call, terminal: terminal.as_ref() };
    let grant = answers.grant()?;
    answers.all_there(grant)?;
    let (pair, is_new) = pair(call, grant, &name, terminal.as_ref())?;
    let mut draft = Draft::new(grant.schema.grant);
    let kept = is_new.then(|| pair.private_key.as_ref().map(|key| key.place.clone())).flatten();
    answers.fill(&mut draft, grant).map_err(|error| match &kept {
        Some(key) => error.hint(format!("the new key stays: --private-key '{key}' takes it the next time")),
        None => error,
    })?;
    if let Some(ims) = call.value("ims") {
        draft.set("ims", ims.into());
    }
    pair.check(&mut draft)?;
    // The person's time was not the call's.
    let deadline = Deadline::new(Instant::now(), call.options.timeout.unwrap_or(deadline::DEFAULT));
    let profile = New { name: &name, from: "your answers", draft, pair, force }.install(call, &deadline)?;
    if is_new && terminal.is_none() {
        return call.write(&format!("once the certificate is uploaded: {}\n", line_to_try(&name))).map(|()| 0);
    }
    let minted = desk::try_out(&profile, call, &deadline).map_err(|error| {
        error.hint(format!("the profile is written: mend it, or the credential, and try it: {}", line_to_try(&name)))
    })?;
    let until = minted.expires_at(&clock::now()).map(|end| format!(", until {}", rfc3339(end))).unwrap_or_default();
    call.write(&format!("it works: there is a token{until}\n{}", lines_to_paste(&name))).map(|()| 0)
}

/// The key pair, where the grant signs: one that is there, or a new one, and whether it is new.
fn pair(call: &Call, grant: &Grant, name: &str, terminal: Option<&Terminal>) -> Result<(Pair, bool), Error> {
    if !grant::knows(grant.schema.grant, "private_key") {
        return Ok((Pair::default(), false));
    }
    let read = |path| Piece::read(path, call.deadline.attempt());
    let certificate = call.path("certificate").map(read).transpose()?;
    if let Some(path) = call.path("private-key") {
        return Ok((Pair { private_key: Some(read(path)?), certificate }, false));
    }
    let question = "private key: its path, or Enter to make a new one with openssl\n  > ";
    let answer = terminal.map(|terminal| terminal.ask(question)).transpose()?.flatten().unwrap_or_default();
    if !answer.is_empty() {
        return Ok((Pair { private_key: Some(read(answer.as_ref())?), certificate }, false));
    }
    let pair = key_pair::make(name)?;
    call.write(&key_pair::to_upload(&pair))?;
    if let Some(terminal) = terminal {
        terminal.ask("Enter, once it is there ")?;
    }
    Ok((pair, true))
}

fn lines_to_paste(name: &str) -> String {
    let profile = if name == write::FIRST { String::new() } else { format!(" -p {name}") };
    format!(
        "to call an API:                jwt-credential{profile} curl -- https://…\n\
         as an exec credential helper:  jwt-credential{profile} json\n"
    )
}
