//! pip and uv: the index as an argument, and perhaps a user.

use super::{Conversation, Said};
use crate::oracle;

pub const CONVERSATION: Conversation = Conversation {
    row: "keyring",
    long_runs: 1_000_000,
    says: |number, input| {
        let (url, user) = input.split_once('\n').unwrap_or((input, ""));
        // Arguments with a newline could not be told from two lines of an answer.
        if user.contains('\n') {
            return None;
        }
        let operation = ["get", "get", "get", "set", "del"][usize::from(number % 5)];
        let mode = ["--mode=creds", "--mode=password"][usize::from(number / 5 % 2)];
        let all = [operation, mode, "--", url, user];
        Some(Said::args(if user.is_empty() { &all[..4] } else { &all }))
    },
    means: |said| Some(oracle::of_url(said.args[3].as_bytes()).into_iter().collect()),
    reads: |said, answer| {
        let answer = answer.strip_suffix('\n')?;
        if said.args[1] == "--mode=password" {
            return Some(answer.to_owned());
        }
        let (user, token) = answer.split_once('\n')?;
        let is_meant = said.args.get(4).map_or("oauth2", String::as_str) == user;
        is_meant.then(|| token.to_owned())
    },
    seeds: &["https://registry.example/simple/\nme", "https://registry.example/simple/", "registry.example\n__token__"],
};
