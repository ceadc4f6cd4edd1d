//! AWS: temporary credentials of a role for a token of another issuer, such as a job's of GitHub Actions.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html>

use std::time::Duration;

use super::shared::{endpoint, schema, seconds_up_to, text, token_url};
use super::{KeyUpload, Provider, revocation};
use crate::grant::aws_sts::AssumeRole;
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::{Advice, ErrorKeys};
use crate::grant::oauth::answer::{Format, Unit};
use crate::http;
use crate::profile::schema::{Field, Schema, ValueKind, no_secret};
use crate::token::{AWS_FIELDS, EXPIRES_AT};

pub(super) static PROVIDER: Provider = Provider {
    about: "a role of AWS, for a token of an issuer that the account trusts",
    schema: &Schema {
        username: "",
        environment: &[
            ("AWS_ACCESS_KEY_ID", AWS_FIELDS[0]),
            ("AWS_SECRET_ACCESS_KEY", AWS_FIELDS[1]),
            ("AWS_SESSION_TOKEN", AWS_FIELDS[2]),
            // https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
            ("AWS_CREDENTIAL_EXPIRATION", EXPIRES_AT),
        ],
        own_protocol: Some("aws"),
        ..schema(
            "aws",
            "AWS",
            &[&[
                Field::required("role_arn", ValueKind::Text)
                    .spelled(role_arn)
                    .asked("role-arn", "ARN of the role, such as arn:aws:iam::123456789012:role/ci"),
                Field::required("region", ValueKind::Text).spelled(region).asked("region", "region, such as eu-west-1"),
                Field::required("subject_token", ValueKind::Secret)
                    .principal()
                    .asked("subject-token", "token of the other issuer"),
                Field::optional("session_name", ValueKind::Text).spelled(session_name).or("jwt-credential"),
                // The SDKs renew credentials a quarter of an hour before their end.
                Field::optional("duration", ValueKind::Number).spelled(seconds_up_to::<43_200>).or("3600"),
                token_url("https://sts.{region}.amazonaws.com"),
            ]],
            &[],
        )
    },
    grant: &AssumeRole { endpoint: &STS },
    revocation: revocation::none("revoke the role's active sessions on its page in IAM, under Revoke sessions"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "aws", "role_arn": "arn:aws:iam::123456789012:role/ci", "region": "eu-west-1",
  "session_name": "ci", "subject_token": {"github_actions": {"audience": "sts.amazonaws.com"}}}"#,
};

const CREDENTIALS: [&str; 2] = ["AssumeRoleWithWebIdentityResult", "Credentials"];

static STS: TokenEndpoint = TokenEndpoint {
    server: "AWS STS",
    http: http::Endpoint { request_id: "x-amzn-requestid", ..endpoint(&[&ADVICE]).http },
    answer: Format {
        fields: &[
            (AWS_FIELDS[0], &[CREDENTIALS[0], CREDENTIALS[1], "AccessKeyId"]),
            (AWS_FIELDS[1], &[CREDENTIALS[0], CREDENTIALS[1], "SecretAccessKey"]),
            (AWS_FIELDS[2], &[CREDENTIALS[0], CREDENTIALS[1], "SessionToken"]),
        ],
        types: &["", "bearer"],
        expires: &[CREDENTIALS[0], CREDENTIALS[1], "Expiration"],
        expires_in: Unit::EndsAt,
        longest: Duration::from_secs(12 * 60 * 60),
        claimed: |_, _| None,
    },
    is_xml: true,
    errors: ErrorKeys { code: &["Code"], description: &["Message"] },
    throttled: "AWS limits the requests of an account; credentials that are cached last as long as \"duration\" says",
    ..endpoint(&[&ADVICE])
};

static ADVICE: [Advice; 10] = [
    Advice::on("ExpiredTokenException", "renew the subject token where it comes from, or set this machine's clock"),
    Advice::on(
        "InvalidIdentityToken",
        "add the token's issuer to IAM as an identity provider, with its audience; AWS takes RS256 to ES512, and no PS256 or \
         EdDSA",
    ),
    Advice::on("IDPCommunicationError", "try again: AWS could not reach the issuer's keys, which must be public")
        .passes(),
    Advice::on("IDPRejectedClaim", "request a new subject token: its issuer no longer accepts this one"),
    Advice::on("RegionDisabledException", "enable STS for the \"region\" in {profile}, or use another region"),
    Advice::on(
        "AccessDenied",
        "compare the conditions in the role's trust policy with the \"aud\" and \"sub\" of the subject token",
    ),
    Advice::on("ValidationError", "compare role_arn, session_name and duration in {profile} with the role in IAM"),
    Advice::on("Throttling", "try again in a few minutes").passes(),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("compare {profile} with the role in IAM"),
];

fn role_arn(arn: &str) -> Result<String, String> {
    let arn = text(arn)?;
    let is_role = arn.starts_with("arn:") && arn.contains(":role/") && !arn.contains(' ');
    if is_role { Ok(arn) } else { Err("must be the ARN of a role, such as arn:aws:iam::123456789012:role/ci".into()) }
}

/// It is part of a host's name.
fn region(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = text.bytes().all(plain) && !text.is_empty();
    if fits { Ok(text.into()) } else { Err("must be a region, such as eu-west-1".into()) }
}

fn session_name(text: &str) -> Result<String, String> {
    let text = no_secret(text)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    let fits = text.bytes().all(plain) && (2..=64).contains(&text.len());
    if fits { Ok(text.into()) } else { Err("must have 2 to 64 letters, digits and characters of _+=,.@-".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_aws_would_refuse_are_refused_here() {
        assert!(role_arn("arn:aws:iam::1:user/ci").is_err() && role_arn("ci").is_err());
        assert!(role_arn("arn:aws-cn:iam::123456789012:role/path/ci").is_ok());
        assert!(region("eu-west-1").is_ok() && region("evil.example/").is_err() && region("").is_err());
        assert!(session_name("ci@host").is_ok() && session_name("a").is_err() && session_name("a b").is_err());
    }
}
