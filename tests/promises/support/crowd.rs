//! Hundreds of processes that start at the same moment.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{BINARY, Home, Ran};

/// Processes that wait at a gate: each is a shell that becomes the binary as soon as it can read a line.
pub(crate) struct Crowd {
    children: Vec<Child>,
    gate: File,
    directory: std::path::PathBuf,
}

impl Crowd {
    /// Starts `count` shells that become the binary with these arguments, and waits until all are at the gate.
    pub(crate) fn gather(home: &Home, count: usize, args: &[&str]) -> Self {
        let line: Vec<_> = [BINARY].iter().chain(args).copied().collect();
        Self::gather_each(home, &vec![line; count])
    }

    /// Starts a shell for each command line, program first, and waits until all are at the gate.
    pub(crate) fn gather_each<S: AsRef<OsStr>>(home: &Home, lines: &[Vec<S>]) -> Self {
        let directory = home.path(format!("crowd-{:?}", Instant::now()).replace(['{', '}', ' ', ':', ','], ""));
        fs::create_dir(&directory).unwrap();
        let fifo = |name: &str| {
            let path = directory.join(name);
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            // Opened for both directions, so that opening does not wait for the other side.
            (OpenOptions::new().read(true).write(true).open(&path).unwrap(), path)
        };
        let ((gate, gate_path), (mut ready, ready_path)) = (fifo("gate"), fifo("ready"));
        let script = "printf r >\"$READY\"; read _ <\"$GATE\"; unset GATE READY; exec \"$0\" \"$@\"";
        let children = lines.iter().enumerate().map(|(number, line)| {
            home.program("/bin/sh")
                .args(["-c", script])
                .args(line)
                .env("GATE", &gate_path)
                .env("READY", &ready_path)
                .stdin(Stdio::null())
                .stdout(File::create(directory.join(format!("{number}.out"))).unwrap())
                .stderr(File::create(directory.join(format!("{number}.err"))).unwrap())
                .spawn()
                .unwrap()
        });
        let children = children.collect();
        ready.read_exact(&mut vec![0; lines.len()]).unwrap();
        Self { children, gate, directory }
    }

    /// Opens the gate.
    pub(crate) fn release(&mut self) -> Instant {
        self.gate.write_all(&vec![b'\n'; self.children.len()]).unwrap();
        Instant::now()
    }

    /// Waits for all; returns how and when each ended, counted from `since`.
    pub(crate) fn wait(mut self, since: Instant) -> Vec<(Ran, Duration)> {
        let mut ended: Vec<Option<(i32, Duration)>> = vec![None; self.children.len()];
        let pause = Duration::from_millis(2).max(Duration::from_micros(20 * u64::try_from(ended.len()).unwrap()));
        while ended.iter().any(Option::is_none) {
            assert!(since.elapsed() < Duration::from_secs(60), "a process does not end");
            for (child, ended) in self.children.iter_mut().zip(&mut ended).filter(|(_, ended)| ended.is_none()) {
                if let Some(status) = child.try_wait().unwrap() {
                    *ended = Some((status.code().unwrap_or(-1), since.elapsed()));
                }
            }
            // A look at each of a thousand processes takes time from them.
            std::thread::sleep(pause);
        }
        let read = |number: usize, ending: &str| {
            fs::read_to_string(self.directory.join(format!("{number}.{ending}"))).unwrap()
        };
        let results = ended.into_iter().flatten().enumerate();
        results
            .map(|(number, (code, after))| {
                (Ran { code, stdout: read(number, "out"), stderr: read(number, "err") }, after)
            })
            .collect()
    }
}

/// Runs `count` processes at once, and waits for all.
pub(crate) fn at_once(home: &Home, count: usize, args: &[&str]) -> Vec<(Ran, Duration)> {
    let mut crowd = Crowd::gather(home, count, args);
    let since = crowd.release();
    crowd.wait(since)
}
