//! The clock that counts from the start of the machine, and the machine's name.

use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};

/// The time since the machine started, its sleep included. It is comparable only under the same [`boot_id`].
#[cfg(target_os = "linux")]
pub fn time_since_boot() -> Duration {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::Boottime)).unwrap_or_default()
}

/// Other systems have no `boot_id`.
#[cfg(not(target_os = "linux"))]
pub fn time_since_boot() -> Duration {
    Duration::ZERO
}

/// The kernel's name for this start of the machine (random(4)); empty on systems without one. One small read: std would
/// make four system calls.
pub fn boot_id() -> String {
    let mut id = [0_u8; 36];
    let read = open("/proc/sys/kernel/random/boot_id", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .and_then(|file| rustix::io::read(&file, &mut id));
    match read {
        Ok(36) => String::from_utf8_lossy(&id).into_owned(),
        _ => String::new(),
    }
}

/// The machine's name in the network. It need not be text: it only tells machines apart.
pub fn host_name() -> Vec<u8> {
    rustix::system::uname().nodename().to_bytes().to_vec()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_boot_clock_is_the_kernels() {
        let read = |file: &str| std::fs::read_to_string(file).unwrap();
        let uptime: f64 = read("/proc/uptime").split_whitespace().next().unwrap().parse().unwrap();
        assert!((time_since_boot().as_secs_f64() - uptime).abs() < 30.0, "{uptime}");
        assert_eq!(boot_id(), read("/proc/sys/kernel/random/boot_id").trim());
    }
}
