//! A newcomer's first commands: `sandbox` and `init`.

mod first_run;
mod no_terminal;
mod questions;
mod questions_interrupted;
mod sandbox;
