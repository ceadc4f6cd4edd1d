//! Service credentials of AEM as a Cloud Service, from its own Developer Console: complete, with key and certificate.
//! <https://experienceleague.adobe.com/en/docs/experience-manager-learn/getting-started-with-aem-headless/authentication/service-credentials>

use serde_json::Value as Json;

use super::jwt;
use crate::profile::format::pointer::{private_key, text, words};
use crate::profile::format::{Found, ImportFormat};

pub(super) static FORMAT: ImportFormat = ImportFormat {
    name: "aem-service-credentials",
    about: "service credentials of AEM as a Cloud Service",
    read,
    is_read: true,
    variables: None,
};

/// AEM accepts the token, but each customer has another host, and other customers' code runs in the same domain.
const HOSTS: &str = "for AEM's own hosts add yours to \"hosts\": author-p…-e….adobeaemcloud.com, without a wildcard";

fn read(document: &Json) -> Option<Found> {
    if document.get("accessToken").is_some() && document.get("ok").is_some() {
        return Some(Found::Nothing(
            "holds a local development token of AEM, which ends after a day: the console's Integrations tab has the \
             service credentials",
        ));
    }
    let integration = document.get("integration")?;
    let client_id = text(integration, "/technicalAccount/clientId")?;
    let draft = jwt()
        .called(Some(client_id))
        .at(text(integration, "/imsEndpoint"))
        .with("client_id", Some(client_id))
        .with("client_secret", text(integration, "/technicalAccount/clientSecret"))
        .with("org_id", text(integration, "/org"))
        .with("technical_account_id", text(integration, "/id"))
        .with_list("metascopes", &words(integration, "/metascopes"))
        .with("private_key", private_key(integration, "/privateKey"))
        .with("certificate", text(integration, "/publicKey"))
        .noting(Some(HOSTS));
    Some(Found::Credentials(vec![draft]))
}
