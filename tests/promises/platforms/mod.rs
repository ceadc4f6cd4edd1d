//! The program for Windows, run by Wine. `tests/platforms/check` builds it and sets these variables; without them the
//! tests are skipped.

mod windows;
mod windows_callers;
mod windows_inputs;
mod windows_trouble;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::clients::skip;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::terminal::Person;
use crate::support::{Home, PRIVATE_KEY, Ran, has_client, jwt};

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
        let windows = Self { program: program?, home: Home::new() };
        fs::create_dir(windows.home.path("bin")).unwrap();
        Some(windows)
    }

    /// With the profile `default`, and its endpoint.
    fn with_profile() -> Option<(Self, Endpoint)> {
        let windows = Self::new()?;
        let endpoint = Endpoint::tokens(DAY);
        windows.home.oauth_at(&endpoint);
        Some((windows, endpoint))
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
        command.arg(program).envs(self.variables());
        command
    }

    fn variables(&self) -> [(&'static str, String); 6] {
        [
            // Wine reads arguments as UTF-8.
            ("LC_ALL", "C.UTF-8".into()),
            ("WINEPREFIX", std::env::var("WINEPREFIX").unwrap()),
            ("WINEDEBUG", "-all".into()),
            ("WINEPATH", self.path("bin")),
            ("JWT_CREDENTIAL_CONFIG_DIR", self.path("config")),
            ("JWT_CREDENTIAL_CACHE_DIR", self.path("cache")),
        ]
    }

    /// A program with these arguments at a console.
    fn at_console(&self, line: &[&str]) -> Option<Person<'_>> {
        let variables = self.variables().map(|(name, value)| format!("{name}={value}"));
        let words = variables.iter().map(String::as_str).chain([WINE]).chain(line.iter().copied());
        Person::runs(&self.home, &["env"].into_iter().chain(words).collect::<Vec<_>>())
    }

    /// Compiles a program to `bin/NAME.exe`, which is on the PATH. `false` without a compiler.
    fn compile(&self, name: &str, source: &str) -> bool {
        const COMPILER: &str = "x86_64-w64-mingw32-gcc";
        if !has_client(COMPILER) {
            return false;
        }
        let source = self.home.write(&format!("{name}.c"), source, 0o600);
        let mut build = Command::new(COMPILER);
        build.arg("-municode").arg("-o").arg(self.home.path(format!("bin/{name}.exe"))).arg(source);
        assert!(build.status().unwrap().success());
        true
    }

    fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        ran(&mut self.command(args))
    }

    /// A call at a console that asks for the passphrase of the profile's key, `correct horse`. These programs start it.
    fn at_a_passphrase(&self, by: &[&str], endpoint: &Endpoint) -> Option<Person<'_>> {
        self.home.write("config/profiles/private.key", &self.encrypted_key()?, 0o600);
        let mut profile = jwt(&endpoint.origin());
        profile.as_object_mut().unwrap().remove("certificate");
        self.home.profile("default", &profile);
        self.at_console(&[by, &[self.program.as_str(), "token"]].concat())
    }

    /// The key, encrypted with the passphrase `correct horse`.
    fn encrypted_key(&self) -> Option<String> {
        if !has_client("openssl") {
            return None;
        }
        let plain = self.home.write("plain.key", PRIVATE_KEY, 0o600);
        let mut openssl = self.home.program("openssl");
        openssl.args(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:correct horse", "-in"]);
        Some(String::from_utf8(openssl.arg(plain).output().unwrap().stdout).unwrap())
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
