//! Box: an app with server authentication (JWT), for its enterprise or one of its users.
//! <https://developer.box.com/guides/authentication/jwt/without-sdk/>

use serde_json::Value as Json;

use super::shared::{
    CLIENT, JWT, KEY, REQUIRED_KEY, TOKEN, endpoint, filled, lifetime_up_to, schema, secret, switched, token_url,
};
use super::{KeyUpload, Provider, revocation};
use crate::grant::jwt::{CLOCK, ClaimRow, JwtTemplate};
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::grant::revocation::{ByClient, Place, Revocation, Way};
use crate::grant::signed_assertion::SignedAssertion;
use crate::profile::draft::Draft;
use crate::profile::format::pointer::{object, text as text_at};
use crate::profile::format::{Found, ImportFormat};
use crate::profile::schema::{Field, Schema, ValueKind, word};

pub(super) static PROVIDER: Provider = Provider {
    about: "an app of Box with server authentication (JWT)",
    schema: &Schema {
        algorithm: "RS256",
        ..schema(
            "box",
            "Box",
            &[
                &[
                    Field::required("client_id", ValueKind::Text).spelled(word).asked("client-id", "client ID"),
                    Field::required("client_secret", ValueKind::Secret)
                        .spelled(secret)
                        .rotated()
                        .asked("client-secret", "client secret"),
                    Field::required("key_id", ValueKind::Text).spelled(word).asked("key-id", "public key ID"),
                    // For a user: {"jwt": {"sub": USER, "claims": {"box_sub_type": "user"}}}.
                    Field::required("enterprise_id", ValueKind::Text)
                        .spelled(word)
                        .asked("enterprise-id", "enterprise ID"),
                    Field::optional("client_auth", ValueKind::Text).spelled(super::shared::client_auth).or("post"),
                    token_url("https://api.box.com/oauth2/token"),
                    filled("jwt.key_id", "{key_id}"),
                    filled("jwt.iss", "{client_id}"),
                    filled("jwt.sub", "{enterprise_id}"),
                    filled("jwt.aud", "{token_url}"),
                    // Box refuses more than 60 s after `iat`: a back-dated one would leave too little.
                    switched("jwt.iat", "false"),
                    lifetime_up_to::<60>(),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
                CLIENT,
                TOKEN,
            ],
            &["api.box.com", "upload.box.com"],
        )
    },
    grant: &SignedAssertion { jwt: ASSERTION, ..SignedAssertion::new(&ENDPOINT) },
    revocation: Revocation {
        way: Way::Client(ByClient { place: Place::Beside("revoke"), signs: false, ..revocation::CLIENT }),
        remove: "delete the public key on the app's page, under Configuration",
    },
    key_upload: KeyUpload::PublicKey("Box takes the public key on the app's page, under Configuration"),
    claims: &[],
    example: r#"{"provider": "box", "client_id": "0123456789abcdef", "client_secret": {"env": "BOX_CLIENT_SECRET"},
  "key_id": "abcd1234", "enterprise_id": "123456", "private_key": {"file": "../keys/box.key"},
  "passphrase": {"env": "BOX_PASSPHRASE"}}"#,
};

const ASSERTION: JwtTemplate =
    JwtTemplate { claims: &[ClaimRow::Text("box_sub_type", "enterprise")], life: 45, backdated: 0 };

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);

static ADVICE: [Advice; 7] = [
    Advice::always("set this machine's clock").says("exceeds the maximum value").rejects(CLOCK),
    Advice::always("set this machine's clock").says("Current date/time MUST be before").rejects(CLOCK),
    Advice::always("correct enterprise_id in {profile}, or the user in \"sub\", who must be one of this app's")
        .says("'sub' claim"),
    Advice::on("invalid_client", "compare client_id and client_secret in {profile} with the app's page")
        .rejects("client_secret"),
    Advice::on("unauthorized_client", "have an administrator authorize the app in Box's Admin Console"),
    Advice::always("try again in a few minutes").status(500..=599),
    Advice::always("compare key_id and the private key in {profile} with the app's page").rejects("private_key"),
];

pub(super) static FORMAT: ImportFormat = ImportFormat::new("box-app-settings", "the settings of an app of Box", read);

fn read(document: &Json) -> Option<Found> {
    object(document, "/boxAppSettings/appAuth")?;
    let draft = Draft::new(PROVIDER.schema).called(text_at(document, "/boxAppSettings/clientID"));
    Some(Ok(vec![draft.read(
        document,
        &[
            ("client_id", &["/boxAppSettings/clientID"]),
            ("client_secret", &["/boxAppSettings/clientSecret"]),
            ("key_id", &["/boxAppSettings/appAuth/publicKeyID"]),
            ("private_key", &["/boxAppSettings/appAuth/privateKey"]),
            ("passphrase", &["/boxAppSettings/appAuth/passphrase"]),
            ("enterprise_id", &["/enterpriseID"]),
        ],
    )]))
}
