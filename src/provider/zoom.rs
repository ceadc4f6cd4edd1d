//! Zoom: a server-to-server app, whose grant type is Zoom's own.
//! <https://developers.zoom.us/docs/internal-apps/s2s-oauth/>

use super::shared::{ADVICE, CLIENT, TOKEN, endpoint, schema, secret, token_url};
use super::{KeyUpload, Provider, revocation};
use crate::grant::client_credentials::ClientCredentials;
use crate::grant::oauth::TokenEndpoint;
use crate::profile::schema::{Field, ValueKind, word};

pub(super) static PROVIDER: Provider = Provider {
    about: "a server-to-server app of Zoom",
    schema: &schema(
        "zoom",
        "Zoom",
        &[
            &[
                Field::required("account_id", ValueKind::Text).spelled(word).asked("account-id", "account ID"),
                Field::required("client_id", ValueKind::Text).spelled(word).asked("client-id", "client ID"),
                Field::required("client_secret", ValueKind::Secret)
                    .spelled(secret)
                    .rotated()
                    .asked("client-secret", "client secret"),
                token_url("https://zoom.us/oauth/token"),
            ],
            CLIENT,
            TOKEN,
        ],
        &["api.zoom.us"],
    ),
    grant: &ClientCredentials {
        grant_type: "account_credentials",
        form: &[("account_id", "account_id")],
        ..ClientCredentials::new(&ENDPOINT)
    },
    revocation: revocation::by_client("make a new client secret on the app's page, under App Credentials"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "zoom", "account_id": "abcdEFGH1234", "client_id": "abcdEFGH",
  "client_secret": {"env": "ZOOM_CLIENT_SECRET"}}"#,
};

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);
