//! Apple Push Notification service: a key signs the token itself.
//! <https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns>

use super::shared::{JWT, KEY, REQUIRED_KEY, filled, lifetime_up_to, schema, switched};
use super::{KeyUpload, Provider, revocation};
use crate::grant::jwt::JwtTemplate;
use crate::grant::self_signed::SelfSigned;
use crate::profile::schema::{Field, Schema, ValueKind, word};
use crate::token::TokenHeader;

pub(super) static PROVIDER: Provider = Provider {
    about: "a key of Apple's push notification service (APNs)",
    schema: &Schema {
        endpoint_key: "",
        algorithm: "ES256",
        // As Apple writes it.
        header: TokenHeader { name: "Authorization", scheme: "bearer " },
        public_headers: &["apns-topic", "apns-push-type"],
        ..schema(
            "apns",
            "Apple",
            &[
                &[
                    Field::required("team_id", ValueKind::Text).spelled(word).asked("team-id", "team ID"),
                    Field::required("key_id", ValueKind::Text)
                        .spelled(word)
                        .asked("key-id", "key ID, which the name of the key's file contains"),
                    filled("jwt.key_id", "{key_id}"),
                    filled("jwt.iss", "{team_id}"),
                    lifetime_up_to::<3540>(),
                    // APNs counts from iat.
                    switched("jwt.exp", "false"),
                    switched("jwt.jti", "false"),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
            ],
            &["api.push.apple.com", "api.sandbox.push.apple.com"],
        )
    },
    // APNs takes a token for an hour, and a new one after 20 minutes. It is refreshed 5 minutes before the end.
    grant: &SelfSigned {
        least_age: 20 * 60,
        ..SelfSigned::new(JwtTemplate { claims: &[], life: 3300, backdated: 60 })
    },
    revocation: revocation::none("revoke the key in the developer account, under Keys"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "apns", "team_id": "DEF123GHIJ", "key_id": "ABC123DEFG",
  "private_key": {"file": "../keys/AuthKey_ABC123DEFG.p8"}, "headers": {"apns-topic": "com.example.app"}}"#,
};
