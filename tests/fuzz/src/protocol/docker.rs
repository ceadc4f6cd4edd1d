//! docker: the server's name alone.

use serde_json::Value as Json;

use super::{Conversation, Said};
use crate::oracle;

pub const CONVERSATION: Conversation = Conversation {
    row: "docker",
    long_runs: 3_000_000,
    says: |number, input| {
        let operation = ["get", "get", "get", "erase", "store", "list", "version", "get"][usize::from(number % 8)];
        Some(Said { stdin: input.to_owned(), ..Said::args(&[operation]) })
    },
    means: |said| {
        let name = said.stdin.trim().as_bytes();
        let server = if said.stdin.contains("://") { oracle::of_url(name) } else { oracle::origin(name) };
        Some(server.into_iter().collect())
    },
    reads: |said, answer| {
        let answer: Json = serde_json::from_str(answer).ok()?;
        // docker drops an answer for another server than it asked for.
        let is_for_it = answer["ServerURL"] == said.stdin.trim() && answer["Username"] == "oauth2";
        answer["Secret"].as_str().filter(|_| is_for_it).map(str::to_owned)
    },
    seeds: &[
        "registry.example",
        "https://index.docker.io/v1/",
        "registry.example:8443\n",
        "http://127.0.0.1:8081",
        "a/b",
    ],
};
