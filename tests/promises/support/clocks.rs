//! Clocks that a test sets, for the built binary as it is: it asks the kernel's own page for the time and no library,
//! so that `clocks.c` writes another function over that page's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Home, has_client};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;
pub(crate) const YEAR: i64 = 365 * DAY;

/// A wall clock and a boot clock, so many seconds off the machine's.
pub(crate) struct Clocks {
    file: PathBuf,
}

impl Clocks {
    /// Those of this home, right at first. `None` where there is no compiler to make them with.
    pub(crate) fn new(home: &Home) -> Option<Self> {
        shim()?;
        let clocks = Self { file: home.path("clocks") };
        clocks.set(0, 0);
        Some(clocks)
    }

    /// Sets both, for processes that run as well.
    pub(crate) fn set(&self, wall: i64, boot: i64) {
        let added = [wall, boot].map(|seconds| (seconds * 1_000_000_000).to_le_bytes());
        // The file is mapped: its bytes are written over, and it is not made anew.
        let file = fs::File::options().write(true).create(true).truncate(false).open(&self.file).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &added.concat(), 0).unwrap();
    }

    /// Has a command go by these clocks.
    pub(crate) fn rule<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LD_PRELOAD", shim().unwrap()).env("CLOCKS", &self.file)
    }
}

/// How far this time, in seconds since 1970, lies ahead.
pub(crate) fn until(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    seconds - i64::try_from(now).unwrap()
}

/// The compiled file, made once.
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
