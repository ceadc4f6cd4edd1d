//! The JWT that a grant signs, as a provider's row describes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value as Json};

use super::signing_key::SigningKey;
use super::{Attempt, fill};
use crate::crypto::certificate::Certificate;
use crate::crypto::sign::JwtHeader;
use crate::error::Error;
use crate::host::Origin;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::text::hex;
use crate::{clock, random};

/// What profiles may change by the keys `jwt.…`, if their schema has them.
pub struct JwtTemplate {
    /// The claims beside `iat` and `exp`.
    pub claims: &'static [ClaimRow],
    /// How long the JWT is valid, in seconds.
    pub life: u64,
    /// How far `iat` is back-dated, in seconds, because this machine's clock may be fast.
    pub backdated: u64,
}

/// A claim. In templates `{host}` is the endpoint's host, `{fingerprint}` that of the public key, and any other name is a
/// key of the profile.
pub enum ClaimRow {
    /// The claim's name, and a template of its value.
    Text(&'static str, &'static str),
    /// A claim with the value true for each item of a list: the list's key, and a template of the claim's name, in which
    /// `{item}` is the item.
    Flags(&'static str, &'static str),
    /// A claim's name, and the key of its value, if the profile has that.
    Given(&'static str, &'static str),
}

impl JwtTemplate {
    /// Of a generic grant, whose claims are all in the profile's `jwt`.
    pub const OF_PROFILE: Self = Self { claims: &[], life: 300, backdated: 60 };

    /// `origin`: where the JWT is sent, if anywhere.
    pub(super) fn sign(&self, attempt: &Attempt, origin: Option<&Origin>, key: &SigningKey) -> Result<Secret, Error> {
        self.sign_at(attempt, origin, key, 0)
    }

    /// The same for a server whose clock is this many seconds ahead of ours.
    pub(super) fn sign_at(
        &self,
        attempt: &Attempt,
        origin: Option<&Origin>,
        key: &SigningKey,
        ahead: i64,
    ) -> Result<Secret, Error> {
        let profile = attempt.profile;
        let host = origin.map(Origin::authority).unwrap_or_default();
        let claims = self.claims(attempt, &host, key, ahead)?;
        let algorithm = profile.text("jwt.algorithm")?;
        let algorithm = algorithm.as_deref().unwrap_or(profile.schema.algorithm);
        key.sign(attempt, algorithm, header(attempt, key)?, &claims)
    }

    /// How long the JWT is valid, in seconds.
    pub(super) fn life(&self, profile: &Profile) -> Result<u64, Error> {
        Ok(profile.number("jwt.lifetime")?.unwrap_or(self.life))
    }

    fn claims(&self, attempt: &Attempt, host: &str, key: &SigningKey, ahead: i64) -> Result<Map<String, Json>, Error> {
        let profile = attempt.profile;
        let text = |name: &str| template_value(attempt, host, key, name);
        let mut claims = self.times(profile, (clock::now().wall_ms / 1000).saturating_add_signed(ahead))?;
        if profile.is_on("jwt.jti")? {
            claims.insert("jti".into(), hex(&random::bytes::<16>()).into());
        }
        for (name, key) in [("iss", "jwt.iss"), ("sub", "jwt.sub"), ("aud", "jwt.aud")] {
            if let Some(template) = profile.text(key)? {
                claims.insert(name.into(), fill(&template, &text)?.into());
            }
        }
        claims.extend(attempt.audience.map(|audience| ("aud".to_owned(), Json::from(audience))));
        for claim in self.claims {
            match claim {
                ClaimRow::Text(name, template) => {
                    claims.insert((*name).to_owned(), fill(template, &text)?.into());
                }
                ClaimRow::Given(name, key) => {
                    claims.extend(profile.text(key)?.map(|value| ((*name).to_owned(), Json::from(value))));
                }
                ClaimRow::Flags(list, template) => {
                    for item in profile.list(list)? {
                        let name = |name: &str| if name == "item" { Ok(item.clone()) } else { text(name) };
                        claims.insert(fill(template, &name)?, Json::Bool(true));
                    }
                }
            }
        }
        if scope_stands_in(profile, "claim")? {
            claims.extend(scope(profile)?.map(|scope| ("scope".to_owned(), Json::from(scope))));
        }
        claims.extend(profile.object("jwt.claims")?);
        Ok(claims)
    }

    /// `exp` and `iat` are on and `nbf` is off, unless the profile or its row says otherwise.
    fn times(&self, profile: &Profile, now: u64) -> Result<Map<String, Json>, Error> {
        let backdated = profile.number("jwt.backdate")?.unwrap_or(self.backdated);
        let past = now.saturating_sub(backdated);
        let mut claims = Map::new();
        if profile.text("jwt.exp")?.as_deref() != Some("false") {
            claims.insert("exp".into(), now.saturating_add(self.life(profile)?).into());
        }
        if profile.text("jwt.iat")?.as_deref() != Some("false") {
            claims.insert("iat".into(), past.into());
        }
        if profile.is_on("jwt.nbf")? {
            claims.insert("nbf".into(), past.into());
        }
        Ok(claims)
    }
}

fn template_value(attempt: &Attempt, host: &str, key: &SigningKey, name: &str) -> Result<String, Error> {
    match name {
        "host" => Ok(host.to_owned()),
        // Snowflake's fingerprint: a digest of the SubjectPublicKeyInfo in the usual base64.
        "fingerprint" => {
            let info = key.public_key().and_then(|key| key.rsa_info());
            let info =
                info.ok_or_else(|| attempt.profile.wrong("needs an RSA key, whose fingerprint is in the JWT"))?;
            Ok(STANDARD.encode(digest(&SHA256, &info)))
        }
        // A value may be a template in turn, such as a row's URL.
        name => fill(&attempt.text(name)?, &|name| attempt.text(name)),
    }
}

fn header(attempt: &Attempt, key: &SigningKey) -> Result<JwtHeader, Error> {
    let profile = attempt.profile;
    let typ = profile.text("jwt.typ")?.unwrap_or_else(|| "JWT".into());
    let key_id = profile.text("jwt.key_id")?.map(|template| fill(&template, &|name| attempt.text(name)));
    let key_id = key_id.transpose()?.or_else(|| key.id());
    let mut header = JwtHeader { key_id, typ: Some(typ).filter(|typ| typ != "none"), ..JwtHeader::default() };
    let place = match profile.text("jwt.thumbprint")?.as_deref() {
        Some(X5T) => 0,
        Some(X5T_S256) => 1,
        _ => return Ok(header),
    };
    let pem = profile.text("certificate")?.ok_or_else(|| {
        let failure = profile.wrong("has no \"certificate\", whose thumbprint is in the JWT's header");
        failure.hint(r#"give it as {"file": PATH}: the certificate that is registered at the issuer"#)
    })?;
    let certificate = Certificate::parse(&pem);
    let certificate =
        certificate.ok_or_else(|| profile.wrong("has a \"certificate\" that is no certificate in PEM"))?;
    if !certificate.belongs_to(key.public_key().as_ref()) {
        let what = format!("has a \"certificate\" that does not belong to the private key in {}", key.place);
        return Err(profile.wrong(&what));
    }
    header.thumbprints[place] = certificate.thumbprints().get(place).cloned();
    Ok(header)
}

/// A rejection because of the clock: the JWT is signed once more, with the server's time.
pub const CLOCK: &str = "clock";

/// How far the server's clock is ahead of this machine's, in seconds.
pub(super) fn ahead(server: Option<u64>) -> i64 {
    let own = i64::try_from(clock::now().wall_ms / 1000).unwrap_or(0);
    server.and_then(|server| i64::try_from(server).ok()).map_or(0, |server| server - own)
}

/// The values of `jwt.thumbprint`.
const X5T: &str = "x5t";
const X5T_S256: &str = "x5t#S256";

/// Whether the scopes stand in the form or the claim, by `jwt.scope_in`; in the form by default.
pub(super) fn scope_stands_in(profile: &Profile, place: &str) -> Result<bool, Error> {
    let places = profile.text("jwt.scope_in")?;
    let places = places.as_deref().unwrap_or("form");
    Ok(places == place || places == "both")
}

/// The scopes as one text, if there are any.
pub(super) fn scope(profile: &Profile) -> Result<Option<String>, Error> {
    let separator = profile.text("jwt.scope_separator")?;
    let scopes = profile.list("scopes")?;
    // An id token has an audience and no scopes.
    let is_wanted = !scopes.is_empty() && profile.text("target_audience")?.is_none();
    Ok(is_wanted.then(|| scopes.join(separator.as_deref().unwrap_or(" "))))
}
