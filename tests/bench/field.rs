//! What a token costs, beside an ordinary program that does the least and beside what others take for it:
//! `tests/bench/run` calls this, and it writes `tests/bench/RESULTS.md` and `tests/bench/results.svg`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "what is measured here lies in ordinary files")]
#![expect(clippy::print_stderr, reason = "it takes minutes, and says how far it is")]

#[path = "../promises/support/mod.rs"]
#[expect(dead_code, reason = "of the tests' surroundings a home, an endpoint and a CA are enough here")]
mod support;

mod bounded;
mod call;
mod case;
mod crowd;
mod goals;
mod ims;
mod machine;
mod measure;
mod options;
mod peers;
mod picture;
mod results;
mod stage;
mod stampede;
mod table;
mod weigh;

use options::Options;
use results::Results;

const PLACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench");

fn main() {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("tests/bench/run builds what is measured here, and calls this");
        return;
    };
    let results = Results::measure(&options);
    std::fs::write(format!("{PLACE}/results.svg"), picture::svg(&results)).unwrap();
    std::fs::write(format!("{PLACE}/RESULTS.md"), table::page(&results)).unwrap();
    eprintln!("tests/bench/RESULTS.md and tests/bench/results.svg are written");
}
