//! A Postman environment from Adobe's consoles and samples: for JWT until 2024, for OAuth since then.

use serde_json::{Map, Value as Json};

use super::{jwt, oauth};
use crate::profile::format::pointer::{private_key, secrets, text, words};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat = ImportFormat {
    name: "postman-environment",
    about: "a Postman environment for Adobe",
    read,
    is_read: true,
    variables: None,
};

fn read(document: &Json) -> Option<Found> {
    let values = document.get("values")?.as_array()?;
    let is_enabled = |entry: &&Json| entry.get("enabled") != Some(&Json::Bool(false));
    let entries = values.iter().filter(is_enabled);
    let variables: Map<String, Json> = entries
        .filter_map(|entry| Some((entry.get("key")?.as_str()?.to_owned(), entry.get("value")?.clone())))
        .collect();
    let variables = Json::Object(variables);
    let api_key = text(&variables, "/API_KEY");
    let is_adobes =
        ["IMS", "IMS_ORG", "TECHNICAL_ACCOUNT_ID", "META_SCOPE"].iter().any(|key| variables.get(*key).is_some());
    if !is_adobes || variables.get("CLIENT_SECRET").is_none() {
        return None;
    }
    let Some(api_key) = api_key else {
        return Some(Found::Nothing(
            "has an empty API_KEY: fill the environment in first, or import the credential's own JSON",
        ));
    };
    let draft = match words(&variables, "/SCOPES").as_slice() {
        [] => jwt()
            .with_list("metascopes", &metascopes(&variables))
            .with("private_key", private_key(&variables, "/PRIVATE_KEY")),
        scopes => oauth().with_list("scopes", scopes),
    };
    let sandbox = text(&variables, "/SANDBOX_NAME").map(|name| serde_json::json!({"x-sandbox-name": name}));
    let draft = draft
        .called(Some(api_key))
        .called(text(document, "/name"))
        .at(text(&variables, "/IMS"))
        .with("client_id", Some(api_key))
        .with_any("client_secret", &secrets(&variables, "/CLIENT_SECRET"))
        .with("org_id", text(&variables, "/IMS_ORG"))
        .with("technical_account_id", text(&variables, "/TECHNICAL_ACCOUNT_ID"))
        .with("headers", sandbox);
    Some(Found::Credentials(vec![draft]))
}

fn metascopes(variables: &Json) -> Vec<String> {
    [words(variables, "/META_SCOPE"), words(variables, "/META_SCOPES")].concat()
}
