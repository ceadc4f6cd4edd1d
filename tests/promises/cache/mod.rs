//! When a cached token is used, how long it lives, and what a clock that jumps does to it.

mod cached;
mod clocks;
mod freshness;
