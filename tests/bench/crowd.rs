//! Many processes that start at the same moment.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::bounded;
use super::call::Call;
use super::support::Home;

/// How long a crowd may take.
const LIMIT: Duration = Duration::from_secs(240);

/// A shell that becomes the program when a line is there for it.
const SCRIPT: &str = "printf r >\"$READY\"; read _ <\"$GATE\"; unset GATE READY; exec \"$0\" \"$@\"";

/// What became of a crowd.
pub(crate) struct Crowded {
    /// What each printed, if it ended well.
    pub(crate) printed: Vec<Option<String>>,
    /// What one of those that failed said.
    pub(crate) said: Option<String>,
    /// From the opening of the gate until the last one had ended.
    pub(crate) took: Duration,
}

/// Runs `count` processes of a call at once.
pub(crate) fn at_once(home: &Home, call: &Call, count: usize) -> Crowded {
    let directory = tempfile::tempdir_in(home.path("")).unwrap();
    let (mut gate, mut ready) = (fifo(&directory.path().join("gate")), fifo(&directory.path().join("ready")));
    let mut children: Vec<Child> = (0..count).map(|number| shell(home, call, directory.path(), number)).collect();
    ready.read_exact(&mut vec![0; count]).unwrap();
    let began = Instant::now();
    gate.write_all(&vec![b'\n'; count]).unwrap();
    let ended: Vec<bool> = children
        .iter_mut()
        .map(|child| bounded::end(child, began + LIMIT).is_some_and(|status| status.success()))
        .collect();
    let took = began.elapsed();
    let read = |number: usize, ending: &str| {
        let bytes = fs::read(directory.path().join(format!("{number}.{ending}"))).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let said = ended.iter().position(|is_good| !is_good).map(|number| read(number, "err"));
    let printed = ended.into_iter().enumerate().map(|(number, is_good)| is_good.then(|| read(number, "out")));
    Crowded { printed: printed.collect(), said, took }
}

fn shell(home: &Home, call: &Call, directory: &Path, number: usize) -> Child {
    let mut command = call.surround(home, "/bin/sh");
    command.arg("-c").arg(SCRIPT).args(&call.argv).process_group(0).stdin(Stdio::null());
    command.env("GATE", directory.join("gate")).env("READY", directory.join("ready"));
    let file = |ending: &str| File::create(directory.join(format!("{number}.{ending}"))).unwrap();
    command.stdout(file("out")).stderr(file("err")).spawn().unwrap()
}

fn fifo(path: &Path) -> File {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    // Both ways: neither we nor the shells then wait for the other side to open it.
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}
