//! The tools that call the program: a conversation for each row of its table. It sends what the tool would send, and
//! reads the answer as the tool does, without code of the program.

mod bazel;
mod cargo;
mod docker;
mod git;
mod go;
mod keyring;
mod kubectl;
mod pipes;
mod plain;
mod recorder;
mod terraform;
mod vault;

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::rc::Rc;
use std::time::{Duration, Instant};

use jwt_credential::call::Call;
use jwt_credential::cli::{Asked, CommandLine};
use jwt_credential::deadline::Deadline;
use jwt_credential::protocol::{self, Protocol};

use crate::environment;
use crate::target::Target;
use crate::text::is_harmless;
use pipes::Pipes;
use recorder::{Recorder, TOKEN};

/// How one tool talks to the program.
struct Conversation {
    row: &'static str,
    /// The number of runs of a long run.
    long_runs: u32,
    /// What it sends, made of a number and the input.
    says: fn(u8, &str) -> Option<Said>,
    /// The canonical spellings of the servers that it means; `None` if it names no server and trusts the program's
    /// choice.
    means: fn(&Said) -> Option<Vec<String>>,
    /// The token in a good answer; any other answer is broken.
    reads: fn(&Said, &str) -> Option<String>,
    /// Inputs, without their first byte.
    seeds: &'static [&'static str],
}

/// What a tool sends.
#[derive(Default)]
struct Said {
    args: Vec<String>,
    stdin: String,
    /// A variable that it sets.
    variable: Option<(&'static str, String)>,
    /// Headers of the profile in addition to the token's.
    headers: Vec<(String, String)>,
}

impl Said {
    fn args(args: &[&str]) -> Self {
        Self { args: args.iter().map(|arg| (*arg).to_owned()).collect(), ..Self::default() }
    }
}

/// All conversations.
const ALL: &[&[Conversation]] = &[
    &[
        git::CONVERSATION,
        docker::CONVERSATION,
        cargo::CONVERSATION,
        terraform::CONVERSATION,
        bazel::CONVERSATION,
        go::CONVERSATION,
        keyring::CONVERSATION,
        kubectl::CONVERSATION,
        vault::CONVERSATION,
    ],
    plain::CONVERSATIONS,
];

pub fn targets() -> impl Iterator<Item = Target> {
    let of = |row: &Protocol| {
        let found = ALL.iter().copied().flatten().find(|conversation| conversation.row == row.spec.name);
        found.unwrap_or_else(|| panic!("the protocol {} has no conversation in tests/fuzz/src/protocol", row.spec.name))
    };
    protocol::ALL.into_iter().map(move |row| {
        let conversation = of(row);
        Target {
            name: row.spec.name.into(),
            long_runs: conversation.long_runs,
            seeds: Box::new(|| seeds(conversation)),
            run: Box::new(move |bytes| run(conversation, row, bytes)),
        }
    })
}

fn seeds(conversation: &Conversation) -> Vec<Vec<u8>> {
    let with = |seed: &&str| (0..16).map(|flags: u8| [&[flags], seed.as_bytes()].concat()).collect::<Vec<_>>();
    conversation.seeds.iter().flat_map(with).collect()
}

/// The first byte decides whether the server is allowed, whether the token has an expiry, and which of its requests the
/// tool sends.
fn run(conversation: &Conversation, row: &'static Protocol, bytes: &[u8]) {
    let Some((&flags, rest)) = bytes.split_first() else { return };
    let input = String::from_utf8_lossy(rest);
    // Otherwise the program would answer itself.
    if input.contains(TOKEN) {
        return;
    }
    let Some(said) = (conversation.says)(flags >> 2, &input) else { return };
    let Some(call) = call(row, &said.args) else { return };
    if let Some((name, value)) = &said.variable {
        environment::set(name, value);
    }
    let tokens = Recorder::new(flags & 1 == 0, flags & 2 == 0, &said.headers);
    let (outcome, answer) = PIPES.with(|pipes| pipes.around(&said.stdin, || (row.serve)(&call, &tokens)));
    let (gave, asked) = tokens.into_account();
    if let Some(meant) = (conversation.means)(&said) {
        for server in &asked {
            assert!(meant.contains(server), "{server} was asked for, and {meant:?} meant");
        }
    }
    let holds_token = answer.contains(TOKEN);
    assert!(!holds_token || (gave && outcome.is_ok()), "a token that was not given: {answer}");
    if holds_token {
        assert_eq!((conversation.reads)(&said, &answer).as_deref(), Some(TOKEN), "{answer}");
    }
    if let Err(error) = outcome {
        let lines = error.lines();
        assert!(lines.lines().all(is_harmless) && !lines.contains(TOKEN), "{lines}");
        assert!((1..=7).contains(&error.exit_code()) || error.exit_code() >= 125);
    }
}

thread_local! {
    static PIPES: Pipes = Pipes::new();
    static CALLS: RefCell<HashMap<Vec<String>, Option<Rc<Call>>>> = RefCell::default();
}

/// The call for these arguments, if they make one. Repeated arguments are cached, because clap has a target of its own.
fn call(row: &'static Protocol, args: &[String]) -> Option<Rc<Call>> {
    const KEPT: usize = 64;
    let words = [row.spec.name].into_iter().chain(args.iter().map(String::as_str)).map(OsString::from);
    let make = || match CommandLine::new("jwt-credential".as_ref(), words).parse(Instant::now()) {
        Ok(Asked::Call(_, call)) if call.rest.is_none() => {
            Some(Rc::new(Call { deadline: Deadline::new(Instant::now(), Duration::from_secs(86_400)), ..*call }))
        }
        _ => None,
    };
    CALLS.with_borrow_mut(|calls| {
        if calls.len() >= KEPT {
            calls.clear();
        }
        calls.entry(args.to_owned()).or_insert_with(make).clone()
    })
}
