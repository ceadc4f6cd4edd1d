//! Adobe's OAuth server-to-server credential: the client credentials grant (RFC 6749, section 4.4).
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/ims>

use super::adobe_answer::Unit;
use super::adobe_errors::{self, Failure, Refusal, Rejected};
use super::adobe_ims::{self, Exchange};
use super::rotation::Rotation;
use super::{Grant, Mint};
use crate::error::Error;
use crate::profile::Profile;
use crate::profile::schema::{Field, Kind, Schema, no_secret, url_path};
use crate::secret::Secret;
use crate::token::Token;

pub(super) static GRANT: Grant = Grant {
    about: "OAuth server-to-server, of Adobe's Developer Console; its JWT credentials were turned into these",
    schema: &Schema {
        grant: "adobe-oauth",
        fields: &[
            adobe_ims::FIELDS,
            &[
                Field::optional("org_id", Kind::Text).spelled(adobe_ims::org_id).asked("org-id", adobe_ims::ORG_ID),
                Field::optional("technical_account_id", Kind::Text).spelled(adobe_ims::technical_account_id),
                Field::required("scopes", Kind::List)
                    .spelled(scope)
                    .asked("scopes", "scopes, separated by commas; the console lists them"),
                Field::optional("token_path", Kind::Text).spelled(url_path).or("/ims/token/v3"),
            ],
        ],
    },
    notes: |_| Vec::new(),
    mint,
};

fn mint(mint: &Mint) -> Result<Token, Error> {
    let mut secrets = Rotation::new(mint, "client_secret");
    loop {
        let secret = secrets.load(|index| mint.profile.secret_at("client_secret", index, mint.remaining()))?;
        match exchange(mint, &secret) {
            Ok(token) => return Ok(Token { choices: secrets.choice().into_iter().collect(), ..token }),
            Err(failure) if failure.rejected == Rejected::ClientSecret && secrets.advance() => {}
            Err(failure) => return Err(failure.error),
        }
    }
}

fn exchange(mint: &Mint, client_secret: &Secret) -> Result<Token, Failure> {
    let profile = mint.profile;
    let origin = adobe_ims::origin(mint)?;
    let path = profile.required_text("token_path", mint.remaining())?;
    let client_id = profile.required_text("client_id", mint.remaining())?;
    let org_id = profile.text("org_id", mint.remaining())?;
    // Adobe separates scopes by commas, where RFC 6749 (section 3.3) has spaces.
    let scope = profile.list("scopes")?.join(",");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.reveal()),
        ("scope", scope.as_str()),
    ];
    let exchange = Exchange {
        origin: &origin,
        path: &path,
        form: &form,
        secrets: &[client_secret.reveal()],
        headers: adobe_ims::headers(&client_id, org_id.as_deref()),
        credential: "client credentials",
        unit: Unit::Seconds,
        advise: &|refusal| advise(profile, refusal),
    };
    exchange.run(mint)
}

/// What to do about a refusal.
fn advise(profile: &Profile, refusal: &Refusal) -> Vec<String> {
    let place = &profile.place;
    let hint = match refusal.error.as_str() {
        "invalid_client" => adobe_errors::advise_client(profile, refusal),
        "invalid_scope" => format!(
            "the credential does not have all of the scopes in {place}: the console's OAuth server-to-server page lists them"
        ),
        "unauthorized_client" | "unsupported_grant_type" => {
            format!(
                "the credential with the client_id in {place} is none for OAuth server-to-server: the console shows its type"
            )
        }
        _ if refusal.status >= 500 => "a fault of Adobe's, most often a passing one: status.adobe.com".into(),
        _ => format!("check client_id, client_secret and scopes in {place} against the console"),
    };
    vec![hint]
}

/// The characters of a scope (RFC 6749, section 3.3), without Adobe's separator.
fn scope(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"\\,".contains(&b);
    if !no_secret(text)?.is_empty() && text.bytes().all(plain) {
        Ok(text.into())
    } else {
        Err("has an entry that is no scope (openid is one); several are separated by commas".into())
    }
}
