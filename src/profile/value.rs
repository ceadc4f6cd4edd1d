//! A value of a profile: the value itself, or a reference to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::secret_command::{self, SecretCommand};
use crate::environment;
use crate::error::{Error, Kind};
use crate::redaction::is_plausible;
use crate::{secret, sys};

/// How a profile gives a value.
#[derive(Clone)]
pub enum Value {
    /// The value itself, never a path.
    Literal(Zeroizing<String>),
    /// `{"env": NAME}`
    Env(String),
    /// `{"file": PATH}`
    File(PathBuf),
    /// `{"command": [ARGV0, …]}`, run without a shell.
    Command {
        argv: Vec<String>,
        /// Where it runs: the profile's directory.
        directory: Option<PathBuf>,
        /// Whether it asks the user, at a terminal.
        interactive: bool,
    },
    /// `{"profile": NAME}`: the token of another profile.
    Profile(String),
    /// `{"github_actions": {"audience": …}}`: the token of the job, which its grant requests.
    GithubActions { audience: Option<String> },
}

/// Who reads a value.
#[derive(Clone, Copy)]
pub enum Reader<'a> {
    /// It is not secret.
    Plain,
    /// It is a secret of the profile with this identity.
    Identity(&'a str),
}

impl Value {
    /// Reads one value of the profile's JSON. The error quotes nothing, because the value may be a misplaced secret.
    pub fn from_json(json: Json, directory: Option<&Path>) -> Result<Self, String> {
        const FORMS: &str = r#"must be a string, {"env": NAME}, {"file": PATH} or {"command": [ARGV0, …]}"#;
        let mut object = match json {
            Json::String(text) if text.trim().is_empty() => return Err("is empty".into()),
            Json::String(text) => return Ok(Value::Literal(text.into())),
            Json::Object(object) => object,
            _ => return Err(FORMS.into()),
        };
        let interactive = match (object.remove("interactive"), object.contains_key("command")) {
            (None, _) => false,
            (Some(Json::Bool(interactive)), true) => interactive,
            (Some(_), true) => return Err(r#"has an "interactive" that is not true or false"#.into()),
            (Some(_), false) => return Err(FORMS.into()),
        };
        if object.len() != 1 {
            return Err(FORMS.into());
        }
        let (form, argument) = object.into_iter().next().ok_or(FORMS)?;
        match (form.as_str(), argument) {
            ("env", Json::String(name)) if is_variable(&name) => Ok(Value::Env(name)),
            ("env", Json::String(_)) => Err(r#"has an "env" that is no name of a variable"#.into()),
            ("file", Json::String(path)) if !path.is_empty() => self::path(&path, directory).map(Value::File),
            ("command", Json::Array(argv)) if !argv.is_empty() => Self::command(argv, directory, interactive),
            ("profile", Json::String(name)) if is_plausible(&name) && !secret::is_recognised(&name) => {
                Ok(Value::Profile(name))
            }
            ("profile", _) => Err("has a \"profile\" that is no name of a profile".into()),
            ("github_actions", Json::Object(mut members)) => match (members.remove("audience"), members.is_empty()) {
                (None, true) => Ok(Value::GithubActions { audience: None }),
                (Some(Json::String(audience)), true) => Ok(Value::GithubActions { audience: Some(audience) }),
                _ => Err(r#"has a "github_actions" that is not {"audience": TEXT}"#.into()),
            },
            _ => Err(FORMS.into()),
        }
    }

    fn command(argv: Vec<Json>, directory: Option<&Path>, interactive: bool) -> Result<Self, String> {
        let words = argv.into_iter().map(|word| match word {
            Json::String(word) => Ok(word),
            _ => Err("has a command whose words are not all strings"),
        });
        let mut argv: Vec<String> = words.collect::<Result<_, _>>()?;
        // A bare name is looked up on the PATH, and a path is relative to the profile: never to the current directory.
        let is_path = argv[0].contains(std::path::is_separator);
        if secret::is_recognised(&argv[0]) || !(is_path || is_plausible(&argv[0])) {
            return Err("has a \"command\" that is the value itself".into());
        }
        if is_path {
            let program = self::path(&argv[0], directory)?;
            // The command runs in the profile's directory, so that a relative path would lead elsewhere.
            let program = std::path::absolute(&program).unwrap_or(program);
            argv[0] = program.to_string_lossy().into_owned();
        }
        Ok(Self::Command { argv, directory: directory.map(Path::to_owned), interactive })
    }

    /// The value as text, without its one line end. `wait` limits a command and the reading of a pipe.
    pub fn text(&self, reader: Reader, wait: Duration) -> Result<String, Error> {
        let (bytes, place) = self.bytes(reader, wait)?;
        as_text(&bytes, &place)
    }

    /// The unchanged value, and where it comes from.
    pub fn bytes(&self, reader: Reader, wait: Duration) -> Result<(Zeroizing<Vec<u8>>, String), Error> {
        match self {
            Value::Literal(text) => Ok((text.as_bytes().to_vec().into(), "the value".into())),
            Value::Env(name) => {
                let text = environment::raw(name);
                let text = text.ok_or_else(|| {
                    Error::new(Kind::Setup, format!("the variable {name} is not set or empty"))
                        .hint(format!("export {name} in the environment of the program that calls jwt-credential"))
                })?;
                Ok((text.into_encoded_bytes().into(), format!("the variable {name}")))
            }
            Value::File(path) => Ok((read(path, !matches!(reader, Reader::Plain), wait)?, path.display().to_string())),
            Value::Command { argv, directory, .. } => {
                let Reader::Identity(identity) = reader else {
                    return Err(Error::new(Kind::Setup, "a command is for secrets"));
                };
                let output = SecretCommand::new(argv, directory.as_deref(), identity).output(wait)?;
                Ok((output, format!("what {} printed", argv[0])))
            }
            Value::Profile(name) => {
                let Reader::Identity(identity) = reader else {
                    return Err(Error::new(Kind::Setup, "another profile gives secrets only"));
                };
                Ok((secret_command::token_of(name, identity, wait)?, format!("the token of the profile {name}")))
            }
            Value::GithubActions { .. } => Err(Error::new(Kind::Setup, "a job's token is for a grant only")),
        }
    }
}

/// The bytes as text, without the line end. `place` is for errors.
pub(super) fn as_text(bytes: &[u8], place: &str) -> Result<String, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::new(Kind::Setup, format!("{place} is not UTF-8 text")))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() { Err(Error::new(Kind::Setup, format!("{place} is empty"))) } else { Ok(line.to_owned()) }
}

/// Whether a text can be a variable's name. One that cannot may be the secret itself, and is never quoted.
fn is_variable(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    name.bytes().all(plain) && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
}

/// A path in a profile, which is relative to the profile's directory. A profile in a variable has none.
pub(super) fn path(path: &str, directory: Option<&Path>) -> Result<PathBuf, String> {
    let is_none = path.contains(char::is_control) || ["-----BEGIN", "://"].iter().any(|part| path.contains(part));
    let absolute = directory.map_or_else(|| path.into(), |directory| joined(directory, path));
    if is_none
        || path.split('/').any(secret::is_recognised)
        || !(is_plausible(path) || absolute.symlink_metadata().is_ok())
    {
        return Err("must be the path of a file, not its contents".into());
    }
    if directory.is_none() && !absolute.is_absolute() {
        return Err("must be an absolute path: a profile in a variable has no directory".into());
    }
    Ok(absolute)
}

/// Leading `..` is resolved here, so that messages name a path that people recognise.
pub(super) fn joined(mut directory: &Path, mut path: &str) -> PathBuf {
    while let (Some(rest), Some(parent), Some(_)) =
        (path.strip_prefix("../"), directory.parent(), directory.file_name())
    {
        (path, directory) = (rest, parent);
    }
    directory.join(path)
}

fn read(path: &Path, secret: bool, wait: Duration) -> Result<Zeroizing<Vec<u8>>, Error> {
    let shown = path.display();
    let file = sys::read_checked(path, wait).map_err(|error| {
        let failure = Error::new(Kind::Setup, format!("cannot read {shown}: {error}"));
        if path.components().any(|part| part.as_os_str() == "~") {
            failure.hint("a path in a profile is relative to the profile, and ~ is not expanded")
        } else {
            failure
        }
    })?;
    file.check(path, secret)?;
    Ok(file.bytes)
}
