//! `ServiceNow`: the JWT bearer grant of an inbound integration.
//! <https://www.servicenow.com/docs/r/platform-security/authentication/configure-an-oauth-jwt-bearer-grant.html>

use super::shared::{
    CLIENT, JWT, KEY, REQUIRED_KEY, TOKEN, client_auth, endpoint, filled, lifetime_up_to, schema, secret, text,
};
use super::{KeyUpload, Provider, revocation};
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::grant::revocation::{ByClient, Revocation, Way};
use crate::grant::signed_assertion::SignedAssertion;
use crate::profile::schema::{self, Field, Schema, ValueKind, word};

pub(super) static PROVIDER: Provider = Provider {
    about: "an integration of ServiceNow with JWT bearer grant, for one of its users",
    schema: &Schema {
        algorithm: "RS256",
        ..schema(
            "servicenow",
            "ServiceNow",
            &[
                &[
                    Field::required("instance", ValueKind::Text)
                        .spelled(schema::origin)
                        .inherited()
                        .asked("instance", "instance, such as acme.service-now.com"),
                    Field::required("client_id", ValueKind::Text).spelled(word).asked("client-id", "client ID"),
                    Field::required("client_secret", ValueKind::Secret)
                        .spelled(secret)
                        .rotated()
                        .asked("client-secret", "client secret"),
                    Field::required("user", ValueKind::Text)
                        .spelled(text)
                        .asked("user", "user, by the integration's user field, such as an email address"),
                    Field::optional("client_auth", ValueKind::Text).spelled(client_auth).or("post"),
                    Field::optional("token_url", ValueKind::Text).spelled(schema::url).or("{instance}/oauth_token.do"),
                    filled("jwt.iss", "{client_id}"),
                    filled("jwt.sub", "{user}"),
                    // One page says the token endpoint, the form of the integration the client's ID.
                    filled("jwt.aud", "{client_id}"),
                    lifetime_up_to::<3600>(),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
                CLIENT,
                TOKEN,
            ],
            &["*.service-now.com"],
        )
    },
    grant: &SignedAssertion::new(&ENDPOINT),
    revocation: Revocation {
        way: Way::Client(ByClient { signs: false, ..revocation::CLIENT }),
        remove: "remove the key or the secret from the integration in the Machine Identity Console",
    },
    key_upload: KeyUpload::Certificate(
        "ServiceNow takes it as a certificate record, which the integration's verifier map names",
    ),
    claims: &[],
    example: r#"{"provider": "servicenow", "instance": "acme.service-now.com", "client_id": "0123456789abcdef",
  "client_secret": {"env": "SERVICENOW_SECRET"}, "user": "ci@acme.example", "private_key": {"file": "../keys/servicenow.key"},
  "jwt": {"key_id": "k1"}, "hosts": ["acme.service-now.com"]}"#,
};

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);

static ADVICE: [Advice; 3] = [
    // ServiceNow gives this code for every wrong part of a request, without a reason.
    Advice::always(
        "compare client_id, \"user\" and \"key_id\" in the \"jwt\" of {profile}, and the key, with the integration; \"aud\" may \
         also be the token endpoint",
    )
    .status(400..=401)
    .rejects("client_secret"),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("check {profile} against the integration's page"),
];
