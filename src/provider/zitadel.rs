//! ZITADEL: the key of a service account.
//! <https://zitadel.com/docs/guides/integrate/service-accounts/private-key-jwt>

use serde_json::Value as Json;

use super::shared::{ADVICE, JWT, KEY, REQUIRED_KEY, TOKEN, endpoint, filled, lifetime_up_to, schema, scope};
use super::{KeyUpload, Provider, revocation};
use crate::grant::oauth::TokenEndpoint;
use crate::grant::signed_assertion::SignedAssertion;
use crate::profile::draft::Draft;
use crate::profile::format::pointer::text as text_at;
use crate::profile::format::{Found, ImportFormat};
use crate::profile::schema::{self, Field, Schema, ValueKind, word};

pub(super) static PROVIDER: Provider = Provider {
    about: "a service account of ZITADEL",
    schema: &Schema {
        algorithm: "RS256",
        ..schema(
            "zitadel",
            "ZITADEL",
            &[
                &[
                    Field::required("instance", ValueKind::Text)
                        .spelled(schema::origin)
                        .asked("instance", "domain of the instance")
                        .supplied(
                            "instance",
                            "ORIGIN",
                            "Domain of your ZITADEL instance, which its file does not contain",
                        ),
                    Field::required("user_id", ValueKind::Text)
                        .spelled(word)
                        .asked("user-id", "ID of the service account"),
                    Field::optional("token_url", ValueKind::Text).spelled(schema::url).or("{instance}/oauth/v2/token"),
                    Field::optional("scopes", ValueKind::List).spelled(scope).narrowed_by("scope").or("openid"),
                    filled("jwt.iss", "{user_id}"),
                    filled("jwt.sub", "{user_id}"),
                    filled("jwt.aud", "{instance}"),
                    lifetime_up_to::<3600>(),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
                TOKEN,
            ],
            &[],
        )
    },
    grant: &SignedAssertion::new(&ENDPOINT),
    revocation: revocation::none("delete the key on the service account's page, under Keys"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "zitadel", "instance": "acme.zitadel.cloud", "user_id": "100509901696068329",
  "private_key": {"file": "../keys/zitadel.key"}, "jwt": {"key_id": "81693565968772648"}, "hosts": ["api.acme.example"]}"#,
};

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("zitadel-service-account", "a service account key of ZITADEL", read);

fn read(document: &Json) -> Option<Found> {
    if document.get("type")? != "serviceaccount" {
        return None;
    }
    let draft = Draft::new(PROVIDER.schema).called(text_at(document, "/userId"));
    Some(Ok(vec![
        draft.read(document, &[("user_id", &["/userId"]), ("private_key", &["/key"]), ("jwt.key_id", &["/keyId"])]),
    ]))
}
