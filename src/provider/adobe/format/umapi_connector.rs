//! The User Sync Tool's `connector-umapi.yml`. The tool uses one API, whose scopes are not in the file.
//! <https://github.com/adobe-apiplatform/user-sync.py>

use serde_json::Value as Json;

use super::{jwt, oauth};
use crate::profile::format::pointer::{any_text, has, text};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("umapi-connector", "the User Sync Tool's connector-umapi.yml", read);

const SCOPES: [&str; 3] = ["openid", "AdobeID", "user_management_sdk"];
const METASCOPES: [&str; 1] = ["ent_user_sdk"];
const ONLY_JWT: [&str; 5] =
    ["/tech_acct_id", "/tech_acct", "/priv_key_path", "/priv_key_data", "/secure_priv_key_data_key"];
/// These refer to the system's keyring.
const IN_KEYRING: [&str; 4] =
    ["secure_client_secret_key", "secure_client_id_key", "secure_priv_key_data_key", "secure_priv_key_pass_key"];

fn read(document: &Json) -> Option<Found> {
    // `integration` is the name in the tool's examples of today.
    let enterprise = ["enterprise", "integration"].iter().find_map(|key| document.get(*key))?;
    enterprise.get("org_id")?;
    let is_oauth = match text(document, "/authentication_method") {
        Some(method) => method == "oauth",
        None => !ONLY_JWT.iter().any(|pointer| has(enterprise, pointer)),
    };
    let draft =
        if is_oauth { oauth().with("scopes", Some(SCOPES)) } else { jwt().with("metascopes", Some(METASCOPES)) };
    let elsewhere = IN_KEYRING.iter().any(|key| enterprise.get(key).is_some());
    let draft = draft
        .called(any_text(enterprise, &["/client_id", "/api_key"]))
        .at(any_text(document, &["/server/auth_host", "/server/ims_host"]))
        .lacking(elsewhere.then_some("what the file leaves to the system's keyring (secure_…_key) is not read"))
        .read(
            enterprise,
            &[
                ("client_id", &["/client_id", "/api_key"]),
                ("client_secret", &["/client_secret"]),
                ("org_id", &["/org_id"]),
                ("technical_account_id", &["/tech_acct_id", "/tech_acct"]),
                ("private_key", &["/priv_key_data", "/priv_key_path"]),
                ("passphrase", &["/priv_key_pass"]),
            ],
        );
    Some(Ok(vec![draft]))
}
