//! The `config.json` of the Python modules aepp and cjapy, of both eras.
//! <https://github.com/adobe/aepp>

use serde_json::{Value as Json, json};

use super::{STAGE, jwt, oauth};
use crate::profile::format::pointer::{any_text, private_key, text, words};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat { name: "aepp", about: "the config.json of aepp and cjapy", read, is_read: true, variables: None };

fn read(document: &Json) -> Option<Found> {
    let (client_id, org_id) = (any_text(document, &["/client_id", "/api_key"])?, text(document, "/org_id")?);
    text(document, "/secret")?;
    let draft = match text(document, "/tech_id").filter(|_| words(document, "/scopes").is_empty()) {
        Some(tech_id) => jwt().with("technical_account_id", Some(tech_id)).with(
            "private_key",
            ["/pathToKey", "/private_key"].iter().find_map(|pointer| private_key(document, pointer)),
        ),
        None => oauth().with_list("scopes", &words(document, "/scopes")),
    };
    let sandbox = text(document, "/sandbox-name").map(|name| json!({"x-sandbox-name": name}));
    let is_stage = text(document, "/environment").is_some_and(|environment| environment != "prod");
    let draft = draft
        .called(Some(client_id))
        .at(is_stage.then_some(STAGE))
        .with("client_id", Some(client_id))
        .with("client_secret", text(document, "/secret"))
        .with("org_id", Some(org_id))
        .with("headers", sandbox);
    Some(Found::Credentials(vec![draft]))
}
