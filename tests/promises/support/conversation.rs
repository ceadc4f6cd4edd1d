//! What a tool sends to a protocol: arguments, variables and standard input, in the form of the transcripts.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::{BINARY, Home};

/// The directory of the transcripts, ROW.CASE.txt.
pub(crate) fn directory() -> PathBuf {
    super::repository("tests/promises/cli/transcripts")
}

/// The tool's side of a conversation.
pub(crate) struct Conversation {
    /// The arguments; a first `@NAME` is the name that the program is called by.
    pub(crate) words: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) stdin: String,
}

impl Conversation {
    /// The tool's side of a transcript.
    pub(crate) fn parse(written: &str) -> Self {
        let given = |mark: char| {
            let lines = written.lines().filter_map(move |line| line.strip_prefix(mark));
            lines.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned())
        };
        let variable = |line: String| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        Self {
            words: given('$').next().unwrap().split_whitespace().map(str::to_owned).collect(),
            variables: given('%').map(variable).collect(),
            stdin: given('<').collect::<Vec<_>>().join("\n"),
        }
    }

    /// The conversation in which a protocol hands over a token.
    pub(crate) fn of(row: &str) -> Self {
        Self::parse(&fs::read_to_string(directory().join(format!("{row}.success.txt"))).unwrap())
    }

    /// The binary, called this way.
    pub(crate) fn command(&self, home: &Home) -> Command {
        let mut command = match self.words[0].strip_prefix('@') {
            Some(name) => {
                let link = home.path(name);
                if link.symlink_metadata().is_err() {
                    std::os::unix::fs::symlink(BINARY, &link).unwrap();
                }
                let mut command = home.program(link);
                command.args(&self.words[1..]);
                command
            }
            None => home.command(&self.words),
        };
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it.
    pub(crate) fn hold(&self, command: &mut Command) -> Output {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // A process that does not read its input may have ended already.
        let _ = pipe.write_all(self.stdin.as_bytes());
        drop(pipe);
        child.wait_with_output().unwrap()
    }
}
