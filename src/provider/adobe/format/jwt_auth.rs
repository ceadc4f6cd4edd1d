//! The configuration of `@adobe/jwt-auth`.
//! <https://github.com/adobe/jwt-auth>

use serde_json::Value as Json;

use super::jwt;
use crate::profile::format::pointer::{any_text, text};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("adobe-jwt-auth", "the configuration of @adobe/jwt-auth", read);

fn read(document: &Json) -> Option<Found> {
    let client_id = text(document, "/clientId")?;
    any_text(document, &["/technicalAccountId", "/orgId"])?;
    let draft = jwt().called(Some(client_id)).at(text(document, "/ims")).read(
        document,
        &[
            ("client_id", &["/clientId"]),
            ("client_secret", &["/clientSecret"]),
            ("org_id", &["/orgId"]),
            ("technical_account_id", &["/technicalAccountId"]),
            ("metascopes", &["/metaScopes"]),
            ("private_key", &["/privateKey"]),
            ("passphrase", &["/passphrase"]),
        ],
    );
    Some(Ok(vec![draft]))
}
