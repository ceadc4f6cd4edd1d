//! One call of a program: its arguments, environment and standard input.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::Figure;
use super::endpoint::token_in;

/// How long one call may take, for timeout(1).
const LIMIT: &str = "90";

#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) argv: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    /// A file for standard input.
    pub(crate) input: Option<PathBuf>,
    /// A directory that is emptied before each run.
    pub(crate) cache_to_empty: Option<PathBuf>,
}

impl Call {
    pub(crate) fn new(argv: &[impl AsRef<str>]) -> Self {
        let argv = argv.iter().map(|word| word.as_ref().to_owned()).collect();
        Self { argv, variables: Vec::new(), input: None, cache_to_empty: None }
    }

    pub(crate) fn with(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.variables.push((name.to_owned(), text(value)));
        self
    }

    /// Another program, with the environment and the standard input of this call.
    pub(crate) fn surround(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        match &self.input {
            Some(input) => command.stdin(File::open(input).unwrap()),
            None => command.stdin(Stdio::null()),
        };
        command
    }

    /// Runs it once; its standard output.
    pub(crate) fn run(&self) -> Figure<String> {
        self.empty_cache();
        let mut command = self.surround("timeout");
        let output = command.arg(LIMIT).args(&self.argv).output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(format!("{}: {}: {}", self.argv.join(" "), output.status, stderr.trim_end()))
    }

    /// Runs it once, and fails if it prints no token.
    pub(crate) fn run_for_token(&self) -> Figure<()> {
        let stdout = self.run()?;
        token_in(&stdout).map(drop).ok_or_else(|| format!("{}: no token in its output", self.argv.join(" ")))
    }

    /// Runs it once; the seconds from its start to its end.
    pub(crate) fn time(&self) -> Figure<f64> {
        self.empty_cache();
        let mut command = self.surround(&self.argv[0]);
        command.args(&self.argv[1..]).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let status = command.status().map_err(|error| error.to_string())?;
        let seconds = started.elapsed().as_secs_f64();
        if status.success() { Ok(seconds) } else { Err(format!("{}: {status}", self.argv.join(" "))) }
    }

    pub(crate) fn empty_cache(&self) {
        if let Some(directory) = &self.cache_to_empty {
            fs::remove_dir_all(directory).unwrap();
            fs::create_dir(directory).unwrap();
        }
    }
}

pub(crate) fn text(path: impl AsRef<Path>) -> String {
    path.as_ref().to_str().expect("a path in UTF-8").to_owned()
}
