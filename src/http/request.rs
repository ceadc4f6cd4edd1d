//! What is sent to an endpoint. It is wiped after use.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use ureq::http::Response;
use ureq::http::request::Builder;
use ureq::{Agent, AsSendBody, Error as UreqError};
use zeroize::Zeroizing;

use super::form::{Form, percent_encoded};
use crate::secret::Secret;
use crate::token::TokenHeader;

enum Body {
    /// A request of this method without a body.
    None(&'static str),
    Form(Form),
    Json(Zeroizing<String>),
    /// A form that is sent as a JSON object.
    JsonOf(Form),
}

pub struct Request {
    body: Body,
    /// Names, values, and whether a value is secret.
    headers: Vec<(&'static str, Zeroizing<String>, bool)>,
}

impl From<Form> for Request {
    fn from(form: Form) -> Self {
        Self::new(Body::Form(form))
    }
}

impl Request {
    pub fn get() -> Self {
        Self::new(Body::None("GET"))
    }

    pub fn delete() -> Self {
        Self::new(Body::None("DELETE"))
    }

    /// Posts JSON that holds no secret.
    pub fn json(json: &Json) -> Self {
        Self::new(Body::Json(json.to_string().into()))
    }

    /// Posts the fields of a form as JSON.
    pub fn json_of(form: Form) -> Self {
        Self::new(Body::JsonOf(form))
    }

    fn new(body: Body) -> Self {
        Self { body, headers: Vec::new() }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, Zeroizing::new(value.into()), false));
        self
    }

    pub fn bearer(mut self, token: &Secret) -> Self {
        self.headers.push(("authorization", ["Bearer ", token.reveal()].concat().into(), true));
        self
    }

    /// The token in the header that its issuer wants.
    pub fn token(mut self, header: TokenHeader, token: &Secret) -> Self {
        self.headers.push((header.name, header.value(token.reveal()).into(), true));
        self
    }

    /// HTTP's basic authentication of an OAuth client (RFC 6749, section 2.3.1).
    pub fn basic(mut self, client: &str, secret: &str) -> Self {
        let pair = Zeroizing::new([&*percent_encoded(client), ":", &*percent_encoded(secret)].concat());
        let value = ["Basic ", &*Zeroizing::new(STANDARD.encode(pair.as_bytes()))].concat();
        self.headers.push(("authorization", value.into(), true));
        self
    }

    /// What no message may repeat, even if the server does.
    pub fn secrets(&self) -> Vec<&str> {
        let headers = self.headers.iter().filter(|(.., is_secret)| *is_secret).map(|(_, value, _)| value.as_str());
        // A server may repeat the token without its scheme.
        let headers = headers.map(|value| value.strip_prefix("Bearer ").unwrap_or(value));
        let form = self.form().map(Form::secrets).unwrap_or_default();
        headers.chain(form).collect()
    }

    /// All values that the server may repeat.
    pub(super) fn values(&self) -> Vec<&str> {
        let form = self.form().map(Form::values).unwrap_or_default();
        self.secrets().into_iter().chain(form).collect()
    }

    fn form(&self) -> Option<&Form> {
        match &self.body {
            Body::Form(form) | Body::JsonOf(form) => Some(form),
            Body::None(_) | Body::Json(_) => None,
        }
    }

    pub(super) fn method(&self) -> &'static str {
        if let Body::None(method) = self.body { method } else { "POST" }
    }

    /// What is sent, for a thread of its own.
    pub(super) fn outgoing(&self) -> Outgoing {
        let (content_type, body) = match &self.body {
            Body::None(_) => (None, None),
            Body::Form(form) => (Some("application/x-www-form-urlencoded"), Some(form.encoded())),
            Body::Json(text) => (Some("application/json"), Some(text.clone())),
            Body::JsonOf(form) => (Some("application/json"), Some(form.as_json())),
        };
        let content_type = content_type.map(|value| ("content-type", Zeroizing::new(value.to_owned())));
        let headers = self.headers.iter().map(|(name, value, _)| (*name, value.clone())).chain(content_type).collect();
        Outgoing { method: self.method(), headers, body }
    }
}

/// A request as it is sent.
pub(super) struct Outgoing {
    method: &'static str,
    headers: Vec<(&'static str, Zeroizing<String>)>,
    body: Option<Zeroizing<String>>,
}

impl Outgoing {
    pub(super) fn send(&self, agent: &Agent, url: &str, left: Duration) -> Result<Response<ureq::Body>, UreqError> {
        let mut builder = Builder::new().method(self.method).uri(url);
        for (name, value) in &self.headers {
            builder = builder.header(*name, value.as_str());
        }
        match &self.body {
            None => run(agent, builder.body(())?, left),
            Some(body) => run(agent, builder.body(body.as_bytes())?, left),
        }
    }
}

fn run(
    agent: &Agent,
    request: ureq::http::Request<impl AsSendBody>,
    left: Duration,
) -> Result<Response<ureq::Body>, UreqError> {
    // Shorter than the total, so that the error names the phase that took the time.
    let early = Some(left * 3 / 4);
    let request = agent.configure_request(request);
    let request = request.timeout_global(Some(left)).timeout_resolve(early).timeout_connect(early).build();
    agent.run(request)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_has_its_body_its_type_and_its_secrets() {
        let secret = Secret::new("hidden".into());
        let get = Request::get().bearer(&secret).header("accept", "text/plain");
        assert_eq!((get.method(), get.secrets()), ("GET", vec!["hidden"]));
        let outgoing = get.outgoing();
        assert_eq!(outgoing.headers[0], ("authorization", "Bearer hidden".to_owned().into()));
        assert!(outgoing.body.is_none() && outgoing.headers.len() == 2);
        let form = Request::from(Form::default().secret("a", &secret).plain("b", "shown"));
        assert_eq!((form.secrets(), form.values()), (vec!["hidden"], vec!["hidden", "hidden", "shown"]));
        assert_eq!(form.outgoing().headers[0].1.as_str(), "application/x-www-form-urlencoded");
        let ending = Request::delete().token(TokenHeader { name: "X-Token", scheme: "" }, &secret);
        assert_eq!((ending.outgoing().method, ending.secrets()), ("DELETE", vec!["hidden"]));
        let json = Request::json(&json!({"a": [1]}));
        assert_eq!((json.method(), json.outgoing().body.unwrap().as_str()), ("POST", r#"{"a":[1]}"#));
        assert_eq!(json.outgoing().headers[0].1.as_str(), "application/json");
    }
}
