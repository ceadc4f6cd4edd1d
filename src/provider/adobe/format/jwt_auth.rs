//! The configuration of `@adobe/jwt-auth`. Later libraries, for OAuth, have the same names.
//! <https://github.com/adobe/jwt-auth>, <https://github.com/adobe/aio-commerce-sdk>

use serde_json::Value as Json;

use super::{is_adobes, jwt_or_oauth};
use crate::profile::format::pointer::{any_text, text};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("adobe-jwt-auth", "the configuration of @adobe/jwt-auth and its successors", read);

fn read(document: &Json) -> Option<Found> {
    let client_id = any_text(document, &["/clientId", "/apiKey"])?;
    if !is_adobes(document, &["/technicalAccountId", "/orgId", "/imsOrgId", "/organizationId"]) {
        return None;
    }
    let draft = jwt_or_oauth(document, &["/metaScopes", "/metascopes", "/privateKey"], "/scopes");
    let draft = draft.called(Some(client_id)).at(text(document, "/ims")).read(
        document,
        &[
            ("client_id", &["/clientId", "/apiKey"]),
            ("client_secret", &["/clientSecret", "/clientSecrets"]),
            ("org_id", &["/orgId", "/imsOrgId", "/organizationId"]),
            ("technical_account_id", &["/technicalAccountId"]),
            ("scopes", &["/scopes"]),
            ("metascopes", &["/metaScopes", "/metascopes"]),
            ("private_key", &["/privateKey"]),
            ("passphrase", &["/passphrase"]),
        ],
    );
    Some(Ok(vec![draft]))
}
