//! A value of a profile: itself, or where it is to be found.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value as Json;

use crate::environment;
use crate::error::{Error, Kind};
use crate::private_file::{self, LARGEST};

/// How a profile gives a value.
#[derive(Clone)]
pub enum Value {
    /// The value itself, never a path.
    Literal(String),
    /// `{"env": NAME}`
    Env(String),
    /// `{"file": PATH}`
    File(PathBuf),
    /// `{"command": [ARGV0, …]}`, run without a shell.
    Command(Vec<String>),
}

impl Value {
    /// Reads one value of the profile's JSON; the error says what is wrong and quotes nothing, since a
    /// misplaced secret could be in it.
    pub fn from_json(json: Json, directory: Option<&Path>) -> Result<Self, String> {
        const FORMS: &str = r#"must be a string, {"env": NAME}, {"file": PATH} or {"command": [ARGV0, …]}"#;
        let object = match json {
            Json::String(text) if text.trim().is_empty() => return Err("is empty".into()),
            Json::String(text) => return Ok(Value::Literal(text)),
            Json::Object(object) if object.len() == 1 => object,
            _ => return Err(FORMS.into()),
        };
        let (form, argument) = object.into_iter().next().ok_or(FORMS)?;
        match (form.as_str(), argument) {
            ("env", Json::String(name)) if !name.is_empty() => Ok(Value::Env(name)),
            ("file", Json::String(path)) if !path.is_empty() => resolve(&path, directory).map(Value::File),
            ("command", Json::Array(argv)) if !argv.is_empty() => {
                let argv = argv.into_iter().map(|word| match word {
                    Json::String(word) => Ok(word),
                    _ => Err("has a command whose words are not all strings"),
                });
                Ok(Value::Command(argv.collect::<Result<_, _>>()?))
            }
            _ => Err(FORMS.into()),
        }
    }

    /// The value. `wait` bounds a command.
    pub fn resolve(&self, secret: bool, wait: Duration) -> Result<String, Error> {
        let (text, place) = match self {
            Value::Literal(text) => return Ok(text.clone()),
            Value::Env(name) => {
                let text = environment::text(name)?;
                let text =
                    text.ok_or_else(|| Error::new(Kind::Setup, format!("the variable {name} is not set or empty")))?;
                (text, format!("the variable {name}"))
            }
            Value::File(path) => (read(path, secret)?, path.display().to_string()),
            Value::Command(argv) => (run(argv, wait)?, format!("what {} printed", argv[0])),
        };
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            Err(Error::new(Kind::Setup, format!("{place} is empty")))
        } else {
            Ok(line.to_owned())
        }
    }

    /// How an identity names the value without running a command: what a command prints is not known.
    pub fn for_identity(&self) -> Result<Json, Error> {
        match self {
            Value::Command(argv) => Ok(Json::from(argv.clone())),
            value => value.resolve(false, Duration::ZERO).map(Json::String),
        }
    }
}

/// A path in a profile is relative to the profile; without one (`JWT_CREDENTIAL_PROFILE_JSON`) to nothing.
pub(super) fn resolve(path: &str, directory: Option<&Path>) -> Result<PathBuf, String> {
    match directory {
        Some(directory) => Ok(directory.join(path)),
        None if Path::new(path).is_absolute() => Ok(path.into()),
        None => Err("must be an absolute path here: there is no profile file that it could be relative to".into()),
    }
}

fn read(path: &Path, secret: bool) -> Result<String, Error> {
    let shown = path.display();
    let file = private_file::read_guarded(path).map_err(|error| {
        let failure = Error::new(Kind::Setup, format!("cannot read {shown}: {error}"));
        if path.components().any(|part| part.as_os_str() == "~") {
            failure.hint("a path in a profile is relative to the profile, and ~ is not expanded")
        } else {
            failure
        }
    })?;
    if secret && (file.others_read || file.others_write) {
        loose_mode(path)?;
    }
    String::from_utf8(file.bytes).map_err(|_| Error::new(Kind::Setup, format!("{shown} is not UTF-8 text")))
}

/// Refuses a file that others can read or write, unless the user allows it for all files.
pub(super) fn loose_mode(path: &Path) -> Result<(), Error> {
    const ALLOW: &str = "JWT_CREDENTIAL_ALLOW_LOOSE_MODES";
    if environment::is_on(ALLOW) {
        return Ok(());
    }
    let shown = path.display();
    Err(Error::new(Kind::Setup, format!("others can read or write {shown}, which holds or leads to a secret"))
        .hint(format!("chmod 600 '{shown}'"))
        .hint(format!("where the mode is not yours to choose (GitLab's file variables): {ALLOW}=1")))
}

/// Runs a secret command: its standard output is the value. Its standard error is shown only on a terminal,
/// where it may ask for a PIN; elsewhere the caller might log it.
fn run(argv: &[String], wait: Duration) -> Result<String, Error> {
    use std::io::IsTerminal as _;
    let name = &argv[0];
    let failed = |what: String| Error::new(Kind::Setup, format!("the secret command {name} {what}"));
    let stderr = if std::io::stderr().is_terminal() { Stdio::inherit() } else { Stdio::null() };
    let mut child = Command::new(name)
        .args(&argv[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(LARGEST).read_to_end(&mut bytes);
            let _ = sender.send(read.map(|_| bytes));
        });
    }
    let Ok(output) = receiver.recv_timeout(wait) else {
        let _ = child.kill();
        let _ = child.wait();
        let given = humantime::format_duration(Duration::from_millis(u64::try_from(wait.as_millis()).unwrap_or(0)));
        return Err(Error { kind: Kind::Unavailable, ..failed(format!("gave no answer in {given}")) }.hint(
            "a command that asks a person wants a longer --timeout (JWT_CREDENTIAL_TIMEOUT), such as 60s; it gets 4/9 of it",
        ));
    };
    let output = output.map_err(|error| failed(format!("cannot be read: {error}")))?;
    let status = child.wait().map_err(|error| failed(format!("cannot be waited for: {error}")))?;
    if !status.success() {
        return Err(failed(format!("failed ({status})")).hint("run it by hand to see what it says"));
    }
    String::from_utf8(output).map_err(|_| failed("printed no UTF-8 text".into()))
}
