//! cargo's credential providers. <https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html>

use clap::{Arg, ArgAction};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::stdin::Stdin;
use super::{Protocol, Trigger};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind, printable};
use crate::host::Origin;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    trigger: Some(Trigger::FirstArgument("--cargo-plugin")),
    ..Protocol::of_tool(
        CommandSpec::new("cargo", "cargo: credential-provider of a registry").with(options),
        &["cargo-credential-jwt"],
        serve,
    )
};

const VERSION: u64 = 1;

fn options() -> Vec<Arg> {
    // The trigger above, which clap must accept.
    vec![Arg::new("cargo-plugin").long("cargo-plugin").action(ArgAction::SetTrue).hide(true)]
}

/// One line from cargo. Its other keys do not matter: every operation needs the same token.
#[derive(Deserialize)]
struct Request {
    v: u64,
    registry: Registry,
    kind: String,
    /// The argument of `cargo login`.
    token: Option<String>,
    #[serde(default)]
    args: Vec<String>,
}

#[derive(Deserialize)]
struct Registry {
    #[serde(rename = "index-url")]
    index_url: String,
}

/// We speak first, then answer each line until cargo closes stdin. Errors are answers too.
fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    call.write(&format!("{}\n", json!({"v": [VERSION]})))?;
    let mut stdin = Stdin::within(call.deadline.remaining());
    let mut is_answered = false;
    // cargo closes stdin when it has its answer, which may take longer than our deadline.
    while let Some(line) = stdin.line().or_else(|error| if is_answered { Ok(None) } else { Err(error) })? {
        let request = parse(&line);
        let is_cargo = request.is_ok();
        let answer = request.and_then(|request| answer(&request, tokens)).unwrap_or_else(|error| {
            let hints: Vec<String> = error.hints.iter().map(|hint| printable(hint)).collect();
            json!({"Err": {"kind": "other", "message": printable(&error.text), "caused-by": hints}})
        });
        call.write(&format!("{answer}\n"))?;
        is_answered = true;
        // Any other client may never close stdin.
        if !is_cargo {
            break;
        }
    }
    Ok(0)
}

fn parse(line: &str) -> Result<Request, Error> {
    serde_json::from_str(line).map_err(|_| Error::new(Kind::Usage, "the request is not what cargo sends"))
}

fn answer(request: &Request, tokens: &dyn Tokens) -> Result<Json, Error> {
    if request.v != VERSION {
        return Err(Error::new(Kind::Usage, format!("cargo speaks version {} of its protocol", request.v)));
    }
    match request.kind.as_str() {
        "get" => get(tokens, &request.want()?),
        "login" => login(tokens, &request.want()?),
        "logout" => tokens.forget(&request.want()?).map(|()| json!({"Ok": {"kind": "logout"}})),
        _ => Ok(json!({"Err": {"kind": "operation-not-supported"}})),
    }
}

impl Request {
    fn want(&self) -> Result<Want<'_>, Error> {
        if self.token.is_some() {
            return Err(Error::new(Kind::Usage, "this helper stores no token: the profile gets the tokens"));
        }
        // The URL of a git index, such as that of crates.io, does not tell where the token would be sent.
        let url = self
            .registry
            .index_url
            .strip_prefix("sparse+")
            .ok_or_else(|| "is not the URL of a sparse index (sparse+https://…)".to_owned());
        // The arguments after the program's name in the registry's configuration.
        // cargo treats a token as expired one minute early, which is the default margin.
        Ok(Want { options: &self.args, ..Want::default().at(url.and_then(Origin::of_url)) })
    }
}

/// A login succeeds if there is a token.
fn login(tokens: &dyn Tokens, want: &Want) -> Result<Json, Error> {
    let answer = get(tokens, want)?;
    Ok(if answer.get("Ok").is_some() { json!({"Ok": {"kind": "login"}}) } else { answer })
}

fn get(tokens: &dyn Tokens, want: &Want) -> Result<Json, Error> {
    let Ok(credential) = tokens.get(want)? else {
        return Ok(json!({"Err": {"kind": "url-not-supported"}}));
    };
    let token = format!("Bearer {}", credential.access_token()?);
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
