//! argv → call → desk → protocol → exit code.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::time::Instant;

use jwt_credential::call::write_within;
use jwt_credential::cli::{self, Asked, Chosen};
use jwt_credential::deadline::{self, Deadline};
use jwt_credential::desk::Desk;
use jwt_credential::error::{Error, Kind};
use jwt_credential::misplaced;
use jwt_credential::process;
use jwt_credential::rows::Row;

/// The exit code of our own failure where `--` hands on to a program with codes of its own, as env(1) has it.
const OWN_FAILURE: u8 = 125;

/// The C library's own entry. std's would first look into `/proc/self/maps` for the bounds of the stack, to name an
/// overflow of it: a fifth of a call that finds its token in the cache. What else std does there, [`process`] does, but for
/// the words about an overflow.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the name is the C library's, and nothing else here has it")]
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    exit_code().into()
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() -> std::process::ExitCode {
    exit_code().into()
}

fn exit_code() -> u8 {
    process::close_to_others();
    process::begin();
    let mut args = std::env::args_os();
    let program = args.next().unwrap_or_default();
    run(&program, args.collect(), Instant::now()).unwrap_or_else(|error| {
        complain(&error.lines());
        error.exit_code()
    })
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
