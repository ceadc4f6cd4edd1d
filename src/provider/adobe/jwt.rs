//! A service account (JWT) credential: an assertion signed with the user's key, for an access token.
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/JWT/>

use super::{
    CLAIMS, FAULTS, FIELDS, INVALID_CLIENT, ORG_ID, UNKNOWN_API_KEY, endpoint, metascopes, org_id, schema,
    technical_account_id,
};
use crate::grant::jwt::{ClaimRow, JwtTemplate};
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::grant::oauth::answer::Unit;
use crate::grant::signed_assertion::SignedAssertion;
use crate::profile::schema::{Field, Schema, ValueKind, no_secret, url_path};
use crate::provider::shared::KEY;
use crate::provider::{KeyUpload, Provider};

pub(in crate::provider) static PROVIDER: Provider = Provider {
    about: "a JSON Web Token signed with a private key, as older credentials of AEM as a Cloud Service want it",
    schema: &SCHEMA,
    grant: &GRANT,
    example: r#"{"provider": "adobe-jwt", "client_id": "0123456789abcdef", "client_secret": {"env": "ADOBE_CLIENT_SECRET"},
  "org_id": "0A1B2C3D@AdobeOrg", "technical_account_id": "5F607182@techacct.adobe.com", "metascopes": ["ent_aem_cloud_api"],
  "private_key": {"file": "../keys/private.key"}, "certificate": {"file": "../keys/certificate_pub.crt"}}"#,
    revocation: super::revocation(
        "delete the credential in the console that made it: the certificate alone ends no token",
    ),
    key_upload: KeyUpload::Certificate(
        "Adobe's own Developer Console takes no certificate since 2025-06-30 (init adobe-oauth is for \
        it), and AEM's makes the pair itself (jwt-credential import takes its JSON)",
    ),
    claims: CLAIMS,
};

pub(super) static SCHEMA: Schema = schema(
    "adobe-jwt",
    &[
        FIELDS,
        &[
            Field::required("org_id", ValueKind::Text).spelled(org_id).asked("org-id", ORG_ID),
            Field::required("technical_account_id", ValueKind::Text).spelled(technical_account_id).asked(
                "technical-account-id",
                "technical account ID (not its email), which ends in @techacct.adobe.com",
            ),
            Field::required("metascopes", ValueKind::List)
                .spelled(metascope)
                .noted(metascopes::note)
                .asked("metascopes", "metascopes, separated by commas, such as ent_campaign_sdk")
                .supplied("metascopes", "LIST", "Metascopes, separated by commas, where the file has none")
                .explained(
                    "metascopes name the products that the token is for, such as ent_campaign_sdk or \
                     ent_aem_cloud_api: they are those of the integration",
                ),
            Field::required("private_key", ValueKind::Secret)
                .replaced_by("signer")
                .rotated()
                .copied_from("private.key"),
            Field::optional("token_path", ValueKind::Text).spelled(url_path).or("/ims/exchange/jwt"),
        ],
        KEY,
    ],
);

static ENDPOINT: TokenEndpoint = endpoint(Unit::Milliseconds, &[&ADVICE, &FAULTS, &LAST]);

/// Adobe recommends that an assertion is valid for a few minutes.
static GRANT: SignedAssertion = SignedAssertion {
    endpoint: &ENDPOINT,
    form: &[],
    field: "jwt_token",
    jwt: JwtTemplate {
        claims: &[
            ClaimRow::Text("iss", "{org_id}"),
            ClaimRow::Text("sub", "{technical_account_id}"),
            ClaimRow::Text("aud", "https://{host}/c/{client_id}"),
            ClaimRow::Flags("metascopes", "https://{host}/s/{item}"),
        ],
        life: 300,
        backdated: 60,
    },
};

const SIGNATURE: &str = "the private key in {key}";

static ADVICE: [Advice; 13] = {
    let [wrong_secret, unknown_client, wrong_client, other_client] = INVALID_CLIENT;
    [
        Advice::on("invalid_signature", SIGNATURE).rejects("private_key"),
        Advice::always(SIGNATURE).says("Could not match JWT signature").rejects("private_key"),
        Advice::on(
            "invalid_token",
            "check \"ims\" in {profile}, and that no proxy changes requests: the server could not decode the assertion",
        )
        .says("incorrectly formatted"),
        Advice::on(
            "invalid_token",
            "check this machine's clock, since the assertion is valid for 5 min, and org_id and technical_account_id in \
             {profile}",
        ),
        Advice::on(
            "invalid_scope",
            "compare the metascopes in {profile} with the console's JWT page: each belongs to a product that must be \
             added to the project{notes}",
        ),
        wrong_secret,
        unknown_client.then(MIGRATED),
        wrong_client.then(MIGRATED),
        other_client.then(MIGRATED),
        UNKNOWN_API_KEY.then(MIGRATED),
        Advice::on(
            "bad_request",
            "check technical_account_id (the ID that ends in @techacct.adobe.com, not the email address) and org_id (it ends \
             in @AdobeOrg) in {profile}",
        ),
        Advice::on(
            "invalid_jti",
            "create a new credential: this integration is very old and requires a unique ID (jti) in each assertion",
        )
        .then(MIGRATED),
        // Adobe's answer for a credential that was migrated, although its text says to try again (adobe-dev-console#124).
        Advice::always(LASTING).status(500..=500).then(MIGRATED),
    ]
};

static LAST: [Advice; 1] = [Advice::always("check all of {profile} against the console").then(MIGRATED)];

const LASTING: &str =
    "try again in a few minutes; if this persists, the credential was probably migrated to OAuth or deleted";

const MIGRATED: &str = "download the OAuth server-to-server credential that Adobe's console created from it on \
    2026-03-01, then: jwt-credential import FILE {import_as}--force";

/// `ent_user_sdk`, `/s/ent_user_sdk` and `https://HOST/s/ent_user_sdk` are the same metascope.
fn metascope(text: &str) -> Result<String, String> {
    let bare = text.rsplit_once("/s/").map_or(text, |(_, bare)| bare);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    if !no_secret(bare)?.is_empty() && bare.bytes().all(plain) {
        Ok(bare.into())
    } else {
        Err("has an entry that is not a metascope such as ent_user_sdk".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metascope_has_three_spellings() {
        for text in ["ent_user_sdk", "/s/ent_user_sdk", "https://ims-na1.adobelogin.com/s/ent_user_sdk"] {
            assert_eq!(metascope(text).unwrap(), "ent_user_sdk");
        }
        assert!(metascope("ent user").is_err());
        assert!(metascope("https://ims-na1.adobelogin.com/s/").is_err());
    }
}
