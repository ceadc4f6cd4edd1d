//! Real client tools, each against a server of its own kind on this machine.

mod cargo;
mod docker;
mod git;
mod kubectl;
mod link;
