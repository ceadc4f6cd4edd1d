//! A secret that a command prints, such as `pass` or a vault's client.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::clock::spoken;
use crate::error::{Error, Kind, SharedBy};
use crate::secret;
use crate::sys::{MAX_FILE_SIZE, TimedReader};

/// Runs the command without a shell. Its standard output is the secret. Its standard error is shown only on a terminal,
/// where it may ask for a PIN; elsewhere the caller might log it.
pub(super) fn run(argv: &[String], directory: Option<&Path>, wait: Duration) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (name, end) = (&argv[0], Instant::now() + wait);
    let failed = |what: String| {
        // Another caller's environment may be the one that the command needs.
        Error::new(Kind::Setup, format!("the secret command {name} {what}")).shared_by(SharedBy::NoOther)
    };
    let stderr = if io::stderr().is_terminal() { Stdio::inherit() } else { Stdio::null() };
    let mut child = Command::new(name)
        .args(&argv[1..])
        .current_dir(directory.filter(|beside| !beside.as_os_str().is_empty()).unwrap_or(Path::new(".")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let mut output = secret::buffer(MAX_FILE_SIZE + 1);
    let stdout = child.stdout.take().map(|stdout| TimedReader::new(stdout, Some(end)).take(MAX_FILE_SIZE + 1));
    let read = stdout.map_or(Ok(0), |mut stdout| stdout.read_to_end(&mut output));
    let status = if read.is_ok() { wait_until(&mut child, end) } else { None };
    if status.is_none() {
        // A command that runs as another user (sudo) cannot be killed. Do not wait for it.
        let _ = child.kill();
        let _ = wait_until(&mut child, Instant::now() + Duration::from_millis(50));
    }
    match (read, status) {
        (Err(error), _) if error.kind() != io::ErrorKind::TimedOut => Err(failed(format!("cannot be read: {error}"))),
        (_, None) => {
            let failure = failed(format!("gave no answer in {}", spoken(wait)));
            Err(Error { kind: Kind::Unavailable, ..failure }.hint(
                "a command that asks a person wants a longer --timeout (JWT_CREDENTIAL_TIMEOUT), such as 60s; it gets 4/9 of it",
            ))
        }
        _ if output.len() as u64 > MAX_FILE_SIZE => Err(failed("printed more than 64 KiB".into())),
        (_, Some(status)) if !status.success() => {
            Err(failed(format!("failed ({status})")).hint("run it by hand to see what it says"))
        }
        _ => Ok(output),
    }
}

/// The exit status, if the command ends in time. It may go on after it has closed its output.
fn wait_until(child: &mut Child, end: Instant) -> Option<std::process::ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(1)),
            _ => return None,
        }
    }
}
