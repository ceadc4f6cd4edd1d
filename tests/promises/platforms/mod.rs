//! The program for Windows, run by Wine. `tests/platforms/check` builds it and sets these variables; without them the
//! tests are skipped.

mod windows;
mod windows_callers;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::clients::skip;
use crate::support::{Home, Ran};

/// The path of `jwt-credential.exe`.
const PROGRAM: &str = "WINDOWS_PROGRAM";
/// The directory of `kubectl.exe` and `rclone.exe`.
const CLIENTS: &str = "WINDOWS_CLIENTS";
const WINE: &str = "/usr/lib/wine/wine64";

/// A user of Windows.
struct Windows {
    home: Home,
    program: String,
}

impl Windows {
    fn new() -> Option<Self> {
        let program = std::env::var(PROGRAM).ok();
        if program.is_none() {
            skip("the program for Windows, and Wine (tests/platforms/check)");
        }
        Some(Self { program: program?, home: Home::new() })
    }

    /// The program with these arguments.
    fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.other(&self.program);
        command.args(args);
        command
    }

    /// Another program for Windows.
    fn other(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.home.program(WINE);
        command
            .arg(program)
            .env("WINEPREFIX", std::env::var("WINEPREFIX").unwrap())
            .env("WINEDEBUG", "-all")
            .env("WINEPATH", self.path("bin"))
            .env("JWT_CREDENTIAL_CONFIG_DIR", self.path("config"))
            .env("JWT_CREDENTIAL_CACHE_DIR", self.path("cache"));
        command
    }

    fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        ran(&mut self.command(args))
    }

    /// A path below the home, as Windows has it.
    fn path(&self, part: &str) -> String {
        windows_path(&self.home.path(part))
    }
}

/// The result with the line ends of this platform.
fn ran(command: &mut Command) -> Ran {
    let ran = Ran::of(command);
    Ran { stdout: ran.stdout.replace("\r\n", "\n"), ..ran }
}

fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// A client program for Windows, if it could be had.
fn client(name: &str) -> Option<PathBuf> {
    let file = std::env::var_os(CLIENTS).map(|directory| Path::new(&directory).join(name)).filter(|file| file.exists());
    if file.is_none() {
        skip(name);
    }
    file
}
