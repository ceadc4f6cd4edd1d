//! The `credential_process` of the AWS CLI and SDKs.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::time::Duration;

use serde_json::json;

use super::{Audience, Protocol, credential};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind};
use crate::token::AWS_FIELDS;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    audience: Audience::Issuer,
    ..Protocol::plain(CommandSpec::new("aws", "AWS CLI and SDKs: credential_process"), serve)
};

/// botocore asks again 15 minutes before the end, and insists 10 minutes before it.
const LEAST: Duration = Duration::from_secs(20 * 60);

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want { min_ttl: LEAST, ..Want::default() })?;
    let field = |name: &str| {
        let missing = || Error::new(Kind::Usage, "the profile's credential is not one of AWS");
        credential
            .fields
            .get(name)
            .ok_or_else(|| missing().hint("choose a profile with \"provider\": \"aws\": jwt-credential -p NAME aws"))
    };
    let [id, secret, session] = AWS_FIELDS;
    let mut answer = json!({
        "Version": 1, "AccessKeyId": field(id)?, "SecretAccessKey": field(secret)?, "SessionToken": field(session)?,
    });
    if let Some(end) = credential.expires_at {
        answer["Expiration"] = rfc3339(end).into();
    }
    call.answer_json(&answer)
}
