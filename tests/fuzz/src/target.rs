//! All targets, one row each. The protocols, the file formats and the fields of profiles come from the program's
//! tables: a protocol without a conversation here stops every run.

use std::fs;
use std::path::Path;

use crate::{
    answer, certificate, fields, formats, hosts, key, profile, protocol, proxy, record, text, times, token, words,
};

/// One parser of bytes from outside, and what must hold for all bytes.
pub struct Target {
    pub name: String,
    /// The number of runs of a long run: the faster, the more.
    pub long_runs: u32,
    /// Its seeds.
    pub seeds: Seeds,
    /// One run; panics at a finding.
    pub run: Run,
}

type Seeds = Box<dyn Fn() -> Vec<Vec<u8>> + Send + Sync>;
type Run = Box<dyn Fn(&[u8]) + Send + Sync>;

impl Target {
    /// A row.
    pub fn new(name: &str, long_runs: u32, seeds: fn() -> Vec<Vec<u8>>, run: fn(&[u8])) -> Self {
        Self { name: name.into(), long_runs, seeds: Box::new(seeds), run: Box::new(run) }
    }
}

/// All targets.
pub fn all() -> Vec<Target> {
    let own = [
        Target::new("origin", 16_000_000, hosts::urls, hosts::origin),
        Target::new("hosts", 24_000_000, hosts::pairs, hosts::matching),
        Target::new("duration", 10_000_000, times::durations, times::duration),
        Target::new("moment", 10_000_000, times::moments, times::moment),
        Target::new("access-token", 10_000_000, token::seeds, token::run),
        Target::new("text", 4_000_000, text::seeds, text::run),
        Target::new("record", 2_000_000, record::seeds, record::run),
        Target::new("field", 4_000_000, fields::seeds, fields::run),
        Target::new("profile", 2_000_000, profile::seeds, profile::run),
        Target::new("key", 1_000_000, key::seeds, key::run),
        Target::new("certificate", 2_000_000, certificate::seeds, certificate::run),
        Target::new("words", 1_000_000, words::seeds, words::run),
        Target::new("proxy", 1_000_000, proxy::seeds, proxy::run),
    ];
    own.into_iter().chain(protocol::targets()).chain(formats::targets()).chain(answer::targets()).collect()
}

/// Files of the tests, read in their own directory.
pub fn files(directory: &str, wanted: impl Fn(&Path) -> bool) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../promises").join(directory);
    let entries = fs::read_dir(&directory).expect("the tests' own files");
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().filter(|path| wanted(path)).filter_map(|path| fs::read(path).ok()).collect()
}

/// The tests' own key and certificate.
pub fn key_pair() -> Vec<Vec<u8>> {
    files("support", |path| path.extension().is_some_and(|ending| ending == "key" || ending == "crt"))
}

pub fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
