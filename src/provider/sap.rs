//! SAP BTP: a service key of the XSUAA service, with a secret.
//! <https://help.sap.com/docs/btp/sap-business-technology-platform/retrieving-access-tokens>

use serde_json::Value as Json;

use super::shared::{ADVICE, CLIENT, TOKEN, endpoint, schema, secret, text};
use super::{KeyUpload, Provider, revocation};
use crate::grant::client_credentials::ClientCredentials;
use crate::grant::oauth::TokenEndpoint;
use crate::host::Origin;
use crate::profile::draft::Draft;
use crate::profile::format::pointer::{has, text as text_at};
use crate::profile::format::{Found, ImportFormat};
use crate::profile::schema::{self, Field, ValueKind};

pub(super) static PROVIDER: Provider = Provider {
    about: "a service key of SAP BTP (XSUAA) with a secret",
    schema: &schema(
        "sap",
        "SAP",
        &[
            &[
                Field::required("url", ValueKind::Text)
                    .spelled(schema::origin)
                    .asked("url", "\"url\" of the service key"),
                Field::required("client_id", ValueKind::Text)
                    .spelled(text)
                    .asked("client-id", "\"clientid\" of the service key"),
                Field::required("client_secret", ValueKind::Secret)
                    .spelled(secret)
                    .rotated()
                    .asked("client-secret", "\"clientsecret\" of the service key"),
                Field::optional("token_url", ValueKind::Text).spelled(schema::url).or("{url}/oauth/token"),
            ],
            CLIENT,
            TOKEN,
        ],
        &[],
    ),
    grant: &ClientCredentials::new(&ENDPOINT),
    revocation: revocation::by_client("delete the service key in the cockpit of SAP BTP"),
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "sap", "url": "https://acme.authentication.eu10.hana.ondemand.com", "client_id": "sb-app!t1",
  "client_secret": {"env": "SAP_CLIENT_SECRET"}, "hosts": ["api.acme.example"]}"#,
};

static ENDPOINT: TokenEndpoint = endpoint(&[&ADVICE]);

pub(super) static FORMAT: ImportFormat = ImportFormat::new("sap-service-key", "a service key of SAP BTP", read);

/// The service key itself, or the part of it that XSUAA's callers use.
fn read(document: &Json) -> Option<Found> {
    let key = ["/credentials", "/uaa", ""]
        .into_iter()
        .filter_map(|at| document.pointer(at))
        .find(|key| has(key, "/clientid"))?;
    if !has(key, "/url") || !has(key, "/uaadomain") {
        return None;
    }
    if !has(key, "/clientsecret") {
        return Some(Err(
            "has a certificate in place of a secret (\"credential-type\": \"x509\"), which needs mutual TLS: create \
                         a service key with a secret",
        ));
    }
    let draft = Draft::new(PROVIDER.schema)
        .called(text_at(key, "/clientid"))
        .read(key, &[("client_id", &["/clientid"]), ("client_secret", &["/clientsecret"])]);
    // The user names any other server, to which the secret would be sent.
    let (url, is_known) = text_at(key, "/url").map_or((None, false), |url| (Some(url), is_saps(url)));
    let draft = draft.with("url", url.filter(|_| is_known));
    Some(Ok(vec![
        draft.lacking((!is_known).then_some("name the server of its \"url\" yourself: it is not one of SAP's")),
    ]))
}

fn is_saps(url: &str) -> bool {
    const DOMAINS: [&str; 2] = [".ondemand.com", ".sapcloud.cn"];
    let is_saps = |origin: Origin| origin.is_loopback() || DOMAINS.iter().any(|domain| origin.host().ends_with(domain));
    Origin::parse(url).is_ok_and(is_saps)
}
