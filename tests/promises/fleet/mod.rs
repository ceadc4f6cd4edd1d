//! Machines that share a token through Redis. A machine is a cache directory of its own, and in
//! `namespaces` a network of its own too.

mod bad_input;
mod crowds;
mod faults;
mod namespaces;
mod pages;
mod removal;
mod secrets;
mod servers;
mod sharing;

use std::process::Command;

use crate::support::endpoint::Endpoint;
use crate::support::redis::Redis;
use crate::support::{Home, oauth};

const VARIABLE: &str = "JWT_CREDENTIAL_SHARED_CACHE";

/// Any number of machines with the profile `default`, and their Redis server.
struct Fleet {
    home: Home,
    redis: Redis,
}

impl Fleet {
    /// With the OAuth grant at this endpoint. `None` if the machine has no `redis-server`.
    fn new(endpoint: &Endpoint) -> Option<Self> {
        Self::with(Home::new(), endpoint, &[])
    }

    /// The same in this home, with these arguments of redis-server.
    fn with(home: Home, endpoint: &Endpoint, arguments: &[&str]) -> Option<Self> {
        home.profile("default", &oauth(&endpoint.origin()));
        let redis = Redis::start_with(&home, arguments)?;
        Some(Self { home, redis })
    }

    /// The binary on the machine of this number.
    fn on(&self, machine: usize, args: &[&str]) -> Command {
        on(&self.home, &self.redis.url(), machine, args)
    }
}

/// The binary on the machine of this number, with this shared cache. A long timeout gives a busy machine the time to
/// talk to the server.
fn on(home: &Home, url: &str, machine: usize, args: &[&str]) -> Command {
    let mut command = home.command(args);
    command.env("JWT_CREDENTIAL_CACHE_DIR", home.path(format!("machine-{machine}"))).env(VARIABLE, url);
    command.env("JWT_CREDENTIAL_TIMEOUT", "60s");
    command
}
