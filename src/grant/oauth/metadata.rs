//! The token endpoint by its issuer's metadata (RFC 8414, and `OpenID` Connect Discovery 1.0).

use serde::Deserialize;

use super::Exchange;
use crate::error::{Error, Kind, quoted};
use crate::host::Origin;
use crate::http::{self, Request};

/// The profile's key for the issuer, under which a discovered endpoint is also remembered.
pub(in crate::grant) const ISSUER: &str = "issuer";

static METADATA: http::Endpoint =
    http::Endpoint { longest: 4 * http::Endpoint::USUAL_LENGTH, ..http::Endpoint::new(ISSUER, "x-request-id") };

#[derive(Deserialize)]
struct Metadata {
    issuer: Option<String>,
    token_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
}

/// An issuer's metadata, and where they are.
struct Found {
    url: String,
    origin: Origin,
    metadata: Metadata,
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
        let key = self.endpoint.http.origin_key;
        let issuer = profile.text(ISSUER)?.ok_or_else(|| {
            let failure = profile.wrong(&format!("has neither \"{key}\" nor \"{ISSUER}\""));
            failure.hint(format!("add \"{key}\", or \"{ISSUER}\" if the issuer publishes metadata"))
        })?;
        let found = self.look_up(&issuer)?;
        let endpoint = found.metadata.token_endpoint.as_deref();
        found.on_the_same_host(
            endpoint.ok_or_else(|| found.wrong("names no \"token_endpoint\""))?,
            "token endpoint",
            "token_url",
        )
    }

    /// The revocation endpoint that the issuer's metadata names, if the profile has an issuer, and this one such an
    /// endpoint (RFC 8414, section 2).
    pub(in crate::grant) fn discover_revocation(&self, key: &str) -> Result<Option<String>, Error> {
        let Some(issuer) = self.attempt.profile.text(ISSUER)? else { return Ok(None) };
        let found = self.look_up(&issuer)?;
        let endpoint = found.metadata.revocation_endpoint.as_deref();
        endpoint.map(|endpoint| found.on_the_same_host(endpoint, "revocation endpoint", key)).transpose()
    }

    fn look_up(&self, issuer: &str) -> Result<Found, Error> {
        let parsed = Origin::with_path(issuer);
        let (origin, path) =
            parsed.map_err(|what| self.attempt.profile.wrong(&format!("has an \"{ISSUER}\" that {what}")))?;
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
                200 => return Found::parse(&reply.body, url, issuer, origin),
                status @ (400..=499) => statuses.push(format!("{url} answered {status}")),
                status => return Err(Error::new(Kind::Unavailable, format!("{url} answered {status}"))),
            }
        }
        let text = format!("the issuer {issuer} has no metadata: {}", statuses.join(", "));
        Err(Error::new(Kind::Setup, text)
            .hint(format!("give its token endpoint as \"token_url\" in {}", self.attempt.profile.place)))
    }

    fn metadata(&self, origin: &Origin, path: &str) -> Result<http::Reply, Error> {
        self.attempt.http(origin, &METADATA).send(path, &|| Ok(Request::get())).map(|(_, reply)| reply)
    }
}

impl Found {
    fn parse(body: &[u8], url: String, issuer: &str, origin: Origin) -> Result<Self, Error> {
        let metadata: Metadata = serde_json::from_slice(body).map_err(|_| {
            Error::new(Kind::Unavailable, format!("{url} answered something that is no metadata of an issuer"))
        })?;
        let named = metadata.issuer.clone().unwrap_or_default();
        let found = Self { url, origin, metadata };
        // RFC 8414, section 3.3: they must be identical.
        if named != issuer {
            let named = quoted(&named, &[]);
            let failure = found.wrong(&format!("is for the issuer \"{named}\", and the profile's is \"{issuer}\""));
            return Err(
                failure.hint("write \"issuer\" in the profile exactly as the issuer does, down to its last slash")
            );
        }
        Ok(found)
    }

    fn wrong(&self, what: &str) -> Error {
        Error::new(Kind::Setup, format!("the metadata at {} {what}", self.url))
    }

    /// An endpoint that the metadata name, if it is on the issuer's own host. `key`: the profile's key for another one.
    fn on_the_same_host(&self, endpoint: &str, what: &str, key: &str) -> Result<String, Error> {
        let (named, path) = Origin::with_path(endpoint)
            .map_err(|wrong| self.wrong(&format!("has a \"{}\" that {wrong}", what.replace(' ', "_"))))?;
        // An attacker who changes the metadata must not choose which host gets the secret.
        if named != self.origin {
            let failure = self.wrong(&format!("names a {what} on another host: {named}{path}"));
            return Err(
                failure.hint(format!("if it is the issuer's, add it to the profile: \"{key}\": \"{named}{path}\""))
            );
        }
        Ok(format!("{named}{path}"))
    }
}
