//! The generic grants, for an issuer that has no row: profiles name them as `grant`.

use super::shared::{ADVICE, CLIENT, JWT, KEY, OF_CLIENT, REQUIRED_KEY, TOKEN, endpoint, filled, schema, text};
use super::{KeyUpload, Provider, revocation};
use crate::grant::client_credentials::ClientCredentials;
use crate::grant::jwt::JwtTemplate;
use crate::grant::oauth::TokenEndpoint;
use crate::grant::revocation::{ByClient, Revocation, Way};
use crate::grant::self_signed::SelfSigned;
use crate::grant::signed_assertion::SignedAssertion;
use crate::grant::token_exchange::TokenExchange;
use crate::profile::schema::{Field, GRANT, Schema, ValueKind};

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);

const fn generic(name: &'static str, fields: &'static [&'static [Field]]) -> Schema {
    Schema { named_by: GRANT, ..schema(name, "the issuer", fields, &[]) }
}

pub(super) static JWT_BEARER: Provider = Provider {
    about: "a JWT that your key signs, for an access token (RFC 7523, section 2.1)",
    schema: &generic("jwt-bearer", &[OF_ISSUER, KEY, JWT, CLIENT, TOKEN]),
    grant: &SignedAssertion::new(&ENDPOINT),
    revocation: Revocation {
        way: Way::Client(ByClient { signs: false, ..revocation::CLIENT }),
        remove: "remove the public key at the issuer",
    },
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"grant": "jwt-bearer", "token_url": "https://login.example.com/token", "client_id": "my-client",
  "private_key": {"file": "../keys/my.key"}, "jwt": {"sub": "user@example.com", "aud": "https://login.example.com/token"},
  "scopes": ["read"], "hosts": ["api.example.com"]}"#,
};

/// The issuer of the JWT is usually the client. Its subject and its audience are required (RFC 7523, section 3), and the
/// issuer alone knows them.
const OF_ISSUER: &[Field] = &[filled("jwt.iss", "{client_id}")];

pub(super) static CLIENT_CREDENTIALS: Provider = Provider {
    about: "a client secret or a client's key, for an access token (RFC 6749, section 4.4)",
    schema: &generic("client-credentials", &[OF_CLIENT, KEY, JWT, CLIENT, TOKEN]),
    grant: &ClientCredentials::new(&ENDPOINT),
    revocation: revocation::by_client("remove the client's key or secret at the issuer"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"grant": "client-credentials", "issuer": "https://login.example.com/realms/r", "client_id": "my-client",
  "client_auth": "private_key_jwt", "private_key": {"file": "../keys/my.key"},
  "jwt": {"key_id": "k1", "aud": "https://login.example.com/realms/r"}, "scopes": ["read"], "hosts": ["api.example.com"]}"#,
};

pub(super) static TOKEN_EXCHANGE: Provider = Provider {
    about: "a token of another issuer, for one of this issuer (RFC 8693)",
    schema: &generic("token-exchange", &[SUBJECT, OF_CLIENT, KEY, JWT, CLIENT, TOKEN]),
    grant: &TokenExchange { endpoint: &ENDPOINT, jwt: JwtTemplate::OF_PROFILE, impersonation: None },
    revocation: revocation::by_client("end the trust in the subject token's issuer at this issuer"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"grant": "token-exchange", "token_url": "https://sts.example.com/token", "audience": "my-api",
  "subject_token": {"file": "/var/run/secrets/tokens/my-token"}, "hosts": ["api.example.com"]}"#,
};

pub(super) const SUBJECT: &[Field] = &[
    Field::required("subject_token", ValueKind::Secret).principal().asked("subject-token", "token of the other issuer"),
    filled("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
    Field::optional("requested_token_type", ValueKind::Text).spelled(text),
];

pub(super) static SELF_SIGNED: Provider = Provider {
    about: "a JWT that your key signs and that is the token itself",
    schema: &Schema {
        endpoint_key: "",
        ..generic(
            "self-signed",
            &[REQUIRED_KEY, KEY, JWT, &[Field::optional("client_id", ValueKind::Text).spelled(text)]],
        )
    },
    grant: &SelfSigned::new(JwtTemplate::OF_PROFILE),
    revocation: revocation::none("remove the public key at the API that accepts it"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"grant": "self-signed", "private_key": {"file": "../keys/my.key"},
  "jwt": {"algorithm": "ES256", "key_id": "k1", "iss": "me", "aud": "https://api.example.com", "lifetime": "10m"},
  "hosts": ["api.example.com"]}"#,
};
