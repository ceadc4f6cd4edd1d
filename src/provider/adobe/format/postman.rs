//! A Postman environment from Adobe's consoles and samples: for JWT until 2024, for OAuth since then.

use serde_json::{Map, Value as Json, json};

use super::jwt_or_oauth;
use crate::profile::format::pointer::text;
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("postman-environment", "a Postman environment for Adobe", read);

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
        return Some(Err("has an empty API_KEY: fill the environment in first, or import the credential's own JSON"));
    };
    let draft = jwt_or_oauth(&variables, &["/META_SCOPE", "/META_SCOPES", "/PRIVATE_KEY"], "/SCOPES");
    let sandbox = text(&variables, "/SANDBOX_NAME").map(|name| json!({"x-sandbox-name": name}));
    let draft = draft
        .called(Some(api_key))
        .called(text(document, "/name"))
        .at(text(&variables, "/IMS"))
        .with("headers", sandbox)
        .read(
            &variables,
            &[
                ("client_id", &["/API_KEY"]),
                ("client_secret", &["/CLIENT_SECRET"]),
                ("org_id", &["/IMS_ORG"]),
                ("technical_account_id", &["/TECHNICAL_ACCOUNT_ID"]),
                ("scopes", &["/SCOPES"]),
                ("metascopes", &["/META_SCOPE", "/META_SCOPES"]),
                ("private_key", &["/PRIVATE_KEY"]),
            ],
        );
    Some(Ok(vec![draft]))
}
