//! Searches everything that a call wrote or started for secrets.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::calls::Call;
use super::net::Net;
use super::ways::{
    ADOBES, BY_COMMAND, BY_FILE, BY_VARIABLE, IN_VARIABLE, LITERAL, PASSPHRASE, PROXY_PASSWORD, PROXY_PASSWORD_NAME,
    TOKEN, TYPED, Way, secret_part_of_key,
};
use crate::support::Home;
use crate::support::endpoint::{Answer, Asked, Endpoint};
use crate::support::files::mode;

/// The searches so far, and their findings.
pub(super) struct Lookout {
    secrets: Net,
    token: Net,
    pub(super) calls: usize,
    /// Calls that printed the token.
    pub(super) tokens: usize,
    texts: usize,
    searches: usize,
    found: Vec<String>,
}

/// A home with one way to give secrets, and its endpoint.
pub(super) struct Stage {
    pub(super) home: Home,
    pub(super) endpoint: Endpoint,
    pub(super) variables: Vec<(String, String)>,
    /// Its name in messages.
    pub(super) name: String,
    /// The files that were searched before, in their state then.
    seen: HashMap<PathBuf, (u64, i64, i64, u64)>,
    asked: usize,
}

/// What a text may contain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    Nothing,
    Token,
    /// A profile that the call wrote, which contains its secrets.
    Everything,
}

impl Stage {
    pub(super) fn new(way: &Way, what: &str, answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let (home, endpoint) = (Home::new(), Endpoint::new(answer));
        let variables = way.furnish(&home, &endpoint);
        Self { home, endpoint, variables, name: format!("{what}, {}", way.name), seen: HashMap::new(), asked: 0 }
    }

    /// Takes the current files as the test's own.
    pub(super) fn settle(&mut self) {
        self.changed();
    }

    /// The binary with this call.
    pub(super) fn command(&self, call: &Call) -> Command {
        let mut command = call.said.command(&self.home);
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).current_dir(self.home.path("tmp"));
        command
    }

    /// The files that are new or changed.
    fn changed(&mut self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(self.home.directory.path(), &mut files);
        files.retain(|path| {
            let meta = path.metadata().unwrap();
            let now = (meta.ino(), meta.ctime(), meta.ctime_nsec(), meta.len());
            self.seen.insert(path.clone(), now) != Some(now)
        });
        files
    }

    /// The signatures of the assertions that were sent since the last search. Without its signature an assertion is
    /// useless.
    fn assertions(&mut self) -> Vec<String> {
        let asked = self.endpoint.asked().split_off(self.asked);
        self.asked += asked.len();
        let assertions = asked.iter().filter_map(|asked| asked.field("jwt_token"));
        assertions.map(|jwt| jwt.rsplit_once('.').unwrap().1.to_owned()).collect()
    }

    /// What a child process printed about itself, without the variables that its caller gave it.
    fn without_own_variables(&self, child: &str, told: &str) -> String {
        let may_have = |line: &&str| {
            let own = self.variables.iter().find(|(name, value)| *line == format!("{name}={value}"));
            // A program that we become may have every variable except those that hold our secrets.
            let is_become = matches!(child, "child" | "curl");
            own.is_some_and(|(name, _)| !is_become || name == "HTTPS_PROXY")
                || (child == "child" && line.split_once('=').is_some_and(|(_, value)| value == TOKEN))
        };
        told.lines().filter(|line| !may_have(line)).collect::<Vec<_>>().join("\n")
    }
}

impl Lookout {
    pub(super) fn new() -> Self {
        let (der, pem) = secret_part_of_key();
        let canaries: [(&str, &[u8]); 11] = [
            ("the secret in the wrong place", ADOBES.as_bytes()),
            ("the secret in the profile", LITERAL.as_bytes()),
            ("the secret by variable", BY_VARIABLE.as_bytes()),
            ("the secret by file", BY_FILE.as_bytes()),
            ("the secret by command", BY_COMMAND.as_bytes()),
            ("the secret in the variable's profile", IN_VARIABLE.as_bytes()),
            ("the passphrase", PASSPHRASE.as_bytes()),
            (PROXY_PASSWORD_NAME, PROXY_PASSWORD.as_bytes()),
            ("what a tool wanted to be kept", TYPED.as_bytes()),
            ("the key", &der),
            ("the key's PEM", pem.as_bytes()),
        ];
        let token = Net::of(&[("the token", TOKEN.as_bytes())]);
        Self { secrets: Net::of(&canaries), token, calls: 0, tokens: 0, texts: 0, searches: 0, found: Vec::new() }
    }

    /// Runs a conversation, and searches its results.
    pub(super) fn watch(&mut self, stage: &mut Stage, call: &Call) -> Output {
        // The trace belongs to this call alone.
        let _ = fs::remove_file(stage.home.path("log"));
        let output = call.said.hold(&mut stage.command(call));
        self.look(stage, call, &output);
        output
    }

    /// Searches what a call left behind.
    pub(super) fn look(&mut self, stage: &mut Stage, call: &Call, output: &Output) {
        self.calls += 1;
        let succeeded = call.prints_token && output.status.success();
        let is_there = output.stdout.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes());
        self.tokens += usize::from(is_there);
        let assertions = stage.assertions();
        let assertion = assertions.first().map(|jwt| Net::of(&[("the assertion", jwt.as_bytes())]));
        let on_stdout = if succeeded { May::Token } else { May::Nothing };
        let mut texts = vec![
            ("standard output".to_owned(), output.stdout.clone(), on_stdout),
            ("standard error".to_owned(), output.stderr.clone(), May::Nothing),
        ];
        for path in stage.changed() {
            texts.push(text_of(stage, &path));
        }
        for (place, bytes, may) in texts {
            let mut caught = Vec::new();
            if may != May::Everything {
                caught.extend(self.search(&bytes, None));
                caught.extend(assertion.iter().flat_map(|net| self.search(&bytes, Some(net))));
            }
            if may == May::Nothing {
                caught.extend(self.token.catch(&bytes));
                self.searches += self.token.forms;
            }
            if !caught.is_empty() {
                let (way, words) = (&stage.name, call.words());
                self.found.push(format!("{way}: {words}: {place} has {caught:?}"));
            }
        }
    }

    fn search(&mut self, bytes: &[u8], net: Option<&Net>) -> Vec<String> {
        let net = net.unwrap_or(&self.secrets);
        self.texts += 1;
        self.searches += net.forms;
        net.catch(bytes)
    }

    /// Asserts that nothing was found, in at least this many calls.
    #[track_caller]
    pub(super) fn found_nothing(self, what: &str, at_least: usize) {
        let Self { calls, tokens, texts, searches, found, .. } = self;
        eprintln!("canaries, {what}: {calls} calls, {tokens} tokens; {texts} texts, {searches} searches");
        assert!(found.is_empty(), "{} leaks\n{}", found.len(), found.join("\n"));
        assert!(calls >= at_least, "only {calls} calls");
    }
}

/// A file's path and text, and what the text may contain.
fn text_of(stage: &Stage, path: &Path) -> (String, Vec<u8>, May) {
    let place = path.strip_prefix(stage.home.directory.path()).unwrap().display().to_string();
    let bytes = fs::read(path).unwrap();
    let is_private = mode(path) == 0o600;
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let may = match place.split_once('/') {
        Some(("config", _)) if is_private => May::Everything,
        Some(("cache", _)) if is_json && is_private => May::Token,
        Some(("tmp", "environment.json" | "kept")) if is_private => May::Token,
        _ => May::Nothing,
    };
    let bytes = match place.strip_prefix("children/") {
        Some(child) => {
            let child = child.split('.').next().unwrap_or_default();
            stage.without_own_variables(child, &String::from_utf8_lossy(&bytes)).into_bytes()
        }
        None => bytes,
    };
    let bytes = [place.as_bytes(), b"\n", &bytes].concat();
    (place, bytes, may)
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_dir() {
            walk(&path, files);
        } else if kind.is_file() {
            files.push(path);
        }
    }
}
