//! The arguments that `tests/bench/run` passes: BUILT [--quick] [--clean-build SECONDS] [PEER…].

use std::path::PathBuf;
use std::time::Duration;

pub(crate) struct Options {
    /// Has `dynamic/` and `static/` with the built programs, and `peers/` with what their scripts installed.
    pub(crate) built: PathBuf,
    /// Only these peers; all if empty.
    pub(crate) peers: Vec<String>,
    /// How long a clean release build took, in seconds.
    pub(crate) clean_build: Option<f64>,
    pub(crate) effort: Effort,
}

pub(crate) struct Effort {
    pub(crate) is_quick: bool,
    /// The programs take turns in each round, so that other load on the machine slows all of them.
    pub(crate) rounds: u32,
    /// The most runs of a call in one round.
    pub(crate) most_runs: u32,
    /// About how long all runs of a call may take together.
    pub(crate) budget: Duration,
    pub(crate) memory_runs: usize,
    pub(crate) stampedes: usize,
}

const FULL: Effort = Effort {
    is_quick: false,
    rounds: 30,
    most_runs: 50,
    budget: Duration::from_secs(10),
    memory_runs: 21,
    stampedes: 5,
};
const QUICK: Effort =
    Effort { is_quick: true, rounds: 10, most_runs: 30, budget: Duration::from_secs(2), memory_runs: 5, stampedes: 1 };

impl Options {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let built = args.next()?.into();
        let mut options = Self { built, peers: Vec::new(), clean_build: None, effort: FULL };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => options.effort = QUICK,
                "--clean-build" => options.clean_build = Some(args.next()?.parse().ok()?),
                _ => options.peers.push(arg),
            }
        }
        Some(options)
    }
}
