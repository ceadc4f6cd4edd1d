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
use rustix::termios::isatty;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tempfile::TempDir;

use super::Command;
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::environment::SANDBOX;
use crate::error::{Error, Kind};
use crate::{clock, environment, grant, private_file};
use server::Server;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec {
        ignores_settings: true,
        ..CommandSpec::new("sandbox", "an imitation of Adobe's IMS: mints one token there, or runs CMD against it")
            .with(options)
            .taking(&["profile", "min-ttl", "refresh", "no-cache"])
            .and_rest("CMD ARGS")
    },
    run,
};

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
        Arg::new("without")
            .long("without")
            .value_name("GRANT")
            .value_parser(grant::ALL.map(|grant| grant.schema.grant))
            .help("That endpoint fails, as Adobe's JWT endpoint does for a credential that was migrated"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
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
    let house = House::build(&server).map_err(|error| failed(&format!("cannot make its directory: {error}")))?;
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| failed(&error.to_string()))?;
    if call.has("serve") {
        return serve(call, &house, signals);
    }
    let mut process = match call.rest.as_deref().unwrap_or_default() {
        [] => house.one_token(call),
        [program, args @ ..] => {
            let mut process = Process::new(program);
            process.args(args);
            process
        }
    };
    // Nothing of the user's own settings may lead out of the sandbox.
    for name in environment::names_starting("JWT_CREDENTIAL_") {
        process.env_remove(name);
    }
    process.envs(house.environment(call));
    accompany(process, signals)
}

/// Waits for the program, and hands on the signals that end us: the directory is then removed.
fn accompany(mut process: Process, mut signals: Signals) -> Result<u8, Error> {
    let shown = process.get_program().display().to_string();
    let mut child = process.spawn().map_err(|error| Error::cannot_run(process.get_program(), &error))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // A terminal sends SIGINT to the program as well.
            let send = match signal {
                SIGINT if isatty(std::io::stdin()) => continue,
                SIGINT => Signal::INT,
                _ => Signal::TERM,
            };
            if let Some(pid) = pid {
                let _ = kill_process(pid, send);
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
        let directory = private_file::temporary_directory("jwt-credential-sandbox-")?;
        let house = Self { directory, origin: server.origin() };
        for part in ["config", "bin"] {
            private_file::make_directories(&house.path(part))?;
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

    /// The program itself, to print one token.
    fn one_token(&self, call: &Call) -> Process {
        let mut process = Process::new(self.program());
        let switches = [("--no-cache", call.options.no_cache), ("--verbose", call.log.is_verbose())];
        process.arg("json").args(switches.iter().filter(|(_, on)| *on).map(|(switch, _)| switch));
        process
    }

    /// What the sandbox sets of our own variables: where everything is, and the options that it was called with.
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

    /// The same, and the program itself first on the path.
    fn environment(&self, call: &Call) -> Vec<(&'static str, OsString)> {
        let mut path = OsString::from(self.path("bin"));
        if let Some(old) = environment::raw("PATH") {
            path.push(":");
            path.push(old);
        }
        let mut variables = self.variables(call);
        variables.push(("PATH", path));
        // The program's own curl shall find the sandbox, whatever proxy leads out of here.
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
