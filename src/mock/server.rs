//! The mock's HTTP server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tiny_http::{Header, Request as Incoming, Response};

use super::gateway;
use super::ims::Ims;
use super::request::Request;
use crate::error::quoted;
use crate::log::Log;
use crate::random;
use crate::text::hex;

const THREADS: usize = 4;

/// Starts the server, which ends with the process. Returns its origin.
pub(super) fn start(port: u16, without: Option<&str>, life: Duration, log: &Log) -> io::Result<String> {
    let server = Arc::new(tiny_http::Server::http(("127.0.0.1", port)).map_err(io::Error::other)?);
    let port = server.server_addr().to_ip().map_or(port, |address| address.port());
    let ims = Arc::new(Ims::new(port, without, life));
    for _ in 0..THREADS {
        let (server, ims, log) = (server.clone(), ims.clone(), log.of_request(false));
        std::thread::spawn(move || {
            while let Ok(incoming) = server.recv() {
                // The client may have hung up.
                let _ = answer(incoming, &ims, &log);
            }
        });
    }
    Ok(format!("http://127.0.0.1:{port}"))
}

fn answer(mut incoming: Incoming, ims: &Ims, log: &Log) -> io::Result<()> {
    let request = Request::read(&mut incoming)?;
    let (status, json) = gateway::answer(&request, ims).unwrap_or_else(|| ims.answer(&request));
    log.say_with(|| line(&request, status, &json));
    let mut response = Response::from_string(json.to_string()).with_status_code(status);
    let debug_id = format!("mock-{}", hex(&random::bytes::<8>()));
    for (name, value) in [("Content-Type", "application/json;charset=UTF-8"), ("x-debug-id", &debug_id)] {
        response.add_header(Header::from_bytes(name, value).map_err(|()| io::Error::other("no header"))?);
    }
    incoming.respond(response)
}

/// A request and its outcome, for the log: without the query, the form and the token.
fn line(request: &Request, status: u16, answer: &Json) -> String {
    let text = |name: &str| answer.get(name).and_then(Json::as_str);
    let why = text("error_description").or(text("message")).map_or(String::new(), |why| format!(" ({why})"));
    let error = text("error").or(text("error_code")).map_or(String::new(), |error| format!(" {error}{why}"));
    format!("mock: {} {} answered {status}{error}", request.method, quoted(&request.path, &[]))
}
