//! Parses the command line `json` as jwt-credential does, and prints the nanoseconds that this took. It does so once,
//! since a call pays for a cold start.

use std::time::Instant;

use jwt_credential::cli::Line;

fn main() {
    let started = Instant::now();
    let line = Line::new("jwt-credential".as_ref(), ["json".into()].into_iter());
    let call = line.parse(started);
    let took = started.elapsed();
    assert!(call.is_ok());
    println!("{}", took.as_nanos());
}
