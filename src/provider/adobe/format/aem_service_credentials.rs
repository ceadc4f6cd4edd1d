//! Service credentials of AEM as a Cloud Service, from its own Developer Console: OAuth, or JWT with key and certificate.
//! Some tools keep only the inner object.
//! <https://experienceleague.adobe.com/en/docs/experience-manager-learn/getting-started-with-aem-headless/authentication/service-credentials>

use serde_json::Value as Json;

use super::jwt_or_oauth;
use crate::profile::format::pointer::text;
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat =
    ImportFormat::new("aem-service-credentials", "service credentials of AEM as a Cloud Service", read);

/// AEM accepts the token, but each customer has another host, and other customers' code runs in the same domain.
const HOSTS: &str = "to call AEM itself, add your environment's host to \"hosts\", such as author-p1-e1.adobeaemcloud.com; a wildcard would \
    include other customers";

fn read(document: &Json) -> Option<Found> {
    if document.get("accessToken").is_some() && document.get("ok").is_some() {
        return Some(Err(
            "holds a local development token of AEM, which ends after a day: the console's Integrations tab has the \
             service credentials",
        ));
    }
    let integration = document.get("integration").unwrap_or(document);
    let client_id = text(integration, "/technicalAccount/clientId")?;
    let draft = jwt_or_oauth(integration, &["/metascopes", "/privateKey"], "/scopes");
    let draft = draft.called(Some(client_id)).at(text(integration, "/imsEndpoint")).noting(Some(HOSTS)).read(
        integration,
        &[
            ("client_id", &["/technicalAccount/clientId"]),
            ("client_secret", &["/technicalAccount/clientSecret"]),
            ("org_id", &["/org"]),
            ("technical_account_id", &["/id"]),
            ("scopes", &["/scopes"]),
            ("metascopes", &["/metascopes"]),
            ("private_key", &["/privateKey"]),
            ("certificate", &["/publicKey"]),
        ],
    );
    Some(Ok(vec![draft]))
}
