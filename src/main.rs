//! argv → call → desk → protocol → exit code.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use jwt_credential::call::write_within;
use jwt_credential::cli::{self, Parsed, Row};
use jwt_credential::deadline::{self, Deadline};
use jwt_credential::desk::Desk;
use jwt_credential::error::{Error, Kind};

/// The exit code of our own failure where `--` hands on to a program with codes of its own, as env(1) has it.
const OWN_FAILURE: u8 = 125;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let hands_on = args.iter().any(|arg| arg == "--");
    let code = run(args, Instant::now()).unwrap_or_else(|error| {
        let error = if hands_on { error.or_exits_with(OWN_FAILURE) } else { error };
        complain(&error.lines());
        error.exit_code()
    });
    ExitCode::from(code)
}

fn run(args: Vec<OsString>, started: Instant) -> Result<u8, Error> {
    match cli::parse(args, started)? {
        Parsed::Run(Row::Protocol(protocol), call) => (protocol.serve)(&call, &Desk::new(&call)).map(|()| 0),
        Parsed::Run(Row::Command(command), call) => (command.run)(&call),
        Parsed::Tell(text) => write_within(&text, &Deadline::new(started, deadline::DEFAULT)).map(|()| 0),
        Parsed::Decline(help) => {
            complain(&help);
            Ok(Kind::Usage.exit_code())
        }
    }
}

/// A full or closed standard error changes nothing.
fn complain(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
