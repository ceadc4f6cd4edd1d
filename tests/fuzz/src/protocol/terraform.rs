//! terraform: the server as an argument.

use serde_json::Value as Json;

use super::{Conversation, Said};
use crate::oracle;

pub const CONVERSATION: Conversation = Conversation {
    row: "terraform",
    long_runs: 1_000_000,
    says: |number, input| {
        let operation = ["get", "get", "forget", "store"][usize::from(number % 4)];
        Some(Said::args(&[operation, "--", input]))
    },
    means: |said| Some(said.args.last().and_then(|host| oracle::origin(host.as_bytes())).into_iter().collect()),
    reads: |_, answer| {
        let answer: Json = serde_json::from_str(answer).ok()?;
        answer["token"].as_str().map(str::to_owned)
    },
    seeds: &["registry.example", "registry.example:8443", "127.0.0.1:8081", "app.terraform.io"],
};
