//! The mock's only client. It has both kinds of credential, as a client has during Adobe's migration.

use std::io;
use std::path::Path;

use serde_json::json;

use crate::sys;

/// Its profiles, the default one first.
pub(super) const PROFILES: [&str; 2] = ["jwt", "oauth"];
pub(super) const CLIENT_ID: &str = "5a4db0c5a4db0c5a4db0c5a4db0c0001";
pub(super) const CLIENT_SECRET: &str = "s8e-mock-client-secret";
pub(super) const ORG_ID: &str = "5A4DB0C5A4DB0C5A4DB0C5A4@AdobeOrg";
pub(super) const TECHNICAL_ACCOUNT_ID: &str = "5A4DB0C0ACC0017A4DB0C0AC@techacct.adobe.com";
pub(super) const METASCOPES: [&str; 2] = ["ent_aem_cloud_api", "ent_user_sdk"];
pub(super) const SCOPES: [&str; 4] = ["openid", "AdobeID", "read_organizations", "user_management_sdk"];
/// Accepted by the mock only.
pub(super) const PRIVATE_KEY: &str = include_str!("private.key");
pub(super) const CERTIFICATE: &str = include_str!("certificate_pub.crt");

/// The OAuth credential as Adobe's Developer Console has it for download.
pub(super) const DOWNLOAD: &str = "oauth_server_to_server.json";

/// Writes the profiles `jwt` and `oauth`, their key pair, and the download.
pub(super) fn write_files(directory: &Path, origin: &str) -> io::Result<()> {
    let jwt = json!({
        "provider": "adobe-jwt", "ims": origin, "hosts": [origin],
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "org_id": ORG_ID,
        "technical_account_id": TECHNICAL_ACCOUNT_ID, "metascopes": METASCOPES,
        "private_key": {"file": "../keys/private.key"}, "certificate": {"file": "../keys/certificate_pub.crt"},
    });
    let oauth = json!({
        "provider": "adobe-oauth", "ims": origin, "hosts": [origin],
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "org_id": ORG_ID,
        "technical_account_id": TECHNICAL_ACCOUNT_ID, "scopes": SCOPES,
    });
    let download = json!({
        "CLIENT_ID": CLIENT_ID, "CLIENT_SECRETS": [CLIENT_SECRET], "ORG_ID": ORG_ID,
        "TECHNICAL_ACCOUNT_ID": TECHNICAL_ACCOUNT_ID, "SCOPES": SCOPES,
    });
    for (name, text) in [
        ("config/profiles/jwt.json", format!("{jwt:#}\n")),
        ("config/profiles/oauth.json", format!("{oauth:#}\n")),
        ("config/keys/private.key", PRIVATE_KEY.into()),
        ("config/keys/certificate_pub.crt", CERTIFICATE.into()),
        (DOWNLOAD, format!("{download:#}\n")),
    ] {
        sys::create_private_file(&directory.join(name), text.as_bytes())?;
    }
    Ok(())
}
