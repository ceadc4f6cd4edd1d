//! App Store Connect: a key signs the token itself.
//! <https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests>

use super::shared::{JWT, KEY, REQUIRED_KEY, filled, lifetime_up_to, schema, switched};
use super::{KeyUpload, Provider, revocation};
use crate::grant::jwt::JwtTemplate;
use crate::grant::self_signed::SelfSigned;
use crate::profile::schema::{Field, Schema, ValueKind, word};

pub(super) static PROVIDER: Provider = Provider {
    about: "a team key of Apple's App Store Connect API",
    schema: &Schema {
        endpoint_key: "",
        algorithm: "ES256",
        ..schema(
            "app-store-connect",
            "Apple",
            &[
                &[
                    Field::required("issuer_id", ValueKind::Text)
                        .spelled(word)
                        .asked("issuer-id", "issuer ID, above the list of keys"),
                    Field::required("key_id", ValueKind::Text)
                        .spelled(word)
                        .asked("key-id", "key ID, which the name of the key's file contains"),
                    filled("jwt.key_id", "{key_id}"),
                    filled("jwt.iss", "{issuer_id}"),
                    filled("jwt.aud", "appstoreconnect-v1"),
                    lifetime_up_to::<1200>(),
                    switched("jwt.jti", "false"),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
            ],
            &["api.appstoreconnect.apple.com"],
        )
    },
    // Apple takes 20 minutes at most, by its own clock.
    grant: &SelfSigned::new(JwtTemplate { claims: &[], life: 900, backdated: 60 }),
    revocation: revocation::none("revoke the key in App Store Connect: Users and Access, Integrations"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "app-store-connect", "issuer_id": "00000000-0000-0000-0000-000000000000", "key_id": "ABC123DEFG",
  "private_key": {"file": "../keys/AuthKey_ABC123DEFG.p8"}}"#,
};
