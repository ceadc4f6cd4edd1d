//! bazel: a JSON object with a URI.

use serde_json::Value as Json;

use super::{Conversation, Said};
use crate::oracle;

pub const CONVERSATION: Conversation = Conversation {
    row: "bazel",
    long_runs: 2_000_000,
    says: |_, input| Some(Said { stdin: input.to_owned(), ..Said::args(&["get"]) }),
    means: |said| {
        // Bazel ignores anything after the object.
        let mut requests = serde_json::Deserializer::from_str(&said.stdin).into_iter::<Json>();
        let uri = requests.next()?.ok().and_then(|request| Some(request["uri"].as_str()?.to_owned()));
        let uri = uri.unwrap_or_default();
        let uri = uri.strip_prefix("grpcs://").map_or(uri.clone(), |rest| format!("https://{rest}"));
        Some(oracle::of_url(uri.as_bytes()).into_iter().collect())
    },
    reads: |_, answer| {
        let answer: Json = serde_json::from_str(answer).ok()?;
        answer["headers"]["Authorization"][0].as_str()?.strip_prefix("Bearer ").map(str::to_owned)
    },
    seeds: &[
        r#"{"uri":"https://registry.example/cache"}"#,
        r#"{"uri":"registry.example"}"#,
        r#"{"uri":"grpcs://registry.example:8443"} "#,
        r#"{"a":[1,{}],"uri":"http://127.0.0.1:8081/\u0041"}"#,
    ],
};
