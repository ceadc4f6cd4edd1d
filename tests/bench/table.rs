//! The figures as Markdown.

use super::case::{Case, Task, Who};
use super::goals::{self, as_float};
use super::measure::{Figure, Spread};
use super::results::{Results, found};
use super::stampede::{DELAY, Stampede};

/// The whole page.
pub(crate) fn page(results: &Results) -> String {
    let tables = [
        surroundings(results),
        goals(results),
        own(results),
        peers(results),
        stampedes(results),
        instructions_and_memory(results),
        sizes(results),
    ];
    format!("{}\n\n{}\n", include_str!("results.head.md").trim_end(), tables.join("\n\n"))
}

/// A table. The first column is text, the others are what `aligned` says: `l` or `r`.
fn table(head: &[&str], aligned: &str, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rule = aligned.chars().map(|side| if side == 'r' { "---:".to_owned() } else { "---".to_owned() });
    let mut lines = vec![line(&head), line(&rule.collect::<Vec<_>>())];
    lines.extend(rows.into_iter().map(|row| line(&row)));
    lines.join("\n")
}

fn surroundings(results: &Results) -> String {
    let mut rows: Vec<_> =
        results.machine.iter().map(|(what, value)| vec![(*what).to_owned(), value.clone()]).collect();
    let effort = if results.is_quick { "few: this is a trial, not a measurement" } else { "all" };
    rows.push(vec!["runs".into(), effort.into()]);
    if let Some(nothing) = found(&results.walls, &Case::nothing()) {
        let how =
            if nothing.is_quiet() { "yes" } else { "**no**: others worked meanwhile, and times are not to be kept" };
        rows.push(vec!["quiet, by the spread of /bin/true".into(), how.into()]);
    }
    table(&["measured", "on"], "ll", rows)
}

fn goals(results: &Results) -> String {
    let rows = goals::all(results).into_iter().map(|goal| {
        let verdict = match goal.is_met() {
            Some(true) => "met",
            Some(false) => "**not met**",
            None => "not measured",
        };
        let reached = goal.reached.map_or_else(|| "–".into(), |number| goal.shown(number));
        vec![goal.what.clone(), reached, goal.limit(), verdict.to_owned()]
    });
    let head = ["goal", "reached", "limit", ""];
    format!("## Goals\n\n{}", table(&head, "lrrl", rows))
}

fn own(results: &Results) -> String {
    let of_peer = |case: &Case| matches!(case.who, Who::Peer(_));
    let section = |is_cold: bool| {
        let walls = results.walls.iter().filter(|(case, _)| !of_peer(case) && case.is_cold() == is_cold);
        let rows = walls.map(|(case, wall)| [vec![case.name()], timed(results, wall)].concat());
        table(&["", "median, ms", "middle half, ms", "× /bin/true", "runs"], "lrrrr", rows)
    };
    format!("## A token from the cache\n\n{}\n\n## A new token from the endpoint\n\n{}", section(false), section(true))
}

fn timed(results: &Results, wall: &Figure<Spread>) -> Vec<String> {
    match wall {
        Ok(spread) => vec![
            milliseconds(spread.median),
            format!("{} to {}", milliseconds(spread.low), milliseconds(spread.high)),
            results.times_nothing(spread.median).map_or_else(|| "–".into(), |times| number(times, 2)),
            thousands(&spread.runs.to_string()),
        ],
        Err(why) => vec!["failed".into(), why.clone(), "–".into(), "–".into()],
    }
}

fn peers(results: &Results) -> String {
    let rows = results.peers.iter().map(|peer| {
        let version = match &peer.version {
            Ok(version) => version.clone(),
            Err(why) => {
                return [vec![peer.title.clone(), format!("not to be had: {why}")], vec![none(); 5]].concat();
            }
        };
        let mut row = vec![peer.title.clone(), version];
        for (kind, task) in [("cached", Task::Cached), ("cold", Task::ColdHttps)] {
            let case = Case::peer(&peer.name, task);
            let wall = results.walls.iter().find(|(had, _)| *had == case).map(|(_, wall)| wall);
            row.extend(beside_ours(results, task, wall.filter(|_| peer.can(kind))));
        }
        // Of some, the script installs no more than a few lines: the program was there.
        row.push(if peer.size < 100_000 { none() } else { number(as_float(peer.size) / 1e6, 1) });
        row
    });
    let head = ["", "version", "cached, ms", "× ours", "new, https, ms", "× ours", "installed, MB"];
    let table = table(&head, "llrrrrr", rows);
    format!("## The others\n\nWhat is installed is without what it runs on, such as Node or Python.\n\n{table}")
}

/// A peer's wall, and how many times ours that is.
fn beside_ours(results: &Results, task: Task, wall: Option<&Figure<Spread>>) -> [String; 2] {
    let ours = results.wall(&Case::new(Who::Ours, task, super::case::Build::Dynamic));
    match wall {
        Some(Ok(spread)) => {
            let times = ours.map_or_else(none, |ours| number(spread.median / ours, 1));
            [milliseconds(spread.median), times]
        }
        Some(Err(why)) => [format!("failed: {why}"), none()],
        None => [none(), none()],
    }
}

fn none() -> String {
    "–".into()
}

fn stampedes(results: &Results) -> String {
    let rows = results.stampedes.iter().map(|(name, figure)| match figure {
        Ok(stampede) => stampeded(stampede),
        Err(why) => [vec![name.clone(), format!("failed: {why}")], vec![none(); 7]].concat(),
    });
    let head =
        ["", "at once", "exchanges", "without a token", "tokens", "caches spoilt", "wall, s", "/bin/true, s", "ratio"];
    let said = results.stampedes.iter().filter_map(|(_, figure)| figure.as_ref().ok());
    let said = said.filter_map(|stampede| Some(format!("* {}: {}", stampede.name, stampede.said.as_ref()?)));
    let said: Vec<String> = said.collect();
    let said = if said.is_empty() {
        String::new()
    } else {
        format!("\n\nWhat those without a token said:\n\n{}", said.join("\n"))
    };
    format!(
        "## Many at once, with an empty cache\n\nThe endpoint takes {} ms. The ratio is the wall, divided by that and \
         the wall of as many of /bin/true.\n\n{}{said}",
        DELAY.as_millis(),
        table(&head, "lrrrrrrrr", rows)
    )
}

fn stampeded(stampede: &Stampede) -> Vec<String> {
    let range = |(least, most): (usize, usize)| {
        if least == most { least.to_string() } else { format!("{least} to {most}") }
    };
    let corrupt = stampede.corrupt.map_or_else(none, |corrupt| format!("{corrupt} of {}", stampede.runs));
    vec![
        stampede.name.clone(),
        thousands(&stampede.count.to_string()),
        range(stampede.exchanges),
        range(stampede.failures),
        range(stampede.tokens),
        corrupt,
        number(stampede.seconds, 2),
        number(stampede.nothing, 2),
        number(stampede.ratio(), 2),
    ]
}

fn instructions_and_memory(results: &Results) -> String {
    let rows = results.memory.iter().map(|(case, memory)| {
        let instructions = results.instructions.iter().find(|(had, _)| had == case).map(|(_, figure)| figure);
        let instructions = match instructions {
            Some(Ok(count)) => number(as_float(*count), 0),
            Some(Err(why)) => format!("failed: {why}"),
            None => none(),
        };
        let memory = match memory {
            Ok(kib) => number(kib / 1024.0, 2),
            Err(why) => format!("failed: {why}"),
        };
        vec![case.name(), instructions, memory]
    });
    let head = ["", "instructions in user space", "memory, MiB"];
    format!("## What a cached call takes\n\n{}", table(&head, "lrr", rows))
}

fn sizes(results: &Results) -> String {
    let megabytes = |case: &Case| found(&results.sizes, case).map(|&bytes| number(as_float(bytes) / 1e6, 2));
    let rows = results.sizes.iter().map(|(case, _)| vec![case.name(), megabytes(case).unwrap_or_else(none)]);
    format!("## The files\n\n{}", table(&["", "MB"], "lr", rows))
}

fn milliseconds(seconds: f64) -> String {
    let ms = seconds * 1000.0;
    number(ms, if ms < 10.0 { 2 } else { usize::from(ms < 100.0) })
}

/// A number with so many decimals, its thousands apart.
pub(crate) fn number(number: f64, digits: usize) -> String {
    thousands(&format!("{number:.digits$}"))
}

pub(crate) fn thousands(number: &str) -> String {
    let (whole, rest) =
        number.split_once('.').map_or((number, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + &rest
}
