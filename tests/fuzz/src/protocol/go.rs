//! go: nothing at first, then a URL as an argument and the server's answer.

use super::recorder::NAMED;
use super::{Conversation, Said};
use crate::oracle;

pub const CONVERSATION: Conversation = Conversation {
    row: "go",
    long_runs: 1_000_000,
    says: |number, input| {
        let (url, answer) = input.split_once('\n').unwrap_or((input, ""));
        let said = if number % 8 == 0 { Said::args(&[]) } else { Said::args(&["--", url]) };
        Some(Said { stdin: answer.to_owned(), ..said })
    },
    means: |said| match said.args.last() {
        None => Some(NAMED.map(str::to_owned).to_vec()),
        Some(url) => Some(oracle::of_url(url.as_bytes()).into_iter().collect()),
    },
    reads: |said, answer| {
        // Each block is for a URL and has its headers.
        let mut parts = answer.strip_suffix("\n\n")?.split("\n\n");
        let (url, headers) = (parts.next()?, parts.next()?);
        if parts.next().is_some() || (said.args.is_empty() && url != NAMED[0]) || oracle::origin(url.as_bytes())? != url
        {
            return None;
        }
        headers.split('\n').find_map(|line| line.strip_prefix("Authorization: Bearer ")).map(str::to_owned)
    },
    seeds: &[
        "https://registry.example/mod/@v/list\nHTTP/1.1 401 Unauthorized\n\n",
        "https://other.example/\nHTTP/1.1 404 Not Found\nA: b\n\n",
        "http://127.0.0.1:8081/x\nHTTP/2.0 401\n",
    ],
};
