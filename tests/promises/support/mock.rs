//! A running mock, as an endpoint that applies Adobe's rules.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use rustix::process::Signal;
use serde_json::Value as Json;

use super::Home;
use super::process::signal;

/// A running mock, and the values that it printed.
pub(crate) struct Served {
    child: Child,
    pub(crate) origin: String,
    pub(crate) config: String,
}

impl Served {
    pub(crate) fn start(home: &Home) -> Self {
        Self::with(home, &[])
    }

    /// With more options.
    pub(crate) fn with(home: &Home, options: &[&str]) -> Self {
        let mut command = home.command(["mock", "--serve"]);
        let mut child = command.args(options).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut value = |name: &str| {
            let line =
                lines.by_ref().map(Result::unwrap).find(|line| line.starts_with(&format!("export {name}="))).unwrap();
            line.split('\'').nth(1).unwrap().to_owned()
        };
        let config = value("JWT_CREDENTIAL_CONFIG_DIR");
        Self { origin: value("JWT_CREDENTIAL_MOCK"), config, child }
    }

    /// Posts to an endpoint with curl; returns the status and the JSON.
    pub(crate) fn curl(&self, home: &Home, path: &str, args: &[&str]) -> (u16, Json) {
        let mut command = home.program("curl");
        command.args(["-s", "-w", "\n%{http_code}"]).args(args).arg(format!("{}{path}", self.origin));
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), serde_json::from_str(body).unwrap())
    }

    /// One of its profiles.
    pub(crate) fn profile(&self, name: &str) -> Json {
        serde_json::from_str(&self.text(&format!("profiles/{name}.json"))).unwrap()
    }

    pub(crate) fn credential(&self, profile: &str, key: &str) -> String {
        self.profile(profile)[key].as_str().unwrap().to_owned()
    }

    /// A file in its configuration directory.
    pub(crate) fn text(&self, file: &str) -> String {
        std::fs::read_to_string(format!("{}/{file}", self.config)).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        signal(&self.child, Signal::TERM);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        assert!(!std::path::Path::new(&self.config).exists(), "the mock removes its directory");
    }
}
