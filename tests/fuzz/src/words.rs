//! The command line: the program's name and its arguments, one a line. No command is run.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use jwt_credential::cli::{Asked, CommandLine};
use jwt_credential::registry::Entry;

use crate::target::texts;

pub fn seeds() -> Vec<Vec<u8>> {
    texts(&[
        "jwt-credential\njson",
        "jwt-credential\n-p\nprod\ntoken\n--min-ttl=10m\n--timeout\n60s\n--no-cache\n--refresh",
        "jwt-credential\n--for\nhttps://mc.adobe.io/\nheaders\n--json",
        "/usr/bin/git-credential-jwt-prod\nget",
        "docker-credential-jwt.exe\nget\n--user\nme",
        "jwt-credential\n--cargo-plugin\n-p\nprod",
        "jwt-credential\nexec\n--name\nA\n--\nenv",
        "jwt-credential\nenv\n--shell=fish",
        "jwt-credential\nimport\nFILE\n--as\nprod\n--select\nX\n--metascopes\na,b",
        "jwt-credential\nkeyring\nget\nhttps://registry.example/\nme\n--mode\ncreds",
        "jwt-credential\nhelp",
        "jwt-credential\n--help",
        "jwt-credential\nstatus\n--within\n30d",
    ])
}

/// The result is a command that was named, with values in their limits; or text for the user.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut words = text.split('\n');
    let program = words.next().unwrap_or_default();
    let given: Vec<OsString> = words.map(OsString::from).collect();
    let line = CommandLine::new(program.as_ref(), given.iter().cloned());
    match line.parse(Instant::now()) {
        Ok(Asked::Call(entry, call)) => {
            let name = entry.spec().name;
            assert!(was_named(entry, program, &given), "{name} was not named");
            let day = Duration::from_secs(86_400);
            assert!(call.options.timeout.is_none_or(|timeout| !timeout.is_zero() && timeout <= day));
            assert!(call.deadline.total() <= day);
            assert_eq!(call.options.profile_by_option, call.options.profile.is_some());
            assert!(call.rest.is_none() || given.iter().any(|word| word == "--"));
        }
        Ok(Asked::Help(text) | Asked::Declined(text)) => assert!(!text.is_empty()),
        Err(error) => assert_eq!(error.exit_code(), 2, "{}", error.text),
    }
}

fn was_named(entry: Entry, program: &str, given: &[OsString]) -> bool {
    let name = entry.spec().name;
    let file = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let called = match entry {
        Entry::Protocol(protocol) => protocol.called.iter().any(|called| file.starts_with(called)),
        Entry::Command(_) => false,
    };
    let triggered = name == "cargo" && given.first().is_some_and(|word| word == "--cargo-plugin");
    called || triggered || given.iter().any(|word| word == name) || name == "json"
}
