//! The configuration of the aio CLI (`~/.config/aio`, `.aio`), and its environment variables.
//! <https://github.com/adobe/aio-lib-ims>, <https://github.com/adobe/aio-lib-core-config>

use serde_json::{Map, Value as Json};

use super::{STAGE, jwt, oauth};
use crate::profile::draft::Draft;
use crate::profile::format::pointer::{any_text, private_key, secrets, text, words};
use crate::profile::format::{Found, ImportFormat, Variables, credentials};

pub(super) static FORMAT: ImportFormat = ImportFormat {
    name: "aio-config",
    about: "the configuration of Adobe's aio CLI",
    read,
    is_read: true,
    variables: Some(Variables { name: "aio-env", prefix: "AIO_", document }),
};

const NONE: &str = "holds no credential with a client secret: the aio CLI's login of a person is none";

fn read(document: &Json) -> Option<Found> {
    let contexts = ["/ims/contexts", "/$ims"].iter().find_map(|pointer| document.pointer(pointer)?.as_object());
    let oldest = document.get("jwt-auth").and_then(before_contexts);
    if contexts.is_none() && oldest.is_none() {
        return None;
    }
    let drafts = contexts.into_iter().flatten().filter_map(|(name, context)| draft(name, context));
    Some(credentials(drafts.chain(oldest).collect(), NONE))
}

fn draft(name: &str, context: &Json) -> Option<Draft> {
    let client_id = text(context, "/client_id")?;
    // The OAuth plug-in has a list, the JWT plug-in one value; users' files have either (aio-cli-plugin-cloudmanager#692).
    let mut client_secrets = [secrets(context, "/client_secrets"), secrets(context, "/client_secret")].concat();
    client_secrets.dedup();
    if client_secrets.is_empty() {
        return None;
    }
    let scopes = words(context, "/scopes");
    // A credential that was migrated to OAuth may still have metascopes.
    let is_jwt = context.get("private_key").is_some_and(|value| !value.is_null())
        || context.get("meta_scopes").is_some_and(|value| !value.is_null());
    let draft = if is_jwt && scopes.is_empty() {
        jwt()
            .with_list("metascopes", &words(context, "/meta_scopes"))
            .with("private_key", private_key(context, "/private_key"))
            .with("passphrase", text(context, "/passphrase"))
    } else {
        oauth().with_list("scopes", &scopes)
    };
    let is_stage = text(context, "/env") == Some("stage");
    Some(
        draft
            .called(Some(name))
            .called(Some(client_id))
            .at(is_stage.then_some(STAGE))
            .with("client_id", Some(client_id))
            .with_any("client_secret", &client_secrets)
            .with("org_id", text(context, "/ims_org_id"))
            .with("technical_account_id", text(context, "/technical_account_id")),
    )
}

/// The oldest form, of the jwt-auth plug-in, which holds the claims of the JWT.
fn before_contexts(old: &Json) -> Option<Draft> {
    let client_id = text(old, "/client_id")?;
    let claims = old.get("jwt_payload").and_then(Json::as_object);
    let granted = claims.into_iter().flatten().filter(|(_, value)| *value == true || *value == "true");
    let metascopes: Vec<String> = granted.map(|(claim, _)| claim.clone()).collect();
    let key = ["/jwt_private_key", "/private_key"].iter().find_map(|pointer| private_key(old, pointer));
    Some(
        jwt()
            .called(Some("jwt-auth"))
            .called(Some(client_id))
            .at(text(old, "/token_exchange_url"))
            .with("client_id", Some(client_id))
            .with("client_secret", text(old, "/client_secret"))
            .with("org_id", any_text(old, &["/jwt_payload/iss", "/ims_org_id"]))
            .with("technical_account_id", any_text(old, &["/jwt_payload/sub", "/technical_account_id"]))
            .with_list("metascopes", &metascopes)
            .with("private_key", key),
    )
}

/// `ims_contexts_NAME_client__id`: an underscore separates levels, two are a literal one.
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
