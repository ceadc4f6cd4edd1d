//! Files and directories: their modes and owners, and what happens when one cannot be used.

mod full_disk;
mod in_the_way;
mod modes;
mod owners;
#[cfg(target_os = "linux")]
mod second_user;
mod unusable;
mod variables;

use std::fs;

use serde_json::json;

use crate::support::endpoint::Endpoint;
use crate::support::{Home, oauth};

/// A home that is also the current directory of its calls. Its profile's command leaves a mark.
fn with_command(endpoint: &Endpoint) -> Home {
    let home = Home::new();
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["/bin/sh", "-c", format!("touch '{}'", home.path("ran").display())]});
    home.profile("default", &profile);
    fs::create_dir_all(home.path("~")).unwrap();
    fs::copy(home.path("config/profiles/default.json"), home.path("~/default.json")).unwrap();
    home
}
