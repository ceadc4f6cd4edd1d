//! An imitation of the endpoint that the tokens come from, on loopback.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::support::CLIENT_ID;
use super::support::endpoint::{Answer, Asked, Endpoint};

/// A day, in IMS's milliseconds.
const ADOBE_LIFE: u64 = 86_399_999;
/// An hour, in Google's seconds.
const GOOGLE_LIFE: u64 = 3600;
/// How a JWT begins.
const BEGINNING: &str = "eyJ";

pub(crate) struct Ims {
    pub(crate) origin: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    exchanges: AtomicUsize,
    delay_ms: AtomicU64,
}

impl Ims {
    /// Over http.
    pub(crate) fn plain() -> Self {
        let state = Arc::new(State::default());
        let endpoint = Endpoint::new(answers(&state));
        Self { origin: endpoint.origin(), state }
    }

    /// Over https.
    pub(crate) fn secure(config: &Arc<ServerConfig>) -> Self {
        let (state, config) = (Arc::new(State::default()), config.clone());
        let endpoint = Endpoint::over(answers(&state), move |stream| {
            // Else the answer waits for what the client says to the session tickets, which is nothing for 40 ms.
            stream.set_nodelay(true).ok()?;
            Some(StreamOwned::new(ServerConnection::new(config.clone()).ok()?, stream))
        });
        Self { origin: endpoint.origin().replacen("http", "https", 1), state }
    }

    /// How many tokens it gave.
    pub(crate) fn exchanges(&self) -> usize {
        self.state.exchanges.load(Ordering::SeqCst)
    }

    /// How long each answer takes from now on.
    pub(crate) fn delays(&self, by: Duration) {
        self.state.delay_ms.store(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

fn answers(state: &Arc<State>) -> impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static {
    let state = state.clone();
    move |asked, _| {
        if !asked.line.starts_with("POST ") {
            return Answer::refusal(404, "not_found", "nothing is here");
        }
        let number = state.exchanges.fetch_add(1, Ordering::SeqCst) + 1;
        let path = asked.line.split(' ').nth(1).unwrap_or_default();
        let (kind, life) = if path.ends_with("/google") { ("Bearer", GOOGLE_LIFE) } else { ("bearer", ADOBE_LIFE) };
        let body = json!({"access_token": token(number), "token_type": kind, "expires_in": life});
        Answer::json(200, &body).after(Duration::from_millis(state.delay_ms.load(Ordering::SeqCst)))
    }
}

/// A token as long as Adobe's, and of their form: some programs look into it for its end.
fn token(number: usize) -> String {
    #[expect(clippy::disallowed_methods, reason = "the endpoint's clock is its own")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
    let header = json!({"alg": "RS256", "x5u": "ims_na1-key-at-1.cer", "kid": "ims_na1-key-at-1", "itt": "at"});
    let claims = json!({
        "id": format!("{now}_00000000-0000-4000-8000-{number:012}_ue1"), "type": "access_token",
        "client_id": CLIENT_ID, "user_id": "5F60718293A4B5C60A495E00@techacct.adobe.com",
        "as": "ims-na1", "aa_id": "5F60718293A4B5C60A495E00@techacct.adobe.com", "ctp": 0,
        "fg": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "moi": format!("{number:08x}"), "rtid": "none",
        "created_at": now.to_string(), "expires_in": (ADOBE_LIFE + 1).to_string(), "scope": "ent_aem_cloud_api",
    });
    let signature: Vec<u8> = (0_u8..=255).map(|byte| byte.wrapping_mul(151).wrapping_add(7)).collect();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let parts = [part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()), part(&signature)];
    parts.join(".")
}

/// The token in what a program printed.
pub(crate) fn token_in(text: &str) -> Option<&str> {
    let from = &text[text.find(BEGINNING)?..];
    let end = from.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(from.len());
    let token = &from[..end];
    (token.split('.').count() == 3).then_some(token)
}
