//! Many processes that start at once with an empty cache.

use std::fs::{self, File};
use std::io::{Read as _, Write as _, pipe};
use std::process::Child;
use std::time::{Duration, Instant};

use super::Figure;
use super::call::Call;
use super::endpoint::token_in;
use super::peers::Peer;
use super::stage::Stage;
use super::timing::median;

/// How long the endpoint takes to answer.
pub(crate) const DELAY: Duration = Duration::from_millis(300);

/// A shell that becomes the program once its standard input has a line for it.
const SCRIPT: &str = "printf r >&2; read _; exec \"$0\" \"$@\" </dev/null 2>/dev/null";

/// Several stampedes of one program.
pub(crate) struct Stampede {
    pub(crate) name: String,
    pub(crate) count: usize,
    /// The fewest and the most of one run.
    pub(crate) exchanges: (usize, usize),
    /// How many processes printed no token: the fewest and the most of one run.
    pub(crate) failures: (usize, usize),
    /// The median, in seconds.
    pub(crate) seconds: f64,
    /// The same number of `/bin/true`, started in the same way.
    pub(crate) baseline: f64,
}

impl Stampede {
    /// The time without the endpoint's, as a multiple of `/bin/true`'s.
    pub(crate) fn ratio(&self) -> f64 {
        (self.seconds - DELAY.as_secs_f64()) / self.baseline
    }
}

pub(crate) fn ours(stage: &Stage, count: usize, runs: usize) -> Figure<Stampede> {
    measure(stage, "jwt-credential", &stage.ours_new("stampede"), count, runs)
}

pub(crate) fn peer(stage: &Stage, peer: &Peer, count: usize, runs: usize) -> Figure<Stampede> {
    measure(stage, &peer.title, &peer.call_new(stage)?, count, runs)
}

fn measure(stage: &Stage, name: &str, call: &Call, count: usize, runs: usize) -> Figure<Stampede> {
    let baseline = median(runs, |_| Ok(start_at_once(stage, &Call::new(&["/bin/true"]), count).as_secs_f64()))?;
    // The first call may write more than the token.
    call.run_for_token()?;
    stage.endpoint.set_delay(DELAY);
    let (mut exchanges, mut failures) = ((usize::MAX, 0), (usize::MAX, 0));
    let seconds = median(runs, |_| {
        call.empty_cache();
        let before = stage.endpoint.exchanges();
        let took = start_at_once(stage, call, count);
        include(&mut exchanges, stage.endpoint.exchanges() - before);
        include(&mut failures, (0..count).filter(|&number| !printed_token(stage, number)).count());
        Ok(took.as_secs_f64())
    });
    stage.endpoint.set_delay(Duration::ZERO);
    Ok(Stampede { name: name.to_owned(), count, exchanges, failures, seconds: seconds?, baseline })
}

fn include((least, most): &mut (usize, usize), number: usize) {
    (*least, *most) = ((*least).min(number), (*most).max(number));
}

/// Starts that many processes at once; the time until the last one ended.
fn start_at_once(stage: &Stage, call: &Call, count: usize) -> Duration {
    let ((gate, mut opener), (mut ready, announce)) = (pipe().unwrap(), pipe().unwrap());
    let shell = |number| {
        let mut command = call.surround("/bin/sh");
        command.arg("-c").arg(SCRIPT).args(&call.argv).stdin(gate.try_clone().unwrap());
        command.stdout(File::create(output(stage, number)).unwrap()).stderr(announce.try_clone().unwrap());
        command.spawn().unwrap()
    };
    let mut children: Vec<Child> = (0..count).map(shell).collect();
    ready.read_exact(&mut vec![0; count]).unwrap();
    let started = Instant::now();
    opener.write_all(&vec![b'\n'; count]).unwrap();
    for child in &mut children {
        child.wait().unwrap();
    }
    started.elapsed()
}

fn output(stage: &Stage, number: usize) -> std::path::PathBuf {
    stage.path(format!("stampede-{number}.txt"))
}

fn printed_token(stage: &Stage, number: usize) -> bool {
    token_in(&fs::read_to_string(output(stage, number)).unwrap()).is_some()
}
