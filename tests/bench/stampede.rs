//! Many processes at once on an empty cache: how often the endpoint is asked, and who goes without a token.

use std::collections::BTreeSet;
use std::time::Duration;

use super::call::{Call, words};
use super::case::{Build, Task};
use super::crowd::{Crowded, at_once};
use super::ims::token_in;
use super::measure::{Figure, Spread};
use super::peers::Peer;
use super::stage::Stage;

/// How long the endpoint takes.
pub(crate) const DELAY: Duration = Duration::from_millis(300);

/// What came of all runs of a crowd.
pub(crate) struct Stampede {
    pub(crate) name: String,
    pub(crate) count: usize,
    /// The fewest and the most of a run.
    pub(crate) exchanges: (usize, usize),
    pub(crate) failures: (usize, usize),
    pub(crate) tokens: (usize, usize),
    /// Runs after which the next call failed or asked again.
    pub(crate) corrupt: Option<usize>,
    pub(crate) runs: usize,
    pub(crate) seconds: f64,
    /// As many of /bin/true, started in the same way.
    pub(crate) nothing: f64,
    /// What one that failed said.
    pub(crate) said: Option<String>,
}

impl Stampede {
    /// How much longer than starting as many processes and the answer that all wait for.
    pub(crate) fn ratio(&self) -> f64 {
        self.seconds / (self.nothing + DELAY.as_secs_f64())
    }
}

/// Who runs, and what of it.
struct Subject<'a> {
    name: String,
    call: &'a Call,
    /// Whether the next call shall find a token.
    keeps: bool,
    count: usize,
    runs: usize,
}

pub(crate) fn ours(stage: &Stage, count: usize, runs: usize) -> Figure<Stampede> {
    let call = stage.ours(Task::ColdHttps, Build::Dynamic, "stampede").ok_or("it is not built")?;
    run(stage, &Subject { name: "jwt-credential".into(), call: &call, keeps: true, count, runs })
}

pub(crate) fn peer(stage: &Stage, peer: &Peer, count: usize, runs: usize) -> Figure<Stampede> {
    let call = peer.cold(stage)?;
    let (name, keeps) = (peer.title.clone(), peer.can("cached"));
    run(stage, &Subject { name, call: &call, keeps, count, runs })
}

fn run(stage: &Stage, subject: &Subject) -> Figure<Stampede> {
    let nothing = Spread::of((0..subject.runs).map(|_| start_nothing(stage, subject.count)).collect()).median;
    stage.secure.delays(DELAY);
    let crowds: Figure<Vec<_>> = (0..subject.runs).map(|_| one(stage, subject)).collect();
    stage.secure.delays(Duration::ZERO);
    let crowds = crowds?;
    let range = |of: fn(&One) -> usize| {
        let all = crowds.iter().map(of);
        (all.clone().min().unwrap_or_default(), all.max().unwrap_or_default())
    };
    Ok(Stampede {
        name: subject.name.clone(),
        count: subject.count,
        exchanges: range(|one| one.exchanges),
        failures: range(|one| one.failures),
        tokens: range(|one| one.tokens),
        corrupt: subject.keeps.then(|| crowds.iter().filter(|one| one.is_corrupt).count()),
        runs: subject.runs,
        seconds: Spread::of(crowds.iter().map(|one| one.took.as_secs_f64()).collect()).median,
        nothing,
        said: crowds.into_iter().find_map(|one| one.said),
    })
}

/// What came of one run.
struct One {
    exchanges: usize,
    failures: usize,
    tokens: usize,
    is_corrupt: bool,
    took: Duration,
    said: Option<String>,
}

fn one(stage: &Stage, subject: &Subject) -> Figure<One> {
    // Whatever a first call makes beside the token is there, and the cache is empty.
    subject.call.brings_token(&stage.home, &stage.secure)?;
    super::call::empty(subject.call)?;
    let before = stage.secure.exchanges();
    let Crowded { printed, said, took } = at_once(&stage.home, subject.call, subject.count);
    let exchanges = stage.secure.exchanges() - before;
    let with_token = || printed.iter().flatten().filter_map(|text| token_in(text));
    let tokens = with_token().collect::<BTreeSet<_>>().len();
    let failures = subject.count - with_token().count();
    let next = Call { empties: None, ..subject.call.clone() }.brings_token(&stage.home, &stage.secure);
    let is_corrupt = subject.keeps && !matches!(next, Ok((false, _)));
    let said = said.map(|text| words(&text, &stage.home));
    Ok(One { exchanges, failures, tokens, is_corrupt, took, said })
}

fn start_nothing(stage: &Stage, count: usize) -> f64 {
    at_once(&stage.home, &Call::new(["/bin/true"]), count).took.as_secs_f64()
}
