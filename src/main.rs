//! argv → call → desk → protocol → exit code.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use jwt_credential::call::write_within;
use jwt_credential::cli::{self, Parsed, Verb};
use jwt_credential::command::{self, Command};
use jwt_credential::deadline::{self, Deadline};
use jwt_credential::desk::Desk;
use jwt_credential::error::Error;
use jwt_credential::protocol::{self, Protocol};

/// The exit code of our own failure where `--` hands on to a program with codes of its own, as env(1) has it.
const OWN_FAILURE: u8 = 125;

#[derive(Clone, Copy)]
enum Row {
    Protocol(&'static Protocol),
    Command(&'static Command),
}

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let hands_on = args.iter().any(|arg| arg == "--");
    let code = run(args, Instant::now()).unwrap_or_else(|error| {
        let error = if hands_on { error.or_exits_with(OWN_FAILURE) } else { error };
        // A full or closed standard error changes nothing.
        let _ = std::io::stderr().write_all(error.lines().as_bytes());
        error.exit_code()
    });
    ExitCode::from(code)
}

fn run(args: Vec<OsString>, started: Instant) -> Result<u8, Error> {
    let groups = [
        ("Print a token", protocol::ALL.map(Row::Protocol).to_vec()),
        ("For you", command::ALL.map(Row::Command).to_vec()),
    ];
    match cli::parse(args, started, &groups, verb, "json")? {
        Parsed::Run(Row::Protocol(protocol), call) => (protocol.serve)(&call, &Desk::new(&call)).map(|()| 0),
        Parsed::Run(Row::Command(command), call) => (command.run)(&call),
        Parsed::Tell(text) => write_within(&text, &Deadline::new(started, deadline::DEFAULT)).map(|()| 0),
    }
}

fn verb(row: Row) -> &'static Verb {
    match row {
        Row::Protocol(protocol) => &protocol.verb,
        Row::Command(command) => &command.verb,
    }
}
