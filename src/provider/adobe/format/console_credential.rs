//! A credential from Adobe's Developer Console ("Download JSON" in the credential's overview): flat, in capitals. The
//! two kinds of credential have different names for the same values.

use serde_json::Value as Json;

use super::{jwt, oauth};
use crate::profile::draft::Draft;
use crate::profile::format::pointer::{any_text, private_key, secrets, text, words};
use crate::profile::format::{Found, ImportFormat};
use crate::profile::schema;

pub(super) static FORMAT: ImportFormat = ImportFormat {
    name: "console-credential",
    about: "a credential of Adobe's Developer Console",
    read,
    is_read: true,
    variables: None,
};

fn read(document: &Json) -> Option<Found> {
    text(document, "/ORG_ID")?;
    let draft = match (text(document, "/CLIENT_ID"), text(document, "/API_KEY")) {
        (Some(client_id), _) => oauth()
            .called(Some(client_id))
            .with("client_id", Some(client_id))
            .with_any(
                "client_secret",
                &[secrets(document, "/CLIENT_SECRETS"), secrets(document, "/CLIENT_SECRET")].concat(),
            )
            .with_list("scopes", &words(document, "/SCOPES")),
        (None, Some(api_key)) => jwt_draft(document, api_key),
        (None, None) => return None,
    };
    let draft = draft
        .with("org_id", text(document, "/ORG_ID"))
        .with("technical_account_id", text(document, "/TECHNICAL_ACCOUNT_ID"));
    Some(Found::Credentials(vec![draft]))
}

/// The download has neither key nor metascopes; other tools tell users to add them.
fn jwt_draft(document: &Json, api_key: &str) -> Draft {
    let key = ["/PRIVATE_KEY", "/PRIVATE_Key"].iter().find_map(|pointer| private_key(document, pointer));
    let metascopes = ["/META_SCOPES", "/METASCOPES"].iter().map(|pointer| words(document, pointer)).collect::<Vec<_>>();
    jwt()
        .called(Some(api_key))
        .with("client_id", Some(api_key))
        .with("client_secret", any_text(document, &["/CLIENT_SECRET"]))
        .with("private_key", key)
        .with_list("metascopes", &metascopes.concat())
        .with("certificate_ends", last_end(document))
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
