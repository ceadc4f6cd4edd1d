//! Adobe's JWT exchange: an assertion signed with the user's key, for an access token.
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/JWT/>

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Map, Value as Json};

use super::adobe_errors::{self, Refusal};
use super::adobe_ims::{self, Exchange, Unit};
use super::{Grant, Mint};
use crate::error::Error;
use crate::host::Origin;
use crate::profile::schema::{Field, Kind, Schema, url_path, word};
use crate::secret::Secret;
use crate::token::Token;
use crate::{clock, key, sign};

pub(super) static GRANT: Grant = Grant {
    name: "adobe-jwt",
    about: "a JWT signed with your private key, exchanged at Adobe's IMS (AEM service credentials)",
    schema: &Schema {
        grant: "adobe-jwt",
        fields: &[
            adobe_ims::FIELDS,
            &[
                Field::required("org_id", Kind::Text).spelled(word),
                Field::required("technical_account_id", Kind::Text).spelled(word),
                Field::required("metascopes", Kind::List).spelled(metascope),
                Field::required("private_key", Kind::Secret),
                Field::optional("certificate", Kind::Text).no_identity(),
                Field::optional("passphrase", Kind::Secret),
                Field::optional("token_path", Kind::Text).spelled(url_path).or("/ims/exchange/jwt"),
            ],
        ],
    },
    mint,
};

/// How long an assertion is good for, in seconds. Adobe recommends a few minutes.
const LIFE: u64 = 300;
/// How far its beginning lies back, in seconds: this machine's clock may be ahead.
const BACKDATED: u64 = 60;

fn mint(mint: &Mint) -> Result<Token, Error> {
    let profile = mint.profile;
    let origin = adobe_ims::origin(mint)?;
    let path = profile.required_text("token_path", mint.remaining())?;
    let client_id = profile.required_text("client_id", mint.remaining())?;
    let client_secret = profile.secret("client_secret", mint.remaining())?;
    let org_id = profile.required_text("org_id", mint.remaining())?;
    let assertion = assertion(mint, &origin, &client_id, &org_id)?;
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.reveal()),
        ("jwt_token", assertion.reveal()),
    ];
    let exchange = Exchange {
        origin: &origin,
        path: &path,
        form: &form,
        secrets: &[client_secret.reveal(), assertion.reveal()],
        headers: adobe_ims::headers(&client_id, Some(&org_id)),
        credential: "assertion",
        unit: Unit::Milliseconds,
        advise: &|refusal| advise(mint, refusal),
    };
    exchange.run(mint)
}

/// The claims that IMS wants. Audience and metascopes carry the host that is asked.
fn assertion(mint: &Mint, origin: &Origin, client_id: &str, org_id: &str) -> Result<Secret, Error> {
    let profile = mint.profile;
    let host = origin.authority();
    let now = clock::now().wall_ms / 1000;
    let mut claims = Map::new();
    claims.insert("iss".into(), org_id.into());
    claims.insert("sub".into(), profile.required_text("technical_account_id", mint.remaining())?.into());
    claims.insert("aud".into(), format!("https://{host}/c/{client_id}").into());
    claims.insert("iat".into(), now.saturating_sub(BACKDATED).into());
    claims.insert("exp".into(), now.saturating_add(LIFE).into());
    for metascope in profile.list("metascopes", mint.remaining())? {
        claims.insert(format!("https://{host}/s/{metascope}"), Json::Bool(true));
    }
    let place = key_place(mint);
    let key = key::signing_key(&profile.secret("private_key", mint.remaining())?, &place)?;
    sign::rs256(&claims, &key, &place)
}

/// `ent_user_sdk`, `/s/ent_user_sdk` and `https://HOST/s/ent_user_sdk` are the same metascope.
fn metascope(text: &str) -> Result<String, String> {
    let bare = text.rsplit_once("/s/").map_or(text, |(_, bare)| bare);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    if !bare.is_empty() && bare.bytes().all(plain) {
        Ok(bare.into())
    } else {
        Err("has an entry that is no metascope, such as ent_user_sdk".into())
    }
}

fn key_place(mint: &Mint) -> String {
    match mint.profile.source_file("private_key") {
        Some(path) => path.display().to_string(),
        None => mint.profile.place.to_string(),
    }
}

/// What to do about a refusal, and last that the console's JWT credentials are over.
fn advise(mint: &Mint, refusal: &Refusal) -> Vec<String> {
    let mut hints = Vec::new();
    if refusal.is_signature() {
        hints.push(format!("the private key in {} {}", key_place(mint), pairing(mint)));
    }
    hints.extend(adobe_errors::advise_jwt(mint.profile, refusal));
    hints
}

/// Which half of the pair is at fault, as far as this machine can tell: a certificate beside the key says
/// whether they belong together.
fn pairing(mint: &Mint) -> String {
    const UNKNOWN: &str = "pairs with no valid certificate of this integration: another integration's key, or its certificate has expired or was removed";
    let file = mint
        .profile
        .source_file("certificate")
        .map_or_else(|| "\"certificate\"".into(), |path| path.display().to_string());
    match is_pair(mint) {
        Some(true) => format!(
            "belongs to {file}, but the integration knows no such valid certificate: it has expired (openssl x509 -noout -enddate -in {file}) or was not uploaded"
        ),
        Some(false) => format!("does not belong to {file}: one of the two is another integration's"),
        None => UNKNOWN.into(),
    }
}

fn is_pair(mint: &Mint) -> Option<bool> {
    let profile = mint.profile;
    let pem = profile.text("certificate", mint.remaining()).ok().flatten()?;
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let place = key_place(mint);
    let key = key::signing_key(&profile.secret("private_key", mint.remaining()).ok()?, &place).ok()?;
    let probe = sign::rs256(&Map::new(), &key, &place).ok()?;
    Some(sign::is_signed_by(probe.reveal(), &certificate))
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
