//! The instruments: hyperfine for time, valgrind for instructions, GNU time for memory.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::bounded;
use super::call::{Call, path, words};
use super::case::Case;
use super::ims::token_in;
use super::options::Effort;
use super::support::Home;

/// A figure, or why there is none.
pub(crate) type Figure<T> = Result<T, String>;

/// How long an instrument may take for one reading.
const LIMIT: Duration = Duration::from_secs(300);
const WARM_UP: u32 = 3;
/// How many runs of a call a figure has at least.
const FEWEST: usize = 10;

/// Readings of the same, in seconds: the middle one, and those between which the middle half lies.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) runs: usize,
}

impl Spread {
    pub(crate) fn of(mut readings: Vec<f64>) -> Self {
        readings.sort_by(f64::total_cmp);
        let at = |quarter: usize| readings.get((readings.len().saturating_sub(1)) * quarter / 4).copied();
        let at = |quarter| at(quarter).unwrap_or(f64::NAN);
        Self { low: at(1), median: at(2), high: at(3), runs: readings.len() }
    }

    /// Whether little else went on meanwhile: on a busy machine some runs wait for a processor, and the middle one is
    /// of either kind.
    pub(crate) fn is_quiet(&self) -> bool {
        self.high <= 1.3 * self.low
    }
}

/// How long a call took when it was tried, and why it is not measured where it failed.
pub(crate) struct Contender {
    pub(crate) case: Case,
    pub(crate) call: Call,
    pub(crate) tried: Figure<Duration>,
}

/// All calls in turn, round after round.
pub(crate) fn walls(home: &Home, contenders: Vec<Contender>, effort: &Effort) -> Vec<(Case, Figure<Spread>)> {
    let mut readings: Vec<Figure<Vec<f64>>> =
        contenders.iter().map(|contender| contender.tried.clone().map(|_| Vec::new())).collect();
    for round in 1..=effort.rounds {
        eprintln!("round {round} of {}", effort.rounds);
        let mut turns: Vec<_> = contenders.iter().zip(&mut readings).collect();
        // Each comes after the other one as often as before it.
        if round % 2 == 0 {
            turns.reverse();
        }
        for (contender, sofar) in turns {
            if let (Ok(tried), Ok(all)) = (&contender.tried, sofar.as_mut()) {
                if is_enough(all, effort) {
                    continue;
                }
                match timed(home, &contender.call, runs(*tried, effort)) {
                    Ok(more) => all.extend(more),
                    Err(why) => *sofar = Err(why),
                }
            }
        }
    }
    let spreads = readings.into_iter().map(|readings| readings.map(Spread::of));
    contenders.into_iter().map(|contender| contender.case).zip(spreads).collect()
}

/// A slow call needs not all of the rounds.
fn is_enough(readings: &[f64], effort: &Effort) -> bool {
    readings.len() >= FEWEST && readings.iter().sum::<f64>() >= effort.budget.as_secs_f64()
}

/// As many runs as fit into a round's share of the time.
fn runs(tried: Duration, effort: &Effort) -> u32 {
    let fit = (effort.budget / effort.rounds).as_micros() / tried.as_micros().max(1);
    u32::try_from(fit).unwrap_or(u32::MAX).clamp(2, effort.most)
}

fn timed(home: &Home, call: &Call, runs: u32) -> Figure<Vec<f64>> {
    match &call.input {
        Some(input) => by_our_own_watch(home, call, input, runs),
        None => hyperfine(home, call, runs),
    }
}

/// As hyperfine does it, which before 1.16 gives nobody a standard input.
fn by_our_own_watch(home: &Home, call: &Call, input: &Path, runs: u32) -> Figure<Vec<f64>> {
    let (program, args) = call.argv.split_first().ok_or("no command")?;
    let once = || {
        let mut command = call.surround(home, program);
        let input = File::open(input).map_err(|error| error.to_string())?;
        command.args(args).stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let status = child.wait().map_err(|error| error.to_string())?;
        let took = began.elapsed().as_secs_f64();
        if status.success() { Ok(took) } else { Err(status.to_string()) }
    };
    let readings: Figure<Vec<f64>> = (0..WARM_UP + runs).map(|_| once()).collect();
    readings.map(|mut readings| readings.split_off(WARM_UP as usize))
}

fn hyperfine(home: &Home, call: &Call, runs: u32) -> Figure<Vec<f64>> {
    let report = home.path("hyperfine.json");
    let mut command = call.surround(home, "hyperfine");
    command.args(["-N", "--style", "none", "--runs", &runs.to_string()]);
    // A slow program is warm after one run.
    command.args(["--warmup", &WARM_UP.min(runs / 2).to_string(), "--export-json"]).arg(&report);
    if let Some(emptying) = call.emptying() {
        command.args(["--prepare", &emptying]);
    }
    let ended = bounded::run(command.arg(call.line()), LIMIT)?;
    if !ended.status.success() {
        // hyperfine does not show what the program said.
        return Err(call.once(home).err().unwrap_or_else(|| format!("some call of {runs} failed")));
    }
    let report: Json = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    let times = report["results"][0]["times"].as_array().ok_or("hyperfine reports no times")?;
    Ok(times.iter().filter_map(Json::as_f64).collect())
}

/// Instructions in user space. Nothing but the call's own variables is in its environment, so that the count is the
/// same on each machine with the same libraries.
pub(crate) fn instructions(home: &Home, call: &Call) -> Figure<u64> {
    let report = home.path("callgrind.out");
    let mut command = Command::new("/usr/bin/env");
    command.arg("-i");
    let own = call.environment.iter().filter(|(name, _)| name.starts_with("JWT_CREDENTIAL_"));
    command.args(own.map(|(name, value)| format!("{name}={value}")));
    command.args(["valgrind", "--tool=callgrind", &format!("--callgrind-out-file={}", path(&report))]);
    let ended = bounded::run(command.args(&call.argv), LIMIT)?;
    // One that crashes under valgrind has a count as well.
    if !ended.status.success() || token_in(&ended.stdout).is_none() {
        return Err(format!("no token under valgrind: {}, {}", ended.status, words(&ended.stderr, home)));
    }
    let report = fs::read_to_string(&report).map_err(|error| error.to_string())?;
    let total = report.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    total.ok_or_else(|| "callgrind reports no total".into())
}

/// The most memory that was resident, in KiB.
pub(crate) fn memory(home: &Home, call: &Call, runs: usize) -> Figure<f64> {
    let report = home.path("time.txt");
    let once = || {
        let mut command = call.surround(home, "/usr/bin/time");
        command.arg("-v").arg("-o").arg(&report).args(&call.argv);
        let ended = bounded::run(&mut command, LIMIT)?;
        let said = fs::read_to_string(&report).map_err(|error| error.to_string())?;
        let line = said.lines().find_map(|line| line.trim().strip_prefix("Maximum resident set size (kbytes): "));
        let resident = line.and_then(|number| number.parse().ok());
        resident.filter(|_| ended.status.success()).ok_or_else(|| words(&ended.stderr, home))
    };
    let readings: Figure<Vec<f64>> = (0..runs).map(|_| once()).collect();
    readings.map(|readings| Spread::of(readings).median)
}
