//! Salesforce: the JWT bearer flow of a connected app.
//! <https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm>

use super::shared::{JWT, KEY, REQUIRED_KEY, TOKEN, endpoint, filled, lifetime_up_to, schema, seconds, text};
use super::{KeyUpload, Provider, revocation};
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::grant::revocation::{ByClient, Place, Revocation, Way};
use crate::grant::signed_assertion::SignedAssertion;
use crate::profile::schema::{self, Field, Schema, ValueKind};

pub(super) static PROVIDER: Provider = Provider {
    about: "a connected app of Salesforce, for one of its users",
    schema: &Schema {
        algorithm: "RS256",
        ..schema(
            "salesforce",
            "Salesforce",
            &[
                &[
                    Field::required("client_id", ValueKind::Text)
                        .spelled(text)
                        .asked("client-id", "consumer key of the connected app"),
                    Field::required("user", ValueKind::Text).spelled(text).asked("user", "user name, an email address"),
                    // https://test.salesforce.com for a sandbox.
                    Field::optional("login", ValueKind::Text)
                        .spelled(schema::origin)
                        .inherited()
                        .or("https://login.salesforce.com"),
                    Field::optional("token_url", ValueKind::Text)
                        .spelled(schema::url)
                        .or("{login}/services/oauth2/token"),
                    filled("jwt.iss", "{client_id}"),
                    filled("jwt.sub", "{user}"),
                    // Not the endpoint. My Domain has the same one as login.salesforce.com, a site its own.
                    filled("jwt.aud", "{login}"),
                    lifetime_up_to::<300>().or("180"),
                    // Salesforce does not say how long a token lives: the organisation's session policy, 15 min at least.
                    Field::optional("session_life", ValueKind::Number).spelled(seconds).or("600"),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
                TOKEN,
            ],
            &["*.my.salesforce.com"],
        )
    },
    grant: &SignedAssertion::new(&ENDPOINT),
    revocation: Revocation {
        way: Way::Client(ByClient { place: Place::Beside("revoke"), signs: false, ..revocation::CLIENT }),
        remove: "remove the certificate on the connected app's page: Use digital signatures",
    },
    key_upload: KeyUpload::Certificate("Salesforce takes it on the connected app's page: Use digital signatures"),
    claims: &[],
    example: r#"{"provider": "salesforce", "client_id": "3MVG9abcdef", "user": "ci@acme.example",
  "private_key": {"file": "../keys/salesforce.key"}, "session_life": "2h", "hosts": ["acme.my.salesforce.com"]}"#,
};

/// Each API call goes to the organisation's own server, which only the answer names.
static ENDPOINT: TokenEndpoint = TokenEndpoint { details: &["instance_url"], ..endpoint(&[&ADVICE]) };

static ADVICE: [Advice; 9] = [
    Advice::always("approve the app for this user first: its policy \"Admin approved users are pre-authorized\"")
        .says("approved this consumer"),
    Advice::always(
        "give \"aud\" in \"jwt\": https://login.salesforce.com, https://test.salesforce.com, or the site's URL",
    )
    .says("audience is invalid"),
    Advice::always("this machine's clock is wrong, or \"lifetime\" in \"jwt\" is too long")
        .says("expired authorization code"),
    Advice::on("invalid_app_access", "the user's profile or permission set does not include the app: add it"),
    Advice::on(
        "invalid_client_id",
        "client_id in {profile} is not the consumer key of an app there: a sandbox has another \"login\"",
    ),
    Advice::always("install the external client app in this organisation").says("External client app is not installed"),
    Advice::on(
        "invalid_grant",
        "the app has another certificate than that of the key in {profile}, or \"user\" is wrong",
    )
    .rejects("private_key"),
    Advice::always("try again in a few minutes; https://status.salesforce.com shows outages").status(500..=599),
    Advice::always("check {profile} against the connected app's page"),
];
