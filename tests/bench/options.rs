//! What `tests/bench/run` asks for.

use std::path::PathBuf;
use std::time::Duration;

pub(crate) struct Options {
    /// The built programs, in `dynamic/` and `static/`.
    pub(crate) programs: PathBuf,
    /// What the peers' scripts installed, and what they said of it.
    pub(crate) peers: PathBuf,
    /// Only these peers; all where none is named.
    pub(crate) names: Vec<String>,
    /// What a clean release build took, in seconds.
    pub(crate) clean_build: Option<f64>,
    pub(crate) effort: Effort,
}

/// How much is done for each figure.
pub(crate) struct Effort {
    pub(crate) is_quick: bool,
    /// All calls take turns, so that whatever else the machine does meets all of them.
    pub(crate) rounds: u32,
    /// The most runs of a call in a round, and about how long all its rounds may take.
    pub(crate) most: u32,
    pub(crate) budget: Duration,
    pub(crate) memory: usize,
    pub(crate) stampedes: usize,
}

const FULL: Effort =
    Effort { is_quick: false, rounds: 30, most: 50, budget: Duration::from_secs(10), memory: 21, stampedes: 5 };
const QUICK: Effort =
    Effort { is_quick: true, rounds: 10, most: 30, budget: Duration::from_secs(2), memory: 5, stampedes: 1 };

impl Options {
    /// `None` where something else than the script calls.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let (mut programs, mut peers, mut names, mut clean_build) = (None, None, Vec::new(), None);
        let mut effort = FULL;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                // cargo's own word.
                "--bench" => {}
                "--quick" => effort = QUICK,
                "--programs" => programs = args.next(),
                "--peers" => peers = args.next(),
                "--clean-build" => clean_build = Some(args.next()?.parse().ok()?),
                _ => names.push(arg),
            }
        }
        Some(Self { programs: programs?.into(), peers: peers?.into(), names, clean_build, effort })
    }
}
