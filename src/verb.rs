//! What the command line knows of a row.

use clap::Arg;

/// The word that calls a row, and what may stand behind it.
pub struct Verb {
    /// The word that calls it.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Its own options.
    pub options: fn() -> Vec<Arg>,
    /// What may stand after `--`.
    pub rest: Option<&'static str>,
}
