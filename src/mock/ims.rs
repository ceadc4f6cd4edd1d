//! The rules of Adobe's IMS, with its error codes and texts.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jsonwebtoken::{Algorithm, TokenData};
use serde_json::{Map, Value as Json, json};
use tiny_http::Method;

use super::client::{
    CERTIFICATE, CLIENT_ID, CLIENT_SECRET, METASCOPES, ORG_ID, PRIVATE_KEY, SCOPES, TECHNICAL_ACCOUNT_ID,
};
use super::request::{JsonAnswer, Request};
use crate::crypto::certificate::Certificate;
use crate::crypto::{key, sign};
use crate::text::hex;
use crate::{clock, random};

/// IMS never states the full life.
const ELAPSED_MS: u64 = 1;
/// Adobe's clients hard-code these, and reach the mock through a TLS proxy under that name.
const ADOBES: [&str; 2] = ["https://ims-na1.adobelogin.com", "https://ims-na1-stg1.adobelogin.com"];
/// An assertion that is valid for longer has its `exp` in milliseconds. Adobe's clients ask for a day at most.
const LONGEST_ASSERTION_S: u64 = 30 * 24 * 60 * 60;

/// The endpoints, and the tokens that they issued.
pub(super) struct Ims {
    /// What an assertion may be for.
    origins: Vec<String>,
    /// The life of a token, in milliseconds.
    life_ms: u64,
    /// The grant whose endpoint fails, as Adobe's does after a migration.
    without: Option<String>,
    issued: Mutex<HashMap<String, Issued>>,
}

/// A token that was not revoked.
#[derive(Clone)]
pub(super) struct Issued {
    created_ms: u64,
    pub(super) scope: String,
}

impl Ims {
    pub(super) fn new(port: u16, without: Option<&str>, life: Duration) -> Self {
        let own = ["127.0.0.1", "localhost"].map(|host| either_scheme(&format!("{host}:{port}")));
        let origins = own.into_iter().flatten().chain(ADOBES.map(str::to_owned)).collect();
        let life_ms = u64::try_from(life.as_millis()).unwrap_or(u64::MAX);
        Self { origins, life_ms, without: without.map(str::to_owned), issued: Mutex::default() }
    }

    pub(super) fn answer(&self, request: &Request) -> JsonAnswer {
        const VALIDATE: &str = "/ims/validate_token/v1";
        let answer = match request.path.as_str() {
            // ims-go sends GET, aio-lib-ims POST.
            VALIDATE if [Method::Get, Method::Post].contains(&request.method) => Ok(self.validate(request)),
            _ if request.method != Method::Post => Err(refusal(405, "bad_request", "the endpoint takes POST only")),
            "/ims/exchange/jwt" | "/ims/exchange/v1/jwt" => self.exchange_jwt(request),
            "/ims/token/v1" | "/ims/token/v2" | "/ims/token/v3" | "/ims/token/v4" => self.client_credentials(request),
            "/ims/invalidate_token/v2" => self.invalidate(request),
            _ => Err(refusal(404, "not_found", "there is no such endpoint")),
        };
        answer.unwrap_or_else(|refused| refused)
    }

    /// A token that is valid now.
    pub(super) fn find(&self, token: &str) -> Option<Issued> {
        let now = clock::now().wall_ms;
        self.issued().get(token).filter(|issued| now.saturating_sub(issued.created_ms) < self.life_ms).cloned()
    }

    fn issued(&self) -> MutexGuard<'_, HashMap<String, Issued>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange_jwt(&self, request: &Request) -> Result<JsonAnswer, JsonAnswer> {
        self.serves("adobe-jwt")?;
        authenticate(request, 401)?;
        let scope = self.check_assertion(request)?;
        let token = self.issue(&scope)?;
        Ok((200, json!({"token_type": "bearer", "access_token": token, "expires_in": self.life_ms - ELAPSED_MS})))
    }

    fn client_credentials(&self, request: &Request) -> Result<JsonAnswer, JsonAnswer> {
        self.serves("adobe-oauth")?;
        authenticate(request, 400)?;
        if request.field("grant_type") != Some("client_credentials") {
            return Err(refusal(400, "unsupported_grant_type", "grant_type must be client_credentials"));
        }
        let asked: Vec<&str> =
            request.field("scope").unwrap_or_default().split([',', ' ']).filter(|scope| !scope.is_empty()).collect();
        if asked.is_empty() || !asked.iter().all(|scope| SCOPES.contains(scope)) {
            return Err(refusal(400, "invalid_scope", "the scopes are not a subset of the scopes of the credential"));
        }
        let token = self.issue(&asked.join(","))?;
        let expires_in = (self.life_ms - ELAPSED_MS) / 1000;
        Ok((200, json!({"access_token": token, "token_type": "bearer", "expires_in": expires_in})))
    }

    /// IMS answers with 500 for a grant that has ended, although its text says to retry (adobe-dev-console#124).
    fn serves(&self, grant: &str) -> Result<(), JsonAnswer> {
        if self.without.as_deref() == Some(grant) { Err(internal_error()) } else { Ok(()) }
    }

    /// The origins that an assertion in this request may be for. A client behind a TLS proxy knows only the proxy's name.
    fn origins_for(&self, request: &Request) -> Vec<String> {
        let called = request.header("Host").map(either_scheme).into_iter().flatten();
        self.origins.iter().cloned().chain(called).collect()
    }

    /// Checks an assertion, and returns the metascopes that it asks for.
    fn check_assertion(&self, request: &Request) -> Result<String, JsonAnswer> {
        const MALFORMED: &str = "JWT token is incorrectly formatted, and can not be decoded.";
        let assertion = request.field("jwt_token").unwrap_or_default();
        let decoded = jsonwebtoken::dangerous::insecure_decode::<Map<String, Json>>(assertion);
        let TokenData { header, claims, .. } = decoded.map_err(|_| refusal(400, "invalid_token", MALFORMED))?;
        let certificate = Certificate::parse(CERTIFICATE).ok_or_else(internal_error)?;
        let text = |claim: &str| claims.get(claim).and_then(Json::as_str).unwrap_or_default();
        let expiry = claims.get("exp").and_then(Json::as_u64);
        let now = clock::now().wall_ms / 1000;
        let is_jti = claims.get("jti").is_none_or(Json::is_number);
        let audience = text("aud").strip_suffix(CLIENT_ID).and_then(|rest| rest.strip_suffix("/c/"));
        let origins = self.origins_for(request);
        let is_known = |origin: &str| origins.iter().any(|known| known == origin);
        let set = claims.iter().filter(|(_, value)| **value == Json::Bool(true));
        let metascopes = set.filter_map(|(claim, _)| claim.split_once("/s/").filter(|(origin, _)| is_known(origin)));
        let asked: Vec<&str> = metascopes.map(|(_, metascope)| metascope).collect();
        let are_allowed = !asked.is_empty() && asked.iter().all(|metascope| METASCOPES.contains(metascope));
        let checks = [
            (header.alg == Algorithm::RS256, "invalid_signature", "The JWT is not signed with RS256."),
            (certificate.verifies(assertion), "invalid_token", "Could not match JWT signature to any of the bindings"),
            (expiry.is_some(), "invalid_token", MALFORMED),
            (expiry > Some(now), "invalid_token", "The JWT has expired."),
            (expiry <= Some(now + LONGEST_ASSERTION_S), "invalid_token", "The exp of the JWT is not in seconds."),
            (
                text("iss") == ORG_ID && text("sub") == TECHNICAL_ACCOUNT_ID && is_jti,
                "bad_request",
                "iss, sub or jti of the JWT is malformed.",
            ),
            (audience.is_some_and(is_known), "invalid_client", "invalid client_id parameter"),
            (
                are_allowed,
                "invalid_scope",
                "The metascopes in the JWT are not a subset of the metascopes in the binding.",
            ),
        ];
        match checks.iter().find(|(is_passed, ..)| !is_passed) {
            Some((_, error, description)) => Err(refusal(400, error, description)),
            None => Ok(asked.join(",")),
        }
    }

    /// Issues a token like Adobe's: a JWT whose times are milliseconds, as strings.
    fn issue(&self, scope: &str) -> Result<String, JsonAnswer> {
        let created_ms = clock::now().wall_ms;
        let claims = json!({
            "id": hex(&random::bytes::<16>()), "type": "access_token", "client_id": CLIENT_ID, "user_id": TECHNICAL_ACCOUNT_ID,
            "as": "ims-na1", "created_at": created_ms.to_string(), "expires_in": self.life_ms.to_string(), "scope": scope,
        });
        let key = key::signing_key(PRIVATE_KEY.as_bytes(), "the mock", &|| Ok(None));
        let signed = key.and_then(|key| sign::rs256(&claims, &key, "the mock"));
        let token = signed.map_err(|_| internal_error())?.reveal().to_owned();
        self.issued().insert(token.clone(), Issued { created_ms, scope: scope.to_owned() });
        Ok(token)
    }

    /// The token is in the form (ims-go) or in the header (aio-lib-ims). An invalid one is not an error.
    fn validate(&self, request: &Request) -> JsonAnswer {
        let token = request.field("token").or_else(|| request.bearer());
        if token.is_some_and(|token| self.find(token).is_some()) {
            (200, json!({"valid": true}))
        } else {
            (200, json!({"valid": false, "reason": "invalid_token"}))
        }
    }

    fn invalidate(&self, request: &Request) -> Result<JsonAnswer, JsonAnswer> {
        authenticate(request, 401)?;
        self.issued().remove(request.field("token").unwrap_or_default());
        Ok((200, json!({})))
    }
}

/// Checks id and secret. A wrong secret is 401 in Adobe's documents and 400 at its token endpoint.
fn authenticate(request: &Request, wrong_secret: u16) -> Result<(), JsonAnswer> {
    let (id, secret) = request.client();
    if id.as_deref() != Some(CLIENT_ID) {
        return Err(refusal(400, "invalid_client", "invalid client_id parameter"));
    }
    if secret.as_deref() != Some(CLIENT_SECRET) {
        return Err(refusal(wrong_secret, "invalid_client", "invalid client_secret parameter"));
    }
    Ok(())
}

/// Adobe's clients build the audience from the address that they were given, whatever its scheme.
fn either_scheme(authority: &str) -> [String; 2] {
    ["http", "https"].map(|scheme| format!("{scheme}://{authority}"))
}

fn internal_error() -> JsonAnswer {
    refusal(500, "internal_error", "Please try again later")
}

fn refusal(status: u16, error: &str, description: &str) -> JsonAnswer {
    (status, json!({"error": error, "error_description": description}))
}
