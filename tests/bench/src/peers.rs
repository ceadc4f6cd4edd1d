//! The other tools. Each is a script in `peers/` that installs a program and says how to call it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use super::call::{Call, text};
use super::options::Options;
use super::stage::{ACCOUNT, CLIENT_ID, CLIENT_SECRET, METASCOPE, ORG_ID, Stage};
use super::timing::{Case, Program, Task};
use super::{DIRECTORY, Figure};

/// They tell a program which CA to trust.
const CA_VARIABLES: [&str; 6] = [
    "BENCH_CA",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
];

pub(crate) struct Peer {
    /// The script's name.
    name: String,
    /// The name for readers.
    pub(crate) title: String,
    /// The program's name and version, or why it is not installed.
    pub(crate) version: Figure<String>,
    script: PathBuf,
    argv: Vec<String>,
    about: Json,
}

/// All peers, or those that the options name.
pub(crate) fn all(options: &Options) -> Vec<Peer> {
    let entries = fs::read_dir(Path::new(DIRECTORY).join("peers")).unwrap().map(|entry| entry.unwrap().path());
    let mut scripts: Vec<PathBuf> = entries.filter(|path| path.is_file() && path.extension().is_none()).collect();
    scripts.sort();
    let peers = scripts.into_iter().map(|script| Peer::new(script, &options.built.join("peers")));
    peers.filter(|peer| options.peers.is_empty() || options.peers.contains(&peer.name)).collect()
}

impl Peer {
    fn new(script: PathBuf, installed: &Path) -> Self {
        let name = text(script.file_name().unwrap());
        let read = |extension: &str| fs::read_to_string(installed.join(format!("{name}.{extension}")));
        let version = read("version").map(|version| version.trim().to_owned());
        let version = version.map_err(|_| read("missing").unwrap_or_default().trim().to_owned());
        let ask = |args: &[&str]| {
            let output = Command::new(&script).args(args).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let about: Json = serde_json::from_str(&ask(&["about"])).unwrap();
        let argv = match &version {
            Ok(_) => ask(&["command", &text(installed.join(&name))]).lines().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        };
        let title = about["name"].as_str().unwrap_or(&name).to_owned();
        Self { name, title, version, script, argv, about }
    }

    /// Whether it is measured in this way: `cached`, `cold` or `stampede`.
    pub(crate) fn can(&self, kind: &str) -> bool {
        self.version.is_ok() && self.about["kinds"].as_array().is_some_and(|kinds| kinds.contains(&kind.into()))
    }

    /// Its cases. One that cannot fill its cache is left out.
    pub(crate) fn cases(&self, stage: &Stage) -> Vec<Case> {
        let mut cases = Vec::new();
        for (kind, task) in [("cached", Task::Cached), ("cold", Task::New)] {
            if !self.can(kind) {
                continue;
            }
            let call = if task == Task::Cached { self.call_cached(stage) } else { self.call_new(stage) };
            match call {
                Ok(call) => cases.push(Case::new(&self.title, Program::Peer, task, call)),
                Err(why) => eprintln!("{}: {why}", self.name),
            }
        }
        cases
    }

    /// Has its own home and cache.
    fn call(&self, stage: &Stage, task: &str) -> Figure<Call> {
        self.version.clone()?;
        let home = stage.path(format!("{}-{task}", self.name));
        let cache = home.join("cache");
        fs::create_dir_all(&cache).unwrap();
        let mut call = Call::new(&self.argv).with("HOME", &home).with("BENCH_CACHE", &cache);
        for variable in CA_VARIABLES {
            call = call.with(variable, stage.path("ca.pem"));
        }
        if let Some(input) = self.about["input"].as_str() {
            fs::write(home.join("input"), input).unwrap();
            call.input = Some(home.join("input"));
        }
        let call = call.with("BENCH_IMS", &stage.endpoint.origin).with("BENCH_KEY", stage.path("private.key"));
        let call = call.with("BENCH_CLIENT_ID", CLIENT_ID).with("BENCH_CLIENT_SECRET", CLIENT_SECRET);
        let call = call.with("BENCH_ORG_ID", ORG_ID).with("BENCH_METASCOPES", METASCOPE);
        Ok(call.with("BENCH_TECHNICAL_ACCOUNT_ID", ACCOUNT))
    }

    fn call_cached(&self, stage: &Stage) -> Figure<Call> {
        let call = self.call(stage, "cached")?;
        // Some programs cannot request a token: their scripts put one into the cache.
        if let Some(word) = self.about["prepare"].as_str() {
            Call { argv: vec![text(&self.script), word.to_owned()], ..call.clone() }.run()?;
        }
        Ok(call)
    }

    /// A call with an empty cache.
    pub(crate) fn call_new(&self, stage: &Stage) -> Figure<Call> {
        let mut call = self.call(stage, "new")?;
        call.cache_to_empty = Some(stage.path(format!("{}-new/cache", self.name)));
        Ok(call)
    }
}
