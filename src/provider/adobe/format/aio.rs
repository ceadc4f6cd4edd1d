//! The configuration of the aio CLI (`~/.config/aio`, `.aio`), and its environment variables. A file may also hold one
//! context alone, as `aio config set --json` takes it.
//! <https://github.com/adobe/aio-lib-ims>, <https://github.com/adobe/aio-lib-core-config>

use serde_json::{Map, Value as Json};

use super::{STAGE, is_adobes, jwt, jwt_or_oauth};
use crate::profile::draft::Draft;
use crate::profile::format::pointer::{any_text, secrets, text};
use crate::profile::format::{Found, ImportFormat, Variables};

pub(super) static FORMAT: ImportFormat = ImportFormat {
    variables: Some(Variables { name: "aio-env", prefix: "AIO_", document }),
    ..ImportFormat::new("aio-config", "the configuration of Adobe's aio CLI", read)
};

const NONE: &str = "holds no credential with a client secret: the aio CLI's login of a person is none";

/// The OAuth plug-in has a list, the JWT plug-in one value; users' files have either (aio-cli-plugin-cloudmanager#692).
const SECRETS: [&str; 2] = ["/client_secrets", "/client_secret"];

fn read(document: &Json) -> Option<Found> {
    let contexts = ["/ims/contexts", "/$ims"].iter().find_map(|pointer| document.pointer(pointer)?.as_object());
    let oldest = document.get("jwt-auth").and_then(before_contexts);
    if contexts.is_none() && oldest.is_none() {
        return alone(document).map(|draft| Ok(vec![draft]));
    }
    let drafts = contexts.into_iter().flatten().filter_map(|(name, context)| draft(Some(name), context));
    let project = text(document, "/project/name");
    let drafts: Vec<Draft> = drafts.chain(oldest).map(|draft| draft.of_project(project)).collect();
    Some(if drafts.is_empty() { Err(NONE) } else { Ok(drafts) })
}

/// A context, or the oldest form, without the objects around it.
fn alone(document: &Json) -> Option<Draft> {
    const OWNER: [&str; 5] =
        ["/ims_org_id", "/org_id", "/technical_account_id", "/jwt_payload/iss", "/jwt_payload/sub"];
    if !is_adobes(document, &OWNER) {
        return None;
    }
    if document.get("jwt_payload").is_some() { before_contexts(document) } else { draft(None, document) }
}

fn draft(name: Option<&str>, context: &Json) -> Option<Draft> {
    let client_id = text(context, "/client_id")?;
    // A context with a redirect is for the login of a person.
    let is_login = any_text(context, &["/redirect_uri", "/callback_url"]).is_some();
    if is_login || SECRETS.iter().all(|pointer| secrets(context, pointer).is_empty()) {
        return None;
    }
    let draft = jwt_or_oauth(context, &["/private_key", "/meta_scopes"], "/scopes");
    let is_stage = text(context, "/env") == Some("stage");
    Some(draft.called(name).called(Some(client_id)).at(is_stage.then_some(STAGE)).read(
        context,
        &[
            ("client_id", &["/client_id"]),
            ("client_secret", &SECRETS),
            ("org_id", &["/ims_org_id", "/org_id"]),
            ("technical_account_id", &["/technical_account_id"]),
            ("scopes", &["/scopes"]),
            ("metascopes", &["/meta_scopes"]),
            ("private_key", &["/private_key"]),
            ("passphrase", &["/passphrase"]),
        ],
    ))
}

/// The oldest form, of the jwt-auth plug-in, which holds the claims of the JWT.
fn before_contexts(old: &Json) -> Option<Draft> {
    let client_id = text(old, "/client_id")?;
    let claims = old.get("jwt_payload").and_then(Json::as_object);
    let granted = claims.into_iter().flatten().filter(|(_, value)| *value == true || *value == "true");
    let metascopes: Vec<String> = granted.map(|(claim, _)| claim.clone()).collect();
    let metascopes = Some(metascopes).filter(|metascopes| !metascopes.is_empty());
    let draft = jwt().called(Some("jwt-auth")).called(Some(client_id)).at(text(old, "/token_exchange_url"));
    Some(draft.with("metascopes", metascopes).read(
        old,
        &[
            ("client_id", &["/client_id"]),
            ("client_secret", &SECRETS),
            ("org_id", &["/jwt_payload/iss", "/ims_org_id", "/org_id"]),
            ("technical_account_id", &["/jwt_payload/sub", "/technical_account_id"]),
            ("private_key", &["/jwt_private_key", "/private_key"]),
        ],
    ))
}

/// `ims_contexts_NAME_client__id`: an underscore separates levels, and two underscores are a literal one.
fn document(variables: &[(String, String)]) -> Json {
    let mut root = Map::new();
    for (name, value) in variables {
        let name = name.to_ascii_lowercase().replace("__", "\u{0}");
        let levels: Vec<String> = name.split('_').map(|level| level.replace('\u{0}', "_")).collect();
        put(&mut root, &levels, value);
    }
    root.into()
}

fn put(object: &mut Map<String, Json>, levels: &[String], value: &str) {
    match levels {
        [] => {}
        [last] => {
            object.insert(last.clone(), value.into());
        }
        [first, rest @ ..] => {
            let inner = object.entry(first.clone()).or_insert_with(|| Map::new().into());
            if let Json::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
