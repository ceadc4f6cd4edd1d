//! The secrets of a profile.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::schema::Field;
use super::secret_command::SecretCommand;
use super::value::{Reader, as_text};
use super::{Profile, Value};
use crate::environment;
use crate::error::{Error, Kind, SharedBy};
use crate::secret::Secret;
use crate::sys::{self, Terminal};

/// How long a command may take that asks the user.
const FOR_A_PERSON: Duration = Duration::from_secs(60);

/// Stands for a file among the arguments of a program.
const FILE: &str = "{file}";

impl Profile {
    /// One of a secret's values, as text.
    pub fn secret_at(&self, key: &str, index: usize, wait: Duration) -> Result<Secret, Error> {
        let (field, _) = self.secret(key, index)?;
        let (bytes, source) = self.read_secret(key, index, wait)?;
        let secret = as_text(&bytes, &source).map(Secret::new).map_err(|error| self.for_key(key, error))?;
        self.normal(field, secret.reveal()).map(Zeroizing::new)?;
        Ok(secret)
    }

    /// One of a secret's values, which may be binary, such as a key in DER.
    pub fn secret_bytes(&self, key: &str, index: usize, wait: Duration) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.read_secret(key, index, wait).map(|(bytes, _)| bytes)
    }

    /// What a program prints for this input, which it reads from its standard input, or from the file that stands for
    /// `{file}` among its arguments.
    pub fn run_signer(&self, key: &str, input: &[u8], wait: Duration) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (_, value) = self.secret(key, 0)?;
        let Value::Command { argv, directory, .. } = value else { return Err(self.wrong_value(key, "is no command")) };
        let mut argv = argv.clone();
        // It is removed when this function ends.
        let _directory = directory_of_input(&mut argv, input)
            .map_err(|error| self.wrong_value(key, &format!("gets no file: {error}")))?;
        let identity = self.identity()?;
        let run = SecretCommand {
            what: "signer",
            argv: &argv,
            directory: directory.as_deref(),
            identity: &identity,
            input: Some(input),
            terminal: None,
        };
        run.output(wait).map_err(|error| self.for_key(key, error))
    }

    /// The program of a command, if this user may run it.
    pub fn program(&self, key: &str) -> Result<PathBuf, Error> {
        let (_, value) = self.secret(key, 0)?;
        let Value::Command { argv, .. } = value else { return Err(self.wrong_value(key, "is no command")) };
        let name = &argv[0];
        let path = environment::raw("PATH").unwrap_or_default();
        let candidates: Vec<PathBuf> = if Path::new(name).is_absolute() {
            vec![name.into()]
        } else {
            std::env::split_paths(&path).map(|directory| directory.join(name)).collect()
        };
        if let Some(found) = candidates.iter().find(|path| sys::is_executable(path)) {
            return Ok(found.clone());
        }
        Err(match candidates.iter().find(|path| path.is_file()) {
            Some(file) => self
                .wrong_value(key, &format!("names {}, which is not executable", file.display()))
                .hint(format!("chmod +x {}", sys::shell_word(&file.to_string_lossy()))),
            None => self
                .wrong_value(key, &format!("names the program {name}, which was not found"))
                .hint(format!("install {name}, or give its absolute path")),
        })
    }

    /// Whether a command prints a value, or an issuer gives it: to read it may take a request.
    pub fn is_made_on_request(&self, key: &str, index: usize) -> bool {
        use Value::{Command, GithubActions, Profile};
        matches!(self.values(key).get(index), Some(Command { .. } | Profile(_) | GithubActions { .. }))
    }

    /// The secret, unless it is missing and the user has not typed it.
    pub fn optional_secret(&self, key: &str, wait: Duration) -> Result<Option<Secret>, Error> {
        if self.setting(key).is_some() {
            return self.secret_at(key, 0, wait).map(Some);
        }
        let typed = self.read.get(key, 0);
        typed.map(|(bytes, source)| as_text(&bytes, &source).map(Secret::new)).transpose()
    }

    /// Whether a secret comes from a command that asks the user.
    pub fn is_interactive(&self) -> bool {
        self.interactive_commands().next().is_some()
    }

    /// Runs the commands that ask the user, if there is a terminal. Of a list, the first value is read. Returns the time
    /// that this took.
    pub fn run_interactive(&self) -> Result<Duration, Error> {
        if !self.is_interactive() {
            return Ok(Duration::ZERO);
        }
        let Some(terminal) = Terminal::open() else { return Ok(Duration::ZERO) };
        let (began, identity) = (Instant::now(), self.identity()?);
        for (field, argv, directory) in self.interactive_commands() {
            if self.read.get(field.name, 0).is_some() {
                continue;
            }
            let run = SecretCommand { terminal: Some(&terminal), ..SecretCommand::new(argv, directory, &identity) };
            let output = run.output(FOR_A_PERSON).map_err(|error| self.for_key(field.name, error))?;
            self.read.note(field.name, 0, &output, &format!("what {} printed", argv[0]));
        }
        Ok(began.elapsed())
    }

    fn interactive_commands(&self) -> impl Iterator<Item = (&'static Field, &[String], Option<&Path>)> {
        self.settings.iter().filter_map(|(field, values)| match values.first()? {
            Value::Command { argv, directory, interactive: true } => {
                Some((*field, argv.as_slice(), directory.as_deref()))
            }
            _ => None,
        })
    }

    /// Uses a secret that the user typed for a key that is missing.
    pub fn note_typed(&self, key: &'static str, secret: &Secret) {
        self.read.note(key, 0, secret.reveal().as_bytes(), "what was typed");
    }

    /// The texts among the secrets that were read. No message may repeat them.
    pub fn secrets_read(&self) -> Vec<Zeroizing<String>> {
        self.read.all().iter().filter_map(|bytes| as_text(bytes, "").ok().map(Zeroizing::new)).collect()
    }

    /// The bytes of a secret, and where they came from.
    pub(super) fn read_secret(
        &self,
        key: &str,
        index: usize,
        wait: Duration,
    ) -> Result<(Zeroizing<Vec<u8>>, String), Error> {
        if let Some(noted) = self.read.get(key, index) {
            return Ok(noted);
        }
        let (field, value) = self.secret(key, index)?;
        let identity = self.identity()?;
        if let Value::Command { argv, interactive: true, .. } = value {
            let what = format!("the secret command {} asks its user before a request, at a terminal", argv[0]);
            let failure = Error::new(Kind::Setup, what).shared_by(SharedBy::NoOther);
            let hint = "run jwt-credential json in a terminal first: other calls get its cached token";
            return Err(self.for_key(key, failure.hint(hint)));
        }
        let (bytes, source) =
            value.bytes(Reader::Identity(&identity), wait).map_err(|error| self.for_key(key, error))?;
        self.read.note(field.name, index, &bytes, &source);
        Ok((bytes, source))
    }

    fn secret(&self, key: &str, index: usize) -> Result<(&'static super::schema::Field, &Value), Error> {
        let secret = self.setting(key).and_then(|(field, values)| Some((*field, values.get(index)?)));
        secret.ok_or_else(|| self.wrong(&format!("has no \"{key}\"")))
    }
}

/// Writes the input to a file, if an argument wants one, and puts its path there.
fn directory_of_input(argv: &mut [String], input: &[u8]) -> io::Result<Option<TempDir>> {
    if !argv.iter().any(|word| word.contains(FILE)) {
        return Ok(None);
    }
    let directory = sys::temporary_directory("jwt-credential-signer-")?;
    let path = directory.path().join("input");
    sys::create_private_file(&path, input)?;
    for word in argv {
        *word = word.replace(FILE, &path.to_string_lossy());
    }
    Ok(Some(directory))
}
