//! Requests for a token for a server, in every way in which a caller can name the server.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use super::{Home, Ran};

/// A way to name a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Git,
    Docker,
    Cargo,
    Terraform,
    Bazel,
    Go,
    Keyring,
    For,
}

pub(crate) const WAYS: [Way; 8] =
    [Way::Git, Way::Docker, Way::Cargo, Way::Terraform, Way::Bazel, Way::Go, Way::Keyring, Way::For];

impl Way {
    /// Whether it names the server by a whole URL, not by a host alone.
    pub(crate) fn wants_url(self) -> bool {
        matches!(self, Way::Cargo | Way::Bazel | Way::Go | Way::For)
    }

    /// Whether the protocol can carry this text as a server name: a newline ends git's line, and no argument holds a
    /// NUL.
    pub(crate) fn can_say(self, url: &str) -> bool {
        let (_, host) = parts(url);
        match self {
            Way::Git => !host.contains('\n'),
            Way::Terraform => !url.contains('\0') && !host.starts_with('-'),
            Way::Go | Way::Keyring | Way::For => !url.contains('\0') && !url.starts_with('-'),
            // docker's protocol trims its input.
            Way::Docker => host.trim() == host && url.trim() == url,
            Way::Cargo | Way::Bazel => true,
        }
    }

    /// The arguments and the standard input with which the tool would name this URL's server.
    pub(crate) fn request(self, url: &str) -> (Vec<String>, String) {
        let (scheme, host) = parts(url);
        // Tools that name a host alone mean https.
        let origin = if scheme == "https" { host.to_owned() } else { format!("{scheme}://{host}") };
        let host_alone = if scheme == "https" { host.to_owned() } else { url.to_owned() };
        let (args, stdin): (Vec<&str>, String) = match self {
            Way::Git => {
                (vec!["git", "get"], format!("capability[]=authtype\nprotocol={scheme}\nhost={host}\npath=a/b\n\n"))
            }
            Way::Docker => (vec!["docker", "get"], host_alone),
            Way::Cargo => {
                let registry = json!({"index-url": format!("sparse+{url}"), "name": "my"});
                let line = json!({"v": 1, "registry": registry, "kind": "get", "operation": "read", "args": []});
                (vec!["cargo", "--cargo-plugin"], format!("{line}\n"))
            }
            Way::Terraform => (vec!["terraform", "get", &origin], String::new()),
            Way::Bazel => (vec!["bazel", "get"], json!({"uri": url}).to_string()),
            Way::Go => (vec!["go", url], "HTTP/1.1 401 Unauthorized\n\n".into()),
            Way::Keyring => (vec!["keyring", "get", url, "me"], String::new()),
            Way::For => (vec!["token", "--for", url], String::new()),
        };
        (args.into_iter().map(str::to_owned).collect(), stdin)
    }

    /// Asks for a token for this URL's server, with these variables set.
    pub(crate) fn ask(self, home: &Home, url: &str, variables: &[(&str, &str)]) -> Ran {
        let (args, stdin) = self.request(url);
        with_stdin(home, &args, &stdin, variables)
    }

    /// Why this is not the protocol's answer for "none", if it is not. `--for` fails with an error.
    pub(crate) fn why_not_none(self, ran: &Ran, is_selected: bool) -> Option<String> {
        let (code, stdout) = match self {
            Way::Git | Way::Go => (0, ""),
            Way::Docker => (1, "credentials not found in native keychain\n"),
            Way::Cargo => (0, "{\"v\":[1]}\n{\"Err\":{\"kind\":\"url-not-supported\"}}\n"),
            Way::Terraform | Way::Bazel => (0, "{}\n"),
            Way::Keyring => (1, ""),
            Way::For => (3, ""),
        };
        let is_said = if self == Way::For || is_selected {
            ran.stderr.starts_with("jwt-credential: error: no token for ")
        } else {
            ran.stderr.is_empty()
        };
        let is_none = (ran.code, ran.stdout.as_str()) == (code, stdout) && is_said;
        (!is_none).then(|| format!("{self:?}: {ran:?}"))
    }
}

/// Scheme and authority, found in the simplest way: `://` and what follows it, up to a slash.
fn parts(url: &str) -> (&str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    (scheme, rest.split('/').next().unwrap_or_default())
}

/// Runs the binary with this standard input and these variables.
pub(crate) fn with_stdin(home: &Home, args: &[String], stdin: &str, variables: &[(&str, &str)]) -> Ran {
    let mut command = home.command(args);
    fed(command.envs(variables.iter().copied()), stdin)
}

/// Runs a command with this standard input.
pub(crate) fn fed(command: &mut Command, stdin: &str) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A process that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
}
