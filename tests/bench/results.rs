//! All that was measured.

use super::call::Call;
use super::case::{Build, Case, Task, Who};
use super::measure::{self, Contender, Figure, Spread};
use super::options::{Effort, Options};
use super::peers::{self, Peer, tried_ours};
use super::stage::Stage;
use super::stampede::{self, Stampede};
use super::{machine, weigh};

pub(crate) const BUILDS: [Build; 2] = [Build::Dynamic, Build::Static];

pub(crate) struct Results {
    pub(crate) is_quick: bool,
    pub(crate) machine: Vec<(&'static str, String)>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) walls: Vec<(Case, Figure<Spread>)>,
    pub(crate) instructions: Vec<(Case, Figure<u64>)>,
    /// In KiB.
    pub(crate) memory: Vec<(Case, Figure<f64>)>,
    /// Ours of 100 and 1,000, then the peers' of 100.
    pub(crate) stampedes: Vec<(String, Figure<Stampede>)>,
    /// In bytes.
    pub(crate) sizes: Vec<(Case, Figure<u64>)>,
    pub(crate) crates: Figure<usize>,
    pub(crate) clean_build: Option<f64>,
}

impl Results {
    pub(crate) fn measure(options: &Options) -> Self {
        let effort = &options.effort;
        let stage = Stage::new(&options.programs);
        let peers = peers::all(options);
        warm(&stage);
        let mut contenders = own(&stage);
        contenders.extend(peers.iter().flat_map(|peer| peer.contenders(&stage)));
        let walls = measure::walls(&stage.home, contenders, effort);
        eprintln!("instructions and memory");
        let (instructions, memory) = (instructions(&stage), memory(&stage, effort.memory));
        let stampedes = stampedes(&stage, &peers, &walls, effort);
        let sized = |name, who: &Who| {
            BUILDS.map(|build| (Case::new(who.clone(), Task::Cached, build), weigh::size(&stage, name, build)))
        };
        Self {
            is_quick: effort.is_quick,
            machine: machine::described(),
            walls,
            instructions,
            memory,
            stampedes,
            sizes: [sized("floor", &Who::Floor), sized("jwt-credential", &Who::Ours)].concat(),
            crates: weigh::crates(),
            clean_build: options.clean_build,
            peers,
        }
    }

    /// The wall of a case, in seconds, if it was measured.
    pub(crate) fn wall(&self, case: &Case) -> Option<f64> {
        found(&self.walls, case).map(|spread| spread.median)
    }

    /// A case's wall beside /bin/true's.
    pub(crate) fn times_nothing(&self, seconds: f64) -> Option<f64> {
        Some(seconds / self.wall(&Case::nothing())?)
    }

    /// A peer by its script's name.
    pub(crate) fn peer(&self, name: &str) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.name == name)
    }
}

/// The figure of a case, if there is one.
pub(crate) fn found<'a, T>(figures: &'a [(Case, Figure<T>)], case: &Case) -> Option<&'a T> {
    figures.iter().find(|(had, _)| had == case).and_then(|(_, figure)| figure.as_ref().ok())
}

/// Has a token in each cache that is to be found with one.
fn warm(stage: &Stage) {
    let call = stage.ours(Task::Cached, Build::Dynamic, "cache").expect("a built program");
    call.brings_token(&stage.home, &stage.secure).expect("a token");
    stage.crowd("crowded");
}

/// What of ours, of the floor and of /bin/true is timed.
fn own(stage: &Stage) -> Vec<Contender> {
    use Build::{Dynamic, Static};
    use Task::{Cached, ColdHttp, ColdHttps, Crowded, Git, Kubectl, Token, WithOption};
    let floor = |task, build| (Case::new(Who::Floor, task, build), stage.floor(task, build));
    let ours = |task, build, cache| (Case::new(Who::Ours, task, build), stage.ours(task, build, cache));
    let cases = [
        (Case::nothing(), Some(Call::new(["/bin/true"]))),
        floor(Cached, Dynamic),
        ours(Cached, Dynamic, "cache"),
        ours(Crowded, Dynamic, "crowded"),
        floor(Cached, Static),
        ours(Cached, Static, "cache"),
        ours(WithOption, Dynamic, "cache"),
        ours(Token, Dynamic, "cache"),
        ours(Git, Dynamic, "cache"),
        ours(Kubectl, Dynamic, "cache"),
        floor(ColdHttp, Dynamic),
        ours(ColdHttp, Dynamic, "cold"),
        floor(ColdHttps, Dynamic),
        ours(ColdHttps, Dynamic, "cold"),
    ];
    let built = cases.into_iter().filter_map(|(case, call)| Some((case, call?)));
    built.map(|(case, call)| Contender { case, tried: tried_ours(stage, &call), call }).collect()
}

/// The calls of the floor and ours that find the token, in both builds.
fn warm_calls(stage: &Stage) -> Vec<(Case, Call)> {
    let both = BUILDS.into_iter().flat_map(|build| {
        let ours = |task| (Case::new(Who::Ours, task, build), stage.ours(task, build, "cache"));
        let floor = (Case::new(Who::Floor, Task::Cached, build), stage.floor(Task::Cached, build));
        [floor, ours(Task::Cached), ours(Task::WithOption)]
    });
    both.filter_map(|(case, call)| Some((case, call?))).collect()
}

fn instructions(stage: &Stage) -> Vec<(Case, Figure<u64>)> {
    let calls = warm_calls(stage).into_iter();
    calls.map(|(case, call)| (case, measure::instructions(&stage.home, &call))).collect()
}

fn memory(stage: &Stage, runs: usize) -> Vec<(Case, Figure<f64>)> {
    let nothing = (Case::nothing(), Call::new(["/bin/true"]));
    let calls = [nothing].into_iter().chain(warm_calls(stage));
    calls.map(|(case, call)| (case, measure::memory(&stage.home, &call, runs))).collect()
}

fn stampedes(
    stage: &Stage,
    peers: &[Peer],
    walls: &[(Case, Figure<Spread>)],
    effort: &Effort,
) -> Vec<(String, Figure<Stampede>)> {
    let mut all = Vec::new();
    for count in [100, 1000] {
        eprintln!("stampede of {count}");
        all.push(("jwt-credential".to_owned(), stampede::ours(stage, count, effort.stampedes)));
    }
    for peer in peers.iter().filter(|peer| peer.version.is_ok() && peer.can("stampede")) {
        eprintln!("stampede of 100, {}", peer.name);
        let cold = found(walls, &Case::peer(&peer.name, Task::ColdHttps));
        // A crowd of a slow program takes minutes.
        let runs = if cold.is_some_and(|spread| spread.median < 0.3) { effort.stampedes.min(3) } else { 1 };
        all.push((peer.title.clone(), stampede::peer(stage, peer, 100, runs)));
    }
    all
}
