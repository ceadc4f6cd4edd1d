//! argv → call → desk → protocol → exit code.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use jwt_credential::call::write_within;
use jwt_credential::cli::{self, Asked, Chosen};
use jwt_credential::deadline::{self, Deadline};
use jwt_credential::desk::Desk;
use jwt_credential::error::{Error, Kind};
use jwt_credential::misplaced;
use jwt_credential::rows::Row;
use jwt_credential::{process, sys};

/// The exit code of our own failure where `--` hands on to a program with codes of its own, as env(1) has it.
const OWN_FAILURE: u8 = 125;

fn main() -> ExitCode {
    process::close_to_others();
    sys::survive_file_size_limit();
    let mut args = std::env::args_os();
    let program = args.next().unwrap_or_default();
    let code = run(&program, args.collect(), Instant::now()).unwrap_or_else(|error| {
        complain(&error.lines());
        error.exit_code()
    });
    code.into()
}

fn run(program: &OsStr, mut args: Vec<OsString>, started: Instant) -> Result<u8, Error> {
    let tell = |text: &str| write_within(text, &Deadline::new(started, deadline::DEFAULT));
    let checked = misplaced::check_arguments(&args);
    let (row, profile) =
        match cli::choose(program, &mut args).map_err(|error| checked.clone().err().unwrap_or(error))? {
            Chosen::Row(row, profile) => (row, profile),
            Chosen::Tell(text) => return tell(&text).map(|()| 0),
            Chosen::Decline(help) => {
                complain(&help);
                return Ok(Kind::Usage.exit_code());
            }
        };
    let verb = row.verb();
    let hands_on = cli::hands_on(verb, &args);
    let outcome = checked.and_then(|()| cli::parse(row, profile, args, started)).and_then(|asked| match (row, asked) {
        (_, Asked::Help(text)) => tell(&text).map(|()| 0),
        (Row::Protocol(protocol), Asked::Call(call)) => (protocol.serve)(&call, &Desk::new(&call)),
        (Row::Command(command), Asked::Call(call)) => (command.run)(&call),
    });
    outcome.map_err(|error| {
        if hands_on {
            return error.or_exits_with(OWN_FAILURE);
        }
        if let Some(text) = verb.when_failing {
            let _ = tell(text);
        }
        error
    })
}

/// A full or closed standard error changes nothing.
fn complain(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
