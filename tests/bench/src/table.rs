//! The figures as Markdown.

use super::goals;
use super::results::{Results, TRUE};
use super::stampede::{DELAY, Stampede};
use super::timing::{Program, Spread, Task};
use super::{Figure, results};

const NONE: &str = "–";

/// The page `RESULTS.md`.
pub(crate) fn page(results: &Results) -> String {
    let parts = [
        include_str!("../results.head.md").trim_end().to_owned(),
        surroundings(results),
        format!("## Goals\n\n{}", goals(results)),
        format!("## A token from the cache\n\n{}", own(results, Task::Cached)),
        format!("## A new token over https\n\n{}", own(results, Task::New)),
        format!("## The others\n\n{}", peers(results)),
        format!("## Many at once, with an empty cache\n\n{}", stampedes(results)),
        format!("## File and memory\n\n{}", sizes(results)),
    ];
    parts.join("\n\n") + "\n"
}

/// A table. Columns with an empty heading or one that ends in a colon are text; the others are numbers.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let rule = head.iter().map(|cell| if is_text(cell) { "---".to_owned() } else { "---:".to_owned() });
    let head = head.iter().map(|cell| cell.trim_end_matches(':').to_owned());
    let lines = [line(head.collect()), line(rule.collect())].into_iter();
    lines.chain(rows.into_iter().map(line)).collect::<Vec<_>>().join("\n")
}

fn is_text(heading: &str) -> bool {
    heading.is_empty() || heading.ends_with(':')
}

fn surroundings(results: &Results) -> String {
    let mut rows: Vec<_> =
        results.machine.iter().map(|(what, value)| vec![(*what).to_owned(), value.clone()]).collect();
    let runs = if results.is_quick { "few: this is a trial, not a measurement" } else { "all" };
    rows.push(vec!["runs".into(), runs.into()]);
    if let Some(Ok(spread)) = results.timing(TRUE, Task::Cached) {
        let verdict = if spread.is_quiet() { "yes" } else { "**no**: other programs ran; do not publish these times" };
        rows.push(vec!["quiet, by the spread of /bin/true".into(), verdict.into()]);
    }
    table(&["measured:", "on:"], rows)
}

pub(crate) fn goals(results: &Results) -> String {
    let rows = goals::all(results).into_iter().map(|goal| {
        let verdict = match goal.is_met() {
            Some(true) => "met",
            Some(false) => "**not met**",
            None => "not measured",
        };
        let figure = goal.figure.map_or_else(none, |figure| goal.shown(figure));
        vec![goal.name.clone(), figure, goal.shown(goal.most), verdict.to_owned()]
    });
    table(&["goal:", "figure", "at most", ""], rows)
}

fn own(results: &Results, task: Task) -> String {
    let baseline = results.median(TRUE, Task::Cached);
    let own = results.timings.iter().filter(|timing| timing.case.program != Program::Peer && timing.case.task == task);
    let rows = own.map(|timing| {
        let figures = match &timing.figure {
            Ok(spread) => figures(spread, baseline),
            Err(_) => ["failed".into(), none(), none(), none()],
        };
        [vec![timing.case.name.clone()], figures.to_vec()].concat()
    });
    table(&["", "median, ms", "middle half, ms", "× /bin/true", "runs"], rows)
}

fn figures(spread: &Spread, baseline: Option<f64>) -> [String; 4] {
    [
        milliseconds(spread.median),
        format!("{} to {}", milliseconds(spread.low), milliseconds(spread.high)),
        baseline.map_or_else(none, |baseline| number(spread.median / baseline, 2)),
        thousands(&spread.runs.to_string()),
    ]
}

fn peers(results: &Results) -> String {
    let rows = results.peers.iter().map(|peer| match &peer.version {
        Ok(version) => {
            let [cached, new] = [Task::Cached, Task::New].map(|task| beside_ours(results, &peer.title, task));
            [vec![peer.title.clone(), version.clone()], cached.to_vec(), new.to_vec()].concat()
        }
        Err(why) => [vec![peer.title.clone(), format!("not installed: {why}")], vec![none(); 4]].concat(),
    });
    table(&["", "version:", "cached, ms", "× ours", "new, https, ms", "× ours"], rows)
}

/// A peer's median, and its multiple of ours.
fn beside_ours(results: &Results, name: &str, task: Task) -> [String; 2] {
    let ours = results.median(results::OURS, task);
    match results.timing(name, task) {
        Some(Ok(spread)) => {
            let times = ours.map_or_else(none, |ours| number(spread.median / ours, 1));
            [milliseconds(spread.median), times]
        }
        Some(Err(_)) => ["failed".into(), none()],
        None => [none(), none()],
    }
}

fn stampedes(results: &Results) -> String {
    let rows = results.stampedes.iter().map(|(name, figure)| match figure {
        Ok(stampede) => stampede_row(stampede),
        Err(_) => [vec![name.clone(), "failed".into()], vec![none(); 4]].concat(),
    });
    let head = ["", "at once", "exchanges", "without a token", "time, s", "/bin/true, s"];
    format!("The endpoint takes {} ms to answer.\n\n{}", DELAY.as_millis(), table(&head, rows))
}

fn stampede_row(stampede: &Stampede) -> Vec<String> {
    let range = |(least, most): (usize, usize)| {
        if least == most { least.to_string() } else { format!("{least} to {most}") }
    };
    vec![
        stampede.name.clone(),
        thousands(&stampede.count.to_string()),
        range(stampede.exchanges),
        range(stampede.failures),
        number(stampede.seconds, 2),
        number(stampede.baseline, 2),
    ]
}

fn sizes(results: &Results) -> String {
    let shown = |figure: &Figure<f64>, unit: f64| {
        figure.as_ref().map_or_else(|_| "failed".into(), |figure| number(figure / unit, 2))
    };
    let rows = results.sizes.iter().map(|size| {
        let name = size.name.replace(" json", "");
        vec![name, shown(&size.file, 1e6), shown(&size.memory, 1024.0)]
    });
    table(&["", "file, MB", "memory of a cached call, MiB"], rows)
}

fn none() -> String {
    NONE.into()
}

fn milliseconds(seconds: f64) -> String {
    let ms = seconds * 1000.0;
    number(ms, if ms < 10.0 { 2 } else { usize::from(ms < 100.0) })
}

/// A number with that many decimals and a comma after each thousand.
pub(crate) fn number(number: f64, digits: usize) -> String {
    thousands(&format!("{number:.digits$}"))
}

pub(crate) fn thousands(number: &str) -> String {
    let whole = number.find('.').unwrap_or(number.len());
    let mut grouped = number.to_owned();
    for at in (1..whole).rev().filter(|at| (whole - at).is_multiple_of(3)) {
        grouped.insert(at, ',');
    }
    grouped
}
