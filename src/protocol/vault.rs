//! The token helper of Vault and `OpenBao`. The configuration names a program without arguments, so that the program's
//! name selects the protocol.
//! <https://developer.hashicorp.com/vault/docs/commands/token-helper>

use clap::Arg;

use super::{Protocol, no_operation};
use crate::call::Call;
use crate::command_spec::{CommandSpec, argument};
use crate::environment;
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::tokens::{NotAllowed, Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::of_tool(
    CommandSpec::new("vault", "vault and bao: token_helper").with(options),
    &["vault-token-helper-jwt"],
    serve,
);

/// The variables that name the server, the one that counts first. A helper is not told of the option `-address`.
const ADDRESSES: [&str; 2] = ["BAO_ADDR", "VAULT_ADDR"];
/// The server of a call that names none.
const USUAL: &str = "https://127.0.0.1:8200";

fn options() -> Vec<Arg> {
    vec![argument("operation", "OPERATION").required(true).help("get, store or erase")]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    match call.value("operation") {
        Some("get") => match tokens.get(&Want::with_margin().at(server()?))? {
            // The tools take a line break for a part of the token.
            Ok(credential) => call.answer(credential.access_token()?),
            // They take an empty answer for none.
            Err(NotAllowed(_)) => Ok(0),
        },
        // Before a login, and after the token was revoked.
        Some("erase") => tokens.forget(&Want::default().at(server()?)).map(|()| 0),
        Some("store") => Err(Error::new(Kind::Usage, "this helper stores no token of a login")
            .hint("log in with -no-store, or not at all: the profile says where tokens come from")),
        _ => Err(no_operation(call)),
    }
}

fn server() -> Result<Result<Origin, String>, Error> {
    for name in ADDRESSES {
        if let Some(address) = environment::text(name)? {
            return Ok(Origin::of_url(&address));
        }
    }
    Ok(Origin::of_url(USUAL))
}
