//! One call of a program: what is run, in which surroundings, and whether it does what is measured.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::bounded;
use super::ims::Ims;
use super::support::Home;

/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(90);

#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) argv: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    /// What it has on standard input, as a file.
    pub(crate) input: Option<PathBuf>,
    /// What is emptied before each run.
    pub(crate) empties: Option<PathBuf>,
}

impl Call {
    pub(crate) fn new<S: AsRef<str>>(argv: impl IntoIterator<Item = S>) -> Self {
        let argv = argv.into_iter().map(|word| word.as_ref().to_owned()).collect();
        Self { argv, environment: Vec::new(), input: None, empties: None }
    }

    pub(crate) fn with(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.environment.push((name.to_owned(), path(value)));
        self
    }

    /// Another program, in this call's surroundings.
    pub(crate) fn surround(&self, home: &Home, program: &str) -> Command {
        let mut command = home.program(program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it once; what it printed, and how long it took.
    pub(crate) fn once(&self, home: &Home) -> Result<(String, Duration), String> {
        empty(self)?;
        let (program, args) = self.argv.split_first().ok_or("its script names no command")?;
        let mut command = self.surround(home, program);
        if let Some(input) = &self.input {
            command.stdin(std::fs::File::open(input).map_err(|error| error.to_string())?);
        }
        let ended = bounded::run(command.args(args), LIMIT)?;
        if ended.status.success() {
            return Ok((ended.stdout, ended.took));
        }
        Err(format!("{}: {}", ended.status, words(&ended.stderr, home)))
    }

    /// Runs it once, which must bring a token. Says whether it was asked for at the endpoint, and how long that took.
    pub(crate) fn brings_token(&self, home: &Home, ims: &Ims) -> Result<(bool, Duration), String> {
        let before = ims.exchanges();
        let (stdout, took) = self.once(home)?;
        match super::ims::token_in(&stdout) {
            Some(_) => Ok((ims.exchanges() > before, took)),
            None => Err("it printed no token".into()),
        }
    }

    /// As one line for hyperfine, which runs it without a shell.
    pub(crate) fn line(&self) -> String {
        line(&self.argv)
    }

    /// What hyperfine runs before each run.
    pub(crate) fn emptying(&self) -> Option<String> {
        let directory = path(self.empties.as_ref()?);
        Some(line(&[&["find", &directory], &EMPTY[..]].concat()))
    }
}

/// Empties what a call empties before each run.
pub(crate) fn empty(call: &Call) -> Result<(), String> {
    match &call.empties {
        Some(directory) => bounded::run(Command::new("find").arg(directory).args(EMPTY), LIMIT).map(drop),
        None => Ok(()),
    }
}

/// What has `find` empty a directory.
const EMPTY: [&str; 3] = ["-mindepth", "1", "-delete"];

fn line(words: &[impl AsRef<str>]) -> String {
    let quoted = words.iter().map(|word| format!("'{}'", word.as_ref().replace('\'', r"'\''")));
    quoted.collect::<Vec<_>>().join(" ")
}

pub(crate) fn path(path: impl AsRef<Path>) -> String {
    path.as_ref().to_str().expect("a path in UTF-8").to_owned()
}

/// What a program said: its error where one is named, else its last line. Without this machine's paths.
pub(crate) fn words(text: &str, home: &Home) -> String {
    let mut lines = text.lines().rev().filter(|line| !line.trim().is_empty());
    let error = lines.clone().find(|line| line.contains("rror"));
    let line = error.or_else(|| lines.next()).unwrap_or("it said nothing").trim();
    let line = line.replace(&path(home.path("")), "…/").replace(env!("CARGO_MANIFEST_DIR"), "…");
    line.chars().filter(|c| !c.is_control() && *c != '|').take(160).collect()
}
