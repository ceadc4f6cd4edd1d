//! git's own HTTP server behind one that asks for a token.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use super::{Home, repository};

pub(crate) struct GitServer {
    process: Child,
    port: u16,
}

impl GitServer {
    /// Serves the repositories in the home's directory `served`. The arguments are those of `git_server.py`.
    pub(crate) fn start(home: &Home, args: &[&str]) -> Self {
        let mut python = home.program("python3");
        python.arg(repository("tests/promises/support/git_server.py")).arg(home.path("served")).args(args);
        let mut process = python.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { process, port: line.trim().parse().unwrap() }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
