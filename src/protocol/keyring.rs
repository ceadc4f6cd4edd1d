//! The command `keyring`, as pip and uv call it. <https://pip.pypa.io/en/stable/topics/authentication/#keyring-support>

use clap::Arg;
use serde_json::json;

use super::{Protocol, no_operation};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, argument, example, text};
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::of_tool(
    CommandSpec::new("keyring", "pip and uv: --keyring-provider subprocess").with(options).showing(EXAMPLES),
    &["keyring"],
    serve,
);

const EXAMPLES: &[Example] =
    &[example("Ask as pip does", "jwt-credential keyring get https://pypi.example.com/simple oauth2")];

fn options() -> Vec<Arg> {
    vec![
        argument("operation", "OPERATION").required(true).help("get, set or del"),
        argument("service", "SERVICE").required(true).help("The URL of the package index"),
        argument("user", "USER").help("The user name beside the token"),
        text("mode", "MODE")
            .value_parser(["password", "creds"])
            .default_value("password")
            .help("password: the token; creds: the user name on a line before it"),
        // Since keyring 25.6; pip uses it since 26.2.
        text("output", "FORMAT")
            .value_parser(["plain", "json"])
            .default_value("plain")
            .help("Print lines or a JSON object"),
    ]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    match call.value("operation") {
        Some("get") => {}
        // pip wants a password stored that the user typed.
        Some("set" | "del") => return Ok(0),
        _ => return Err(no_operation(call)),
    }
    let service = call.value("service").unwrap_or_default();
    let user = call.value("user");
    if user.is_some_and(|user| user.contains(char::is_control)) {
        return Err(Error::new(Kind::Usage, "the user name has a control character"));
    }
    // pip asks for the host alone next. A host does not tell whether the token would be sent in plain text.
    let server = Origin::of_url(service);
    let Ok(credential) = tokens.get(&Want::with_margin().at(server))? else { return Ok(1) };
    let (user, token) = (credential.user([user]), credential.access_token()?);
    let answer = match (call.value("mode"), call.value("output")) {
        (Some("creds"), Some("json")) => format!(r#"{{"username": {}, "password": {}}}"#, json!(user), json!(token)),
        (Some("creds"), _) => format!("{user}\n{token}"),
        (_, Some("json")) => format!(r#"{{"password": {}}}"#, json!(token)),
        _ => token.to_owned(),
    };
    call.answer(&format!("{answer}\n"))
}
