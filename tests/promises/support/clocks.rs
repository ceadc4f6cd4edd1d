//! Clocks that a test sets, for the unchanged binary. The binary takes the time from the kernel's vDSO page and not
//! from a library, so `clocks.c` overwrites the function in that page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Home, has_client};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;
pub(crate) const YEAR: i64 = 365 * DAY;

/// A wall clock and a boot clock, each with an offset in seconds.
pub(crate) struct Clocks {
    file: PathBuf,
}

impl Clocks {
    /// The clocks of this home, at first without an offset. `None` without a C compiler.
    pub(crate) fn new(home: &Home) -> Option<Self> {
        shim()?;
        let clocks = Self { file: home.path("clocks") };
        clocks.set(0, 0);
        Some(clocks)
    }

    /// Sets both clocks, also for running processes.
    pub(crate) fn set(&self, wall: i64, boot: i64) {
        let added = [wall, boot].map(|seconds| (seconds * 1_000_000_000).to_le_bytes());
        // Processes have mapped the file, so its bytes are overwritten in place.
        let file = fs::File::options().write(true).create(true).truncate(false).open(&self.file).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &added.concat(), 0).unwrap();
    }

    /// Makes a command use these clocks.
    pub(crate) fn rule<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LD_PRELOAD", shim().unwrap()).env("CLOCKS", &self.file)
    }
}

/// How far this time, in seconds since 1970, is in the future.
pub(crate) fn until(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    seconds - i64::try_from(now).unwrap()
}

/// The compiled library, made once.
fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = SHIM.get_or_init(|| {
        if cfg!(not(target_os = "linux")) || !has_client("gcc") {
            return None;
        }
        let made =
            |ending| Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("clocks-{}.{ending}", std::process::id()));
        let (source, library) = (made("c"), Path::new(env!("CARGO_TARGET_TMPDIR")).join("clocks.so"));
        fs::write(&source, include_str!("clocks.c")).unwrap();
        let compiled =
            Command::new("gcc").args(["-shared", "-fPIC", "-O1", "-o"]).args([&made("so"), &source]).status();
        assert!(compiled.unwrap().success());
        // Another run of the tests may be using it.
        fs::rename(made("so"), &library).unwrap();
        fs::remove_file(source).unwrap();
        Some(library)
    });
    made.as_deref()
}
