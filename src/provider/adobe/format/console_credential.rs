//! A credential from Adobe's Developer Console ("Download JSON" in the credential's overview): flat, in capitals. The
//! two kinds of credential have different names for the same values.

use serde_json::Value as Json;

use super::{jwt, oauth};
use crate::profile::format::pointer::text;
use crate::profile::format::{Found, ImportFormat};
use crate::profile::schema;

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("console-credential", "a credential of Adobe's Developer Console", read);

fn read(document: &Json) -> Option<Found> {
    text(document, "/ORG_ID")?;
    let (draft, client_id) = match (text(document, "/CLIENT_ID"), text(document, "/API_KEY")) {
        (Some(client_id), _) => (oauth(), client_id),
        (None, api_key) => (jwt().with("certificate_ends", last_end(document)), api_key?),
    };
    // A JWT credential has neither key nor metascopes; other tools tell users to add them.
    let draft = draft.called(Some(client_id)).with("client_id", Some(client_id)).read(
        document,
        &[
            ("client_secret", &["/CLIENT_SECRETS", "/CLIENT_SECRET"]),
            ("org_id", &["/ORG_ID"]),
            ("technical_account_id", &["/TECHNICAL_ACCOUNT_ID"]),
            ("scopes", &["/SCOPES"]),
            ("metascopes", &["/META_SCOPES", "/METASCOPES"]),
            ("private_key", &["/PRIVATE_KEY", "/PRIVATE_Key"]),
        ],
    );
    Some(Ok(vec![draft]))
}

/// The day on which the last certificate expires. The file names certificates by digests, so that it is unknown which of
/// them belongs to the key.
fn last_end(document: &Json) -> Option<String> {
    let days = document.get("PUBLIC_KEYS_WITH_EXPIRY")?.as_object()?.values();
    days.filter_map(Json::as_str).filter_map(day).max()
}

/// Converts `08/27/2027` to `2027-08-27`.
fn day(american: &str) -> Option<String> {
    let mut parts = american.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let day = format!("{year}-{month:0>2}-{day:0>2}");
    schema::day(&day).ok().filter(|_| parts.next().is_none())
}
