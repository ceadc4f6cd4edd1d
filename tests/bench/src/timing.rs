//! How long calls take.

use super::Figure;
use super::call::Call;
use super::options::Effort;
use super::stage::Stage;

const WARM_UP: u32 = 3;
/// The fewest runs of a call.
const FEWEST: usize = 10;

/// Which program a case runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// `/bin/true`: the cost of any process.
    True,
    /// The least that an ordinary Rust program does.
    Floor,
    Ours,
    Peer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Print a token from the cache.
    Cached,
    /// Request a token over https.
    New,
}

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) program: Program,
    pub(crate) task: Task,
    pub(crate) call: Call,
}

impl Case {
    pub(crate) fn new(name: &str, program: Program, task: Task, call: Call) -> Self {
        Self { name: name.to_owned(), program, task, call }
    }

    /// Tries the call, and measures it only if it does its task; how long it took, in seconds.
    fn try_out(&self, stage: &Stage) -> Figure<f64> {
        if self.program != Program::True {
            // The first call may also write files of its own.
            self.call.run_for_token()?;
            let before = stage.endpoint.exchanges();
            self.call.run_for_token()?;
            let task = if stage.endpoint.exchanges() > before { Task::New } else { Task::Cached };
            if task == Task::Cached && self.task == Task::New {
                return Err("it did not ask the endpoint".into());
            }
            if task == Task::New && self.task == Task::Cached {
                return Err("its second call asked the endpoint again".into());
            }
        }
        self.call.time()
    }
}

pub(crate) struct Timing {
    pub(crate) case: Case,
    pub(crate) figure: Figure<Spread>,
}

/// The median of several readings in seconds, and the limits of the middle half.
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

    /// A busy machine makes some runs wait for a processor, and spreads the readings.
    pub(crate) fn is_quiet(&self) -> bool {
        self.high <= 1.3 * self.low
    }
}

/// The median of several runs of one measurement.
pub(crate) fn median(runs: usize, once: impl FnMut(usize) -> Figure<f64>) -> Figure<f64> {
    let readings: Figure<Vec<f64>> = (0..runs).map(once).collect();
    readings.map(|readings| Spread::of(readings).median)
}

/// Times all cases in turn, round after round.
pub(crate) fn time(stage: &Stage, cases: Vec<Case>, effort: &Effort) -> Vec<Timing> {
    let mut contenders: Vec<_> = cases.into_iter().map(|case| Contender::new(case, stage, effort)).collect();
    for round in 1..=effort.rounds {
        eprintln!("round {round} of {}", effort.rounds);
        // Each case follows its neighbour as often as it precedes it.
        contenders.reverse();
        for contender in &mut contenders {
            contender.take_turn(effort);
        }
    }
    // An even number of rounds restores the order.
    contenders.into_iter().map(Contender::result).collect()
}

struct Contender {
    case: Case,
    /// The runs of one turn.
    runs: u32,
    readings: Figure<Vec<f64>>,
}

impl Contender {
    fn new(case: Case, stage: &Stage, effort: &Effort) -> Self {
        let tried = case.try_out(stage);
        if let Err(why) = &tried {
            eprintln!("{}: {why}", case.name);
        }
        let share = effort.budget.as_secs_f64() / f64::from(effort.rounds);
        let runs = tried.as_ref().map_or(0, |seconds| fitting(share / seconds, effort.most_runs));
        Self { case, runs, readings: tried.map(|_| Vec::new()) }
    }

    fn take_turn(&mut self, effort: &Effort) {
        let Ok(readings) = &mut self.readings else { return };
        // A slow call does not need all rounds.
        if readings.len() >= FEWEST && readings.iter().sum::<f64>() >= effort.budget.as_secs_f64() {
            return;
        }
        // A slow program is warm after one run.
        let warm_up = WARM_UP.min(self.runs / 2);
        let turn: Figure<Vec<f64>> = (0..warm_up + self.runs).map(|_| self.case.call.time()).collect();
        match turn {
            Ok(turn) => readings.extend(&turn[warm_up as usize..]),
            Err(why) => self.readings = Err(why),
        }
    }

    fn result(self) -> Timing {
        Timing { case: self.case, figure: self.readings.map(Spread::of) }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn fitting(runs: f64, most: u32) -> u32 {
    runs.clamp(2.0, f64::from(most)) as u32
}
