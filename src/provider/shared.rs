//! What the rows of providers have in common: groups of keys, and a token endpoint by the standards. A row puts keys of its
//! own in front of a group to change their defaults.

use std::time::Duration;

use crate::clock;
use crate::crypto::sign;
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::{Advice, ErrorKeys};
use crate::grant::oauth::answer::{self, Format, Unit};
use crate::grant::revocation;
use crate::host::Origin;
use crate::http;
use crate::profile::schema::{self, Field, Schema, ValueKind, no_secret};
use crate::token::ACCESS_TOKEN;

/// The private key or what signs in its place, and what belongs to it.
pub(super) const KEY: &[Field] = &[
    Field::optional("private_key", ValueKind::Secret).rotated().copied_from("private.key"),
    Field::optional("passphrase", ValueKind::Secret).guessable(),
    Field::optional("certificate", ValueKind::Text).no_identity().copied_from("certificate_pub.crt"),
    Field::optional("signer.command", ValueKind::Command).no_identity(),
    Field::optional("signer.ssh_agent", ValueKind::Text).no_identity(),
    Field::optional("signer.public_key", ValueKind::Text).no_identity(),
    Field::optional("signer.input", ValueKind::Text).spelled(signer_input).or("message").no_identity(),
    Field::optional("signer.output", ValueKind::Text).spelled(signer_output).or("raw").no_identity(),
];

/// The same for a grant that always signs.
pub(super) const REQUIRED_KEY: &[Field] =
    &[Field::required("private_key", ValueKind::Secret).replaced_by("signer").rotated().copied_from("private.key")];

/// Header and claims of a JWT.
pub(super) const JWT: &[Field] = &[
    Field::optional("jwt.algorithm", ValueKind::Text).spelled(sign::algorithm_name),
    Field::optional("jwt.key_id", ValueKind::Text).spelled(text),
    Field::optional("jwt.thumbprint", ValueKind::Text).spelled(thumbprint),
    Field::optional("jwt.typ", ValueKind::Text).spelled(text),
    Field::optional("jwt.iss", ValueKind::Text).spelled(text),
    Field::optional("jwt.sub", ValueKind::Text).spelled(text),
    Field::optional("jwt.aud", ValueKind::Text).spelled(text),
    Field::optional("jwt.claims", ValueKind::Object),
    Field::optional("jwt.scope_in", ValueKind::Text).spelled(scope_place),
    Field::optional("jwt.scope_separator", ValueKind::Text).spelled(text),
    Field::optional("jwt.lifetime", ValueKind::Number).spelled(seconds),
    Field::optional("jwt.backdate", ValueKind::Number).spelled(seconds),
    Field::optional("jwt.exp", ValueKind::Switch).spelled(switch),
    Field::optional("jwt.iat", ValueKind::Switch).spelled(switch),
    Field::optional("jwt.nbf", ValueKind::Switch).spelled(switch),
    // A number for one use: some issuers refuse a JWT without one, and none refuses it.
    Field::optional("jwt.jti", ValueKind::Switch).spelled(switch).or("true"),
];

/// Who the client is, and how it shows that.
pub(super) const CLIENT: &[Field] = &[
    Field::optional("client_id", ValueKind::Text).spelled(text),
    Field::optional("client_secret", ValueKind::Secret).spelled(secret).rotated(),
    Field::optional("client_auth", ValueKind::Text).spelled(client_auth),
    Field::optional("assertion", ValueKind::Secret).principal(),
];

/// Where the token comes from, and what it is for.
pub(super) const TOKEN: &[Field] = &[
    Field::optional("token_url", ValueKind::Text).spelled(schema::url).inherited(),
    Field::optional("issuer", ValueKind::Text).spelled(issuer).inherited(),
    Field::optional(revocation::URL, ValueKind::Text).spelled(schema::url).no_identity().inherited(),
    Field::optional("scopes", ValueKind::List).spelled(scope).narrowed_by("scope"),
    Field::optional("audience", ValueKind::Text).spelled(text).narrowed_by("audience"),
    Field::optional("resource", ValueKind::List).spelled(text),
    Field::optional("form", ValueKind::Object),
    Field::optional("session_life", ValueKind::Number).spelled(seconds),
];

/// The keys of a JWT whose issuer and subject are the client (RFC 7523, section 3).
pub(super) const OF_CLIENT: &[Field] = &[
    Field::optional("jwt.iss", ValueKind::Text).spelled(text).or("{client_id}"),
    Field::optional("jwt.sub", ValueKind::Text).spelled(text).or("{client_id}"),
];

/// A text with a default, in which `{NAME}` is the value of another key.
pub(super) const fn filled(name: &'static str, template: &'static str) -> Field {
    Field::optional(name, ValueKind::Text).spelled(text).or(template)
}

/// The endpoint of a provider that has one for all.
pub(super) const fn token_url(template: &'static str) -> Field {
    Field::optional("token_url", ValueKind::Text).spelled(schema::url).inherited().or(template)
}

/// How long the issuer accepts a JWT, in seconds.
pub(super) const fn lifetime_up_to<const MOST: u64>() -> Field {
    Field::optional("jwt.lifetime", ValueKind::Number).spelled(seconds_up_to::<MOST>)
}

/// A switch with another default.
pub(super) const fn switched(name: &'static str, default: &'static str) -> Field {
    Field::optional(name, ValueKind::Switch).spelled(switch).or(default)
}

/// A row's schema.
pub(super) const fn schema(
    name: &'static str,
    owner: &'static str,
    fields: &'static [&'static [Field]],
    hosts: &'static [&'static str],
) -> Schema {
    Schema { name, fields, owner, endpoint_key: "token_url", hosts, ..Schema::BEARER }
}

/// RFC 6749 (section 5.2), then gateways in front of token endpoints, and RFC 9457.
pub(super) const ERRORS: ErrorKeys = ErrorKeys {
    code: &["error", "error_code", "errorCode", "code"],
    description: &[
        "error_description",
        "message",
        "errorDescription",
        "errorMessage",
        "error_message",
        "faultstring",
        "detail",
        "title",
    ],
};

/// A token endpoint of RFC 6749, whose URL is in `token_url` or in the metadata of `issuer`.
pub(super) const fn endpoint(advice: &'static [&'static [Advice]]) -> TokenEndpoint {
    TokenEndpoint {
        server: "the token endpoint",
        http: http::Endpoint::new("token_url", "x-request-id"),
        path_key: "",
        answer: ANSWER,
        is_xml: false,
        headers: &[],
        details: &[],
        errors: ERRORS,
        advice,
        throttled: "the issuer limits how often it gives a token; one that is cached is used until it ends",
    }
}

pub(super) const ANSWER: Format = Format {
    fields: &[(ACCESS_TOKEN, &["access_token"])],
    // RFC 8693, section 2.2.1: a token that is no OAuth token has the type N_A.
    types: &["bearer", "n_a"],
    expires: &["expires_in"],
    expires_in: Unit::Seconds,
    longest: Duration::from_secs(30 * 24 * 60 * 60),
    claimed: answer::by_exp,
};

const CHECK_CLOCK: &str =
    "this machine's clock is wrong, or the issuer wants another \"lifetime\" or \"backdate\" in \"jwt\"";
const NO_DPOP: &str =
    "the issuer wants DPoP (RFC 9449), which a printed token cannot have: switch it off for this client";
const AUDIENCE: &str = "\"aud\" in the \"jwt\" of {profile} is not what this issuer expects: some want their token endpoint, \
    others the issuer, and each slash counts";
const TRY_AGAIN: &str = "try again in a few minutes";

/// The errors of RFC 6749 (section 5.2) and of its extensions.
pub(super) const ADVICE: [Advice; 21] = [
    Advice::on("invalid_dpop_proof", NO_DPOP),
    Advice::on("use_dpop_nonce", NO_DPOP),
    Advice::on("unsupported_grant_type", "the endpoint has no such grant: is \"token_url\" in {profile} the right one?"),
    Advice::on("invalid_scope", "the issuer does not know the \"scopes\" in {profile}, or does not give them to this client"),
    Advice::on("invalid_target", "the issuer does not know the \"audience\" or \"resource\" in {profile}"),
    Advice::on("access_denied", "the client in {profile} has no access to what it asks for: grant it at the issuer"),
    Advice::on("server_error", TRY_AGAIN).passes(),
    Advice::on("temporarily_unavailable", TRY_AGAIN).passes(),
    Advice::always(TRY_AGAIN).status(500..=599),
    // The rows above are not about the claims of a JWT, whatever the texts say.
    Advice::always(AUDIENCE).says("aud"),
    Advice::always(CHECK_CLOCK).says("expired"),
    Advice::always(CHECK_CLOCK).says("iat"),
    Advice::always(CHECK_CLOCK).says("in the future"),
    // Keycloak gives this code for a rejected JWT too, so that it comes after the rows about claims.
    Advice::on("unauthorized_client", "the client in {profile} may not use this grant: allow it at the issuer"),
    Advice::on(
        "invalid_client",
        "client_id in {profile} is not known there, or what proves it is wrong: its secret, or its key and \"aud\" in \"jwt\"",
    )
    .rejects("client_secret"),
    Advice::on(
        "invalid_grant",
        "compare \"iss\", \"sub\" and \"aud\" in the \"jwt\" of {profile}, and the key, with what is registered at the issuer",
    )
    .rejects("private_key"),
    Advice::always("the client in {profile} must show who it is: \"client_secret\" or \"private_key\"").says("client_id"),
    Advice::always("the client in {profile} must show who it is: \"client_secret\" or \"private_key\"")
        .says("client authentication"),
    Advice::on("invalid_request", "compare all of {profile} with the issuer's documentation"),
    Advice::always("compare all of {profile} with the issuer's documentation").status(400..=400),
    Advice::always("check {profile} against the issuer's page"),
];

/// Text without control characters.
pub(super) fn text(text: &str) -> Result<String, String> {
    if no_secret(text)?.chars().any(char::is_control) { Err("has control characters".into()) } else { Ok(text.into()) }
}

/// A client secret, which may have any character that can be typed.
pub(super) fn secret(text: &str) -> Result<String, String> {
    if text.contains("-----BEGIN") {
        Err("is a private key: that goes into \"private_key\"".into())
    } else if text.chars().any(char::is_control) {
        Err("has control characters".into())
    } else {
        Ok(text.into())
    }
}

/// An issuer is compared byte for byte, so that it stays as it is written.
pub(super) fn issuer(text: &str) -> Result<String, String> {
    Origin::with_path(no_secret(text)?).map(|_| text.to_owned())
}

/// RFC 6749, section 3.3.
pub(super) fn scope(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    if no_secret(text)?.bytes().all(plain) {
        Ok(text.into())
    } else {
        Err("has an entry that is no scope: a scope is one word of ASCII, and several are separated by commas".into())
    }
}

/// A whole number of seconds, or a duration with a unit.
pub(super) fn seconds(text: &str) -> Result<String, String> {
    let number = text.parse::<u64>().ok().or_else(|| Some(clock::parse_duration(text).ok()?.as_secs()));
    number.map(|number| number.to_string()).ok_or_else(|| "must be seconds, or a duration such as 5m".into())
}

/// The same, up to what an issuer accepts.
pub(super) fn seconds_up_to<const MOST: u64>(text: &str) -> Result<String, String> {
    let number = seconds(text)?;
    match number.parse::<u64>() {
        Ok(seconds) if seconds <= MOST => Ok(number),
        _ => Err(format!("is longer than the {MOST} s that the issuer accepts")),
    }
}

fn switch(text: &str) -> Result<String, String> {
    one_of(text, &["true", "false"])
}

pub(super) fn thumbprint(text: &str) -> Result<String, String> {
    one_of(text, &["none", "x5t", "x5t#S256"])
}

pub(super) fn scope_place(text: &str) -> Result<String, String> {
    one_of(text, &["form", "claim", "both", "none"])
}

pub(super) fn client_auth(text: &str) -> Result<String, String> {
    one_of(text, &["none", "basic", "post", "private_key_jwt", "assertion"])
}

fn signer_input(text: &str) -> Result<String, String> {
    one_of(text, &["message", "digest"])
}

fn signer_output(text: &str) -> Result<String, String> {
    one_of(text, &["raw", "der", "base64", "base64url"])
}

fn one_of(text: &str, known: &[&str]) -> Result<String, String> {
    if known.contains(&text) { Ok(text.into()) } else { Err(format!("is none of {}", known.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_seconds_or_has_a_unit_and_stays_below_its_ceiling() {
        assert_eq!(seconds("300"), Ok("300".into()));
        assert_eq!(seconds("5m"), Ok("300".into()));
        for wrong in ["", "soon", "-1", "1.5"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
        assert_eq!(seconds_up_to::<60>("1m"), Ok("60".into()));
        assert!(seconds_up_to::<60>("61").unwrap_err().contains("60 s"));
    }

    #[test]
    fn an_issuer_stays_as_it_is_written() {
        for written in ["https://id.example.com/", "https://id.example.com/realms/r", "http://127.0.0.1:9400"] {
            assert_eq!(issuer(written), Ok(written.into()));
        }
        for wrong in ["http://id.example.com", "https://id.example.com/?x", "s8 e"] {
            assert!(issuer(wrong).is_err(), "{wrong}");
        }
    }
}
