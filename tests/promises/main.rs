//! The promises of `tests/PROMISES.md`, tested with the built binary, real loopback servers and real client tools. Each
//! folder is one subject.
// They drive Unix tools; the tests in `platforms` run the program for Windows.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests write ordinary files")]
#![expect(clippy::print_stderr, reason = "skipped tests and measured times are printed")]
#![cfg_attr(not(target_os = "linux"), allow(unused_imports, dead_code, reason = "some tests need Linux"))]

mod support;

// The commands.
mod cli;
mod import;
mod doctor;
mod setup;
mod tools;
// Profiles and servers.
mod hosts;
mod keys;
mod lifecycle;
mod profile;
// Tokens.
mod cache;
mod issuers;
mod network;
mod fleet;
mod parallel;
// Safety.
mod faults;
mod files;
mod secrets;
// Other platforms.
mod platforms;
// The code itself.
mod meta;
