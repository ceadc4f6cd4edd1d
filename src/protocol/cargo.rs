//! cargo's credential providers. <https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html>

use clap::{Arg, ArgAction};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::stdin::Stdin;
use super::{Audience, Protocol, Trigger};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind, printable};
use crate::host::Origin;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    spec: CommandSpec::new("cargo", "cargo, as a credential-provider of a registry").with(options),
    called: &["cargo-credential-jwt"],
    audience: Audience::Issuer,
    trigger: Some(Trigger::FirstArgument("--cargo-plugin")),
    serve,
};

/// The version of the protocol.
const VERSION: u64 = 1;

fn options() -> Vec<Arg> {
    // The trigger of above, which clap must accept.
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
            return Err(Error::new(
                Kind::Usage,
                "a token by hand is not kept here: the profile says where tokens come from",
            ));
        }
        // Of a git index, and of crates.io's own, the URL does not tell where the token would go.
        let url = self.registry.index_url.strip_prefix("sparse+").ok_or_else(|| "has no sparse index".to_owned());
        // The registry's configuration has these behind the program's name.
        Ok(Want { options: &self.args, ..Want::default().at(url.and_then(Origin::of_url)) })
    }
}

/// A login succeeds where a token can be had.
fn login(tokens: &dyn Tokens, want: &Want) -> Result<Json, Error> {
    let answer = get(tokens, want)?;
    Ok(if answer.get("Ok").is_some() { json!({"Ok": {"kind": "login"}}) } else { answer })
}

fn get(tokens: &dyn Tokens, want: &Want) -> Result<Json, Error> {
    // cargo counts a token as over a minute before its end.
    let Some(credential) = tokens.get(want)? else {
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
