//! The `pdfservices-api-credentials.json` of Adobe's PDF Services SDKs, of both eras. It has neither scopes nor metascopes.
//! <https://github.com/adobe/pdfservices-node-sdk-samples>

use serde_json::Value as Json;

use super::{jwt, oauth};
use crate::profile::format::pointer::{object, text};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("pdf-services", "the credentials file of the PDF Services SDKs", read);

const SCOPES: &str = "PDF Services uses --scopes openid,AdobeID,DCAPI";
const METASCOPES: &str = "PDF Services used --metascopes ent_documentcloud_sdk";

fn read(document: &Json) -> Option<Found> {
    let client_id = text(document, "/client_credentials/client_id")?;
    let draft = if object(document, "/service_account_credentials").is_some() {
        jwt().lacking(Some(METASCOPES))
    } else {
        object(document, "/service_principal_credentials")?;
        oauth().lacking(Some(SCOPES))
    };
    let draft = draft.called(Some(client_id)).read(
        document,
        &[
            ("client_id", &["/client_credentials/client_id"]),
            ("client_secret", &["/client_credentials/client_secret"]),
            (
                "org_id",
                &["/service_principal_credentials/organization_id", "/service_account_credentials/organization_id"],
            ),
            ("technical_account_id", &["/service_account_credentials/account_id"]),
            (
                "private_key",
                &["/service_account_credentials/private_key", "/service_account_credentials/private_key_file"],
            ),
        ],
    );
    Some(Ok(vec![draft]))
}
