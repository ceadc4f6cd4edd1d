//! The configuration of `@adobe/jwt-auth`.
//! <https://github.com/adobe/jwt-auth>

use serde_json::Value as Json;

use super::jwt;
use crate::profile::format::pointer::{private_key, text, words};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat = ImportFormat {
    name: "adobe-jwt-auth",
    about: "the configuration of @adobe/jwt-auth",
    read,
    is_read: true,
    variables: None,
};

fn read(document: &Json) -> Option<Found> {
    let client_id = text(document, "/clientId")?;
    text(document, "/technicalAccountId").or_else(|| text(document, "/orgId"))?;
    let draft = jwt()
        .called(Some(client_id))
        .at(text(document, "/ims"))
        .with("client_id", Some(client_id))
        .with("client_secret", text(document, "/clientSecret"))
        .with("org_id", text(document, "/orgId"))
        .with("technical_account_id", text(document, "/technicalAccountId"))
        .with_list("metascopes", &words(document, "/metaScopes"))
        .with("private_key", private_key(document, "/privateKey"))
        .with("passphrase", text(document, "/passphrase"));
    Some(Found::Credentials(vec![draft]))
}
