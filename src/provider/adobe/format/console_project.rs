//! A project from Adobe's Developer Console ("Download" in the overview of a project or workspace: `console.json`). It
//! may list several credentials, and has no private key.

use serde_json::Value as Json;

use super::{jwt, oauth};
use crate::profile::draft::Draft;
use crate::profile::format::pointer::{object, secrets, text, words};
use crate::profile::format::{Found, ImportFormat, credentials};

pub(super) static FORMAT: ImportFormat = ImportFormat {
    name: "console-project",
    about: "a project of Adobe's Developer Console",
    read,
    is_read: true,
    variables: None,
};

const NONE: &str = "holds no server-to-server credential with its secret: the console's download of a project with one \
    does, and the aio CLI keeps it in its variables (--from aio-env)";

fn read(document: &Json) -> Option<Found> {
    let org_id = text(document, "/project/org/ims_org_id");
    let listed = document.pointer("/project/workspace/details/credentials")?.as_array()?;
    let drafts = listed.iter().filter_map(|credential| draft(credential, org_id)).collect();
    Some(credentials(drafts, NONE))
}

/// The member with the data tells the kind; `integration_type` may be missing. During a migration both are there, and
/// OAuth is used.
fn draft(credential: &Json, org_id: Option<&str>) -> Option<Draft> {
    let (draft, data) = match (object(credential, "/oauth_server_to_server"), object(credential, "/jwt")) {
        (Some(data), jwt) => {
            let migrates =
                jwt.is_some().then_some("it is being migrated from JWT, and both kinds work: OAuth is taken");
            let secrets = secrets(data, "/client_secrets");
            let draft = oauth().with_any("client_secret", &secrets).noting(migrates);
            (draft.with_list("scopes", &words(data, "/scopes")), data)
        }
        (None, Some(data)) => {
            let draft = jwt().with("client_secret", text(data, "/client_secret"));
            (draft.with_list("metascopes", &words(data, "/meta_scopes")), data)
        }
        (None, None) => return None,
    };
    let client_id = text(data, "/client_id");
    let draft = draft.called(text(credential, "/name")).called(client_id).called(text(credential, "/id"));
    Some(
        draft
            .with("client_id", client_id)
            .with("org_id", org_id)
            .with("technical_account_id", text(data, "/technical_account_id")),
    )
}
