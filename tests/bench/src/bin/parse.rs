//! Parses the command line `json`, once, since a call pays for a cold start, and prints the nanoseconds that this took:
//! as jwt-credential does, or with the argument `flat`, by clap with the same options and no commands. The difference is
//! the price of the tree of commands.

use std::time::Instant;

use clap::{Arg, ArgAction, Command};
use jwt_credential::cli::CommandLine;

fn main() {
    let is_flat = std::env::args().nth(1).is_some_and(|word| word == "flat");
    let started = Instant::now();
    if is_flat {
        let parsed = flat().try_get_matches_from(["jwt-credential", "json"]);
        assert!(parsed.is_ok());
    } else {
        let line = CommandLine::new("jwt-credential".as_ref(), ["json".into()].into_iter());
        let call = line.parse(started);
        assert!(call.is_ok());
    }
    println!("{}", started.elapsed().as_nanos());
}

/// The options that `json` takes.
fn flat() -> Command {
    let option = |name: &'static str| Arg::new(name).long(name).value_name("VALUE").help("What it means");
    let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help("What it means");
    Command::new("jwt-credential")
        .arg(Arg::new("command"))
        .args(["profile", "min-ttl", "for", "scope", "timeout"].map(option))
        .args(["refresh", "no-cache", "verbose"].map(switch))
}
