//! `DocuSign`: the JWT grant of an app, for one of its users.
//! <https://developers.docusign.com/platform/auth/jwt-grant/>

use super::shared::{JWT, KEY, REQUIRED_KEY, TOKEN, endpoint, filled, lifetime_up_to, schema, scope, scope_place};
use super::{KeyUpload, Provider, revocation};
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::grant::signed_assertion::SignedAssertion;
use crate::profile::schema::{self, Field, Schema, ValueKind, word};

pub(super) static PROVIDER: Provider = Provider {
    about: "an app of DocuSign, for one of its users",
    schema: &Schema {
        algorithm: "RS256",
        ..schema(
            "docusign",
            "DocuSign",
            &[
                &[
                    Field::required("client_id", ValueKind::Text).spelled(word).asked("client-id", "integration key"),
                    Field::required("user", ValueKind::Text).spelled(word).asked("user", "user ID, a GUID"),
                    // https://account-d.docusign.com for the demo environment.
                    Field::optional("server", ValueKind::Text)
                        .spelled(schema::origin)
                        .inherited()
                        .or("https://account.docusign.com"),
                    Field::optional("token_url", ValueKind::Text).spelled(schema::url).or("{server}/oauth/token"),
                    Field::optional("scopes", ValueKind::List)
                        .spelled(scope)
                        .narrowed_by("scope")
                        .or("impersonation,signature"),
                    filled("jwt.iss", "{client_id}"),
                    filled("jwt.sub", "{user}"),
                    // The host alone, without https://.
                    filled("jwt.aud", "{host}"),
                    Field::optional("jwt.scope_in", ValueKind::Text).spelled(scope_place).or("claim"),
                    lifetime_up_to::<3600>(),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
                TOKEN,
            ],
            &["*.docusign.net"],
        )
    },
    grant: &SignedAssertion::new(&ENDPOINT),
    revocation: revocation::by_client("delete the key pair on the app's page, under Service Integration"),
    key_upload: KeyUpload::PublicKey("DocuSign takes the public key on the app's page, under Service Integration"),
    claims: &[],
    example: r#"{"provider": "docusign", "client_id": "00000000-0000-0000-0000-000000000000",
  "user": "00000000-0000-0000-0000-000000000000", "private_key": {"file": "../keys/docusign.key"}}"#,
};

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);

static ADVICE: [Advice; 6] = [
    Advice::on(
        "consent_required",
        "let the user consent once in a browser: /oauth/auth?response_type=code&scope=signature%20impersonation&client_id=… \
         at the same server",
    ),
    Advice::always("the app has no public key for the private key in {profile}: add it on the app's page")
        .says("no_valid_keys_or_signatures")
        .rejects("private_key"),
    Advice::always("correct client_id in {profile}, or \"server\": demo and production have different apps")
        .says("issuer_not_found"),
    Advice::always("correct \"user\" in {profile}: it is the user's GUID, not an email address").says("user_not_found"),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("check {profile} against the app's page"),
];
