//! An imitation of Adobe's IMS on a loopback port, with throwaway profiles: for a first try, and for users' CI.

mod client;
mod form;
mod gateway;
mod ims;
mod request;
mod server;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command as Process;

use tempfile::TempDir;

use crate::call::Call;
use crate::environment::SANDBOX;
use crate::error::{Error, Kind};
use crate::sys::{self, EndSignals};
use crate::{clock, environment};
use server::Server;

pub const ABOUT: &str = "an imitation of Adobe's IMS: mints one token there, or runs CMD against it";
pub const WITHOUT: &str = "That endpoint fails, as Adobe's JWT endpoint does for a credential that was migrated";
pub const GRANTS: [&str; 2] = ["adobe-jwt", "adobe-oauth"];

/// Runs the sandbox until its program ends, or until it is interrupted; the exit code.
pub fn run(call: &Call) -> Result<u8, Error> {
    if let Some(asked) =
        call.options.profile.as_deref().filter(|asked| !client::PROFILES.iter().any(|own| own == asked))
    {
        let shown = asked.display();
        return Err(Error::new(Kind::Usage, format!("the sandbox has no profile \"{shown}\""))
            .hint(format!("its own are: {}", client::PROFILES.join(", "))));
    }
    let hands_on = call.rest.as_ref().is_some_and(|rest| !rest.is_empty());
    if hands_on && (call.has("serve") || call.log.is_verbose() || call.options.no_cache) {
        return Err(Error::new(Kind::Usage, "--serve, --verbose and --no-cache do not go with a program to run")
            .hint("give --verbose and --no-cache to the jwt-credential that the program calls"));
    }
    let port = call.one::<u16>("port").copied().unwrap_or(0);
    let server = Server::start(port, call.value("without")).map_err(|error| {
        failed(&format!("cannot listen on 127.0.0.1:{port}: {error}")).hint("another --port, or none")
    })?;
    let directory =
        SandboxDir::build(&server).map_err(|error| failed(&format!("cannot make its directory: {error}")))?;
    let signals = EndSignals::catch().map_err(|error| failed(&error.to_string()))?;
    if call.has("serve") {
        return serve(call, &directory, signals);
    }
    let mut process = match call.rest.as_deref().unwrap_or_default() {
        [] => directory.one_token(call),
        [program, args @ ..] => {
            let mut process = Process::new(program);
            process.args(args);
            process
        }
    };
    // The user's settings must not lead out of the sandbox.
    for name in environment::names_starting("JWT_CREDENTIAL_") {
        process.env_remove(name);
    }
    process.envs(directory.environment(call));
    accompany(process, signals)
}

/// Waits for the program, and hands on the signals that end us: the directory is then removed.
fn accompany(mut process: Process, signals: EndSignals) -> Result<u8, Error> {
    let shown = process.get_program().display().to_string();
    let mut child = process.spawn().map_err(|error| Error::cannot_run(process.get_program(), &error))?;
    signals.pass_on_to(&child);
    let status = child.wait().map_err(|error| failed(&format!("cannot wait for {shown}: {error}")))?;
    Ok(sys::exit_code(status))
}

fn serve(call: &Call, directory: &SandboxDir, mut signals: EndSignals) -> Result<u8, Error> {
    let mut text =
        format!("# An imitation of Adobe's IMS is up at {}, until Ctrl-C. In another shell:\n", directory.origin);
    for (name, value) in directory.variables(call) {
        let _ = writeln!(text, "export {name}='{}'", value.display());
    }
    text += "# jwt-credential json\n# jwt-credential curl -- -s \"$JWT_CREDENTIAL_SANDBOX/api/hello\"\n";
    call.write(&text)?;
    signals.wait();
    Ok(0)
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Other, format!("the sandbox {what}"))
}

/// A temporary directory with profiles, a cache and a link to the program.
struct SandboxDir {
    directory: TempDir,
    origin: String,
}

impl SandboxDir {
    fn build(server: &Server) -> std::io::Result<Self> {
        let directory = sys::temporary_directory("jwt-credential-sandbox-")?;
        let directory = Self { directory, origin: server.origin() };
        for part in ["config", "bin"] {
            sys::create_directories(&directory.path(part))?;
        }
        client::write_profiles(&directory.path("config"), &directory.origin)?;
        sys::symlink(std::env::current_exe()?, directory.program())?;
        Ok(directory)
    }

    fn path(&self, part: &str) -> PathBuf {
        self.directory.path().join(part)
    }

    fn program(&self) -> PathBuf {
        self.path("bin").join("jwt-credential")
    }

    /// The program, to print one token.
    fn one_token(&self, call: &Call) -> Process {
        let mut process = Process::new(self.program());
        let switches = [("--no-cache", call.options.no_cache), ("--verbose", call.log.is_verbose())];
        process.arg("json").args(switches.iter().filter(|(_, on)| *on).map(|(switch, _)| switch));
        process
    }

    /// Our own variables: the directories, and the options that the sandbox was called with.
    fn variables(&self, call: &Call) -> Vec<(&'static str, OsString)> {
        let options = &call.options;
        let profile = options.profile.clone().unwrap_or_else(|| client::PROFILES[0].into());
        let duration = |time: &Option<_>| time.map(|time| clock::spoken(time).into());
        let asked = [
            ("JWT_CREDENTIAL_MIN_TTL", duration(&options.min_ttl)),
            ("JWT_CREDENTIAL_TIMEOUT", duration(&options.timeout)),
            ("JWT_CREDENTIAL_REFRESH", options.refresh.then(|| "1".into())),
        ];
        let own = [
            ("JWT_CREDENTIAL_CONFIG_DIR", self.path("config").into()),
            ("JWT_CREDENTIAL_CACHE_DIR", self.path("cache").into()),
            ("JWT_CREDENTIAL_PROFILE", profile),
            (SANDBOX, self.origin.clone().into()),
        ];
        own.into_iter().chain(asked.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect()
    }

    /// Our own variables, and the program first on the path.
    fn environment(&self, call: &Call) -> Vec<(&'static str, OsString)> {
        let mut path = OsString::from(self.path("bin"));
        if let Some(old) = environment::raw("PATH") {
            path.push(":");
            path.push(old);
        }
        let mut variables = self.variables(call);
        variables.push(("PATH", path));
        // The program's curl must reach the sandbox without a proxy.
        for name in ["no_proxy", "NO_PROXY"] {
            let mut here = OsString::from("127.0.0.1,localhost");
            if let Some(others) = environment::raw(name) {
                here.push(",");
                here.push(others);
            }
            variables.push((name, here));
        }
        variables
    }
}
