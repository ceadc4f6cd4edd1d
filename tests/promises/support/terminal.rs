//! A user at a terminal, who reads the program's questions and types answers.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Home, Ran, has_client};

const SCRIPT: &str = include_str!("terminal.py");
/// A program that runs longer is killed.
const LIMIT: Duration = Duration::from_secs(15);

pub(crate) const ENTER: &str = "\r";
pub(crate) const CTRL_C: &str = "\x03";
pub(crate) const CTRL_D: &str = "\x04";
pub(crate) const CTRL_BACKSLASH: &str = "\x1c";

/// A program in the foreground of a terminal of its own, and what the user will type.
pub(crate) struct Person<'a> {
    home: &'a Home,
    program: Vec<String>,
    steps: Vec<Json>,
}

/// What the user saw.
pub(crate) struct Seen {
    /// The exit code, or the negative number of the signal that ended it.
    pub(crate) code: i32,
    /// All text of the screen.
    pub(crate) screen: String,
    /// Whether the terminal echoes and reads whole lines, once the program has ended.
    pub(crate) echoes: bool,
    /// How long it ran.
    pub(crate) took: Duration,
    /// The text that was expected and did not appear.
    unmet: Option<String>,
    killed: bool,
}

impl<'a> Person<'a> {
    /// A program in this home; `None` without Python, which drives the terminal.
    pub(crate) fn runs(home: &'a Home, program: &[&str]) -> Option<Self> {
        let program = program.iter().map(|&word| word.to_owned()).collect();
        has_client("python3").then(|| Self { home, program, steps: Vec::new() })
    }

    /// Types a line as soon as this text is on the screen.
    pub(crate) fn answers(self, question: &str, answer: &str) -> Self {
        self.types(question, &format!("{answer}{ENTER}"))
    }

    /// Types these keys as soon as this text is on the screen.
    pub(crate) fn types(self, question: &str, keys: &str) -> Self {
        self.types_after(question, Duration::ZERO, keys)
    }

    /// The same after a pause.
    pub(crate) fn types_after(mut self, question: &str, pause: Duration, keys: &str) -> Self {
        let question = question.replace('\n', "\r\n");
        self.steps.push(json!([question, keys, pause.as_secs_f64()]));
        self
    }

    /// Runs the steps until the program has ended, even if some steps were not reached.
    pub(crate) fn gives_up(self) -> Seen {
        let script = json!({"limit": LIMIT.as_secs(), "steps": self.steps}).to_string();
        let mut command: Command = self.home.program("python3");
        command.args(["-I", "-S", "-c", SCRIPT, &script]).args(self.program);
        let ran = Ran::of(&mut command).succeeds().json();
        let text = |key: &str| ran[key].as_str().map(|text| text.replace("\r\n", "\n"));
        Seen {
            code: i32::try_from(ran["code"].as_i64().unwrap()).unwrap(),
            screen: text("screen").unwrap(),
            echoes: ran["echoes"].as_bool().unwrap(),
            took: Duration::from_secs_f64(ran["seconds"].as_f64().unwrap()),
            unmet: text("unmet"),
            killed: ran["killed"].as_bool().unwrap(),
        }
    }

    /// The same, and all steps were reached.
    #[track_caller]
    pub(crate) fn leaves(self) -> Seen {
        let seen = self.gives_up();
        assert!(seen.unmet.is_none(), "{:?} did not appear: {seen:?}", seen.unmet);
        assert!(!seen.killed, "it did not end: {seen:?}");
        seen
    }
}

impl Seen {
    /// Ended with this code, with these words on the screen, and with the terminal as it was.
    #[track_caller]
    pub(crate) fn ends(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        for word in words {
            assert!(self.screen.contains(word), "{word:?} is not in {self:?}");
        }
        assert!(self.echoes, "the terminal does not echo: {self:?}");
        self
    }

    /// What follows this text on its last line.
    #[track_caller]
    pub(crate) fn after(&self, label: &str) -> &str {
        let rest = self.screen.rsplit_once(label).unwrap_or_else(|| panic!("{label:?} is not in {self:?}")).1;
        rest.lines().next().unwrap_or_default().trim()
    }
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {} after {:?}\n--- screen\n{}", self.code, self.took, self.screen)
    }
}
