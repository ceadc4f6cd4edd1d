//! docker's credential helpers, which podman, skopeo, buildah, crane and oras use too.
//! <https://github.com/docker/docker-credential-helpers>

use clap::Arg;
use serde::{Deserialize, Serialize};

use super::stdin::Stdin;
use super::{Protocol, no_operation, user_option};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, argument, example};
use crate::error::{Error, Kind, printable};
use crate::host::Origin;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::of_tool(
    CommandSpec::new("docker", "docker, podman, skopeo: credHelpers in config.json")
        .with(options)
        .showing(EXAMPLES)
        .telling_apart(
            "put \"credHelpers\": {\"{host}\": \"jwt-{name}\"} into docker's config.json, and link \
             docker-credential-jwt-{name}",
        ),
    &["docker-credential-jwt"],
    serve,
);

/// The callers compare this text.
const NOT_FOUND: &str = "credentials not found in native keychain\n";

/// What `get` prints and `store` receives.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Login {
    #[serde(rename = "ServerURL")]
    server_url: String,
    username: String,
    secret: String,
}

const EXAMPLES: &[Example] = &[example("Ask as docker does", "echo registry.example.com | jwt-credential docker get")];

fn options() -> Vec<Arg> {
    vec![
        argument("operation", "OPERATION")
            .required(true)
            .help("get, store, erase, list or version; reads the request from standard input"),
        user_option("The user name beside the token; by default the provider's"),
    ]
}

/// The callers expect errors on standard output, with exit code 1. The user sees them on standard error too.
fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    converse(call, tokens).map_err(|error| {
        let _ = call.write(&format!("{}\n", printable(&error.text)));
        error.or_exits_with(1)
    })
}

fn converse(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    match call.value("operation") {
        Some("get") => get(call, tokens),
        Some("list") => call.answer("{}\n"),
        Some("version") => call.answer(concat!("jwt-credential ", env!("CARGO_PKG_VERSION"), "\n")),
        // docker logout
        Some("erase") => tokens.forget(&Want::default().at(server(&request(call)?))).map(|()| 0),
        Some("store") => store(call, tokens),
        _ => Err(no_operation(call)),
    }
}

fn get(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let server_url = request(call)?;
    let Some(login) = login(call, tokens, server_url)? else {
        return call.write(NOT_FOUND).map(|()| 1);
    };
    call.answer_json(&login)
}

/// docker login stores what it got from us. Nothing needs to be kept then, and nothing else is kept.
fn store(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let stored = serde_json::from_str::<Login>(&request(call)?).ok();
    let is_ours = match &stored {
        Some(stored) => login(call, tokens, stored.server_url.clone())?.as_ref() == Some(stored),
        None => false,
    };
    if is_ours {
        return Ok(0);
    }
    Err(Error::new(Kind::Usage, "this helper stores no password")
        .hint("skip docker login: the profile gets the tokens; in config.json, list servers in credHelpers and remove credsStore"))
}

/// The login for a server, if a profile allows it.
fn login(call: &Call, tokens: &dyn Tokens, server_url: String) -> Result<Option<Login>, Error> {
    let Ok(credential) = tokens.get(&Want::with_margin().at(server(&server_url)))? else { return Ok(None) };
    let username = credential.user([call.value("user")]).to_owned();
    Ok(Some(Login { server_url, username, secret: credential.access_token()?.to_owned() }))
}

fn request(call: &Call) -> Result<String, Error> {
    Ok(Stdin::within(call.deadline.remaining()).rest()?.trim().to_owned())
}

/// The server is a host with its port; for Docker's own registry it is a URL.
fn server(key: &str) -> Result<Origin, String> {
    if key.contains("://") { Origin::of_url(key) } else { Origin::parse(key) }
}
