//! Children that end, by themselves or by us.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How a child ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// Runs a command in a process group of its own, which is killed at the limit.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Ended, String> {
    // Files, since a pipe must be emptied meanwhile, and one that a grandchild keeps has no end.
    let (mut stdout, mut stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command.stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap()).process_group(0);
    let began = Instant::now();
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().map_err(|error| format!("{program} does not start: {error}"))?;
    let ended = end(&mut child, began + limit);
    let took = began.elapsed();
    let status = ended.ok_or_else(|| format!("{program} did not end within {} s", limit.as_secs()))?;
    Ok(Ended { status, stdout: text(&mut stdout), stderr: text(&mut stderr), took })
}

/// Waits for a child; where it has not ended by then, kills its group.
pub(crate) fn end(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() >= until {
            let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
