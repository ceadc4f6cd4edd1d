//! A secret that a command prints, such as `pass` or a vault's client. Such a command may ask us for a token of another
//! profile, whose secret may come from a command in turn.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::clock::spoken;
use crate::environment::{self, CHAIN};
use crate::error::{Error, Kind, SharedBy};
use crate::secret;
use crate::sys::{self, MAX_FILE_SIZE, Terminal, TimedReader};
use crate::text::hex;

/// The most commands that may be nested.
const DEEPEST: usize = 4;
/// How often it is checked whether the command has ended, while its output is open.
const LOOK: Duration = Duration::from_millis(10);

/// How much of a message is read. It fits in a pipe, so that it can be read after the command has ended.
const MOST_SAID: u64 = 4096;

/// What is wrong with a profile whose secret command led to this process: each call would start the next for ever.
pub fn wrong_chain(identity: &str) -> Option<&'static str> {
    let chain = environment::raw(CHAIN)?;
    let chain = chain.to_string_lossy();
    if chain.split(',').any(|link| link == self::link(identity)) {
        Some("has a secret command that asks for a token of this profile itself")
    } else if chain.split(',').count() >= DEEPEST {
        Some("is asked for a token by secret commands that are nested five deep")
    } else {
        None
    }
}

/// What the chain has for a profile.
fn link(identity: &str) -> String {
    hex(&digest(&SHA256, identity.as_bytes()).as_ref()[..8])
}

/// The token of another profile: this program asks itself, as a user would. So it has that profile's cache and lock, and
/// a cycle of profiles is an error. `wait` limits it.
pub(super) fn token_of(profile: &str, identity: &str, wait: Duration) -> Result<Zeroizing<Vec<u8>>, Error> {
    let failed = |what: String| {
        Error::new(Kind::Setup, format!("the profile {profile} gives no token: {what}")).shared_by(SharedBy::NoOther)
    };
    let own = environment::own_program().map_err(|error| failed(error.to_string()))?;
    let timeout = format!("{}ms", wait.as_millis().max(1));
    let words =
        [own.to_string_lossy().as_ref(), "--profile", profile, "--timeout", &timeout, "token"].map(str::to_owned);
    let mut said = Vec::new();
    let run = SecretCommand::new(&words, None, identity);
    run.to_end(wait, Some(&mut said)).map_err(|error| {
        let said = String::from_utf8_lossy(&said);
        let line = said.lines().find_map(|line| line.strip_prefix("jwt-credential: error: "));
        let hint = said.lines().find_map(|line| line.strip_prefix("jwt-credential: hint: "));
        let own = failed(line.map_or(error.text, str::to_owned));
        Error { kind: error.kind, ..own }
            .hint(hint.map_or_else(|| format!("jwt-credential -p {profile} token shows why"), str::to_owned))
    })
}

const WHAT: &str = "secret command";

/// A command without a shell, for a profile with this identity.
pub(super) struct SecretCommand<'a> {
    /// What it is, for messages.
    pub(super) what: &'static str,
    pub(super) argv: &'a [String],
    pub(super) directory: Option<&'a Path>,
    pub(super) identity: &'a str,
    /// What it reads.
    pub(super) input: Option<&'a [u8]>,
    /// Where it asks the user.
    pub(super) terminal: Option<&'a Terminal>,
}

impl<'a> SecretCommand<'a> {
    /// A command that prints a secret.
    pub(super) fn new(argv: &'a [String], directory: Option<&'a Path>, identity: &'a str) -> Self {
        Self { what: WHAT, argv, directory, identity, input: None, terminal: None }
    }

    /// What it prints. Its standard error is shown only on a terminal, where it may ask for a PIN; elsewhere the caller
    /// might log it.
    pub(super) fn output(&self, wait: Duration) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.to_end(wait, None)
    }

    /// The command, whose standard error is read if it `is_heard`.
    fn command(&self, is_heard: bool) -> Result<Command, Error> {
        let mut command = Command::new(&self.argv[0]);
        let directory = self.directory.filter(|beside| !beside.as_os_str().is_empty());
        let link = link(self.identity);
        let chain = environment::text(CHAIN)?.map_or_else(|| link.clone(), |chain| chain + "," + &link);
        command
            .args(&self.argv[1..])
            .current_dir(directory.unwrap_or(Path::new(".")))
            .env(CHAIN, chain)
            .stdin(match self.terminal {
                Some(terminal) => terminal.input(),
                None if self.input.is_some() => Stdio::piped(),
                None => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(if is_heard {
                Stdio::piped()
            } else if io::stderr().is_terminal() {
                Stdio::inherit()
            } else {
                Stdio::null()
            });
        Ok(command)
    }

    /// Runs the command to its end, and returns what it printed. `said` gets the beginning of its standard error.
    fn to_end(&self, wait: Duration, said: Option<&mut Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let Self { what, argv, input, .. } = *self;
        let (name, end) = (&argv[0], Instant::now() + wait);
        let failed = |why: String| {
            // Another caller's environment may be the one that the command needs.
            Error::new(Kind::Setup, format!("the {what} {name} {why}")).shared_by(SharedBy::NoOther)
        };
        let mut command = self.command(said.is_some())?;
        let mut group = sys::ProcessGroup::of(&mut command);
        let mut child = command.spawn().map_err(|error| failed(format!("cannot be run: {error}")))?;
        group.take(&child);
        if let (Some(input), Some(mut stdin)) = (input.map(<[u8]>::to_vec), child.stdin.take()) {
            // A program may read none of it, and a pipe that is full would wait for it.
            thread::spawn(move || stdin.write_all(&input));
        }
        let mut output = secret::buffer(MAX_FILE_SIZE + 1);
        let stdout = child.stdout.take();
        let read = stdout.map_or(Ok(()), |stdout| read_all(stdout, &mut output, &mut child, end));
        let status = if read.is_ok() { wait_until(&mut child, end) } else { None };
        if status.is_none() {
            // A command that runs as another user (sudo) cannot be killed. Do not wait for it.
            group.kill();
            let _ = child.kill();
            let _ = wait_until(&mut child, Instant::now() + Duration::from_millis(50));
        }
        if let (Some(said), Some(stderr), Some(_)) = (said, child.stderr.take(), status) {
            let _ = stderr.take(MOST_SAID).read_to_end(said);
        }
        match (read, status) {
            (Err(error), _) if error.kind() != io::ErrorKind::TimedOut => {
                Err(failed(format!("cannot be read: {error}")))
            }
            (_, None) => {
                let failure = failed(format!("gave no answer in {}", spoken(wait)));
                let failure = Error { kind: Kind::Unavailable, ..failure };
                if self.terminal.is_some() {
                    return Err(failure.hint("run the command again, and answer it in time"));
                }
                Err(failure.hint(
                    "if the command asks a person, allow more time: --timeout 60s, or JWT_CREDENTIAL_TIMEOUT=60s",
                ))
            }
            _ if output.len() as u64 > MAX_FILE_SIZE => Err(failed("printed more than 64 KiB".into())),
            (_, Some(status)) if !status.success() => {
                Err(failed(format!("failed ({status})")).hint("run it by hand to see what it says"))
            }
            _ => Ok(output),
        }
    }
}

/// Reads what the command prints before it exits. A process that it leaves in the background may keep its output open
/// for longer.
fn read_all(stdout: ChildStdout, output: &mut Vec<u8>, child: &mut Child, end: Instant) -> io::Result<()> {
    let mut stdout = TimedReader::new(stdout, None);
    loop {
        let has_exited = child.try_wait()?.is_some();
        let look = Instant::now() + if has_exited { Duration::ZERO } else { LOOK };
        stdout.set_end(look.min(end));
        let room = (MAX_FILE_SIZE + 1).saturating_sub(output.len() as u64);
        match stdout.by_ref().take(room).read_to_end(output) {
            Err(error) if error.kind() == io::ErrorKind::TimedOut && has_exited => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut && Instant::now() < end => {}
            read => return read.map(|_| ()),
        }
    }
}

/// The exit status, if the command ends in time. It may go on after it has closed its output.
fn wait_until(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(1)),
            _ => return None,
        }
    }
}
