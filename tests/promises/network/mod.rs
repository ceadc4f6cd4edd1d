//! Requests to the token endpoint, and every answer to them.

mod bad_answers;
mod exchange;
mod hostile_endpoint;
#[cfg(target_os = "linux")]
mod limits;
mod proxies;
mod refusals;
mod requests;
mod tls;
