//! The machine's name. Windows has no name for a start of the machine, so that only the wall clock counts.

use std::time::Duration;

use crate::environment;

pub fn time_since_boot() -> Duration {
    Duration::ZERO
}

/// Empty: the time since boot is not comparable.
pub fn boot_id() -> String {
    String::new()
}

/// The machine's name in the network.
pub fn host_name() -> Vec<u8> {
    environment::raw("COMPUTERNAME").unwrap_or_default().into_encoded_bytes()
}
