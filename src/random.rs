//! Random bytes and jitter.

use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};

/// Random bytes from the system; zeros if it has none, since no secret depends on them.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}

/// A random time from `least` to `most`.
pub fn between(least: Duration, most: Duration) -> Duration {
    let part = u32::from(u16::from_le_bytes(bytes()));
    least + most.saturating_sub(least) * part / u32::from(u16::MAX)
}
