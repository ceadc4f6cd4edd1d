//! Adobe: its credentials, the answers of its token server (IMS, the Identity Management System), and the files that hold
//! its credentials.

pub(super) mod format;
pub(super) mod jwt;
mod metascopes;
pub(super) mod oauth;
mod token_life;

use std::time::Duration;

use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::grant::oauth::answer::{Format, Unit};
use crate::grant::revocation::{ByClient, Place, Revocation, Way};
use crate::http;
use crate::jwt::{ClaimKind, ShownClaim};
use crate::profile::schema::{self, Field, Schema, ValueKind, Variable};
use crate::provider::shared;

/// The client secrets of service accounts and of server-to-server credentials begin so.
pub(super) const SECRET_PREFIXES: [&str; 2] = ["s8e-", "p8e-"];

/// The variables of Adobe's Postman collections, which add the endpoint's scheme themselves.
/// <https://github.com/adobe/experience-platform-postman-samples>
const VARIABLES: &[(&str, Variable)] = &[
    ("API_KEY", Variable::Header("x-api-key")),
    ("IMS_ORG", Variable::Header("x-gw-ims-org-id")),
    ("SANDBOX_NAME", Variable::Header("x-sandbox-name")),
    ("IMS", Variable::Endpoint),
];

/// The claims of IMS's access tokens; the times are in milliseconds, as strings.
const CLAIMS: &[ShownClaim] = &[
    ShownClaim::text("user_id", "technical account"),
    ShownClaim::text("org", "organization"),
    ShownClaim::text("as", "token server"),
    ShownClaim::text("type", "token type"),
    ShownClaim::of("created_at", "issued", ClaimKind::Milliseconds),
    ShownClaim::of("expires_in", "lifetime", ClaimKind::Lifetime),
];

/// The profile's key for the endpoint, an origin.
const IMS: &str = "ims";

/// Adobe's staging environment.
const STAGE: &str = "ims-na1-stg1.adobelogin.com";

/// The keys that both kinds of credential have.
const FIELDS: &[Field] = &[
    Field::required("client_id", ValueKind::Text)
        .spelled(schema::word)
        .asked("client-id", "client ID, also called API key"),
    Field::required("client_secret", ValueKind::Secret)
        .spelled(client_secret)
        .rotated()
        .asked("client-secret", "client secret"),
    Field::optional(IMS, ValueKind::Text)
        .spelled(schema::origin)
        .or("https://ims-na1.adobelogin.com")
        .inherited()
        .supplied(IMS, "ORIGIN", "The token server's address, if it is not Adobe's"),
];

/// What the profiles of both kinds of credential have in common.
const fn schema(name: &'static str, fields: &'static [&'static [Field]]) -> Schema {
    Schema {
        name,
        algorithm: "RS256",
        fields,
        owner: "Adobe",
        endpoint_key: IMS,
        endpoints: &["https://ims-na1-stg1.adobelogin.com"],
        // Adobe's API gateway. Customers' code runs in `*.adobeaemcloud.com`, so that it is no default.
        hosts: &["*.adobe.io"],
        public_headers: &["x-sandbox-name", "x-gw-ims-org-id", "x-api-key", "x-proxy-global-company-id"],
        variables: VARIABLES,
        ..Schema::BEARER
    }
}

/// What the endpoints of both kinds of credential have in common. IMS's tokens live a day and contain their times.
const fn endpoint(expires_in: Unit, advice: &'static [&'static [Advice]]) -> TokenEndpoint {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    TokenEndpoint {
        server: "IMS",
        http: http::Endpoint::new(IMS, "x-debug-id"),
        path_key: "token_path",
        answer: Format {
            types: &["bearer"],
            expires_in,
            longest: DAY,
            claimed: token_life::remaining,
            ..shared::ANSWER
        },
        headers: &[("x-api-key", "client_id"), ("x-gw-ims-org-id", "org_id")],
        throttled: "request fewer tokens: Adobe limits them, and a cached token lasts a day",
        ..shared::endpoint(advice)
    }
}

/// Adobe's clients end the tokens of service accounts so.
/// <https://github.com/adobe/aio-lib-ims/blob/master/src/ims.js>
const fn revocation(remove: &'static str) -> Revocation {
    let way = ByClient {
        endpoint: &REVOCATION,
        place: Place::Path("/ims/invalidate_token/v2"),
        form: &[("token_type", "access_token")],
        headers: &[("x-ims-clientid", "client_id")],
        signs: false,
        is_audience: false,
    };
    Revocation { way: Way::Client(way), remove }
}

static REVOCATION: TokenEndpoint = endpoint(Unit::Seconds, &[&INVALID_CLIENT, &FAULTS, &REVOCATION_ADVICE]);

static REVOCATION_ADVICE: [Advice; 1] =
    [Advice::always("check client_id and client_secret in {profile} against the console")];

const ORG_ID: &str = "organization ID, which ends in @AdobeOrg";

const UNKNOWN_CLIENT: &str =
    "check the client_id in {profile}, which the server does not know, and that \"ims\" is the host of its environment";
/// Adobe's API gateway, in front of the endpoint, rejects a client that it does not know.
const UNKNOWN_API_KEY: Advice = Advice::on("403003", UNKNOWN_CLIENT);

const TRY_AGAIN: &str = "try again in a few minutes; https://status.adobe.com shows Adobe's outages";
/// Faults of the server, which say nothing about the credential.
static FAULTS: [Advice; 4] = [
    Advice::on("internal_error", TRY_AGAIN).passes(),
    Advice::on("server_error", TRY_AGAIN).passes(),
    Advice::on("temporarily_unavailable", TRY_AGAIN).passes(),
    Advice::always(TRY_AGAIN).status(500..=599),
];

/// An unknown client and a wrong secret have the same code; only the description differs.
const INVALID_CLIENT: [Advice; 4] = [
    Advice::on(
        "invalid_client",
        "copy the client_secret from the console to {profile}: the present one belongs to another client, or was rotated",
    )
    .says("client_secret")
    .rejects("client_secret"),
    Advice::on("invalid_client", UNKNOWN_CLIENT).says("client_id"),
    Advice::on(
        "invalid_client",
        "compare client_id and client_secret in {profile} with the console: the secret is wrong, or the client may not use \
         this grant",
    )
    .status(401..=401),
    Advice::on("invalid_client", UNKNOWN_CLIENT),
];

fn client_secret(text: &str) -> Result<String, String> {
    if text.contains("-----BEGIN") {
        return Err("is a private key: the secret is a short word from the console, and the key goes into \
            \"private_key\""
            .into());
    }
    schema::visible(text)
}

fn org_id(text: &str) -> Result<String, String> {
    let id = schema::word(text)?;
    if id.ends_with("@AdobeOrg") { Ok(id) } else { Err("must end in @AdobeOrg, as the console shows it".into()) }
}

/// The technical account's email address ends like its ID, and the console shows the address first.
fn technical_account_id(text: &str) -> Result<String, String> {
    const UUID: [usize; 5] = [8, 4, 4, 4, 12];
    let id = schema::word(text)?;
    match id.strip_suffix("@techacct.adobe.com") {
        Some(local) if local.split('-').map(str::len).eq(UUID) => {
            Err("is the account's email address: its ID has 24 letters and digits before @techacct.adobe.com".into())
        }
        Some(_) => Ok(id),
        None if id.contains('@') => Err("is an email address: the account's ID ends in @techacct.adobe.com".into()),
        None => Err("must end in @techacct.adobe.com, as the console shows it".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_the_wrong_key_is_refused_and_the_right_one_is_taken() {
        assert_eq!(client_secret("p8e-x"), Ok("p8e-x".into()));
        assert!(client_secret("-----BEGIN PRIVATE KEY-----").unwrap_err().contains("private key"));
        assert_eq!(org_id("1A2B@AdobeOrg"), Ok("1A2B@AdobeOrg".into()));
        assert!(org_id("1A2B").is_err() && org_id("").is_err());
        for email in ["5f607182-93a4-4b5c-860a-495e00000001@techacct.adobe.com", "me@example.com", "1A2B@AdobeOrg"] {
            assert!(technical_account_id(email).unwrap_err().contains("@techacct.adobe.com"), "{email}");
        }
        assert!(technical_account_id("1A2B").is_err());
        assert_eq!(technical_account_id("1A2B@techacct.adobe.com"), Ok("1A2B@techacct.adobe.com".into()));
    }
}
