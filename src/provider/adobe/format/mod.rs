//! Files with Adobe's credentials: downloads from a console, and the configuration of other tools.

mod aem_service_credentials;
mod aepp;
mod aio;
mod console_credential;
mod console_project;
mod imscli;
mod jwt_auth;
mod pdf_services;
mod postman;
mod umapi_connector;

use serde_json::Value as Json;

use super::{STAGE, jwt, oauth};
use crate::profile::draft::Draft;
use crate::profile::format::ImportFormat;
use crate::profile::format::pointer::{has, text, words};

/// The more specific come first, because a project's file may contain a tool's settings.
pub(in crate::provider) static ALL: [&ImportFormat; 10] = [
    &console_project::FORMAT,
    &console_credential::FORMAT,
    &aem_service_credentials::FORMAT,
    &postman::FORMAT,
    &aio::FORMAT,
    &jwt_auth::FORMAT,
    &pdf_services::FORMAT,
    &aepp::FORMAT,
    &umapi_connector::FORMAT,
    &imscli::FORMAT,
];

fn jwt() -> Draft {
    Draft::new(&jwt::SCHEMA)
}

fn oauth() -> Draft {
    Draft::new(&oauth::SCHEMA)
}

/// A JWT credential if the document has one of the values that only those have, and no scopes. A credential that was
/// migrated to OAuth may still have metascopes and a key.
fn jwt_or_oauth(document: &Json, only_jwt: &[&str], scopes: &str) -> Draft {
    let is_jwt = only_jwt.iter().any(|pointer| has(document, pointer)) && words(document, scopes).is_empty();
    if is_jwt { jwt() } else { oauth() }
}

/// Whether one of these values is the ID of an organization or of a technical account. Many tools call their values
/// `clientId` and `orgId`, and their secrets must not be sent to Adobe.
fn is_adobes(document: &Json, pointers: &[&str]) -> bool {
    let is_id = |id: &str| id.ends_with("@AdobeOrg") || id.ends_with("@techacct.adobe.com");
    pointers.iter().any(|pointer| text(document, pointer).is_some_and(is_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_is_not_known_is_never_taken() {
        let at = |text: &str| jwt().at(Some(text));
        for usual in ["ims-na1.adobelogin.com", "https://ims-na1.adobelogin.com/ims/exchange/jwt/"] {
            assert!(at(usual).foreign_endpoint.is_none(), "{usual}");
            assert!(at(usual).into_profile(None).get("ims").is_none(), "{usual}");
        }
        assert_eq!(at("ims-na1-stg1.adobelogin.com").text("ims"), Some("https://ims-na1-stg1.adobelogin.com"));
        assert_eq!(at("http://127.0.0.1:8080").text("ims"), Some("http://127.0.0.1:8080"));
        for foreign in [
            "ims-na1.adobelogin.com.evil.example",
            "https://ims-na1.adobelogin.com@evil.example",
            "https://ims-na1.adobelogin.com:8443",
            "http://ims-na1.adobelogin.com",
            "http://localhost:80",
            "",
        ] {
            assert!(at(foreign).get("ims").is_none() && at(foreign).foreign_endpoint.is_some(), "{foreign}");
        }
    }
}
