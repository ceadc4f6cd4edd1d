//! Google Cloud: a service account's key, for an access token, an id token, or a JWT that is the token itself; and the
//! exchange of another issuer's token (workload identity federation).
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>

use serde_json::{Value as Json, json};

use super::generic::SUBJECT;
use super::shared::{
    ADVICE, CLIENT, JWT, KEY, REQUIRED_KEY, TOKEN, endpoint, filled, lifetime_up_to, schema, scope, scope_place,
    switched, text, token_url,
};
use super::{KeyUpload, Provider, revocation};
use crate::grant::jwt::{ClaimRow, JwtTemplate};
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::{Advice, ErrorKeys};
use crate::grant::oauth::answer::{self, Format, Unit};
use crate::grant::self_signed::SelfSigned;
use crate::grant::signed_assertion::SignedAssertion;
use crate::grant::token_exchange::{Impersonation, TokenExchange};
use crate::host::Origin;
use crate::http;
use crate::profile::draft::Draft;
use crate::profile::format::pointer::text as text_at;
use crate::profile::format::{Found, ImportFormat};
use crate::profile::schema::{self, Field, Schema, ValueKind};
use crate::token::ACCESS_TOKEN;

const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

const HOSTS: &[&str] = &["*.googleapis.com"];

/// Google's tools name this user beside a token that stands for a password.
const USERNAME: &str = "oauth2accesstoken";

const CLIENT_EMAIL: Field = Field::required("client_email", ValueKind::Text)
    .spelled(schema::word)
    .asked("client-email", "email address of the service account");

const SCOPES: Field = Field::optional("scopes", ValueKind::List)
    .spelled(scope)
    .narrowed_by("scope")
    .or("https://www.googleapis.com/auth/cloud-platform");

pub(super) static SERVICE_ACCOUNT: Provider = Provider {
    about: "a Google service account: access tokens, or id tokens for one audience",
    schema: &Schema { username: USERNAME, algorithm: "RS256", ..SERVICE_ACCOUNT_SCHEMA },
    grant: &SignedAssertion { jwt: ASSERTION, ..SignedAssertion::new(&ENDPOINT) },
    revocation: revocation::none(DISABLE),
    key_upload: KeyUpload::Certificate("Google takes it on the service account's page, under Keys"),
    claims: &[],
    example: r#"{"provider": "google", "client_email": "ci@acme-prod.iam.gserviceaccount.com",
  "private_key": {"file": "../keys/google.key"}, "jwt": {"key_id": "0123456789abcdef"}, "hosts": ["*.googleapis.com"]}"#,
};

const SERVICE_ACCOUNT_SCHEMA: Schema = schema(
    "google",
    "Google",
    &[
        &[
            CLIENT_EMAIL,
            SCOPES,
            // An id token for this audience, in place of an access token.
            Field::optional("target_audience", ValueKind::Text).spelled(text).narrowed_by("audience"),
            Field::optional("token_url", ValueKind::Text)
                .spelled(schema::url)
                .inherited()
                .supplied("token-url", "URL", "Another token endpoint than the provider's")
                .or(TOKEN_URI),
            // No template: the audience is this one whatever the endpoint.
            filled("jwt.aud", TOKEN_URI),
            filled("jwt.iss", "{client_email}"),
            Field::optional("jwt.scope_in", ValueKind::Text).spelled(scope_place).or("claim"),
            lifetime_up_to::<3600>(),
            switched("jwt.jti", "false"),
        ],
        REQUIRED_KEY,
        KEY,
        JWT,
    ],
    HOSTS,
);

/// From `iat` to `exp` it is an hour, the most that Google takes.
const ASSERTION: JwtTemplate =
    JwtTemplate { claims: &[ClaimRow::Given("target_audience", "target_audience")], life: 3540, backdated: 60 };

static ENDPOINT: TokenEndpoint = endpoint(&[&GOOGLE_ADVICE]);

/// Google's errors, in the order of its checks.
static GOOGLE_ADVICE: [Advice; 9] = [
    Advice::on("invalid_grant", "the key was deleted there, or belongs to another service account than client_email")
        .says("Invalid JWT Signature")
        .rejects("private_key"),
    Advice::on("invalid_grant", "the service account with client_email in {profile} was deleted or disabled")
        .says("account not found"),
    Advice::on("invalid_grant", "set this machine's clock").says("short-lived token"),
    Advice::on("invalid_grant", "remove \"aud\" from the \"jwt\" of {profile}: Google's is a constant")
        .says("audience check"),
    Advice::on("invalid_scope", "one of the \"scopes\" in {profile} is not Google's, or none is given"),
    Advice::on(
        "unauthorized_client",
        "\"sub\" in the \"jwt\" of {profile} wants domain-wide delegation: the domain's admin console must grant it for \
         these scopes",
    ),
    Advice::on("invalid_request", "the JWT could not be decoded there: does something on the way change requests?"),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("compare {profile} with the service account's key file: import it once more"),
];

/// Google does not revoke the tokens of service accounts, and a deleted key does not end them either.
/// <https://cloud.google.com/iam/docs/keys-disable-enable>
const DISABLE: &str = "disable or delete the service account: that ends its tokens; deleting the key does not";

/// A JWT in place of an access token, for one service of Google's: no request is needed.
/// <https://google.aip.dev/auth/4111>
pub(super) static SELF_SIGNED: Provider = Provider {
    about: "a Google service account whose JWT is the token itself, for one API of Google's",
    schema: &Schema {
        username: USERNAME,
        algorithm: "RS256",
        endpoint_key: "",
        ..schema(
            "google-self-signed",
            "Google",
            &[
                &[
                    CLIENT_EMAIL,
                    // Such as https://pubsub.googleapis.com/, with its slash.
                    Field::required("audience", ValueKind::Text)
                        .spelled(text)
                        .narrowed_by("audience")
                        .asked("api", "the API, such as https://pubsub.googleapis.com/"),
                    filled("jwt.iss", "{client_email}"),
                    filled("jwt.sub", "{client_email}"),
                    filled("jwt.aud", "{audience}"),
                    lifetime_up_to::<3600>(),
                    switched("jwt.jti", "false"),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
            ],
            HOSTS,
        )
    },
    grant: &SelfSigned::new(ASSERTION),
    revocation: revocation::none(DISABLE),
    key_upload: KeyUpload::Certificate("Google takes it on the service account's page, under Keys"),
    claims: &[],
    example: r#"{"provider": "google-self-signed", "client_email": "ci@acme-prod.iam.gserviceaccount.com",
  "private_key": {"file": "../keys/google.key"}, "jwt": {"key_id": "0123456789abcdef"},
  "audience": "https://pubsub.googleapis.com/", "hosts": ["pubsub.googleapis.com"]}"#,
};

/// <https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token>
pub(super) static STS: Provider = Provider {
    about: "Google Cloud for a workload that another issuer names, without a key",
    schema: &Schema {
        username: USERNAME,
        ..schema(
            "google-sts",
            "Google",
            &[
                &[
                    Field::required("audience", ValueKind::Text).spelled(text).narrowed_by("audience").asked(
                        "workload-provider",
                        "workload identity provider: //iam.googleapis.com/projects/…/providers/…",
                    ),
                    SCOPES,
                    Field::optional(ACCOUNT, ValueKind::Text)
                        .spelled(schema::word)
                        .asked("service-account", "email address of the service account to act as"),
                    Field::optional(IAM, ValueKind::Text)
                        .spelled(schema::url)
                        .inherited()
                        .or("https://iamcredentials.googleapis.com"),
                    token_url("https://sts.googleapis.com/v1/token"),
                    filled("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ],
                SUBJECT,
                CLIENT,
                TOKEN,
            ],
            HOSTS,
        )
    },
    grant: &TokenExchange {
        endpoint: &STS_ENDPOINT,
        jwt: JwtTemplate::OF_PROFILE,
        impersonation: Some(&IMPERSONATION),
    },
    revocation: revocation::none(
        "take the account's or the pool's roles away in IAM: that ends the use of its tokens as well",
    ),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "google-sts", "subject_token": {"github_actions": {"audience": "https://github.com/acme"}},
  "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github"}"#,
};

static STS_ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);

/// <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken>
static IMPERSONATION: Impersonation = Impersonation {
    endpoint: &IAM_ENDPOINT,
    account: ACCOUNT,
    scope: "https://www.googleapis.com/auth/cloud-platform",
    path: |account| format!("/v1/projects/-/serviceAccounts/{account}:generateAccessToken"),
    wanted: |scopes| json!({"scope": scopes, "lifetime": "3600s"}),
};

static IAM_ENDPOINT: TokenEndpoint = TokenEndpoint {
    http: http::Endpoint { origin_key: IAM, ..endpoint(&[]).http },
    path_key: IAM,
    answer: Format {
        fields: &[(ACCESS_TOKEN, &["accessToken"])],
        types: &["", "bearer"],
        expires: &["expireTime"],
        expires_in: Unit::EndsAt,
        ..answer::ID_TOKEN
    },
    errors: ErrorKeys { code: &["status"], description: &["message"] },
    ..endpoint(&[&IMPERSONATION_ADVICE])
};

static IMPERSONATION_ADVICE: [Advice; 4] = [
    Advice::on(
        "PERMISSION_DENIED",
        "grant the workload the role roles/iam.workloadIdentityUser on \"service_account\"",
    ),
    Advice::on("NOT_FOUND", "correct \"service_account\" in {profile}").status(404..=404),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("check \"service_account\" and \"scopes\" in {profile}"),
];

/// The profile's key for the account whose token is wanted.
const ACCOUNT: &str = "service_account";
/// The profile's key for the API that gives the tokens of service accounts.
const IAM: &str = "iam_url";

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("google-service-account", "a service account key of Google", read);

fn read(document: &Json) -> Option<Found> {
    if document.get("type")? != "service_account" {
        return None;
    }
    let draft = Draft::new(SERVICE_ACCOUNT.schema).called(text_at(document, "/client_email"));
    let draft = draft.of_project(text_at(document, "/project_id")).read(
        document,
        &[
            ("client_email", &["/client_email"]),
            ("private_key", &["/private_key"]),
            ("jwt.key_id", &["/private_key_id"]),
            ("scopes", &["/scopes"]),
        ],
    );
    // The user names any other endpoint, to which the JWT would be sent.
    let endpoint = text_at(document, "/token_uri").filter(|uri| *uri != TOKEN_URI);
    let is_loopback = endpoint.is_some_and(|uri| Origin::of_url(uri).is_ok_and(|origin| origin.is_loopback()));
    let mut draft = draft.with("token_url", endpoint.filter(|_| is_loopback));
    draft.foreign_endpoint = endpoint.filter(|_| !is_loopback).map(str::to_owned);
    Some(Ok(vec![draft]))
}
