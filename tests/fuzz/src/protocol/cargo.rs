//! cargo: one JSON object a line, after our greeting.

use serde_json::Value as Json;

use super::{Conversation, Said};
use crate::oracle;

pub const CONVERSATION: Conversation = Conversation {
    row: "cargo",
    long_runs: 1_000_000,
    says: |_, input| Some(Said { stdin: input.to_owned(), ..Said::args(&["--cargo-plugin"]) }),
    means: |said| {
        let requests = said.stdin.split('\n').filter_map(|line| serde_json::from_str::<Json>(line).ok());
        let servers = requests.filter_map(|request| {
            let index = request["registry"]["index-url"].as_str()?.to_owned();
            oracle::of_url(index.strip_prefix("sparse+")?.as_bytes())
        });
        Some(servers.collect())
    },
    reads: |_, answer| {
        let lines = answer.strip_suffix('\n')?.split('\n').map(serde_json::from_str::<Json>);
        let lines: Vec<Json> = lines.collect::<Result<_, _>>().ok()?;
        let (greeting, answers) = lines.split_first()?;
        let mut tokens = answers.iter().filter_map(|answer| answer["Ok"]["token"].as_str()?.strip_prefix("Bearer "));
        let token = tokens.next().filter(|_| greeting["v"][0] == 1)?;
        tokens.all(|other| other == token).then(|| token.to_owned())
    },
    seeds: &[
        r#"{"v":1,"registry":{"index-url":"sparse+https://registry.example/index/","name":"my","headers":[]},"kind":"get","operation":"read","args":[]}"#,
        r#"{"v":1,"registry":{"index-url":"sparse+https://registry.example/"},"kind":"get","args":["cargo","-p","prod","--min-ttl=1m"]}
"#,
        r#"{"v":1,"registry":{"index-url":"sparse+http://127.0.0.1:8081/"},"kind":"login","token":null}
{"v":1,"registry":{"index-url":"https://github.com/rust-lang/crates.io-index"},"kind":"logout"}"#,
        r#"{"v":2,"registry":{"index-url":""},"kind":"get","token":"t"}"#,
    ],
};
