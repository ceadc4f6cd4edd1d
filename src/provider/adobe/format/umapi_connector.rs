//! The User Sync Tool's `connector-umapi.yml`. The tool uses one API, whose scopes are not in the file.
//! <https://github.com/adobe-apiplatform/user-sync.py>

use serde_json::Value as Json;

use super::{jwt, oauth};
use crate::profile::format::pointer::{any_text, private_key, text};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat = ImportFormat {
    name: "umapi-connector",
    about: "the User Sync Tool's connector-umapi.yml",
    read,
    is_read: true,
    variables: None,
};

const SCOPES: [&str; 3] = ["openid", "AdobeID", "user_management_sdk"];
const METASCOPE: &str = "ent_user_sdk";
/// These refer to the system's keyring.
const IN_KEYRING: [&str; 4] =
    ["secure_client_secret_key", "secure_client_id_key", "secure_priv_key_data_key", "secure_priv_key_pass_key"];

fn read(document: &Json) -> Option<Found> {
    let enterprise = document.get("enterprise")?;
    enterprise.get("org_id")?;
    let client_id = any_text(enterprise, &["/client_id", "/api_key"]);
    let is_oauth = text(document, "/authentication_method") == Some("oauth");
    let draft = if is_oauth {
        oauth().with_list("scopes", &SCOPES.map(str::to_owned))
    } else {
        let key = ["/priv_key_data", "/priv_key_path"].iter().find_map(|pointer| private_key(enterprise, pointer));
        jwt()
            .with("private_key", key)
            .with("passphrase", text(enterprise, "/priv_key_pass"))
            .with_list("metascopes", &[METASCOPE.to_owned()])
    };
    let elsewhere = IN_KEYRING.iter().any(|key| enterprise.get(key).is_some());
    let draft = draft
        .called(client_id)
        .at(any_text(document, &["/server/auth_host", "/server/ims_host"]))
        .with("client_id", client_id)
        .with("client_secret", text(enterprise, "/client_secret"))
        .with("org_id", text(enterprise, "/org_id"))
        .with("technical_account_id", any_text(enterprise, &["/tech_acct_id", "/tech_acct"]))
        .lacking(elsewhere.then_some("what the file leaves to the system's keyring (secure_…_key) is not read"));
    Some(Found::Credentials(vec![draft]))
}
