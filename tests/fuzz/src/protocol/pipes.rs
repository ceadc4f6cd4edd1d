//! Standard input and output as files in memory, so that the program's own reads and writes are tested.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::stdio::{dup2_stdin, dup2_stdout};

pub struct Pipes {
    stdin: File,
    stdout: File,
}

impl Pipes {
    /// Replaces both for the rest of the process: libFuzzer writes to standard error.
    pub fn new() -> Self {
        let file = |name| File::from(memfd_create(name, MemfdFlags::CLOEXEC).expect("a file in memory"));
        let (stdin, stdout) = (file("stdin"), file("stdout"));
        dup2_stdin(&stdin).expect("a standard input");
        dup2_stdout(&stdout).expect("a standard output");
        Self { stdin, stdout }
    }

    /// Runs a function with this input; returns its result and what it wrote.
    pub fn around<T>(&self, input: &str, what: impl FnOnce() -> T) -> (T, String) {
        empty(&self.stdin);
        empty(&self.stdout);
        self.stdin.write_all_at(input.as_bytes(), 0).expect("a file in memory takes it");
        let outcome = what();
        let written = self.stdout.metadata().expect("a file in memory").len();
        let mut answer = vec![0; usize::try_from(written).unwrap_or_default()];
        self.stdout.read_exact_at(&mut answer, 0).expect("what was written");
        (outcome, String::from_utf8(answer).expect("what is written is text"))
    }
}

/// The program's descriptor shares its position with this one.
fn empty(mut file: &File) {
    file.set_len(0).expect("a file in memory");
    file.seek(SeekFrom::Start(0)).expect("a file in memory");
}
