//! Profiles: where their values come from, and how mistakes in them are reported.

mod chains;
mod checks;
mod description;
mod errors;
mod interactive;
mod listing;
mod values;
