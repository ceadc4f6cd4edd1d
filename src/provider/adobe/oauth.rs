//! An OAuth server-to-server credential: the client credentials grant.
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/ims>

use super::{
    CLAIMS, FAULTS, FIELDS, INVALID_CLIENT, ORG_ID, UNKNOWN_API_KEY, endpoint, org_id, schema, technical_account_id,
};
use crate::grant::client_credentials::ClientCredentials;
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::grant::oauth::answer::Unit;
use crate::profile::schema::{Field, Schema, ValueKind, no_secret, url_path};
use crate::provider::{KeyUpload, Provider};

pub(in crate::provider) static PROVIDER: Provider = Provider {
    about: "an OAuth server-to-server credential of Adobe's Developer Console",
    schema: &SCHEMA,
    grant: &GRANT,
    revocation: super::revocation("delete the client secret in the Developer Console, on the page of the credential"),
    key_upload: KeyUpload::None,
    claims: CLAIMS,
    example: r#"{"provider": "adobe-oauth", "client_id": "0123456789abcdef", "client_secret": {"env": "ADOBE_CLIENT_SECRET"},
  "org_id": "0A1B2C3D@AdobeOrg", "scopes": ["openid", "AdobeID"], "hosts": ["*.adobe.io"]}"#,
};

pub(super) static SCHEMA: Schema = schema(
    "adobe-oauth",
    &[
        FIELDS,
        &[
            Field::optional("org_id", ValueKind::Text).spelled(org_id).asked("org-id", ORG_ID),
            Field::optional("technical_account_id", ValueKind::Text).spelled(technical_account_id),
            Field::required("scopes", ValueKind::List)
                .spelled(scope)
                .narrowed_by("scope")
                .asked("scopes", "scopes, separated by commas; the console lists them")
                .supplied("scopes", "LIST", "Scopes, separated by commas, where the file has none"),
            Field::optional("token_path", ValueKind::Text).spelled(url_path).or("/ims/token/v3"),
        ],
    ],
);

static ENDPOINT: TokenEndpoint = endpoint(Unit::Seconds, &[&INVALID_CLIENT, &ADVICE, &FAULTS, &LAST]);

static GRANT: ClientCredentials = ClientCredentials { separator: ",", ..ClientCredentials::new(&ENDPOINT) };

const OTHER_TYPE: &str =
    "check the credential's type in the console: the client_id in {profile} is not an OAuth server-to-server one";

static ADVICE: [Advice; 4] = [
    Advice::on("invalid_scope", "compare the scopes in {profile} with the console's OAuth server-to-server page"),
    Advice::on("unauthorized_client", OTHER_TYPE),
    Advice::on("unsupported_grant_type", OTHER_TYPE),
    UNKNOWN_API_KEY,
];

static LAST: [Advice; 1] =
    [Advice::always("check client_id, client_secret and scopes in {profile} against the console")];

/// The characters of a scope (RFC 6749, section 3.3), without Adobe's separator.
fn scope(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"\\,".contains(&b);
    if !no_secret(text)?.is_empty() && text.bytes().all(plain) {
        Ok(text.into())
    } else {
        Err("has an entry that is not a scope such as openid; separate several with commas".into())
    }
}
