//! The token endpoint by its issuer's metadata (RFC 8414, and `OpenID` Connect Discovery 1.0).

use serde::Deserialize;

use super::Exchange;
use crate::error::{Error, Kind, quoted};
use crate::host::Origin;
use crate::http::{self, Http, Request};

/// The profile's key for the issuer, under which a discovered endpoint is also remembered.
pub(super) const ISSUER: &str = "issuer";

static METADATA: http::Endpoint = http::Endpoint {
    origin_key: ISSUER,
    request_id: "x-request-id",
    accepted: &[200],
    retried: &[429, 502, 503, 504],
    longest: 4 * http::Endpoint::USUAL_LENGTH,
};

#[derive(Deserialize)]
struct Metadata {
    issuer: Option<String>,
    token_endpoint: Option<String>,
}

impl Exchange<'_> {
    /// The URL that the last exchange used, if its issuer's metadata gave it.
    pub(super) fn remembered_endpoint(&self) -> Option<String> {
        let choices = self.attempt.choices;
        choices.iter().find(|choice| choice.key == ISSUER).map(|choice| choice.taken.clone())
    }

    /// The token endpoint that the issuer's metadata names.
    pub(super) fn discover(&self) -> Result<String, Error> {
        let profile = self.attempt.profile;
        let issuer = profile.text(ISSUER)?.ok_or_else(|| {
            profile.wrong(&format!("has neither \"{}\" nor \"{ISSUER}\"", self.endpoint.http.origin_key))
        })?;
        let parsed = Origin::with_path(&issuer);
        let (origin, path) = parsed.map_err(|what| profile.wrong(&format!("has an \"{ISSUER}\" that {what}")))?;
        let places = [
            format!("{path}/.well-known/openid-configuration"),
            // RFC 8414 inserts its part in front of the issuer's path (section 3.1).
            format!("/.well-known/oauth-authorization-server{path}"),
        ];
        let mut statuses = Vec::new();
        for place in places {
            let url = format!("{origin}{place}");
            let reply = self.metadata(&origin, &place)?;
            match reply.status {
                200 => return endpoint(&reply.body, &url, &issuer, &origin),
                status @ (400..=499) => statuses.push(format!("{url} answered {status}")),
                status => return Err(Error::new(Kind::Unavailable, format!("{url} answered {status}"))),
            }
        }
        let text = format!("the issuer {issuer} has no metadata: {}", statuses.join(", "));
        Err(Error::new(Kind::Setup, text).hint("give its token endpoint as \"token_url\" in the profile"))
    }

    fn metadata(&self, origin: &Origin, path: &str) -> Result<http::Reply, Error> {
        let super::Attempt { profile, end, timeout, awaited, log, .. } = *self.attempt;
        let ca_file = profile.source_file("ca_file", 0).map(Into::into);
        let http = Http { origin, endpoint: &METADATA, ca_file, end, timeout, retries: awaited, log };
        http.send(path, &|| Ok(Request::get())).map(|(_, reply)| reply)
    }
}

fn endpoint(body: &[u8], url: &str, issuer: &str, origin: &Origin) -> Result<String, Error> {
    let wrong = |what: String| Error::new(Kind::Setup, format!("the metadata at {url} {what}"));
    let metadata: Metadata = serde_json::from_slice(body).map_err(|_| {
        Error::new(Kind::Unavailable, format!("{url} answered something that is no metadata of an issuer"))
    })?;
    let named = metadata.issuer.unwrap_or_default();
    // RFC 8414, section 3.3: they must be identical.
    if named != issuer {
        let named = quoted(&named, &[]);
        return Err(wrong(format!("is for the issuer \"{named}\", and the profile's is \"{issuer}\""))
            .hint("write \"issuer\" in the profile exactly as the issuer does, down to its last slash"));
    }
    let endpoint = metadata.token_endpoint.ok_or_else(|| wrong("names no \"token_endpoint\"".into()))?;
    let (named, path) =
        Origin::with_path(&endpoint).map_err(|what| wrong(format!("has a \"token_endpoint\" that {what}")))?;
    // Whoever can change the metadata must not choose which host gets the secret.
    if named != *origin {
        return Err(wrong(format!("names a token endpoint on another host: {named}{path}"))
            .hint(format!("if it is the issuer's, add it to the profile: \"token_url\": \"{named}{path}\"")));
    }
    Ok(format!("{named}{path}"))
}
