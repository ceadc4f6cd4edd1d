//! Measures what a token costs with jwt-credential, with an ordinary Rust program, and with other tools.
//! `tests/bench/run` builds the programs and starts this one, which writes `RESULTS.md` and `results.svg`.

mod call;
mod endpoint;
mod goals;
mod machine;
mod options;
mod peers;
mod picture;
mod results;
mod size;
mod stage;
mod stampede;
mod table;
mod timing;

use std::fs;
use std::path::Path;

use options::Options;
use results::Results;

/// A measured value, or the reason for its absence.
type Figure<T> = Result<T, String>;

const DIRECTORY: &str = env!("CARGO_MANIFEST_DIR");

fn main() {
    let options = Options::parse(std::env::args().skip(1)).expect("arguments of tests/bench/run");
    let results = Results::measure(&options);
    let directory = Path::new(DIRECTORY);
    fs::write(directory.join("results.svg"), picture::svg(&results)).unwrap();
    fs::write(directory.join("RESULTS.md"), table::page(&results)).unwrap();
    println!("{}", table::goals(&results));
    eprintln!("written: tests/bench/RESULTS.md and tests/bench/results.svg");
}
