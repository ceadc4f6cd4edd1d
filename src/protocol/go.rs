//! The go command's GOAUTH. <https://go.dev/ref/mod#private-module-proxy-auth>, `go help goauth`

use std::fmt::Write as _;
use std::time::Duration;

use clap::Arg;

use super::stdin::Stdin;
use super::{Audience, Protocol};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::host::Origin;
use crate::tokens::{Credential, Rejected, Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    spec: CommandSpec::new("go", "the go command, as GOAUTH").with(options),
    called: &[],
    audience: Audience::Issuer,
    trigger: None,
    serve,
};

/// go has many requests under way, tells of each that came back with 401, and not which token it had.
const UNDER_WAY: Duration = Duration::from_secs(30);

fn options() -> Vec<Arg> {
    vec![Arg::new("url").value_name("URL").help("What go could not fetch; the server's answer is on standard input")]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    match call.value("url") {
        None => before_all(call, tokens),
        Some(url) => after_refusal(call, tokens, &Origin::of_url(url)),
    }
}

/// Before its first request go asks without a URL: the servers that the named profile names have their headers.
fn before_all(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let mut blocks = String::new();
    for server in tokens.servers()?.into_iter().filter(Origin::is_https) {
        if let Some(credential) = tokens.get(&Want::without_margin().at(Ok(server.clone())))? {
            blocks += &block(&server, &credential);
        }
    }
    call.answer(&blocks)
}

/// With a URL go asks after any 4xx, and a missing module is one. Only 401 says that a token is no good, and only of a
/// server that had one from the first.
fn after_refusal(call: &Call, tokens: &dyn Tokens, server: &Result<Origin, String>) -> Result<u8, Error> {
    let status = Stdin::within(call.deadline.remaining()).line()?.unwrap_or_default();
    let is_unauthorized = status.split(' ').nth(1) == Some("401");
    let had_one = server.as_ref().is_ok_and(|server| tokens.servers().is_ok_and(|named| named.contains(server)));
    match (had_one, is_unauthorized) {
        (true, true) => {
            tokens.forget(&Want { rejected: Rejected::OlderThan(UNDER_WAY), ..Want::default().at(server.clone()) })?;
        }
        // The same headers again would change nothing.
        (true, false) => return Ok(0),
        (false, _) => {}
    }
    let credential = tokens.get(&Want::without_margin().at(server.clone()))?;
    match (credential, server) {
        (Some(credential), Ok(server)) => call.answer(&block(server, &credential)),
        _ => Ok(0),
    }
}

/// The URL that the headers are for, an empty line, the headers, an empty line.
fn block(server: &Origin, credential: &Credential) -> String {
    let mut text = format!("{server}\n\n");
    for (name, value) in &credential.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    text + "\n"
}
