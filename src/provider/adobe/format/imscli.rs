//! The configuration of imscli (`~/.config/imscli.yaml` or `.json`). Case does not matter in its keys.
//! <https://github.com/adobe/imscli>

use serde_json::{Map, Value as Json};

use super::{is_adobes, jwt_or_oauth};
use crate::profile::format::pointer::text;
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat = ImportFormat::new("imscli", "the configuration of imscli", read);

fn read(document: &Json) -> Option<Found> {
    let own = document.as_object()?;
    // imscli itself writes `clientID`.
    if own.contains_key("clientId") && !is_adobes(document, &["/organization", "/account"]) {
        return None;
    }
    let lower: Map<String, Json> = own.iter().map(|(key, value)| (key.to_ascii_lowercase(), value.clone())).collect();
    let document = Json::Object(lower);
    let client_id = text(&document, "/clientid")?;
    text(&document, "/clientsecret")?;
    let draft = jwt_or_oauth(&document, &["/privatekey", "/metascopes"], "/scopes");
    let draft = draft.called(Some(client_id)).at(text(&document, "/url")).read(
        &document,
        &[
            ("client_id", &["/clientid"]),
            ("client_secret", &["/clientsecret"]),
            ("org_id", &["/organization"]),
            ("technical_account_id", &["/account"]),
            ("scopes", &["/scopes"]),
            ("metascopes", &["/metascopes"]),
            ("private_key", &["/privatekey"]),
        ],
    );
    Some(Ok(vec![draft]))
}
