//! The goals, and whether this run met them.

use super::results::{CROWDED, FLOOR, OURS, OURS_STATIC, Results, TRUE};
use super::size::as_float;
use super::stampede::Stampede;
use super::table::{number, thousands};
use super::timing::Task;

/// A figure and its limit.
pub(crate) struct Goal {
    pub(crate) name: String,
    /// `None` if this run did not measure it.
    pub(crate) figure: Option<f64>,
    pub(crate) most: f64,
    unit: &'static str,
    digits: usize,
}

impl Goal {
    fn new(name: &str, figure: Option<f64>, most: f64, (unit, digits): (&'static str, usize)) -> Self {
        Self { name: name.to_owned(), figure, most, unit, digits }
    }

    pub(crate) fn is_met(&self) -> Option<bool> {
        self.figure.map(|figure| figure <= self.most)
    }

    /// A number in the goal's unit.
    pub(crate) fn shown(&self, figure: f64) -> String {
        number(figure, self.digits) + self.unit
    }
}

const TIMES: (&str, usize) = (" ×", 2);
const MEGABYTES: (&str, usize) = (" MB", 2);

pub(crate) fn all(results: &Results) -> Vec<Goal> {
    let mut goals = times(results);
    goals.extend([100, 1000].into_iter().flat_map(|count| stampede(results, count)));
    goals.extend(sizes(results));
    goals
}

fn times(results: &Results) -> Vec<Goal> {
    let cached = |name| results.median(name, Task::Cached);
    let new = |name| results.median(name, Task::New);
    let ratio = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
    let [ours, flat] = [0, 1].map(|index| results.parsing[index].as_ref().ok().copied());
    let tree = ours.zip(flat).map(|(ours, flat)| (ours - flat).max(0.0));
    let share = ratio(tree, cached(OURS)).map(|share| share * 100.0);
    vec![
        Goal::new("cached json / the floor", ratio(cached(OURS), cached(FLOOR)), 1.55, TIMES),
        Goal::new("cached json, static / /bin/true", ratio(cached(OURS_STATIC), cached(TRUE)), 1.45, TIMES),
        Goal::new("cached json with 10,000 records / with one", ratio(cached(CROWDED), cached(OURS)), 1.05, TIMES),
        Goal::new("the tree of commands, of a cached json", share, 8.0, (" %", 1)),
        Goal::new("new token over https / the floor", ratio(new(OURS), new(FLOOR)), 1.25, TIMES),
    ]
}

fn stampede(results: &Results, count: usize) -> Vec<Goal> {
    let mut own = results.stampedes.iter().take(2).filter_map(|(_, figure)| figure.as_ref().ok());
    let stampede = own.find(|stampede| stampede.count == count);
    let most = |range: fn(&Stampede) -> (usize, usize)| stampede.map(|stampede| as_float(range(stampede).1));
    let name = |what: &str| format!("{} at once{what}", thousands(&count.to_string()));
    let mut goals = vec![
        Goal::new(&name(": exchanges"), most(|stampede| stampede.exchanges), 1.0, ("", 0)),
        Goal::new(&name(": without a token"), most(|stampede| stampede.failures), 0.0, ("", 0)),
    ];
    // Of 100 processes, a few milliseconds decide the ratio.
    if count == 1000 {
        let name = name(", without the endpoint's 300 ms / 1,000 × /bin/true");
        goals.push(Goal::new(&name, stampede.map(Stampede::ratio), 1.5, TIMES));
    }
    goals
}

fn sizes(results: &Results) -> Vec<Goal> {
    let file = |name| results.size(name).and_then(|size| size.file.as_ref().ok()).map(|bytes| bytes / 1e6);
    vec![
        Goal::new("the program's file", file(OURS), 3.0, MEGABYTES),
        Goal::new("the program's file, static", file(OURS_STATIC), 4.0, MEGABYTES),
        Goal::new("crates in the program, including itself", results.crates.as_ref().ok().copied(), 90.0, ("", 0)),
        Goal::new("a clean release build", results.clean_build, 120.0, (" s", 0)),
    ]
}
