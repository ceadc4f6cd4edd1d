//! The figures as bars on a logarithmic scale, in SVG, for light and dark pages.

use std::fmt::Write as _;

use super::results::{FLOOR, FLOOR_STATIC, OURS, OURS_STATIC, Results, TRUE};
use super::size::as_float;
use super::table::number;
use super::timing::{Program, Task, Timing};

const WIDTH: f64 = 920.0;
/// Bars begin at LEFT and end before RIGHT. Names are to the left of them, figures to the right.
const LEFT: f64 = 270.0;
const RIGHT: f64 = 800.0;
const ROW: f64 = 22.0;
const BAR: f64 = 14.0;

const STYLE: &str = "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#24292f}
.title{font-weight:600}.small{font-size:11px;fill:#57606a}.grid{stroke:#d0d7de;stroke-width:1;opacity:.6}
.ours{fill:#1f883d}.base{fill:#8c959f}.peer{fill:#54aeff}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.grid{stroke:#3d444d}
.ours{fill:#3fb950}.base{fill:#6e7681}.peer{fill:#388bfd}}";

struct Bar {
    name: String,
    class: &'static str,
    ms: f64,
}

pub(crate) fn svg(results: &Results) -> String {
    let parts =
        [("A token from the cache", bars(results, Task::Cached)), ("A new token over https", bars(results, Task::New))];
    let all = || parts.iter().flat_map(|(_, bars)| bars.iter().map(|bar| bar.ms));
    let scale = Scale::new(all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let mut drawn = String::new();
    let mut top = 8.0;
    for (title, bars) in &parts {
        top = draw(&mut drawn, &scale, title, bars, top);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\" height=\"{top}\" \
         role=\"img\" aria-label=\"How long each program takes to print a token, in milliseconds\">\n\
         <style>{STYLE}</style>\n{drawn}</svg>\n"
    )
}

/// The bars of a part, shortest first.
fn bars(results: &Results, task: Task) -> Vec<Bar> {
    let mut bars: Vec<Bar> = results.timings.iter().filter_map(|timing| bar(timing, task)).collect();
    bars.sort_by(|one, other| one.ms.total_cmp(&other.ms));
    bars
}

fn bar(timing: &Timing, task: Task) -> Option<Bar> {
    let case = &timing.case;
    let class = match case.program {
        Program::Ours => "ours",
        Program::True | Program::Floor => "base",
        Program::Peer => "peer",
    };
    let is_shown =
        case.program == Program::Peer || [TRUE, FLOOR, FLOOR_STATIC, OURS, OURS_STATIC].contains(&&*case.name);
    if !is_shown || (case.task != task && case.program != Program::True) {
        return None;
    }
    Some(Bar { name: case.name.replace(" json", ""), class, ms: timing.figure.as_ref().ok()?.median * 1000.0 })
}

/// Maps milliseconds to a horizontal position.
struct Scale {
    from: f64,
    to: f64,
}

impl Scale {
    /// Begins below the least value and ends at a power of ten.
    fn new(least: f64, most: f64) -> Self {
        let from = if least.is_finite() { (least / 2.0).log10() } else { -1.0 };
        Self { from, to: most.max(1.0).log10().ceil() }
    }

    fn at(&self, ms: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (ms.log10() - self.from) / (self.to - self.from).max(1.0)
    }

    /// The powers of ten.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let range = self.from..=self.to;
        (-3..=7).map(f64::from).filter(move |power| range.contains(power)).map(|power| 10_f64.powf(power))
    }
}

/// Draws a part below `top`; the position of its end.
fn draw(drawn: &mut String, scale: &Scale, title: &str, bars: &[Bar], top: f64) -> f64 {
    let first = top + 28.0;
    let bottom = first + ROW * as_float(bars.len());
    let _ = writeln!(
        drawn,
        "<text class=\"title\" x=\"0\" y=\"{0}\">{title}</text>\
         <text class=\"small\" x=\"{LEFT}\" y=\"{0}\">ms, on a logarithmic scale · times /bin/true</text>",
        top + 14.0
    );
    for ms in scale.ticks() {
        let x = scale.at(ms);
        let label = if ms < 1.0 { ms.to_string() } else { number(ms, 0) };
        let _ = writeln!(
            drawn,
            "<path class=\"grid\" d=\"M{x:.1} {first}V{bottom}\"/>\
             <text class=\"small\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label} ms</text>",
            bottom + 14.0
        );
    }
    let baseline = bars.iter().find(|bar| bar.name == TRUE).map(|bar| bar.ms);
    let mut y = first;
    for bar in bars {
        let (end, middle) = (scale.at(bar.ms), y + ROW / 2.0 + 4.0);
        let times = baseline.map_or_else(String::new, |baseline| format!(" · {} ×", number(bar.ms / baseline, 1)));
        let figure = number(bar.ms, if bar.ms < 10.0 { 2 } else { 0 });
        let _ = writeln!(
            drawn,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{}\" x=\"{LEFT}\" y=\"{}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>\
             <text class=\"small\" x=\"{:.1}\" y=\"{middle}\">{figure} ms{times}</text>",
            LEFT - 8.0,
            bar.name.replace('&', "&amp;").replace('<', "&lt;"),
            bar.class,
            y + (ROW - BAR) / 2.0,
            end - LEFT,
            end + 6.0
        );
        y += ROW;
    }
    bottom + 34.0
}
