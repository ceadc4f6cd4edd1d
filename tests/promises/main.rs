//! What users rely on, one file for each promise: the built binary, real loopback servers, real client tools.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests write ordinary files")]
#![expect(clippy::print_stderr, reason = "skips and measured times are said on the test's own output")]

mod support;

mod bad_answers;
mod bad_input;
mod bad_places;
mod cached;
mod certificates;
mod command_line;
mod exchange;
mod first_run;
mod formats;
mod full_disk;
mod integrations;
mod keys;
mod listing;
mod network;
mod patience;
mod refusals;
mod rotation;
mod stampede;
mod tls;
mod tools;
mod transcripts;
mod values;
mod zones;
