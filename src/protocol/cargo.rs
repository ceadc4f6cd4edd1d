//! cargo's credential providers. <https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html>

use std::ffi::OsString;

use clap::{Arg, ArgAction};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Audience, Protocol, Summons, Tokens, Want};
use crate::call::Call;
use crate::cli;
use crate::error::{Error, Kind, printable};
use crate::host::Origin;
use crate::rows::Row;
use crate::stdin::Stdin;
use crate::verb::Verb;

pub(super) static PROTOCOL: Protocol = Protocol {
    verb: Verb::new("cargo", "cargo, as a credential-provider of a registry").with(options),
    called: &["cargo-credential-jwt"],
    audience: Audience::TrustingServers,
    summons: Some(Summons::Argument("--cargo-plugin")),
    serve,
};

/// The version of the protocol.
const VERSION: u64 = 1;

fn options() -> Vec<Arg> {
    // The summons of above, which clap is to pass over.
    vec![Arg::new("cargo-plugin").long("cargo-plugin").action(ArgAction::SetTrue).hide(true)]
}

/// One line of cargo's. Its further keys do not matter: any operation needs the same token.
#[derive(Deserialize)]
struct Request {
    v: u64,
    registry: Registry,
    kind: String,
    /// What somebody gave to `cargo login`.
    token: Option<String>,
    #[serde(default)]
    args: Vec<String>,
}

#[derive(Deserialize)]
struct Registry {
    #[serde(rename = "index-url")]
    index_url: String,
}

/// We speak first; then an answer for each line, until cargo has no more. Errors are answers as well.
fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    call.write(&format!("{}\n", json!({"v": [VERSION]})))?;
    let mut stdin = Stdin::within(call.deadline.remaining());
    let mut is_answered = false;
    // cargo ends its side once it has an answer, and has all the time it likes for that.
    while let Some(line) = stdin.line().or_else(|error| if is_answered { Ok(None) } else { Err(error) })? {
        let request = parse(&line);
        let is_cargo = request.is_ok();
        let answer = request.and_then(|request| answer(call, &request, tokens)).unwrap_or_else(|error| {
            let hints: Vec<String> = error.hints.iter().map(|hint| printable(hint)).collect();
            json!({"Err": {"kind": "other", "message": printable(&error.text), "caused-by": hints}})
        });
        call.write(&format!("{answer}\n"))?;
        is_answered = true;
        // Whoever else it is might never end.
        if !is_cargo {
            break;
        }
    }
    Ok(0)
}

fn parse(line: &str) -> Result<Request, Error> {
    serde_json::from_str(line).map_err(|_| Error::new(Kind::Usage, "the request is not what cargo sends"))
}

fn answer(call: &Call, request: &Request, tokens: &dyn Tokens) -> Result<Json, Error> {
    if request.v != VERSION {
        return Err(Error::new(Kind::Usage, format!("cargo speaks version {} of its protocol", request.v)));
    }
    match request.kind.as_str() {
        "get" => with_options(call, request, tokens, get),
        "login" => with_options(call, request, tokens, login),
        "logout" => with_options(call, request, tokens, |server, tokens| {
            tokens.reject(server, None).map(|()| json!({"Ok": {"kind": "logout"}}))
        }),
        _ => Ok(json!({"Err": {"kind": "operation-not-supported"}})),
    }
}

/// What is done for a registry's server.
type Operation = fn(&Result<Origin, String>, &dyn Tokens) -> Result<Json, Error>;

/// What the registry's configuration says after the program's name comes here as `args`.
fn with_options(call: &Call, request: &Request, tokens: &dyn Tokens, operation: Operation) -> Result<Json, Error> {
    if request.token.is_some() {
        return Err(Error::new(
            Kind::Usage,
            "a token by hand is not kept here: the profile says where tokens come from",
        ));
    }
    // `["jwt-credential", "cargo"]` is what one tries first, and means the same.
    let words = request.args.iter().skip(usize::from(request.args.first().is_some_and(|word| word == "cargo")));
    let call = cli::parse_within(call, Row::Protocol(&PROTOCOL), words.map(OsString::from).collect())?;
    let tokens = tokens.under(&call);
    let index = &request.registry.index_url;
    // Of a git index, and of crates.io's own, the URL does not tell where the token would go.
    let url = index.strip_prefix("sparse+").ok_or_else(|| "has no sparse index".to_owned());
    operation(&url.and_then(Origin::of_url), tokens.as_ref())
}

/// A login is done where a token can be had.
fn login(server: &Result<Origin, String>, tokens: &dyn Tokens) -> Result<Json, Error> {
    let answer = get(server, tokens)?;
    Ok(if answer.get("Ok").is_some() { json!({"Ok": {"kind": "login"}}) } else { answer })
}

fn get(server: &Result<Origin, String>, tokens: &dyn Tokens) -> Result<Json, Error> {
    // cargo counts a token as over a minute before its end.
    let Some(credential) = tokens.get_for(server, &Want::default())? else {
        return Ok(json!({"Err": {"kind": "url-not-supported"}}));
    };
    let token = format!("Bearer {}", credential.access_token.as_str());
    let mut answer = json!({"kind": "get", "token": token, "operation_independent": true});
    match credential.expires_at {
        Some(end) => {
            answer["cache"] = "expires".into();
            answer["expiration"] = (end / 1000).into();
        }
        None => answer["cache"] = "session".into(),
    }
    Ok(json!({"Ok": answer}))
}
