//! A request to the sandbox, and the answer to it.

use std::io::{self, Read as _};

use serde_json::Value as Json;
use tiny_http::{Header, Request as Incoming};

use super::form::Form;

const LONGEST_BODY: u64 = 64 * 1024;

pub(super) struct Request {
    pub(super) is_post: bool,
    /// Without a trailing slash, which some of Adobe's clients send.
    pub(super) path: String,
    pub(super) form: Form,
    headers: Vec<Header>,
}

/// A status and a JSON body.
pub(super) type JsonAnswer = (u16, Json);

impl Request {
    pub(super) fn read(incoming: &mut Incoming) -> io::Result<Self> {
        let mut body = Vec::new();
        incoming.as_reader().take(LONGEST_BODY).read_to_end(&mut body)?;
        let headers = incoming.headers().to_vec();
        let (path, query) = incoming.url().split_once('?').unwrap_or((incoming.url(), ""));
        let content_type =
            headers.iter().find(|header| header.field.equiv("Content-Type")).map(|header| header.value.to_string());
        Ok(Self {
            is_post: *incoming.method() == tiny_http::Method::Post,
            path: path.trim_end_matches('/').to_owned(),
            form: Form::parse(query, content_type.as_deref().unwrap_or_default(), &body),
            headers,
        })
    }

    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str())
    }

    /// The token of `Authorization: Bearer` (RFC 6750, section 2.1).
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("Authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }
}
