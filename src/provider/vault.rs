//! `HashiCorp` Vault and `OpenBao`: a login with a JWT that the server's JWT method trusts.
//! <https://developer.hashicorp.com/vault/docs/auth/jwt>

use std::time::Duration;

use serde_json::json;

use super::shared::{JWT, KEY, endpoint, schema, text};
use super::{KeyUpload, Provider};
use crate::grant::jwt::JwtTemplate;
use crate::grant::jwt_login::JwtLogin;
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::{Advice, ErrorKeys};
use crate::grant::oauth::answer::{Format, Unit};
use crate::grant::revocation::{ByToken, Revocation, Way};
use crate::http::{self, Request};
use crate::profile::schema::{self, Field, Schema, ValueKind};
use crate::token::{ACCESS_TOKEN, TokenHeader};

const ADDRESS: &str = "address";
const NAMESPACE: &[(&str, &str)] = &[("x-vault-namespace", "namespace")];

pub(super) static PROVIDER: Provider = Provider {
    about: "a role of Vault or OpenBao, for a JWT that your key signs or that another issuer made",
    schema: &Schema {
        endpoint_key: ADDRESS,
        header: TokenHeader { name: "X-Vault-Token", scheme: "" },
        public_headers: &["x-vault-namespace"],
        ..schema(
            "vault",
            "the server",
            &[
                &[
                    Field::required(ADDRESS, ValueKind::Text)
                        .spelled(schema::url)
                        .inherited()
                        .asked("address", "address, such as https://vault.example.com:8200"),
                    Field::required("role", ValueKind::Text).spelled(text).asked("role", "role of the JWT method"),
                    Field::optional("mount", ValueKind::Text).spelled(mount).or("jwt"),
                    Field::optional("namespace", ValueKind::Text).spelled(schema::word),
                    Field::optional("subject_token", ValueKind::Secret).principal(),
                ],
                KEY,
                JWT,
            ],
            &[],
        )
    },
    grant: &JwtLogin {
        endpoint: &LOGIN,
        path: "/v1/auth/{mount}/login",
        keys: &["role"],
        headers: NAMESPACE,
        jwt: JwtTemplate::OF_PROFILE,
    },
    revocation: REVOCATION,
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "vault", "address": "https://vault.acme.example:8200", "mount": "jwt", "role": "ci",
  "private_key": {"file": "../keys/vault-ci.pem"},
  "jwt": {"algorithm": "ES256", "iss": "https://ci.acme.example", "sub": "runner", "aud": "vault"},
  "hosts": ["vault.acme.example:8200"]}"#,
};

const LOGIN: TokenEndpoint = TokenEndpoint {
    server: "Vault",
    http: http::Endpoint {
        origin_key: ADDRESS,
        request_id: "x-vault-request-id",
        // 412: a standby server is behind. 472 and 473: it is a replica.
        retried: &[412, 429, 472, 473, 502, 503, 504],
        ..endpoint(&[&ADVICE]).http
    },
    answer: Format {
        fields: &[(ACCESS_TOKEN, &["auth", "client_token"])],
        types: &["", "bearer"],
        expires: &["auth", "lease_duration"],
        expires_in: Unit::Seconds,
        // The usual limit of a server.
        longest: Duration::from_secs(32 * 24 * 60 * 60),
        claimed: |_, _| None,
    },
    errors: ErrorKeys { code: &[], description: &["errors"] },
    throttled: "the server limits how often a client logs in; a token that is cached is used until it ends",
    ..endpoint(&[&ADVICE])
};

/// <https://developer.hashicorp.com/vault/api-docs/auth/token#revoke-a-token-self>
const REVOCATION: Revocation = Revocation {
    way: Way::Token(ByToken {
        endpoint: &TOKEN_END,
        path: "/v1/auth/token/revoke-self",
        request: || Request::json(&json!({})),
        headers: NAMESPACE,
    }),
    remove: "take the public key from the method: jwt_validation_pubkeys, or the issuer's jwks_url",
};

static TOKEN_END: TokenEndpoint = TokenEndpoint {
    http: http::Endpoint { accepted: &[200, 204], ..LOGIN.http },
    advice: &[&TOKEN_END_ADVICE],
    ..LOGIN
};

static TOKEN_END_ADVICE: [Advice; 4] = [
    Advice::always("the token is no longer valid there, or its policies do not allow auth/token/revoke-self")
        .status(403..=403),
    Advice::always("unseal the server").says("sealed").passes(),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("check \"address\" and \"namespace\" in {profile}"),
];

const ADVICE: [Advice; 12] = [
    Advice::always("compare \"aud\" in the \"jwt\" of {profile} with the role's bound_audiences").says("(aud) claim"),
    Advice::always("compare \"iss\" in the \"jwt\" of {profile} with the method's bound_issuer").says("(iss) claim"),
    Advice::always("compare \"sub\" in the \"jwt\" of {profile} with the role's bound_subject").says("(sub) claim"),
    Advice::always("set this machine's clock, or renew the subject token").says("expired"),
    Advice::always("set this machine's clock").says("not yet valid"),
    Advice::always("register the public key at the method: jwt_validation_pubkeys, or the issuer's jwks_url")
        .says("signature")
        .rejects("private_key"),
    Advice::always("check \"role\" and \"mount\" in {profile}").says("could not be found"),
    Advice::always("check \"mount\" and \"namespace\" in {profile}: no JWT method is enabled there").status(403..=404),
    Advice::always("unseal the server").says("sealed").passes(),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("give the claims in \"jwt\" of {profile}: one of iat, nbf and exp is required").says("iat"),
    Advice::always("compare {profile} with the method's configuration and its role"),
];

/// The path at which the method is enabled.
fn mount(text: &str) -> Result<String, String> {
    schema::url_path(&format!("/{}", text.trim_matches('/'))).map(|path| path.trim_matches('/').to_owned())
}
