//! The go command's GOAUTH. <https://go.dev/ref/mod#private-module-proxy-auth>, `go help goauth`

use std::fmt::Write as _;
use std::time::Duration;

use clap::Arg;

use super::Protocol;
use super::stdin::Stdin;
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, argument, example};
use crate::error::Error;
use crate::host::Origin;
use crate::tokens::{Credential, Rejected, Tokens, Want};

pub(super) static PROTOCOL: Protocol =
    Protocol::of_tool(CommandSpec::new("go", "go: GOAUTH").with(options).showing(EXAMPLES), &[], serve);

/// go sends many requests at once, and reports each 401 without the token that was rejected.
const UNDER_WAY: Duration = Duration::from_secs(30);

const EXAMPLES: &[Example] = &[example("Let go ask for tokens", "go env -w GOAUTH='jwt-credential go'")];

fn options() -> Vec<Arg> {
    vec![argument("url", "URL").help("The URL that go could not fetch; the server's answer is on standard input")]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    match call.value("url") {
        None => before_all(call, tokens),
        Some(url) => after_refusal(call, tokens, &Origin::of_url(url)),
    }
}

/// Before its first request go asks without a URL. It gets headers for each server that the selected profile names.
fn before_all(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let mut blocks = String::new();
    for server in tokens.servers()?.into_iter().filter(Origin::is_https) {
        if let Ok(credential) = tokens.get(&Want::with_margin().at(Ok(server.clone())))? {
            blocks += &block(&server, &credential);
        }
    }
    call.answer(&blocks)
}

/// go asks with a URL after any 4xx, also for a missing module. Only a 401 from a server that already had a token means
/// that the token was rejected.
fn after_refusal(call: &Call, tokens: &dyn Tokens, server: &Result<Origin, String>) -> Result<u8, Error> {
    let status = Stdin::within(call.deadline.remaining()).line()?.unwrap_or_default();
    let is_unauthorized = status.split(' ').nth(1) == Some("401");
    let had_one = server.as_ref().is_ok_and(|server| tokens.servers().is_ok_and(|named| named.contains(server)));
    match (had_one, is_unauthorized) {
        (true, true) => {
            tokens.forget(&Want { rejected: Rejected::OlderThan(UNDER_WAY), ..Want::default().at(server.clone()) })?;
        }
        // go has the same headers already.
        (true, false) => return Ok(0),
        (false, _) => {}
    }
    let credential = tokens.get(&Want::with_margin().at(server.clone()))?;
    match (credential, server) {
        (Ok(credential), Ok(server)) => call.answer(&block(server, &credential)),
        _ => Ok(0),
    }
}

/// The server, an empty line, its headers, an empty line.
fn block(server: &Origin, credential: &Credential) -> String {
    let mut text = format!("{server}\n\n");
    for (name, value) in &credential.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    text + "\n"
}
