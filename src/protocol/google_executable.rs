//! Google's executable-sourced credentials: the JWT that Google's token server exchanges for a token of its own.
//! <https://google.aip.dev/auth/4117>

use serde_json::{Value as Json, json};

use super::{Audience, Protocol, credential};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::environment;
use crate::error::{Error, Kind, printable};
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    audience: Audience::Issuer,
    ..Protocol::plain(
        CommandSpec {
            // The libraries read standard error together with the answer, and show no message of a failed executable.
            instead_of_errors: Some(failure),
            ..CommandSpec::new("google-executable", "gcloud and Google libraries: credential_source.executable")
        },
        serve,
    )
};

const TOKEN_TYPE: &str = "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE";
const REVOKE: &str = "GOOGLE_EXTERNAL_ACCOUNT_REVOKE";
const TYPES: [&str; 2] = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    if environment::text(REVOKE)?.as_deref() == Some("1") {
        tokens.forget(&Want::default())?;
        return call.answer(&format!("{}\n", json!({"version": 1, "success": true})));
    }
    let asked = environment::text(TOKEN_TYPE)?;
    let asked = asked.as_deref().unwrap_or(TYPES[0]);
    let token_type = TYPES.into_iter().find(|known| *known == asked).ok_or_else(|| {
        Error::new(Kind::Usage, "the configuration's subject_token_type is none that this program has")
            .hint(format!("set it to {} or {}", TYPES[0], TYPES[1]))
    })?;
    let credential = credential(tokens, &Want::default())?;
    let mut answer =
        json!({"version": 1, "success": true, "token_type": token_type, "id_token": credential.access_token()?});
    if let Some(end) = credential.expires_at {
        answer["expiration_time"] = (end / 1000).into();
    }
    call.answer_json(&answer)
}

fn failure(error: &Error) -> String {
    let message = error.hints.iter().fold(error.text.clone(), |all, hint| all + "; " + hint);
    let answer: Json = json!({
        "version": 1, "success": false, "code": error.exit_code().to_string(), "message": printable(&message),
    });
    format!("{answer}\n")
}
