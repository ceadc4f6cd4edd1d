//! What both of Adobe's grants share: their keys, and the exchange at the endpoint.

use std::time::Duration;

use super::Mint;
use super::adobe_answer::{self, Unit, Unusable};
use super::adobe_errors::{self, Failure, Refusal};
use crate::clock;
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::http::{Http, Reply};
use crate::profile::schema::{self, Field};
use crate::token::Token;

/// The keys of both grants.
pub(super) const FIELDS: &[Field] = &[
    Field::required("client_id", schema::Kind::Text)
        .spelled(schema::word)
        .asked("client-id", "client ID, also called API key"),
    Field::required("client_secret", schema::Kind::Secret)
        .spelled(client_secret)
        .rotated()
        .asked("client-secret", "client secret"),
    Field::optional("ims", schema::Kind::Text).spelled(schema::origin).or("https://ims-na1.adobelogin.com"),
];

fn client_secret(text: &str) -> Result<String, String> {
    if text.contains("-----BEGIN") {
        return Err("is a private key: the secret is a short word from the console, and the key goes into \
            \"private_key\""
            .into());
    }
    schema::visible(text)
}

/// The rule for `org_id`.
pub(super) fn org_id(text: &str) -> Result<String, String> {
    let id = schema::word(text)?;
    if id.ends_with("@AdobeOrg") { Ok(id) } else { Err("must end in @AdobeOrg, as the console shows it".into()) }
}

/// The rule for `technical_account_id`. Its email address ends alike, and the console shows it first.
pub(super) fn technical_account_id(text: &str) -> Result<String, String> {
    const UUID: [usize; 5] = [8, 4, 4, 4, 12];
    let id = schema::word(text)?;
    let (local, host) = id.split_once('@').unwrap_or((&id, ""));
    if local.split('-').map(str::len).eq(UUID) && host == "techacct.adobe.com" {
        return Err(
            "is the account's email address: its ID has 24 letters and digits before @techacct.adobe.com".into()
        );
    }
    Ok(id)
}

/// What is asked for `org_id`.
pub(super) const ORG_ID: &str = "organization ID, which ends in @AdobeOrg";

/// The endpoint that the profile names.
pub(super) fn origin(mint: &Mint) -> Result<Origin, Error> {
    let text = mint.profile.required_text("ims", mint.remaining())?;
    Origin::parse(&text).map_err(|what| mint.profile.wrong(&format!("has an \"ims\" that {what}")))
}

/// One exchange with the endpoint.
pub(super) struct Exchange<'a> {
    /// Where.
    pub(super) origin: &'a Origin,
    /// The URL's path.
    pub(super) path: &'a str,
    /// What is sent, as a form.
    pub(super) form: &'a [(&'a str, &'a str)],
    /// Those of the form's values that must not be printed, should the endpoint repeat them.
    pub(super) secrets: &'a [&'a str],
    /// The headers that the token's APIs want beside it.
    pub(super) headers: Vec<(String, String)>,
    /// What is shown to the endpoint, in words.
    pub(super) credential: &'static str,
    /// The unit of its `expires_in`.
    pub(super) unit: Unit,
    /// What to do about a refusal.
    pub(super) advise: &'a dyn Fn(&Refusal) -> Vec<String>,
}

impl Exchange<'_> {
    /// Sends the form and reads the answer: a token, or what the endpoint had against it and what to do.
    pub(super) fn run(&self, mint: &Mint) -> Result<Token, Failure> {
        let ca_file = mint.profile.path("ca_file").map(Into::into);
        let http = Http { origin: self.origin, ca_file, end: mint.end, retries: mint.awaited, log: mint.log };
        let asked = clock::now();
        let reply = http.post_form(self.path, self.form)?;
        // The machine may have slept meanwhile, which no timeout of the exchange sees. A millisecond that was begun
        // counts: the life that is told is never longer than the true one.
        let elapsed = asked.elapsed() + Duration::from_millis(1);
        if reply.status != 200 {
            return Err(adobe_errors::refused(self, &reply));
        }
        let answer = adobe_answer::read(&reply, self.unit, self.secrets).map_err(|why| self.unusable(&reply, &why))?;
        Ok(Token {
            access_token: answer.access_token,
            headers: self.headers.clone(),
            lifetime: answer.lifetime.less(elapsed),
            choices: Vec::new(),
        })
    }

    fn unusable(&self, reply: &Reply, why: &Unusable) -> Error {
        let trace = adobe_errors::trace(reply, self.secrets);
        let error = Error::new(Kind::Unavailable, format!("{} answered {}{trace}", self.url(), why.what));
        if why.is_web_page { error.hint(adobe_errors::NOT_IMS) } else { error }
    }

    pub(super) fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }
}

/// The headers that Adobe's APIs want beside the token.
pub(super) fn headers(client_id: &str, org_id: Option<&str>) -> Vec<(String, String)> {
    let key = ("x-api-key".to_owned(), client_id.to_owned());
    let org = org_id.map(|org_id| ("x-gw-ims-org-id".to_owned(), org_id.to_owned()));
    std::iter::once(key).chain(org).collect()
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
        let email = "5f607182-93a4-4b5c-860a-495e00000001@techacct.adobe.com";
        assert!(technical_account_id(email).unwrap_err().contains("email"));
        for id in ["1A2B@techacct.adobe.com", "5f607182-93a4-4b5c-860a-495e00000001@other.example"] {
            assert_eq!(technical_account_id(id), Ok(id.into()));
        }
    }

    #[test]
    fn the_headers_are_those_that_the_apis_want() {
        let told =
            |org| headers("client", org).iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
        assert_eq!(told(None), ["x-api-key: client"]);
        assert_eq!(told(Some("org")), ["x-api-key: client", "x-gw-ims-org-id: org"]);
    }
}
