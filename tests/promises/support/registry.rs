//! A TLS server from which tools fetch packages, and a home whose profile lists it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::ca::Ca;
use super::endpoint::{Answer, Asked, DAY, Endpoint, IPV4, IPV6};
use super::pages::integration;
use super::{Home, has_client, oauth};

/// The server's name in the integrations' files.
pub(crate) const PLACEHOLDER: &str = "registry.example.com";

/// The answer of a server to its n-th request (from 1).
pub(crate) trait Answers: Fn(&Asked, usize) -> Answer + Send + Sync + 'static {}
impl<F: Fn(&Asked, usize) -> Answer + Send + Sync + 'static> Answers for F {}

/// The token endpoint, the server, and a home whose profile `default` uses the endpoint and lists the server.
pub(crate) struct Registry {
    pub(crate) home: Home,
    pub(crate) ims: Endpoint,
    pub(crate) server: Endpoint,
    pub(crate) ca: PathBuf,
    name: &'static str,
}

impl Registry {
    /// `None` without the client. The endpoint gives `token-1`, `token-2`, ….
    pub(crate) fn new(client: &str, answers: impl Answers) -> Option<Self> {
        Self::at(client, Endpoint::tokens(DAY), answers)
    }

    /// The same, with an endpoint that refuses.
    pub(crate) fn refused(client: &str, answers: impl Answers) -> Option<Self> {
        let refusal = Answer::refusal(400, "invalid_client", "invalid client_secret parameter");
        Self::at(client, Endpoint::always(refusal), answers)
    }

    pub(crate) fn at(client: &str, ims: Endpoint, answers: impl Answers) -> Option<Self> {
        Self::named(client, ims, ("localhost", IPV4), answers)
    }

    /// The same as `new`, with an IPv6 address as the server's name.
    pub(crate) fn on_ipv6(client: &str, answers: impl Answers) -> Option<Self> {
        Self::named(client, Endpoint::tokens(DAY), (IPV6, IPV6), answers)
    }

    fn named(
        client: &str,
        ims: Endpoint,
        (name, address): (&'static str, &'static str),
        answers: impl Answers,
    ) -> Option<Self> {
        if !has_client(client) {
            return None;
        }
        let home = Home::new();
        let ca = Ca::new(&home)?;
        let registry = Self { home, ims, server: ca.endpoint_at(address, answers), ca: ca.pem, name };
        registry.lists("default", &registry.host());
        Some(registry)
    }

    /// Writes the profile NAME, which lists this host.
    pub(crate) fn lists(&self, name: &str, host: &str) {
        let mut profile = oauth(&self.ims.origin());
        profile["hosts"] = json!([host]);
        self.home.profile(name, &profile);
    }

    /// The server as a tool names it, with https implied.
    pub(crate) fn host(&self) -> String {
        format!("{}:{}", self.name, self.server.port())
    }

    /// The tool, with a directory of links first in PATH. It trusts the server's CA.
    pub(crate) fn tool(&self, program: &str) -> Command {
        let mut tool = self.home.tool(program);
        tool.env("SSL_CERT_FILE", &self.ca);
        tool
    }

    /// The same, but the directory has the link `keyring` only.
    pub(crate) fn tool_with_keyring(&self, program: &str) -> Command {
        let links = self.home.path("bin");
        if !links.exists() {
            fs::create_dir(&links).unwrap();
            self.home.run(["link", links.to_str().unwrap(), "--only", "keyring"]).succeeds();
        }
        self.tool(program)
    }

    /// Writes a file of `integrations/TOOL` into the home, with the server's name filled in.
    pub(crate) fn paste(&self, tool: &str, file: &str, part: &str) -> PathBuf {
        let text = fs::read_to_string(integration(tool).join(file)).unwrap();
        assert!(text.contains(PLACEHOLDER), "{file} does not name {PLACEHOLDER}");
        fs::create_dir_all(self.home.path(part).parent().unwrap()).unwrap();
        self.home.write(part, &text.replace(PLACEHOLDER, &self.host()), 0o600)
    }

    /// The `Authorization` of each request; `-` if there was none.
    pub(crate) fn shown(&self) -> Vec<String> {
        let asked = self.server.asked();
        asked.iter().map(|asked| asked.header("authorization").unwrap_or("-").to_owned()).collect()
    }
}

/// A server that gives its content for this token, as a bearer token or as a password; other requests get 401.
pub(crate) fn open_to(token: &'static str, content: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> impl Answers {
    move |asked: &Asked, _: usize| {
        let shown = asked.header("authorization").unwrap_or_default();
        if shown == format!("Bearer {token}") || shown == basic("oauth2", token) { content(asked) } else { no_entry() }
    }
}

/// 401, with the reason that servers give.
pub(crate) fn no_entry() -> Answer {
    bytes("401 Unauthorized", "WWW-Authenticate: Basic realm=\"registry\"\r\n", b"")
}

/// A file.
pub(crate) fn download(content: &[u8]) -> Answer {
    bytes("200 OK", "", content)
}

fn bytes(status: &str, headers: &str, content: &[u8]) -> Answer {
    let length = content.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    Answer::raw(&[head.as_bytes(), content].concat())
}

/// A request's path.
pub(crate) fn path(asked: &Asked) -> &str {
    asked.line.split(' ').nth(1).unwrap_or_default()
}

/// The header for a user name and a password.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
