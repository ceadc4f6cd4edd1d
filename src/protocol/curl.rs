//! curl, in two forms: config lines for `curl -K`, and `curl -- ARGS`, which becomes curl.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::fd::AsRawFd as _;
use std::process::Command;

use rustix::io::FdFlags;
use rustix::pipe::PipeFlags;

use super::become_program::become_program;
use super::{Credential, Protocol, Tokens, Want};
use crate::call::Call;
use crate::error::{Error, Kind};
use crate::verb::Verb;

pub(super) static PROTOCOL: Protocol = Protocol {
    verb: Verb {
        name: "curl",
        about: "config lines for curl -K; with -- ARGS: curl itself, with the headers",
        options: Vec::new,
        rest: Some("ARGS"),
    },
    serve,
};

/// What a pipe takes before anybody reads it (pipe(7)).
const PIPE_HOLDS: usize = 64 * 1024;

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<(), Error> {
    let want = Want::default();
    if !call.rest.is_empty() {
        return Err(become_curl(&tokens.get(&want)?, &call.rest)?);
    }
    match tokens.get(&want) {
        Ok(credential) => call.write(&config(&credential)),
        Err(error) => {
            // A shell loses our exit code in `curl -K <(…)`: with every protocol forbidden, curl sends nothing.
            let _ = call.write("proto = \"-all\"\n");
            Err(error)
        }
    }
}

/// Headers as lines of a config file (curl(1), `--config`).
fn config(credential: &Credential) -> String {
    let mut text = String::new();
    for (name, value) in &credential.headers {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(text, "header = \"{name}: {value}\"");
    }
    text
}

/// Becomes curl, which reads the headers from a pipe that it inherits: they stand in no process list. Returns
/// only the failure to do so.
fn become_curl(credential: &Credential, args: &[OsString]) -> Result<Error, Error> {
    let config = config(credential);
    let failed = |what: String| Error::new(Kind::Other, format!("the headers could not be handed to curl: {what}"));
    if config.len() > PIPE_HOLDS {
        return Err(failed("they are longer than a pipe holds".into()));
    }
    let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(|error| failed(error.to_string()))?;
    rustix::io::write(&writer, config.as_bytes()).map_err(|error| failed(error.to_string()))?;
    drop(writer);
    rustix::io::fcntl_setfd(&reader, FdFlags::empty()).map_err(|error| failed(error.to_string()))?;
    let mut curl = Command::new("curl");
    // `--disable` (skip ~/.curlrc) works in the first place only.
    let disable = args.first().filter(|arg| *arg == "-q" || *arg == "--disable");
    curl.args(disable)
        .arg("-K")
        .arg(format!("/dev/fd/{}", reader.as_raw_fd()))
        .args(&args[usize::from(disable.is_some())..]);
    Ok(become_program(curl, credential))
}
