//! What users rely on, one file for each promise: the built binary, real loopback servers, real client tools.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests write ordinary files")]
#![expect(clippy::print_stderr, reason = "skips and measured times are said on the test's own output")]

mod support;

mod arrows;
mod asking;
mod asking_broken_off;
mod asking_nobody;
mod asking_passphrase;
mod bad_answers;
mod bad_input;
mod bad_places;
#[cfg(target_os = "linux")]
mod bare_machine;
mod cached;
mod certificates;
mod clocks;
mod command_line;
mod cool_down;
#[cfg(target_os = "linux")]
mod cost;
mod exchange;
mod faults;
mod first_run;
mod formats;
mod full_disk;
mod fuzzed;
mod hostile_endpoint;
mod hosts;
mod hosts_by_tool;
mod hosts_hostile;
mod importing;
mod importing_badly;
mod importing_keys;
mod importing_lines;
#[cfg(target_os = "linux")]
mod input;
mod integrations;
mod interrupted;
mod keys;
mod lint;
mod listing;
mod modes;
mod narrowing;
mod network;
#[cfg(target_os = "linux")]
mod network_limits;
mod odd_places;
mod output;
mod page;
mod patience;
mod refusals;
mod replacing;
mod replacing_safely;
mod rotation;
mod secrets;
mod shapes;
mod shapes_hostile;
mod shapes_imported;
mod shapes_odd;
mod stampede;
mod stampede_refused;
mod static_build;
mod supply;
mod tls;
mod tools;
mod transcripts;
mod trust;
mod values;
mod zones;
