//! When a cached token is used, how long it lives, how a call narrows it, and what a clock that jumps does to it.

mod cached;
mod clocks;
mod freshness;
mod narrowing;
