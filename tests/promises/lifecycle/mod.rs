//! What becomes of profiles after they are written: the default, another name, other hosts, the end.

mod default;
mod deleting;
mod editing_hosts;
mod interrupted;
mod naming;
mod revoking;
mod tokens;

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{Home, oauth};

/// A home with these profiles, each of an account of its own.
fn home_with(endpoint: &Endpoint, names: &[&str]) -> Home {
    let home = Home::new();
    for name in names {
        home.profile(name, &account(endpoint, name));
    }
    home
}

fn account(endpoint: &Endpoint, id: &str) -> Json {
    let mut profile = oauth(&endpoint.origin());
    profile["client_id"] = json!(id);
    profile
}

fn endpoint() -> Endpoint {
    Endpoint::new(|asked, _| {
        crate::support::endpoint::Answer::token(&format!("of-{}", asked.field("client_id").unwrap()), DAY)
    })
}

fn config(home: &Home) -> Option<String> {
    fs::read_to_string(home.path("config/config.json")).ok()
}
