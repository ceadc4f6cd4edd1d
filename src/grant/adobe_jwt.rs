//! Adobe's JWT exchange: an assertion signed with the user's key, for an access token.
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/JWT/>

use std::cell::Cell;

use jsonwebtoken::EncodingKey;
use serde_json::{Map, Value as Json};

use super::adobe_answer::Unit;
use super::adobe_errors::{self, Failure, Refusal, Rejected};
use super::adobe_ims::{self, Exchange};
use super::adobe_metascopes;
use super::rotation::Rotation;
use super::{Grant, Mint};
use crate::crypto::certificate::Certificate;
use crate::crypto::{key, sign};
use crate::error::Error;
use crate::host::Origin;
use crate::profile::schema::{Field, Kind, Schema, day, no_secret, url_path};
use crate::secret::Secret;
use crate::token::Token;
use crate::{clock, terminal};

pub(super) static GRANT: Grant = Grant {
    about: "a JSON Web Token signed with a private key, as AEM as a Cloud Service and older credentials want it",
    schema: &Schema {
        grant: "adobe-jwt",
        fields: &[
            adobe_ims::FIELDS,
            &[
                Field::required("org_id", Kind::Text).spelled(adobe_ims::org_id).asked("org-id", adobe_ims::ORG_ID),
                Field::required("technical_account_id", Kind::Text).spelled(adobe_ims::technical_account_id).asked(
                    "technical-account-id",
                    "technical account ID (not its email), which ends in @techacct.adobe.com",
                ),
                Field::required("metascopes", Kind::List)
                    .spelled(metascope)
                    .asked("metascopes", "metascopes, separated by commas, such as ent_campaign_sdk"),
                Field::required("private_key", Kind::Secret).rotated(),
                Field::optional("certificate", Kind::Text).no_identity(),
                Field::optional("certificate_ends", Kind::Text).spelled(day).no_identity(),
                Field::optional("passphrase", Kind::Secret).chosen_by_people(),
                Field::optional("token_path", Kind::Text).spelled(url_path).or("/ims/exchange/jwt"),
            ],
        ],
    },
    notes: adobe_metascopes::notes,
    mint,
};

/// How long an assertion is good for, in seconds. Adobe recommends a few minutes.
const LIFE: u64 = 300;
/// How far its beginning lies back, in seconds: this machine's clock may be ahead.
const BACKDATED: u64 = 60;

fn mint(mint: &Mint) -> Result<Token, Error> {
    let (mut secrets, mut keys) = (Rotation::new(mint, "client_secret"), Rotation::new(mint, "private_key"));
    let read_secret = |index| mint.profile.secret_at("client_secret", index, mint.remaining());
    let read_key = |index| Key::load(mint, index);
    // Each is read once: a command may ask a person.
    let (mut secret, mut key) = (secrets.load(read_secret)?, keys.load(read_key)?);
    loop {
        match exchange(mint, &secret, &key) {
            Ok(token) => {
                let choices = secrets.choice().into_iter().chain(keys.choice()).collect();
                return Ok(Token { choices, ..token });
            }
            Err(failure) if failure.rejected == Rejected::ClientSecret && secrets.advance() => {
                secret = secrets.load(read_secret)?;
            }
            Err(failure) if failure.rejected == Rejected::Signature && keys.advance() => key = keys.load(read_key)?,
            Err(failure) => return Err(failure.error),
        }
    }
}

/// The key that signs, and what messages call it.
struct Key {
    signing: EncodingKey,
    place: String,
}

impl Key {
    fn load(mint: &Mint, index: usize) -> Result<Self, Error> {
        let profile = mint.profile;
        let file = profile.source_file("private_key", index);
        let place = file.map_or_else(|| profile.place.to_string(), |path| path.display().to_string());
        let bytes = profile.secret_bytes("private_key", index, mint.remaining())?;
        // What a person types, or that nobody is there to type it, is no other caller's failure.
        let is_personal = Cell::new(false);
        let passphrase = || match profile.optional_secret("passphrase", mint.remaining())? {
            None => {
                is_personal.set(true);
                if mint.awaited { terminal::passphrase(&place, mint.remaining()) } else { Ok(None) }
            }
            given => Ok(given),
        };
        let signing = key::signing_key(&bytes, &place, &passphrase);
        let signing = signing.map_err(|error| if is_personal.get() { error.personal() } else { error })?;
        Ok(Self { signing, place })
    }
}

fn exchange(mint: &Mint, client_secret: &Secret, key: &Key) -> Result<Token, Failure> {
    let profile = mint.profile;
    let origin = adobe_ims::origin(mint)?;
    let path = profile.required_text("token_path", mint.remaining())?;
    let client_id = profile.required_text("client_id", mint.remaining())?;
    let org_id = profile.required_text("org_id", mint.remaining())?;
    let assertion = assertion(mint, &origin, &client_id, &org_id, key)?;
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
        advise: &|refusal| advise(mint, key, refusal),
    };
    exchange.run(mint)
}

/// The claims that IMS wants. Audience and metascopes carry the host that is asked.
fn assertion(mint: &Mint, origin: &Origin, client_id: &str, org_id: &str, key: &Key) -> Result<Secret, Error> {
    let profile = mint.profile;
    let host = origin.authority();
    let now = clock::now().wall_ms / 1000;
    let mut claims = Map::new();
    claims.insert("iss".into(), org_id.into());
    claims.insert("sub".into(), profile.required_text("technical_account_id", mint.remaining())?.into());
    claims.insert("aud".into(), format!("https://{host}/c/{client_id}").into());
    claims.insert("iat".into(), now.saturating_sub(BACKDATED).into());
    claims.insert("exp".into(), now.saturating_add(LIFE).into());
    for metascope in profile.list("metascopes")? {
        claims.insert(format!("https://{host}/s/{metascope}"), Json::Bool(true));
    }
    sign::rs256(&claims, &key.signing, &key.place)
}

/// `ent_user_sdk`, `/s/ent_user_sdk` and `https://HOST/s/ent_user_sdk` are the same metascope.
fn metascope(text: &str) -> Result<String, String> {
    let bare = text.rsplit_once("/s/").map_or(text, |(_, bare)| bare);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    if !no_secret(bare)?.is_empty() && bare.bytes().all(plain) {
        Ok(bare.into())
    } else {
        Err("has an entry that is no metascope (ent_user_sdk is one)".into())
    }
}

/// What to do about a refusal, and last that the console's JWT credentials are over.
fn advise(mint: &Mint, key: &Key, refusal: &Refusal) -> Vec<String> {
    let place = &mint.profile.place;
    let first = match refusal.error.as_str() {
        _ if refusal.is_signature() => format!("the private key in {} {}", key.place, pairing(mint, key)),
        "invalid_token" if refusal.says("incorrectly formatted") => format!(
            "the assertion could not be decoded there: is \"ims\" in {place} the right one, and does nothing on the \
             way change requests?"
        ),
        "invalid_token" => format!(
            "the assertion is good for 5 min: is this machine's clock right? else check org_id and \
             technical_account_id in {place}"
        ),
        "invalid_scope" => format!(
            "the integration does not have all of the metascopes in {place}: the console's JWT page lists them, and \
             each belongs to a product that must be added to the project{}",
            adobe_metascopes::notes(mint.profile).iter().fold(String::new(), |all, note| all + "; " + note)
        ),
        "invalid_client" => adobe_errors::advise_client(mint.profile, refusal),
        "bad_request" => format!(
            "org_id ends in @AdobeOrg; technical_account_id is the account's ID, which ends in @techacct.adobe.com, \
             and not its email address; check both in {place}"
        ),
        "invalid_jti" => "the integration wants each assertion to carry a number of its own (jti), which Adobe asked \
            of very old ones only: make a new credential"
            .into(),
        _ if refusal.status == 500 => {
            "seen lastingly once a JWT credential was migrated to OAuth or deleted: trying again will not help then"
                .into()
        }
        _ => format!("check all of {place} against the console"),
    };
    vec![
        first,
        "Adobe ended its Developer Console's JWT credentials on 2026-03-01 and turned them into OAuth \
         server-to-server ones; service credentials of AEM as a Cloud Service still use JWT"
            .into(),
        format!(
            "client id, secret and technical account go on with OAuth: let the console download its OAuth \
             server-to-server credential as JSON, and replace {place} by it: jwt-credential import FILE {}--force",
            mint.profile.import_name()
        ),
    ]
}

/// Which half of the pair is at fault, as far as this machine can tell: a certificate beside the key says whether
/// they belong together, and until when.
fn pairing(mint: &Mint, key: &Key) -> String {
    const UNKNOWN: &str = "pairs with no valid certificate of this integration";
    let profile = mint.profile;
    let pem = profile.text("certificate", mint.remaining()).ok().flatten();
    let certificate = pem.and_then(|pem| Certificate::parse(&pem));
    let file = profile.source_file("certificate", 0);
    let file = file.map_or_else(|| "\"certificate\"".into(), |path| path.display().to_string());
    match certificate.map(|certificate| (certificate.belongs_to(&key.signing), certificate)) {
        Some((true, certificate)) if certificate.remaining(&clock::now()).is_zero() => {
            format!("{UNKNOWN}; {file} expired on {}", certificate.last_day())
        }
        Some((true, certificate)) => format!(
            "belongs to {file}, which is valid until {}, but the integration does not have it: upload it, or was it \
             removed?",
            certificate.last_day()
        ),
        // Of several keys, another one may be the certificate's.
        Some((false, _)) if profile.count("private_key") == 1 => {
            format!("does not belong to {file}: one of the two is another integration's")
        }
        _ => match profile.text("certificate_ends", mint.remaining()).ok().flatten() {
            Some(day) if clock::has_ended(&day) => {
                format!("{UNKNOWN}; by the console's own file its certificate expired on {day}")
            }
            _ => format!("{UNKNOWN}: another integration's key, or its certificate has expired or was removed"),
        },
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
