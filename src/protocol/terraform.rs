//! The credentials helpers of Terraform and `OpenTofu`.
//! <https://developer.hashicorp.com/terraform/internals/credentials-helpers>

use clap::Arg;
use serde_json::json;

use super::{Protocol, no_operation};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, argument, example};
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::of_tool(
    CommandSpec::new("terraform", "terraform and tofu: credentials_helper").with(options).showing(EXAMPLES),
    &["terraform-credentials-jwt"],
    serve,
);

const EXAMPLES: &[Example] = &[example("Ask as terraform does", "jwt-credential terraform get app.example.com")];

fn options() -> Vec<Arg> {
    vec![
        argument("operation", "OPERATION").required(true).help("get, store or forget"),
        argument("host", "HOST").required(true).help("The server's host name"),
    ]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let host = call.value("host").unwrap_or_default();
    match call.value("operation") {
        Some("get") => {
            let credential = tokens.get(&Want::with_margin().at(Origin::parse(host)))?;
            let answer = match &credential {
                Ok(credential) => json!({"token": credential.access_token()?}),
                Err(_) => json!({}),
            };
            call.answer_json(&answer)
        }
        // terraform logout
        Some("forget") => tokens.forget(&Want::default().at(Origin::parse(host))).map(|()| 0),
        Some("store") => Err(Error::new(Kind::Usage, "this helper stores no token")
            .hint("skip terraform login: the profile gets the tokens")),
        _ => Err(no_operation(call)),
    }
}
