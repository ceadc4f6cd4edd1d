//! An imitation of Adobe's IMS on a loopback port, with throwaway profiles: for a first try, and for users' CI.

mod client;
mod gateway;
mod ims;
mod request;
mod server;

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::process::Command as Process;
use std::time::Duration;

use tempfile::TempDir;

use crate::call::Call;
use crate::environment::MOCK;
use crate::error::{Error, Kind};
use crate::sys::{self, EndSignals};
use crate::{clock, environment};
use client::PROFILES;

pub const ABOUT: &str = "Run an imitation of Adobe's IMS with throwaway profiles";
pub const WITHOUT: &str = "Make this endpoint fail, as Adobe's does for a credential that was migrated";
/// The life of IMS's tokens.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub const GRANTS: [&str; 2] = ["adobe-jwt", "adobe-oauth"];

/// Runs the mock until its program ends, or until it is interrupted. Returns the exit code.
pub fn run(call: &Call) -> Result<u8, Error> {
    if let Some(asked) = call.options.profile.as_deref().filter(|asked| PROFILES.iter().all(|own| own != asked)) {
        return Err(Error::new(Kind::Usage, format!("the mock has no profile \"{}\"", asked.display()))
            .hint(format!("its own are: {}", PROFILES.join(", "))));
    }
    let command = call.rest.as_deref().and_then(<[_]>::split_first);
    let without_program = [
        ("serve", call.has("serve"), "run the program in another shell, with the variables that --serve prints"),
        ("no-cache", call.options.no_cache, "give --no-cache to the jwt-credential that the program calls"),
    ];
    if let (Some(_), Some((option, _, hint))) = (command, without_program.into_iter().find(|(_, given, _)| *given)) {
        return Err(Error::new(Kind::Usage, format!("--{option} does not go with a program to run")).hint(hint));
    }
    let port = call.one::<u16>("port").copied().unwrap_or(0);
    let life = call.one::<Duration>("ttl").copied().unwrap_or(DAY);
    if life < Duration::from_secs(1) || life > DAY {
        return Err(Error::new(Kind::Usage, "--ttl must be at least 1s and at most 24h"));
    }
    let origin = server::start(port, call.value("without"), life, &call.log).map_err(|error| {
        failed(&format!("cannot listen on 127.0.0.1:{port}: {error}")).hint("another --port, or none")
    })?;
    let directory = MockDir::create(origin).map_err(|error| failed(&format!("cannot make its directory: {error}")))?;
    let signals = EndSignals::catch().map_err(|error| failed(&error.to_string()))?;
    if call.has("serve") {
        return serve(call, &directory, signals);
    }
    let mut process = match command {
        None => directory.one_token(call),
        Some((program, args)) => {
            let mut process = Process::new(program);
            process.args(args);
            process
        }
    };
    // With the user's own settings the program might use another endpoint or cache.
    for name in environment::names_starting("JWT_CREDENTIAL_") {
        process.env_remove(name);
    }
    process.envs(directory.environment(call));
    run_to_end(process, signals)
}

/// Waits for the program, and passes on to it the signals that would end this process: the directory is removed then.
fn run_to_end(mut process: Process, signals: EndSignals) -> Result<u8, Error> {
    let mut child = process.spawn().map_err(|error| Error::cannot_run(process.get_program(), &error))?;
    signals.pass_on_to(&child);
    let shown = process.get_program().display();
    let status = child.wait().map_err(|error| failed(&format!("cannot wait for {shown}: {error}")))?;
    Ok(sys::exit_code(status))
}

fn serve(call: &Call, directory: &MockDir, mut signals: EndSignals) -> Result<u8, Error> {
    let mut text =
        format!("# An imitation of Adobe's IMS is up at {}, until Ctrl-C. In another shell:\n", directory.origin);
    for (name, value) in directory.variables(call) {
        let _ = writeln!(text, "{}", sys::set_variable(name, &value.to_string_lossy()));
    }
    let origin = sys::variable(MOCK);
    let download = sys::shell_word(&directory.path(client::DOWNLOAD).to_string_lossy());
    let _ = writeln!(text, "# jwt-credential json\n# jwt-credential curl -- -s \"{origin}/api/hello\"");
    let _ = writeln!(text, "# jwt-credential import {download} --ims {} --as mine", directory.origin);
    call.write(&text)?;
    signals.wait();
    Ok(0)
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Other, format!("the mock {what}"))
}

/// A temporary directory with profiles, a cache and a link to the program.
struct MockDir {
    directory: TempDir,
    origin: String,
}

impl MockDir {
    fn create(origin: String) -> io::Result<Self> {
        let directory = Self { directory: sys::temporary_directory("jwt-credential-mock-")?, origin };
        for part in ["config/profiles", "config/keys", "bin"] {
            sys::create_directories(&directory.path(part))?;
        }
        client::write_files(directory.directory.path(), &directory.origin)?;
        sys::link_program(environment::own_program()?, directory.program())?;
        Ok(directory)
    }

    fn path(&self, part: &str) -> PathBuf {
        self.directory.path().join(part)
    }

    fn program(&self) -> PathBuf {
        self.path("bin").join(format!("jwt-credential{EXE_SUFFIX}"))
    }

    /// The program, to print one token.
    fn one_token(&self, call: &Call) -> Process {
        let mut process = Process::new(self.program());
        let switches = [("--no-cache", call.options.no_cache), ("--verbose", call.log.is_verbose())];
        process.arg("json").args(switches.iter().filter(|(_, on)| *on).map(|(switch, _)| switch));
        process
    }

    /// The program's variables: its directories, and the options of this call.
    fn variables(&self, call: &Call) -> Vec<(&'static str, OsString)> {
        let options = &call.options;
        let duration = |time: Option<Duration>| time.map(|time| clock::spoken(time).into());
        let variables = [
            ("JWT_CREDENTIAL_CONFIG_DIR", Some(self.path("config").into())),
            ("JWT_CREDENTIAL_CACHE_DIR", Some(self.path("cache").into())),
            ("JWT_CREDENTIAL_PROFILE", Some(options.profile.clone().unwrap_or_else(|| PROFILES[0].into()))),
            (MOCK, Some(self.origin.clone().into())),
            ("JWT_CREDENTIAL_MIN_TTL", duration(options.min_ttl)),
            ("JWT_CREDENTIAL_TIMEOUT", duration(options.timeout)),
            ("JWT_CREDENTIAL_REFRESH", options.refresh.then(|| "1".into())),
        ];
        variables.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The same, with this program first on the path and no proxy on its way to the mock.
    fn environment(&self, call: &Call) -> Vec<(&'static str, OsString)> {
        let before = |name, mut value: OsString, separator: &str| {
            if let Some(others) = environment::raw(name) {
                value.push(separator);
                value.push(others);
            }
            (name, value)
        };
        let mut variables = self.variables(call);
        variables.push(before("PATH", self.path("bin").into(), sys::PATH_SEPARATOR));
        variables.extend(["no_proxy", "NO_PROXY"].map(|name| before(name, "127.0.0.1,localhost".into(), ",")));
        variables
    }
}
