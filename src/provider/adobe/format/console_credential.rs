//! A credential from Adobe's Developer Console ("Download JSON" in the credential's overview): flat, in capitals. The
//! two kinds of credential have different names for the same values. Apps have the same names in their variables, behind
//! a prefix: `OAUTH_` and `AIO_COMMERCE_AUTH_IMS_` in Adobe Commerce's starter kits.
//! <https://github.com/adobe/commerce-integration-starter-kit>

use serde_json::{Map, Value as Json};

use super::{is_adobes, jwt, jwt_or_oauth};
use crate::profile::format::pointer::{any_text, has, text};
use crate::profile::format::{Found, ImportFormat, Variables};
use crate::profile::schema;

pub(super) static FORMAT: ImportFormat = ImportFormat {
    variables: Some(Variables { name: "console-env", prefix: "", document }),
    ..ImportFormat::new("console-credential", "a credential of Adobe's Developer Console", read)
};

const ORG_ID: [&str; 3] = ["/ORG_ID", "/IMS_ORG_ID", "/IMS_ORG"];
const SECRETS: [&str; 2] = ["/CLIENT_SECRETS", "/CLIENT_SECRET"];
const METASCOPES: [&str; 2] = ["/META_SCOPES", "/METASCOPES"];
const PRIVATE_KEY: [&str; 2] = ["/PRIVATE_KEY", "/PRIVATE_Key"];

fn read(document: &Json) -> Option<Found> {
    if !is_adobes(document, &ORG_ID) {
        return None;
    }
    if is_login(document) {
        return Some(Err("is for the login of a person: a server-to-server credential of the console is read"));
    }
    let (draft, client_id) = match (text(document, "/CLIENT_ID"), text(document, "/API_KEY")) {
        (Some(client_id), _) => (jwt_or_oauth(document, &[METASCOPES, PRIVATE_KEY].concat(), "/SCOPES"), client_id),
        (None, api_key) => (jwt().with("credential_expires", last_end(document)), api_key?),
    };
    // A JWT credential has neither key nor metascopes; other tools tell users to add them.
    let draft = draft.called(Some(client_id)).with("client_id", Some(client_id)).read(
        document,
        &[
            ("client_secret", &SECRETS),
            ("org_id", &ORG_ID),
            ("technical_account_id", &["/TECHNICAL_ACCOUNT_ID"]),
            ("scopes", &["/SCOPES"]),
            ("metascopes", &METASCOPES),
            ("private_key", &PRIVATE_KEY),
        ],
    );
    Some(Ok(vec![draft]))
}

/// The variables of one credential, without the prefix that they share.
fn document(variables: &[(String, String)]) -> Json {
    let upper: Vec<_> = variables.iter().map(|(name, value)| (name.to_ascii_uppercase(), value)).collect();
    let prefixes = upper.iter().filter_map(|(name, _)| name.strip_suffix("CLIENT_ID"));
    let documents = prefixes.map(|prefix| -> Json {
        let own = upper.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, *value)));
        own.map(|(name, value)| (name.to_owned(), Json::from(value.clone()))).collect::<Map<_, _>>().into()
    });
    let is_usable = |document: &Json| {
        !is_login(document) && is_adobes(document, &ORG_ID) && SECRETS.iter().any(|pointer| has(document, pointer))
    };
    let mut usable = documents.filter(is_usable);
    usable.next().unwrap_or_default()
}

/// A credential with a redirect is for the login of a person.
fn is_login(document: &Json) -> bool {
    any_text(document, &["/REDIRECT_URI", "/REDIRECT_URL"]).is_some()
}

/// The day on which the last certificate expires. The file names certificates by digests, so that it is unknown which of
/// them belongs to the key.
fn last_end(document: &Json) -> Option<String> {
    let days = document.get("PUBLIC_KEYS_WITH_EXPIRY")?.as_object()?.values();
    days.filter_map(Json::as_str).filter_map(day).max()
}

/// Converts `08/27/2027` to `2027-08-27`.
fn day(american: &str) -> Option<String> {
    let mut parts = american.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let day = format!("{year}-{month:0>2}-{day:0>2}");
    schema::day(&day).ok().filter(|_| parts.next().is_none())
}
