//! What was to be reached, and whether it was: each verdict is reckoned from the figures.

use super::case::{Build, Case, Task, Who};
use super::results::{Results, found};
use super::stampede::Stampede;

/// The peer that has a goal of its own.
const ADOBES_OWN: &str = "adobe-jwt-auth";

/// Something to be reached.
pub(crate) struct Goal {
    pub(crate) what: String,
    pub(crate) limit: Limit,
    /// `None` where it was not measured.
    pub(crate) reached: Option<f64>,
    pub(crate) unit: &'static str,
    digits: usize,
}

pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
    Exactly(f64),
}

impl Goal {
    /// Whether it is met.
    pub(crate) fn is_met(&self) -> Option<bool> {
        let reached = self.reached?;
        Some(match self.limit {
            Limit::AtMost(most) => reached <= most,
            Limit::AtLeast(least) => reached >= least,
            Limit::Exactly(number) => (reached - number).abs() < f64::EPSILON,
        })
    }

    pub(crate) fn limit(&self) -> String {
        let (sign, number) = match self.limit {
            Limit::AtMost(most) => ("≤ ", most),
            Limit::AtLeast(least) => ("≥ ", least),
            Limit::Exactly(number) => ("", number),
        };
        format!("{sign}{}", self.shown(number))
    }

    /// A figure in this goal's unit.
    pub(crate) fn shown(&self, number: f64) -> String {
        super::table::number(number, self.digits) + self.unit
    }
}

/// All goals.
pub(crate) fn all(results: &Results) -> Vec<Goal> {
    [cached(results), cold(results), stampedes(results), weights(results)].into_iter().flatten().collect()
}

fn goal(what: &str, limit: Limit, reached: Option<f64>, (unit, digits): (&'static str, usize)) -> Goal {
    Goal { what: what.to_owned(), limit, reached, unit, digits }
}

const TIMES: (&str, usize) = (" ×", 2);

fn cached(results: &Results) -> Vec<Goal> {
    use Limit::AtMost;
    let ours = |task, build| Case::new(Who::Ours, task, build);
    let floor = Case::new(Who::Floor, Task::Cached, Build::Dynamic);
    let json = ours(Task::Cached, Build::Dynamic);
    let times = |case: &Case, other: &Case| Some(results.wall(case)? / results.wall(other)?);
    let memory = found(&results.memory, &json).map(|kib| kib / 1024.0);
    vec![
        goal("cached, beside the floor", AtMost(1.55), times(&json, &floor), TIMES),
        goal(
            "cached, static, beside /bin/true",
            AtMost(1.45),
            times(&ours(Task::Cached, Build::Static), &Case::nothing()),
            TIMES,
        ),
        goal(
            "cached beside 10,000 records, beside the same alone",
            AtMost(1.05),
            times(&ours(Task::Crowded, Build::Dynamic), &json),
            TIMES,
        ),
        goal("memory, cached", AtMost(2.75), memory, (" MiB", 2)),
    ]
}

fn cold(results: &Results) -> Vec<Goal> {
    use Limit::{AtLeast, AtMost};
    let ours = results.wall(&Case::new(Who::Ours, Task::ColdHttps, Build::Dynamic));
    let floor = results.wall(&Case::new(Who::Floor, Task::ColdHttps, Build::Dynamic));
    let faster = |peer: &str| Some(results.wall(&Case::peer(peer, Task::ColdHttps))? / ours?);
    let least = results.peers.iter().filter_map(|peer| faster(&peer.name)).min_by(f64::total_cmp);
    let beside_floor = ours.zip(floor).map(|(ours, floor)| ours / floor);
    vec![
        goal("a new token, https, beside the floor", AtMost(1.25), beside_floor, TIMES),
        goal("a new token, https: the fastest of the others beside ours", AtLeast(2.0), least, TIMES),
        goal("a new token, https: @adobe/jwt-auth beside ours", AtLeast(20.0), faster(ADOBES_OWN), TIMES),
    ]
}

fn stampedes(results: &Results) -> Vec<Goal> {
    use Limit::{AtMost, Exactly};
    let mut goals = Vec::new();
    for (count, most) in [(100, 2.0), (1000, 1.5)] {
        let own = results.stampedes.iter().take(2).filter_map(|(_, figure)| figure.as_ref().ok());
        let stampede = own.into_iter().find(|stampede| stampede.count == count);
        let whole = |of: fn(&Stampede) -> usize| stampede.map(|stampede| as_float(of(stampede)));
        let named = |what: &str| format!("{} at once{what}", super::table::thousands(&count.to_string()));
        goals.extend([
            goal(&named(": exchanges"), Exactly(1.0), whole(|stampede| stampede.exchanges.1), ("", 0)),
            goal(&named(": without a token"), Exactly(0.0), whole(|stampede| stampede.failures.1), ("", 0)),
            goal(
                &named(", beside as many of /bin/true and the endpoint's 300 ms"),
                AtMost(most),
                stampede.map(Stampede::ratio),
                TIMES,
            ),
        ]);
    }
    goals
}

fn weights(results: &Results) -> Vec<Goal> {
    use Limit::AtMost;
    let size = |build| found(&results.sizes, &Case::new(Who::Ours, Task::Cached, build));
    let megabytes = |build| size(build).map(|&bytes| as_float(bytes) / 1e6);
    let crates = results.crates.as_ref().ok().map(|&count| as_float(count));
    vec![
        goal("the program's file", AtMost(3.0), megabytes(Build::Dynamic), (" MB", 2)),
        goal("the program's file, static", AtMost(4.0), megabytes(Build::Static), (" MB", 2)),
        goal("crates in it, itself among them", AtMost(90.0), crates, ("", 0)),
        goal("a clean release build", AtMost(120.0), results.clean_build, (" s", 0)),
    ]
}

/// A count, of which none here comes near to what a float cannot hold.
#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
pub(crate) fn as_float(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}
