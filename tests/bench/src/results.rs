//! All measurements of one run.

use super::call::Call;
use super::options::{Effort, Options};
use super::peers::{self, Peer};
use super::stage::Stage;
use super::stampede::{self, Stampede};
use super::timing::{self, Case, Program, Spread, Task, Timing};
use super::{Figure, machine, size};

pub(crate) const TRUE: &str = "/bin/true";
pub(crate) const FLOOR: &str = "the floor";
pub(crate) const FLOOR_STATIC: &str = "the floor, static";
pub(crate) const OURS: &str = "jwt-credential json";
pub(crate) const OURS_STATIC: &str = "jwt-credential json, static";
pub(crate) const CROWDED: &str = "jwt-credential json, 10,000 records in the cache";
const GIT: &str = "jwt-credential git get";

pub(crate) struct Results {
    pub(crate) is_quick: bool,
    pub(crate) machine: Vec<(&'static str, String)>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) timings: Vec<Timing>,
    /// How long the parsing of the command line takes, in seconds: ours, and the same options without commands.
    pub(crate) parsing: [Figure<f64>; 2],
    pub(crate) sizes: Vec<Size>,
    /// Ours of 100 and 1,000, then the peers' of 100.
    pub(crate) stampedes: Vec<(String, Figure<Stampede>)>,
    pub(crate) crates: Figure<f64>,
    pub(crate) clean_build: Option<f64>,
}

/// A program's file in bytes, and its memory during a cached call in KiB.
pub(crate) struct Size {
    pub(crate) name: &'static str,
    pub(crate) file: Figure<f64>,
    pub(crate) memory: Figure<f64>,
}

impl Results {
    pub(crate) fn measure(options: &Options) -> Self {
        let effort = &options.effort;
        let stage = Stage::new(&options.built);
        let peers = peers::all(options);
        let cases = own_cases(&stage).into_iter().chain(peers.iter().flat_map(|peer| peer.cases(&stage)));
        let timings = timing::time(&stage, cases.collect(), effort);
        let parsings = effort.rounds * effort.most_runs;
        eprintln!("parsing, sizes and memory");
        Self {
            is_quick: effort.is_quick,
            machine: machine::description(),
            parsing: [false, true].map(|is_flat| timing::median(parsings as usize, |_| stage.parsing_time(is_flat))),
            sizes: sizes(&stage, effort.memory_runs),
            stampedes: stampedes(&stage, &peers, &timings, effort),
            crates: size::crates(),
            clean_build: options.clean_build,
            timings,
            peers,
        }
    }

    /// The figure of a case, if it was measured.
    pub(crate) fn timing(&self, name: &str, task: Task) -> Option<&Figure<Spread>> {
        found(&self.timings, name, task)
    }

    /// The median of a case in seconds, if it was measured.
    pub(crate) fn median(&self, name: &str, task: Task) -> Option<f64> {
        self.timing(name, task)?.as_ref().ok().map(|spread| spread.median)
    }

    pub(crate) fn size(&self, name: &str) -> Option<&Size> {
        self.sizes.iter().find(|size| size.name == name)
    }
}

fn found<'a>(timings: &'a [Timing], name: &str, task: Task) -> Option<&'a Figure<Spread>> {
    timings.iter().find(|timing| timing.case.name == name && timing.case.task == task).map(|timing| &timing.figure)
}

/// The cases of `/bin/true`, the floor and jwt-credential.
fn own_cases(stage: &Stage) -> Vec<Case> {
    let git = Call { input: Some(stage.path("git.txt")), ..stage.ours("dynamic", &["git", "get"], "cache") };
    let mut cases = vec![
        Case::new(TRUE, Program::True, Task::Cached, Call::new(&["/bin/true"])),
        Case::new(FLOOR, Program::Floor, Task::Cached, stage.floor_reads("dynamic")),
        Case::new(OURS, Program::Ours, Task::Cached, stage.ours("dynamic", &["json"], "cache")),
        Case::new(CROWDED, Program::Ours, Task::Cached, stage.ours("dynamic", &["json"], "crowded")),
        Case::new(GIT, Program::Ours, Task::Cached, git),
        Case::new(FLOOR, Program::Floor, Task::New, stage.floor_requests()),
        Case::new(OURS, Program::Ours, Task::New, stage.ours_new("new")),
    ];
    if stage.has_static() {
        cases.push(Case::new(FLOOR_STATIC, Program::Floor, Task::Cached, stage.floor_reads("static")));
        cases.push(Case::new(OURS_STATIC, Program::Ours, Task::Cached, stage.ours("static", &["json"], "cache")));
    }
    cases
}

fn sizes(stage: &Stage, runs: usize) -> Vec<Size> {
    let size = |name, build, program, call: &Call| Size {
        name,
        file: size::file(stage, build, program),
        memory: timing::median(runs, |_| size::memory(stage, call)),
    };
    let mut sizes = vec![
        size(FLOOR, "dynamic", "floor", &stage.floor_reads("dynamic")),
        size(OURS, "dynamic", "jwt-credential", &stage.ours("dynamic", &["json"], "cache")),
    ];
    if stage.has_static() {
        sizes.push(size(FLOOR_STATIC, "static", "floor", &stage.floor_reads("static")));
        sizes.push(size(OURS_STATIC, "static", "jwt-credential", &stage.ours("static", &["json"], "cache")));
    }
    sizes
}

fn stampedes(stage: &Stage, peers: &[Peer], timings: &[Timing], effort: &Effort) -> Vec<(String, Figure<Stampede>)> {
    let mut all = Vec::new();
    for count in [100, 1000] {
        eprintln!("stampede of {count}");
        all.push(("jwt-credential".to_owned(), stampede::ours(stage, count, effort.stampedes)));
    }
    for peer in peers.iter().filter(|peer| peer.can("stampede")) {
        eprintln!("stampede of 100, {}", peer.title);
        let median = found(timings, &peer.title, Task::New).and_then(|figure| figure.as_ref().ok()).map(|s| s.median);
        // A stampede of a slow program takes minutes.
        let runs = if median.is_some_and(|seconds| seconds < 0.3) { effort.stampedes.min(3) } else { 1 };
        all.push((peer.title.clone(), stampede::peer(stage, peer, 100, runs)));
    }
    all
}
