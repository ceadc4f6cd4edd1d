//! An imitation of Adobe's IMS on a loopback port, with throwaway profiles: what a newcomer runs first, and what
//! users' own CI can run.

mod client;
mod form;
mod gateway;
mod ims;
mod server;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command as Process;

use clap::{Arg, ArgAction};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tempfile::TempDir;

use super::Command;
use crate::call::Call;
use crate::environment;
use crate::error::{Error, Kind};
use crate::verb::Verb;
use server::Server;

pub(super) static COMMAND: Command = Command {
    verb: Verb::new("sandbox", "an imitation of Adobe's IMS: mints one token there, or runs CMD against it")
        .with(options)
        .and_rest("CMD ARGS"),
    run,
};

/// Where the sandbox is, for the programs that run against it: an origin. Its API is below `/api`.
const WHERE: &str = "JWT_CREDENTIAL_SANDBOX";

fn options() -> Vec<Arg> {
    vec![
        Arg::new("serve")
            .long("serve")
            .action(ArgAction::SetTrue)
            .help("Stay up until interrupted, and print how to use it"),
        Arg::new("port")
            .long("port")
            .value_name("N")
            .value_parser(clap::value_parser!(u16))
            .default_value("0")
            .help("The loopback port; any free one unless given"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    let port = call.matches.get_one::<u16>("port").copied().unwrap_or(0);
    let server = Server::start(port).map_err(|error| {
        failed(&format!("cannot listen on 127.0.0.1:{port}: {error}")).hint("another --port, or none")
    })?;
    let house = House::build(&server).map_err(|error| failed(&format!("cannot make its directory: {error}")))?;
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| failed(&error.to_string()))?;
    if call.has("serve") {
        return serve(call, &house, signals);
    }
    let mut process = Process::new(call.rest.first().map_or(house.program().into(), OsString::clone));
    if call.rest.is_empty() {
        process.arg("json").args(call.has("verbose").then_some("--verbose"));
    } else {
        process.args(&call.rest[1..]);
    }
    // Nothing of the user's own settings may lead out of the sandbox.
    for name in environment::names_starting("JWT_CREDENTIAL_") {
        process.env_remove(name);
    }
    process.envs(house.environment(call));
    become_parent(process, signals)
}

/// Waits for the program, and hands on the signals that end us: the directory is then removed.
fn become_parent(mut process: Process, mut signals: Signals) -> Result<u8, Error> {
    let shown = process.get_program().display().to_string();
    let mut child =
        process.spawn().map_err(|error| failed(&format!("cannot run {shown}: {error}")).or_exits_with(127))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // The terminal sends SIGINT to the program as well.
            if let Some(pid) = pid.filter(|_| signal != SIGINT) {
                let _ = kill_process(pid, Signal::TERM);
            }
        }
    });
    let status = child.wait().map_err(|error| failed(&format!("cannot wait for {shown}: {error}")))?;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}

fn serve(call: &Call, house: &House, mut signals: Signals) -> Result<u8, Error> {
    let mut text =
        format!("# An imitation of Adobe's IMS is up at {}, until Ctrl-C. In another shell:\n", house.origin);
    for (name, value) in house.variables(call) {
        let _ = writeln!(text, "export {name}='{}'", value.display());
    }
    text += "# jwt-credential json\n# jwt-credential curl -- -s \"$JWT_CREDENTIAL_SANDBOX/api/hello\"\n";
    call.write(&text)?;
    signals.forever().next();
    Ok(0)
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Other, format!("the sandbox {what}"))
}

/// The sandbox's directory: profiles, cache, and the program itself under its own name.
struct House {
    directory: TempDir,
    origin: String,
}

impl House {
    fn build(server: &Server) -> std::io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("jwt-credential-sandbox-").tempdir()?;
        let house = Self { directory, origin: server.origin() };
        for part in ["config", "bin"] {
            std::fs::create_dir(house.path(part))?;
        }
        client::write_profiles(&house.path("config"), &house.origin)?;
        std::os::unix::fs::symlink(std::env::current_exe()?, house.program())?;
        Ok(house)
    }

    fn path(&self, part: &str) -> PathBuf {
        self.directory.path().join(part)
    }

    fn program(&self) -> PathBuf {
        self.path("bin").join("jwt-credential")
    }

    /// What the sandbox sets of our own variables.
    fn variables(&self, call: &Call) -> Vec<(&'static str, OsString)> {
        let asked = call.options.profile.clone().filter(|_| !call.options.profile_by_variable);
        vec![
            ("JWT_CREDENTIAL_CONFIG_DIR", self.path("config").into()),
            ("JWT_CREDENTIAL_CACHE_DIR", self.path("cache").into()),
            ("JWT_CREDENTIAL_PROFILE", asked.unwrap_or_else(|| client::FIRST_PROFILE.into())),
            (WHERE, self.origin.clone().into()),
        ]
    }

    /// The same, and the program itself first on the path.
    fn environment(&self, call: &Call) -> Vec<(&'static str, OsString)> {
        let mut path = OsString::from(self.path("bin"));
        if let Some(old) = environment::raw("PATH") {
            path.push(":");
            path.push(old);
        }
        let mut variables = self.variables(call);
        variables.push(("PATH", path));
        variables
    }
}
