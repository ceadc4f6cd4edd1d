//! A newcomer's first commands: `mock` and `init`.

mod first_run;
mod no_terminal;
mod questions;
mod questions_interrupted;
mod mock;
