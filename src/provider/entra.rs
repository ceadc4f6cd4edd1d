//! Microsoft Entra ID: an application with a certificate, a secret, or another issuer's token (federation).
//! <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use super::shared::{CLIENT, JWT, KEY, OF_CLIENT, TOKEN, endpoint, filled, schema, scope, secret, switched};
use super::{KeyUpload, Provider, revocation};
use crate::grant::client_credentials::ClientCredentials;
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::profile::schema::{self, Field, ValueKind};

pub(super) static PROVIDER: Provider = Provider {
    about: "an application of Microsoft Entra ID (Azure AD): certificate, secret, or federation",
    schema: &schema(
        "entra",
        "Microsoft",
        &[
            &[
                Field::required("tenant", ValueKind::Text)
                    .spelled(schema::word)
                    .asked("tenant", "directory (tenant) ID"),
                Field::required("client_id", ValueKind::Text)
                    .spelled(schema::word)
                    .asked("client-id", "application (client) ID"),
                Field::optional("client_secret", ValueKind::Secret)
                    .spelled(secret)
                    .rotated()
                    .asked("client-secret", "value of the client secret, if it has no certificate"),
                Field::required("scopes", ValueKind::List)
                    .spelled(scope)
                    .narrowed_by("scope")
                    .asked("scopes", "scope: the API's identifier and /.default"),
                // login.microsoftonline.us and login.partner.microsoftonline.cn are others.
                Field::optional("authority", ValueKind::Text)
                    .spelled(schema::origin)
                    .inherited()
                    .or("https://login.microsoftonline.com"),
                Field::optional("token_url", ValueKind::Text)
                    .spelled(schema::url)
                    .or("{authority}/{tenant}/oauth2/v2.0/token"),
                filled("jwt.aud", "{token_url}"),
                // RS256 with x5t is accepted as well, and AD FS wants it.
                Field::optional("jwt.algorithm", ValueKind::Text)
                    .spelled(crate::crypto::sign::algorithm_name)
                    .or("PS256"),
                Field::optional("jwt.thumbprint", ValueKind::Text).spelled(super::shared::thumbprint).or("x5t#S256"),
                switched("jwt.nbf", "true"),
            ],
            OF_CLIENT,
            KEY,
            JWT,
            CLIENT,
            TOKEN,
        ],
        &[],
    ),
    grant: &ClientCredentials::new(&ENDPOINT),
    revocation: revocation::by_client(
        "remove the secret or certificate on the application's page, under Certificates & secrets",
    ),
    key_upload: KeyUpload::Certificate("Entra takes it on the application's page, under Certificates & secrets"),
    claims: &[],
    example: r#"{"provider": "entra", "tenant": "00000000-0000-0000-0000-000000000000", "client_id": "00000000-0000-0000-0000-000000000000",
  "private_key": {"file": "../keys/entra.key"}, "certificate": {"file": "../keys/entra.crt"},
  "scopes": ["https://graph.microsoft.com/.default"], "hosts": ["graph.microsoft.com"]}"#,
};

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);

const CERTIFICATE: &str = "upload the certificate in {profile} on the application's page; or is \"thumbprint\" in \"jwt\" the \
    other kind?";

/// <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>
static ADVICE: [Advice; 14] = [
    Advice::always(CERTIFICATE).says("AADSTS700027").rejects("private_key"),
    Advice::always("this machine's clock is wrong, or the subject token has expired").says("AADSTS700024"),
    Advice::always("\"aud\" in \"jwt\" must be one string, the token endpoint: remove it from {profile}").says("AADSTS50027"),
    Advice::always("copy the secret's value, not its ID, from the application's page").says("AADSTS7000215").rejects("client_secret"),
    Advice::always("the client secret has expired: make a new one on the application's page").says("AADSTS7000222").rejects("client_secret"),
    Advice::always("the application with client_id in {profile} is not in this tenant").says("AADSTS700016"),
    Advice::always("\"tenant\" in {profile} is not known there").says("AADSTS90002"),
    Advice::always("the scope must be the API's identifier and /.default").says("AADSTS1002012"),
    Advice::always("the scope must be the API's identifier and /.default").says("AADSTS70011"),
    Advice::always(
        "no federated credential of the application matches the token: its issuer, subject and audience must be equal, to \
         the letter",
    )
    .says("AADSTS70021"),
    Advice::on("invalid_client", "compare client_id, and the secret or certificate, with the application's page")
        .rejects("client_secret"),
    Advice::on("unauthorized_client", "the application may not do this: its page shows what an administrator has granted"),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("check {profile} against the application's page"),
];
