//! The ways to request a token. A grant is code; the rows of `provider/` fill in what differs between providers.

mod attempt;
pub mod aws_sts;
pub mod client_credentials;
pub mod github_app;
pub mod jwt;
pub mod jwt_login;
pub mod oauth;
mod pairing;
pub mod revocation;
mod rotation;
pub mod self_signed;
pub mod signed_assertion;
pub mod signer;
mod signing_key;
mod subject;
pub mod token_exchange;

pub use attempt::Attempt;
use signing_key::SigningKey;

use crate::error::Error;
use crate::host::Origin;
use crate::http::Request;
use crate::profile::Profile;
use crate::token::{Choice, Token};

pub trait Grant: Sync {
    /// Whether a request may need what only the user of this call can type: the passphrase of a key.
    fn asks(&self, profile: &Profile) -> bool {
        SigningKey::asks(profile)
    }

    /// Asks the user for it, if the request needs it.
    fn ask(&self, attempt: &Attempt) -> Result<(), Error> {
        signing_key::all(attempt).map(drop)
    }

    fn request(&self, attempt: &Attempt) -> Result<Token, Error>;

    /// Why a new token would be refused now: the last one is too young to have a successor.
    fn too_soon(&self, _profile: &Profile, _last: &[Choice]) -> Option<String> {
        None
    }
}

/// Adds headers: a name, and the profile's key of its value, if the profile has that.
fn with_headers(mut request: Request, profile: &Profile, headers: &[(&'static str, &str)]) -> Result<Request, Error> {
    for (name, key) in headers {
        if let Some(value) = profile.text(key)? {
            request = request.header(name, value);
        }
    }
    Ok(request)
}

/// The server that is asked for tokens, and the profile's key that names it; `None` if no server is asked.
pub fn server(profile: &Profile) -> Result<Option<(&'static str, Origin)>, Error> {
    const ISSUER: &str = oauth::metadata::ISSUER;
    let key = profile.schema.endpoint_key;
    if key.is_empty() {
        return Ok(None);
    }
    let (key, url) = match profile.text(key)? {
        Some(template) => (key, fill(&template, &|name| profile.required_text(name))?),
        None => (ISSUER, profile.required_text(ISSUER)?),
    };
    let (origin, _) = Origin::with_path(&url).map_err(|what| profile.wrong_value(key, &what))?;
    Ok(Some((key, origin)))
}

/// Replaces each `{NAME}` in a template. A brace that is not closed is kept.
fn fill(template: &str, value: &dyn Fn(&str) -> Result<String, Error>) -> Result<String, Error> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, name, after)) =
        rest.split_once('{').and_then(|(before, open)| open.split_once('}').map(|(name, after)| (before, name, after)))
    {
        filled += before;
        filled += &value(name)?;
        rest = after;
    }
    Ok(filled + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_its_names_replaced_and_nothing_else() {
        let filled = |template| fill(template, &|name| Ok(format!("<{name}>"))).unwrap();
        assert_eq!(filled("https://{host}/c/{client_id}"), "https://<host>/c/<client_id>");
        for plain in ["", "no names", "a brace } or { one"] {
            assert_eq!(filled(plain), plain);
        }
    }
}
