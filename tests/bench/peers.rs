//! The others: each is a script in `tests/bench/peers` that installs a program and says how it is called.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value as Json;

use super::bounded;
use super::call::{Call, path};
use super::case::{Case, Task};
use super::measure::{Contender, Figure};
use super::options::Options;
use super::stage::{METASCOPE, Stage};
use super::support::{CLIENT_ID, ORG_ID, SECRET, TECHNICAL_ACCOUNT_ID};
use super::weigh;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/peers");
/// By which a program learns of a CA beside the system's, or in their place.
const CA_VARIABLES: [&str; 6] = [
    "BENCH_CA",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
];

/// Another program.
pub(crate) struct Peer {
    /// Its script's name.
    pub(crate) name: String,
    /// As it is known.
    pub(crate) title: String,
    /// Name and version, or why it cannot be had.
    pub(crate) version: Figure<String>,
    kinds: Vec<String>,
    argv: Vec<String>,
    /// How its script is told to fill the cache of a program that mints nothing.
    prepare: Option<String>,
    /// What it reads on standard input.
    input: Option<String>,
    script: PathBuf,
    /// The bytes of what its script installed.
    pub(crate) size: u64,
}

/// All, or those that are named.
pub(crate) fn all(options: &Options) -> Vec<Peer> {
    let entries = fs::read_dir(SCRIPTS).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut scripts: Vec<PathBuf> = entries.filter(|path| path.is_file() && path.extension().is_none()).collect();
    scripts.sort();
    let mut peers = Vec::new();
    for script in scripts {
        let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if options.names.is_empty() || options.names.contains(&name) {
            peers.push(Peer::of(name, &script, &options.peers));
        }
    }
    peers
}

impl Peer {
    fn of(name: String, script: &Path, installed: &Path) -> Self {
        let said = |ending: &str| fs::read_to_string(installed.join(format!("{name}.{ending}"))).ok();
        let version = match (said("version"), said("missing")) {
            (Some(version), _) => Ok(version.trim().to_owned()),
            (None, why) => Err(why.map_or_else(|| "it was not installed".into(), |why| why.trim().to_owned())),
        };
        let ask = |args: &[&str]| match bounded::run(Command::new(script).args(args), Duration::from_secs(30)) {
            Ok(ended) if ended.status.success() => ended.stdout,
            _ => String::new(),
        };
        let about: Json = serde_json::from_str(&ask(&["about"])).unwrap_or_default();
        let kinds = about["kinds"].as_array().into_iter().flatten();
        let title = about["name"].as_str().unwrap_or(&name).to_owned();
        let argv = match &version {
            Ok(_) => ask(&["command", &path(installed.join(&name))]).lines().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        };
        let kinds = kinds.filter_map(Json::as_str).map(str::to_owned).collect();
        let text = |key: &str| about[key].as_str().map(str::to_owned);
        Self {
            title,
            version,
            kinds,
            argv,
            prepare: text("prepare"),
            input: text("input"),
            script: script.to_owned(),
            size: weigh::directory(&installed.join(&name)),
            name,
        }
    }

    /// Whether it has a figure of this kind at all.
    pub(crate) fn can(&self, kind: &str) -> bool {
        self.kinds.iter().any(|had| had == kind)
    }

    fn call(&self, stage: &Stage) -> Figure<Call> {
        self.version.clone()?;
        let home = stage.home.path(format!("peer-{}", self.name));
        let cache = home.join("cache");
        fs::create_dir_all(&cache).map_err(|error| error.to_string())?;
        let mut call = Call::new(&self.argv).with("HOME", &home).with("BENCH_CACHE", &cache);
        for variable in CA_VARIABLES {
            call = call.with(variable, &stage.ca);
        }
        if let Some(input) = &self.input {
            let file = home.join("input");
            fs::write(&file, input).map_err(|error| error.to_string())?;
            call.input = Some(file);
        }
        let call = call.with("BENCH_IMS", &stage.secure.origin).with("BENCH_KEY", stage.home.path("key.pem"));
        let call = call.with("BENCH_CLIENT_ID", CLIENT_ID).with("BENCH_CLIENT_SECRET", SECRET);
        let call = call.with("BENCH_ORG_ID", ORG_ID).with("BENCH_METASCOPES", METASCOPE);
        Ok(call.with("BENCH_TECHNICAL_ACCOUNT_ID", TECHNICAL_ACCOUNT_ID))
    }

    /// A call that finds nothing in its cache.
    pub(crate) fn cold(&self, stage: &Stage) -> Figure<Call> {
        let mut call = self.call(stage)?;
        call.empties = Some(stage.home.path(format!("peer-{}/cache", self.name)));
        Ok(call)
    }

    /// What of it is measured, each tried once: a call that asks the endpoint where it should not, or does not where
    /// it should, is no figure.
    pub(crate) fn contenders(&self, stage: &Stage) -> Vec<Contender> {
        let mut contenders = Vec::new();
        for (kind, task) in [("cached", Task::Cached), ("cold", Task::ColdHttps)] {
            let call = if task == Task::Cached { self.call(stage) } else { self.cold(stage) };
            let (true, Ok(call)) = (self.can(kind), call) else { continue };
            let tried = self.prepared(stage, &call).and_then(|()| tried(stage, &call));
            if let Err(why) = &tried {
                eprintln!("{}, {kind}: {why}", self.name);
            }
            contenders.push(Contender { case: Case::peer(&self.name, task), call, tried });
        }
        contenders
    }

    fn prepared(&self, stage: &Stage, call: &Call) -> Figure<()> {
        let Some(word) = &self.prepare else { return Ok(()) };
        let script = Call { argv: vec![path(&self.script), word.clone()], ..call.clone() };
        script.once(&stage.home).map(drop)
    }
}

fn tried(stage: &Stage, call: &Call) -> Figure<Duration> {
    // The first call may have its own first time.
    call.brings_token(&stage.home, &stage.secure)?;
    let (asked, took) = call.brings_token(&stage.home, &stage.secure)?;
    match (asked, call.empties.is_some()) {
        (true, false) => Err("its second call asked the endpoint again".into()),
        (false, true) => Err("it did not ask the endpoint".into()),
        _ => Ok(took),
    }
}

/// What a call of ours or of the floor took.
pub(crate) fn tried_ours(stage: &Stage, call: &Call) -> Figure<Duration> {
    let (_, took) = call.once(&stage.home).inspect_err(|why| eprintln!("{}: {}", call.line(), why))?;
    Ok(took)
}
