//! The configuration of imscli (`~/.config/imscli.yaml` or `.json`). Case does not matter in its keys.
//! <https://github.com/adobe/imscli>

use serde_json::{Map, Value as Json};

use super::{jwt, oauth};
use crate::profile::format::pointer::{private_key, text, words};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat { name: "imscli", about: "the configuration of imscli", read, is_read: true, variables: None };

fn read(document: &Json) -> Option<Found> {
    let own = document.as_object()?;
    // Many tools have `clientId` and `clientSecret`. Credentials of others must not be sent to Adobe.
    if own.contains_key("clientId") && !["organization", "account"].iter().any(|key| own.contains_key(*key)) {
        return None;
    }
    let lower: Map<String, Json> = own.iter().map(|(key, value)| (key.to_ascii_lowercase(), value.clone())).collect();
    let document = Json::Object(lower);
    let client_id = text(&document, "/clientid")?;
    text(&document, "/clientsecret")?;
    let is_jwt = document.get("privatekey").is_some_and(|value| !value.is_null())
        || document.get("metascopes").is_some_and(|value| !value.is_null());
    let draft = if is_jwt {
        jwt()
            .with_list("metascopes", &words(&document, "/metascopes"))
            .with("private_key", private_key(&document, "/privatekey"))
    } else {
        oauth().with_list("scopes", &words(&document, "/scopes"))
    };
    let draft = draft
        .called(Some(client_id))
        .at(text(&document, "/url"))
        .with("client_id", Some(client_id))
        .with("client_secret", text(&document, "/clientsecret"))
        .with("org_id", text(&document, "/organization"))
        .with("technical_account_id", text(&document, "/account"));
    Some(Found::Credentials(vec![draft]))
}
