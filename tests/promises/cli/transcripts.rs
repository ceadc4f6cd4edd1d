//! The exact conversation of every protocol: its input, its answer and the messages, for a success, a server that the
//! profile does not list, and an endpoint that refuses. `UPDATE_TRANSCRIPTS=1` writes the transcripts anew.
//!
//! The first character of a line tells what it is: `$` arguments (a first `@NAME` is the name that the program is
//! called by), `%` a variable, `<` standard input, `>` standard output, `!` standard error, `?` the exit code.

use std::fmt::Write as _;
use std::fs;

use jwt_credential::protocol;
use serde_json::json;

use crate::issuers::aws;
use crate::support::conversation::{Conversation, directory};
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, oauth};

/// As AWS refuses a role.
const REFUSED_ROLE: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to \
    perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>";

const CASES: [&str; 3] = ["success", "refused", "failing"];

#[test]
fn every_protocol_has_transcripts_and_follows_them() {
    let mut wrong = Vec::new();
    for row in protocol::ALL {
        for case in CASES {
            let path = directory().join(format!("{}.{case}.txt", row.spec.name));
            let Ok(written) = fs::read_to_string(&path) else {
                wrong.push(format!("{} has no transcript {case}", row.spec.name));
                continue;
            };
            let said = replay(&written, case);
            if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
                fs::write(&path, &said).unwrap();
            } else if said != written {
                wrong.push(format!("{}\n--- written\n{written}--- said\n{said}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_transcript_belongs_to_a_protocol() {
    for entry in fs::read_dir(directory()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let (row, case) = name.strip_suffix(".txt").and_then(|stem| stem.split_once('.')).unwrap();
        assert!(protocol::ALL.iter().any(|known| known.spec.name == row) && CASES.contains(&case), "{name}");
    }
}

/// Repeats the conversation; returns its transcript.
fn replay(written: &str, case: &str) -> String {
    let is_aws = written.starts_with("$ aws");
    let endpoint = match case {
        "failing" if is_aws => Endpoint::always(Answer::new(403, &[], REFUSED_ROLE)),
        _ if is_aws => Endpoint::new(|_, _| aws::credentials(3600)),
        "failing" => Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter")),
        _ => Endpoint::tokens(DAY),
    };
    let home = Home::new();
    let mut profile = if is_aws { aws::profile(&endpoint.origin()) } else { oauth(&endpoint.origin()) };
    profile["hosts"] = json!(["registry.example"]);
    home.profile("default", &profile);
    let conversation = Conversation::parse(written);
    let output = conversation.hold(&mut conversation.command(&home));
    let mut said = String::new();
    for line in written.lines().filter(|line| line.starts_with(['$', '%', '<'])) {
        let _ = writeln!(said, "{line}");
    }
    for (mark, bytes) in [('>', &output.stdout), ('!', &output.stderr)] {
        let text = steady(&String::from_utf8_lossy(bytes), &home, &endpoint.origin());
        let line = |line: &str| if line.is_empty() { format!("{mark}\n") } else { format!("{mark} {line}\n") };
        said.extend(text.lines().map(line));
    }
    assert_eq!(endpoint.count(), usize::from(case != "refused"), "exchanges of\n{said}");
    said + &format!("? {}\n", output.status.code().unwrap())
}

/// The text without what differs between runs: paths, the endpoint and times.
pub(super) fn steady(text: &str, home: &Home, origin: &str) -> String {
    let text = text.replace(origin, "IMS").replace(&*home.directory.path().to_string_lossy(), "HOME");
    let text = text.replace(&origin.replace("http://", ""), "IMS");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out += &rest[..at];
        let digits = rest[at..].find(|c: char| !(c.is_ascii_digit() || "-:TZ".contains(c))).unwrap_or(rest.len() - at);
        let digits = rest[at..at + digits].trim_end_matches([':', '-']).len();
        let (number, after) = rest[at..].split_at(digits);
        out += match (number.len(), number.ends_with('Z')) {
            (20, true) => "TIME",
            (10, false) if number.starts_with('1') => "SECONDS",
            _ => number,
        };
        rest = after;
    }
    out + rest
}
