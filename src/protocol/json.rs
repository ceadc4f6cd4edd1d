//! One JSON object, as exec credential processes print it.

use serde::{Serialize, Serializer};

use super::{Protocol, credential};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::{CommandSpec, Example, example};
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::plain(
    CommandSpec::new("json", "Print token, expiry and headers as a JSON object").showing(EXAMPLES),
    serve,
);

const EXAMPLES: &[Example] = &[
    example("Of the default profile", "jwt-credential json"),
    example("Of the profile \"prod\", valid for at least 10 minutes", "jwt-credential -p prod json --min-ttl 10m"),
];

#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(serialize_with = "object")]
    headers: &'a [(String, String)],
    #[serde(serialize_with = "object", skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [(String, String)],
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::default())?;
    let answer = Answer {
        version: 1,
        access_token: credential.access_token()?,
        token_type: "Bearer",
        expires_at: credential.expires_at.map(rfc3339),
        headers: &credential.headers,
        fields: &credential.details,
    };
    call.answer_json(&answer)
}

/// A JSON object in the order of the names.
pub(super) fn object<S: Serializer>(headers: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}
