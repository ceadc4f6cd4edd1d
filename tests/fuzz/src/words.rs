//! The command line: the program's name and its words, a line each. No row is run.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use jwt_credential::cli::{self, Asked, Chosen};
use jwt_credential::rows::Row;

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

/// A row that somebody named, within bounds; or words for the person.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut words = text.split('\n');
    let program = words.next().unwrap_or_default();
    let mut args: Vec<OsString> = words.map(OsString::from).collect();
    let given = args.clone();
    let (row, profile) = match cli::choose(program.as_ref(), &mut args) {
        Ok(Chosen::Row(row, profile)) => (row, profile),
        Ok(Chosen::Tell(text) | Chosen::Decline(text)) => return assert!(text.contains("Usage")),
        Err(error) => return assert_eq!(error.exit_code(), 2, "{}", error.text),
    };
    let name = row.verb().name;
    assert!(was_named(row, program, &given), "{name} out of nothing");
    assert!(profile.as_ref().is_none_or(|name| !name.contains(['/', '\\', '\0'])), "a path in the program's name");
    match cli::parse(row, profile, args, Instant::now()) {
        Ok(Asked::Call(call)) => {
            let day = Duration::from_secs(86_400);
            assert!(call.options.timeout.is_none_or(|timeout| !timeout.is_zero() && timeout <= day));
            assert!(call.deadline.total() <= day);
            assert_eq!(call.options.profile_by_option, call.options.profile.is_some());
            assert!(call.rest.is_none() || given.iter().any(|word| word == "--"));
        }
        Ok(Asked::Help(text)) => assert!(!text.is_empty()),
        Err(error) => assert_eq!(error.exit_code(), 2, "{}", error.text),
    }
}

fn was_named(row: Row, program: &str, given: &[OsString]) -> bool {
    let name = row.verb().name;
    let file = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let called = match row {
        Row::Protocol(protocol) => protocol.called.iter().any(|called| file.starts_with(called)),
        Row::Command(_) => false,
    };
    let summoned = name == "cargo" && given.first().is_some_and(|word| word == "--cargo-plugin");
    called || summoned || given.iter().any(|word| word == name) || name == "json"
}
