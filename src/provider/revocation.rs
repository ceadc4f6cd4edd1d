//! What the rows of providers have in common about the end of tokens (RFC 7009).

use super::shared::endpoint;
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::Advice;
use crate::grant::revocation::{ByClient, Place, Revocation, TOKEN, TOKEN_TYPE, URL, Way};
use crate::http;

/// An issuer that ends no tokens.
pub(super) const fn none(remove: &'static str) -> Revocation {
    Revocation { way: Way::Nothing, remove }
}

/// An issuer that may end tokens: the profile or the issuer's metadata say where.
pub(super) const fn by_client(remove: &'static str) -> Revocation {
    Revocation { way: Way::Client(CLIENT), remove }
}

/// An issuer that ends tokens beside its token endpoint.
pub(super) const fn beside(name: &'static str, remove: &'static str) -> Revocation {
    Revocation { way: Way::Client(ByClient { place: Place::Beside(name), ..CLIENT }), remove }
}

pub(super) const CLIENT: ByClient = ByClient {
    endpoint: &ENDPOINT,
    place: Place::Metadata,
    form: &[("token_type_hint", "access_token")],
    headers: &[],
    signs: true,
    is_audience: false,
};

static ENDPOINT: TokenEndpoint = TokenEndpoint {
    server: "the revocation endpoint",
    http: http::Endpoint { origin_key: URL, accepted: &[200, 204], ..endpoint(&[]).http },
    ..endpoint(&[&ADVICE])
};

/// RFC 7009, section 2.2.1.
static ADVICE: [Advice; 8] = [
    // With another status, something else may have answered.
    Advice::on("unsupported_token_type", "").status(400..=400).rejects(TOKEN_TYPE),
    // The standard calls this a success (section 2.2). Not every issuer does.
    Advice::on("invalid_token", "").rejects(TOKEN),
    Advice::on("invalid_client", "compare client_id in {profile}, and what proves it, with the issuer's page")
        .rejects("client_secret"),
    Advice::on("unauthorized_client", "allow the client in {profile} to revoke tokens at the issuer"),
    Advice::always("correct \"revocation_url\" in {profile}: the issuer revokes no tokens there").status(404..=405),
    Advice::on("temporarily_unavailable", TRY_AGAIN).passes(),
    Advice::always(TRY_AGAIN).status(500..=599),
    Advice::always("compare {profile} with the issuer's page about its revocation endpoint"),
];

const TRY_AGAIN: &str = "try again in a few minutes";
