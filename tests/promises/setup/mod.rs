//! A newcomer's first commands: `mock` and `init`.

mod every_provider;
mod first_run;
mod no_terminal;
mod questions;
mod questions_interrupted;
mod mock;
