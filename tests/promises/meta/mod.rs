//! The code, its dependencies, its cost and the page of promises.

mod arrows;
#[cfg(target_os = "linux")]
mod cost;
mod documentation;
mod fuzzed;
mod page;
mod profile_schema;
mod static_build;
mod supply;
mod workflows;
