//! The `config.json` of the Python modules aepp and cjapy, of both eras.
//! <https://github.com/adobe/aepp>

use serde_json::{Value as Json, json};

use super::{STAGE, is_adobes, jwt_or_oauth};
use crate::profile::format::pointer::{any_text, text};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat = ImportFormat::new("aepp", "the config.json of aepp and cjapy", read);

fn read(document: &Json) -> Option<Found> {
    let client_id = any_text(document, &["/client_id", "/api_key"])?;
    text(document, "/secret").filter(|_| is_adobes(document, &["/org_id", "/tech_id"]))?;
    let is_stage = text(document, "/environment").is_some_and(|environment| environment != "prod");
    let sandbox = text(document, "/sandbox-name").map(|name| json!({"x-sandbox-name": name}));
    let draft = jwt_or_oauth(document, &["/tech_id"], "/scopes");
    let draft = draft.called(Some(client_id)).at(is_stage.then_some(STAGE)).with("headers", sandbox).read(
        document,
        &[
            ("client_id", &["/client_id", "/api_key"]),
            ("client_secret", &["/secret"]),
            ("org_id", &["/org_id"]),
            ("technical_account_id", &["/tech_id"]),
            ("scopes", &["/scopes"]),
            ("private_key", &["/pathToKey", "/private_key"]),
        ],
    );
    Some(Ok(vec![draft]))
}
