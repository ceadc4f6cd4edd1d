//! A project from Adobe's Developer Console ("Download" in the overview of a project or workspace: `console.json`). It
//! may list several credentials, and has no private key.

use serde_json::Value as Json;

use super::{jwt, oauth};
use crate::profile::draft::Draft;
use crate::profile::format::pointer::{any_text, object, text};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("console-project", "a project of Adobe's Developer Console", read);

const NONE: &str = "holds no server-to-server credential with its secret: the console's download of a project with one \
    does, and the aio CLI keeps it in its variables (--from aio-env)";

fn read(document: &Json) -> Option<Found> {
    let org_id = text(document, "/project/org/ims_org_id");
    let listed = document.pointer("/project/workspace/details/credentials")?.as_array()?;
    let project = any_text(document, &["/project/name", "/project/title"]);
    let drafts = listed.iter().filter_map(|credential| draft(credential, org_id));
    let drafts: Vec<Draft> = drafts.map(|draft| draft.of_project(project)).collect();
    Some(if drafts.is_empty() { Err(NONE) } else { Ok(drafts) })
}

/// The member with the data tells the kind; `integration_type` may be missing. During a migration both exist, and OAuth is
/// used.
fn draft(credential: &Json, org_id: Option<&str>) -> Option<Draft> {
    const MIGRATES: &str = "it is being migrated from JWT, and both kinds work: OAuth is taken";
    let (draft, data) = match (object(credential, "/oauth_server_to_server"), object(credential, "/jwt")) {
        (Some(data), jwt) => (oauth().noting(jwt.map(|_| MIGRATES)), data),
        (None, Some(data)) => (jwt(), data),
        (None, None) => return None,
    };
    let names = [text(credential, "/name"), text(data, "/client_id"), text(credential, "/id")];
    Some(names.into_iter().fold(draft, Draft::called).with("org_id", org_id).read(
        data,
        &[
            ("client_id", &["/client_id"]),
            ("client_secret", &["/client_secrets", "/client_secret"]),
            ("technical_account_id", &["/technical_account_id"]),
            ("scopes", &["/scopes"]),
            ("metascopes", &["/meta_scopes"]),
        ],
    ))
}
