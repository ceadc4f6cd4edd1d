//! argv → call → answer → exit code.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use jwt_credential::call::write_within;
use jwt_credential::cli::{Asked, CommandLine, parse_late};
use jwt_credential::command_spec::CommandSpec;
use jwt_credential::deadline::{self, Deadline};
use jwt_credential::error::{Error, Kind};
use jwt_credential::profile_tokens::ProfileTokens;
use jwt_credential::{colour, provider, secret, sys};

/// The exit code of our own failure if another program's exit codes are expected, as env(1) has it.
const OWN_FAILURE: u8 = 125;

fn main() -> ExitCode {
    sys::prepare_process();
    secret::recognise(provider::SECRET_PREFIXES);
    let started = Instant::now();
    let mut args = std::env::args_os();
    let program = args.next().unwrap_or_default();
    let line = CommandLine::new(&program, args);
    let code = run(&line, started).unwrap_or_else(|error| {
        complain(&error.lines());
        error.exit_code()
    });
    code.into()
}

fn tell(text: &str, started: Instant) -> Result<(), Error> {
    write_within(text, &Deadline::new(started, deadline::DEFAULT))
}

fn run(line: &CommandLine, started: Instant) -> Result<u8, Error> {
    let failed = |spec: &CommandSpec, error: Error| {
        if let Some(answer) = spec.instead_of_errors {
            let _ = tell(&answer(&error), started);
            return Ok(0);
        }
        if line.starts_program(spec) {
            return Err(error.or_exits_with(OWN_FAILURE));
        }
        if let Some(text) = spec.when_failing {
            let _ = tell(text, started);
        }
        Err(error)
    };
    match line.parse(started) {
        Ok(Asked::Call(entry, call)) => {
            entry.run(&call, &ProfileTokens { call: &call, parse_late }).or_else(|error| failed(entry.spec(), error))
        }
        Ok(Asked::Help(text)) => tell(&text, started).map(|()| 0),
        Ok(Asked::Declined(text)) => {
            complain(&text);
            Ok(Kind::Usage.exit_code())
        }
        Err(error) => match line.spec() {
            Some(spec) => failed(spec, error),
            None => Err(error),
        },
    }
}

/// A full or closed standard error changes nothing.
fn complain(text: &str) {
    let mut stderr = std::io::stderr();
    let coloured = colour::is_wanted(&stderr).then(|| colour::of_messages(text));
    let _ = stderr.write_all(coloured.as_deref().unwrap_or(text).as_bytes());
}
