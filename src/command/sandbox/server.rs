//! The sandbox's HTTP side: requests to their endpoint, answers back as JSON.

use std::io::{self, Read as _};
use std::sync::Arc;

use serde_json::Value as Json;
use tiny_http::{Header, Request as Incoming, Response};

use super::form::Form;
use super::gateway;
use super::ims::Ims;
use crate::random;
use crate::text::hex;

/// Connections that are served at the same time.
const THREADS: usize = 4;
const LONGEST_BODY: u64 = 64 * 1024;

/// The running sandbox; it ends with the process.
pub(super) struct Server {
    port: u16,
}

/// A request, as the endpoints want it.
pub(super) struct Request {
    pub(super) is_post: bool,
    /// Without a trailing slash, which some of Adobe's clients send.
    pub(super) path: String,
    pub(super) form: Form,
    headers: Vec<Header>,
}

/// A status and a JSON body.
pub(super) type Answer = (u16, Json);

impl Server {
    pub(super) fn start(port: u16, without: Option<&str>) -> io::Result<Self> {
        let server = Arc::new(tiny_http::Server::http(("127.0.0.1", port)).map_err(io::Error::other)?);
        let port = server.server_addr().to_ip().map_or(port, |address| address.port());
        let ims = Arc::new(Ims::new(port, without));
        for _ in 0..THREADS {
            let (server, ims) = (server.clone(), ims.clone());
            std::thread::spawn(move || {
                while let Ok(incoming) = server.recv() {
                    // A client that hung up has no use for the answer.
                    let _ = answer(incoming, &ims);
                }
            });
        }
        Ok(Self { port })
    }

    pub(super) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Request {
    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str())
    }

    /// The token of `Authorization: Bearer` (RFC 6750, section 2.1).
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("Authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }
}

fn answer(mut incoming: Incoming, ims: &Ims) -> io::Result<()> {
    let mut body = Vec::new();
    incoming.as_reader().take(LONGEST_BODY).read_to_end(&mut body)?;
    let headers = incoming.headers().to_vec();
    let (path, query) = incoming.url().split_once('?').unwrap_or((incoming.url(), ""));
    let content_type =
        headers.iter().find(|header| header.field.equiv("Content-Type")).map(|header| header.value.to_string());
    let request = Request {
        is_post: *incoming.method() == tiny_http::Method::Post,
        path: path.trim_end_matches('/').to_owned(),
        form: Form::parse(query, content_type.as_deref().unwrap_or_default(), &body),
        headers,
    };
    let (status, json) = match gateway::answer(&request, ims) {
        Some(answer) => answer,
        None => ims.answer(&request),
    };
    let mut response = Response::from_string(json.to_string()).with_status_code(status);
    let debug_id = format!("sandbox-{}", hex(&random::bytes::<8>()));
    for (name, value) in [("Content-Type", "application/json;charset=UTF-8"), ("x-debug-id", &debug_id)] {
        response.add_header(Header::from_bytes(name, value).map_err(|()| io::Error::other("no header"))?);
    }
    incoming.respond(response)
}
