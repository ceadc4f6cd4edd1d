//! The servers that were refused a token lately. Most tools swallow the reason of a refusal; `status` shows it.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::recent::Recent;
use crate::clock::{self, millis};
use crate::sys::PrivateDir;

const FILE: Recent = Recent("refused-servers.v1");
/// A tool may ask for the same server many times in a row: a further refusal is not written within this time.
const PAUSE: Duration = Duration::from_secs(60);

/// Why a server was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No profile lists it.
    NotListed,
    /// The selected profile does not list it.
    NotInProfile,
    /// `--for` allows another server.
    NotFor,
    /// Several profiles list it equally closely.
    SeveralProfiles,
}

impl Reason {
    /// What it is called in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Reason::NotListed => "not-listed",
            Reason::NotInProfile => "not-in-profile",
            Reason::NotFor => "not-for",
            Reason::SeveralProfiles => "several-profiles",
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            Reason::NotListed => "no profile lists it in \"hosts\"; to allow it: jwt-credential -p NAME hosts add HOST",
            Reason::NotInProfile => {
                "the selected profile does not list it in \"hosts\"; to allow it: jwt-credential -p NAME hosts add HOST"
            }
            Reason::NotFor => "--for allowed another server",
            Reason::SeveralProfiles => "several profiles list it; choose one with -p",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefusedServer {
    pub origin: String,
    pub reason: Reason,
    /// In milliseconds since 1970.
    pub at_ms: u64,
}

/// The last refused servers in this cache directory, the latest first.
pub fn refused_servers(directory: &Path) -> Vec<RefusedServer> {
    PrivateDir::open(directory).map(|directory| FILE.load(&directory)).unwrap_or_default()
}

/// Notes a refusal. An error concerns only `status`, so that the caller may ignore it.
pub fn note_refusal(directory: &Path, origin: &str, reason: Reason) -> io::Result<()> {
    let directory = PrivateDir::create(directory)?;
    let mut servers: Vec<RefusedServer> = FILE.load(&directory);
    let now = clock::now().wall_ms;
    let is_recent = |server: &RefusedServer| {
        server.origin == origin && now.checked_sub(server.at_ms).is_some_and(|age| age < millis(PAUSE))
    };
    if servers.iter().any(is_recent) {
        return Ok(());
    }
    servers.retain(|server| server.origin != origin);
    FILE.add(&directory, servers, RefusedServer { origin: origin.to_owned(), reason, at_ms: now })
}
