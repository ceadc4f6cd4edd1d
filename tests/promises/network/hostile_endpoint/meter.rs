//! The memory and time that a process takes until its end.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{BINARY, Home, Ran, has_client};

/// Runs commands and reports the result, the peak memory, and the time in milliseconds. Python is small and has
/// wait4(2); the kernel would count our own memory for a child of ours.
const PYTHON: &str = "import json, os, sys, time
for line in sys.stdin:
    argv, env, out, err = json.loads(line)
    files = [(os.POSIX_SPAWN_OPEN, number, path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
             for number, path in enumerate(['/dev/null', out, err])]
    began = time.monotonic()
    child = os.posix_spawn(argv[0], argv, env, file_actions=files)
    _, status, used = os.wait4(child, 0)
    took = int(1000 * (time.monotonic() - began))
    kib = used.ru_maxrss // (1024 if sys.platform == 'darwin' else 1)
    print(os.waitstatus_to_exitcode(status), kib, took, flush=True)
";

/// A run and its cost.
pub(super) struct Measured {
    pub(super) ran: Ran,
    pub(super) took: Duration,
    /// 0 if it cannot be measured.
    pub(super) peak_kib: u64,
}

/// One process that runs the others in turn.
pub(super) struct Meter(Option<(Child, ChildStdin, BufReader<ChildStdout>)>);

impl Meter {
    pub(super) fn new() -> Self {
        if !has_client("python3") {
            return Self(None);
        }
        let mut python = Command::new("python3");
        python.args(["-I", "-S", "-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut python = python.spawn().unwrap();
        let (told, says) = (python.stdin.take().unwrap(), python.stdout.take().unwrap());
        Self(Some((python, told, BufReader::new(says))))
    }

    /// Runs the binary in a home, with one more variable.
    pub(super) fn run(&mut self, home: &Home, args: &[&str], more: Option<(&str, String)>) -> Measured {
        let mut command = home.command(args);
        command.envs(more);
        let Some((_, told, says)) = &mut self.0 else {
            let began = Instant::now();
            let output = command.output().unwrap();
            let ran = of(output.status.code(), &output.stdout, &output.stderr);
            return Measured { ran, took: began.elapsed(), peak_kib: 0 };
        };
        let environment: serde_json::Map<_, _> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value?.to_str()?.into())))
            .collect();
        let words: Vec<&str> = std::iter::once(BINARY).chain(args.iter().copied()).collect();
        let (out, err) = (home.path("out"), home.path("err"));
        writeln!(told, "{}", json!([words, environment, out, err])).unwrap();
        let mut line = String::new();
        says.read_line(&mut line).unwrap();
        let numbers: Vec<i64> = line.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let [code, kib, took] = numbers[..] else { panic!("python3 said {line:?}") };
        Measured {
            ran: of(i32::try_from(code).ok(), &fs::read(out).unwrap(), &fs::read(err).unwrap()),
            took: Duration::from_millis(took.unsigned_abs()),
            peak_kib: kib.unsigned_abs(),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some((mut python, told, says)) = self.0.take() {
            drop((told, says));
            let _ = python.wait();
        }
    }
}

/// Secrets in the output are checked later, with the row's name.
fn of(code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ran { code: code.unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
}
