//! git: lines `key=value`, up to an empty line.

use super::{Conversation, Said};
use crate::oracle;

pub const CONVERSATION: Conversation = Conversation {
    row: "git",
    long_runs: 8_000_000,
    says: |number, input| {
        let operation =
            ["get", "get", "get", "erase", "store", "capability", "approve", "get"][usize::from(number % 8)];
        Some(Said { stdin: input.to_owned(), ..Said::args(&[operation]) })
    },
    means: |said| {
        let lines: Vec<&str> = said.stdin.split('\n').take_while(|line| !line.is_empty()).collect();
        let all = |key: &str| lines.iter().filter_map(|line| line.strip_prefix(key)).collect::<Vec<_>>();
        let (schemes, hosts) = (all("protocol="), all("host="));
        // A request has each key once; any other request gets no answer.
        let ([scheme], [host]) = (schemes.as_slice(), hosts.as_slice()) else { return Some(Vec::new()) };
        Some(
            oracle::of_url(format!("{scheme}://{host}").as_bytes())
                .filter(|_| !host.contains(['?', '#']))
                .into_iter()
                .collect(),
        )
    },
    reads: |_, answer| {
        let lines = answer.strip_suffix("\n\n")?.split('\n').map(|line| line.split_once('='));
        let lines: Vec<(&str, &str)> = lines.collect::<Option<_>>()?;
        let get = |key: &str| {
            let mut values = lines.iter().filter(|(had, _)| *had == key).map(|(_, value)| *value);
            values.next().filter(|_| values.next().is_none())
        };
        match get("authtype") {
            Some("Bearer") => get("credential"),
            None => get("username").and(get("password")),
            Some(_) => None,
        }
        .map(str::to_owned)
    },
    seeds: &[
        "protocol=https\nhost=registry.example\n\n",
        "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=registry.example:8443\nwwwauth[]=Bearer realm=\"x\"\n\n",
        "protocol=https\nhost=registry.example\nusername=me\npassword=old\npath=a.git\nwwwauth[]=Basic realm=\"a, b\"\n\n",
        "protocol=https\nhost=evil.example\nhost=registry.example\n\n",
        "protocol=http\nhost=127.0.0.1:8081\n",
    ],
};
