//! Servers of `OpenID` Connect whose clients authenticate by a key (`private_key_jwt`) or a secret. They differ in their URL
//! and in the audience of the JWT, which is why each has a row.

use super::shared::{
    ADVICE, CLIENT, JWT, KEY, OF_CLIENT, TOKEN, endpoint, filled, issuer, lifetime_up_to, schema, scope, secret, text,
    token_url,
};
use super::{KeyUpload, Provider, revocation};
use crate::grant::client_credentials::ClientCredentials;
use crate::grant::oauth::TokenEndpoint;
use crate::grant::revocation::{ByClient, Place, Revocation, Way};
use crate::profile::schema::{self, Field, ValueKind};

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);
static GRANT: ClientCredentials = ClientCredentials::new(&ENDPOINT);

const CLIENT_ID: Field = Field::required("client_id", ValueKind::Text).spelled(text).asked("client-id", "client ID");
const SECRET: Field = Field::optional("client_secret", ValueKind::Secret)
    .spelled(secret)
    .rotated()
    .asked("client-secret", "client secret, if it has no key");
const SCOPES: Field = Field::optional("scopes", ValueKind::List)
    .spelled(scope)
    .narrowed_by("scope")
    .asked("scopes", "scopes, separated by commas");
const DOMAIN: Field =
    Field::required("domain", ValueKind::Text).spelled(schema::origin).asked("domain", "domain of your organisation");

/// <https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/>
pub(super) static OKTA: Provider = Provider {
    about: "an Okta API service: its key (JWK or PEM), or its secret",
    schema: &schema(
        "okta",
        "Okta",
        &[
            &[
                DOMAIN,
                CLIENT_ID,
                SECRET,
                SCOPES,
                // The organisation's own server; a custom one has /oauth2/NAME/v1/token.
                token_url("{domain}/oauth2/v1/token"),
                filled("jwt.aud", "{token_url}"),
                lifetime_up_to::<3600>(),
            ],
            OF_CLIENT,
            KEY,
            JWT,
            CLIENT,
            TOKEN,
        ],
        &[],
    ),
    grant: &GRANT,
    revocation: Revocation {
        way: Way::Client(ByClient { place: Place::Beside("revoke"), is_audience: true, ..revocation::CLIENT }),
        remove: "remove the key or secret on the application's page, under Client Credentials",
    },
    key_upload: KeyUpload::PublicKey("Okta takes the public key as JWK on the application's page"),
    claims: &[],
    example: r#"{"provider": "okta", "domain": "acme.okta.com", "client_id": "0oa1b2c3d4", "private_key": {"file": "../keys/okta.jwk"},
  "scopes": ["okta.users.read"], "hosts": ["acme.okta.com"]}"#,
};

/// <https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt>
pub(super) static AUTH0: Provider = Provider {
    about: "an Auth0 application: its key, or its secret",
    schema: &schema(
        "auth0",
        "Auth0",
        &[
            &[
                DOMAIN,
                CLIENT_ID,
                SECRET,
                Field::required("audience", ValueKind::Text)
                    .spelled(text)
                    .narrowed_by("audience")
                    .asked("api", "identifier of the API that the token is for"),
                token_url("{domain}/oauth/token"),
                // The issuer, whose slash counts.
                filled("jwt.aud", "{domain}/"),
                lifetime_up_to::<300>(),
            ],
            OF_CLIENT,
            KEY,
            JWT,
            CLIENT,
            TOKEN,
        ],
        &[],
    ),
    grant: &GRANT,
    revocation: revocation::by_client(
        "remove the key or rotate the secret on the application's page, under Credentials",
    ),
    key_upload: KeyUpload::PublicKey("Auth0 takes the public key on the application's page, under Credentials"),
    claims: &[],
    example: r#"{"provider": "auth0", "domain": "acme.eu.auth0.com", "client_id": "0123456789abcdef", "private_key": {"file": "../keys/auth0.key"},
  "audience": "https://api.acme.example", "hosts": ["api.acme.example"]}"#,
};

/// <https://www.keycloak.org/docs/latest/server_admin/#_client-credentials>
pub(super) static KEYCLOAK: Provider = Provider {
    about: "a service account of a Keycloak client: its key, or its secret",
    schema: &schema(
        "keycloak",
        "Keycloak",
        &[
            &[
                Field::required("issuer", ValueKind::Text)
                    .spelled(schema::url)
                    .asked("issuer", "issuer, which ends in /realms/NAME"),
                CLIENT_ID,
                SECRET,
                SCOPES,
                token_url("{issuer}/protocol/openid-connect/token"),
                filled("jwt.aud", "{issuer}"),
            ],
            OF_CLIENT,
            KEY,
            JWT,
            CLIENT,
            TOKEN,
        ],
        &[],
    ),
    grant: &GRANT,
    revocation: revocation::beside(
        "revoke",
        "remove the key or secret on the client's page, under Keys or Credentials",
    ),
    key_upload: KeyUpload::Certificate("Keycloak takes it on the client's page, under Keys"),
    claims: &[],
    example: r#"{"provider": "keycloak", "issuer": "https://id.acme.example/realms/acme", "client_id": "ci",
  "private_key": {"file": "../keys/keycloak.key"}, "hosts": ["api.acme.example"]}"#,
};

/// <https://docs.pingidentity.com/pingone/use_cases/p1_create_a_private_key_jwt_json_web_keys_file.html>
pub(super) static PING: Provider = Provider {
    about: "a PingOne worker application: its key, or its secret",
    schema: &schema(
        "ping",
        "PingOne",
        &[
            &[
                Field::required("environment", ValueKind::Text)
                    .spelled(schema::word)
                    .asked("environment", "environment ID"),
                Field::optional("domain", ValueKind::Text).spelled(schema::origin).or("https://auth.pingone.com"),
                CLIENT_ID,
                SECRET,
                SCOPES,
                token_url("{domain}/{environment}/as/token"),
                filled("jwt.aud", "{token_url}"),
                lifetime_up_to::<3600>(),
            ],
            OF_CLIENT,
            KEY,
            JWT,
            CLIENT,
            TOKEN,
        ],
        &["api.pingone.com"],
    ),
    grant: &GRANT,
    revocation: revocation::by_client(
        "make a new secret or remove the key on the application's page, under Configuration",
    ),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "ping", "environment": "00000000-0000-0000-0000-000000000000", "client_id": "0123456789abcdef", "client_secret": {"env": "PING_SECRET"}}"#,
};

pub(super) static OIDC: Provider = Provider {
    about: "any other OpenID Connect server that takes its issuer as the audience of a client's JWT",
    schema: &schema(
        "oidc",
        "the issuer",
        &[
            &[
                Field::required("issuer", ValueKind::Text).spelled(issuer).asked("issuer", "issuer, a URL"),
                CLIENT_ID,
                SECRET,
                SCOPES,
                filled("jwt.aud", "{issuer}"),
            ],
            OF_CLIENT,
            KEY,
            JWT,
            CLIENT,
            TOKEN,
        ],
        &[],
    ),
    grant: &GRANT,
    revocation: revocation::by_client("remove the client's key or secret at the issuer"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "oidc", "issuer": "https://login.example.com", "client_id": "ci",
  "private_key": {"file": "../keys/ci.key"}, "scopes": ["read"], "hosts": ["api.example.com"]}"#,
};
