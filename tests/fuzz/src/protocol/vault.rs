//! vault and bao: the server in a variable.

use super::{Conversation, Said};
use crate::oracle;

pub const CONVERSATION: Conversation = Conversation {
    row: "vault",
    long_runs: 1_000_000,
    says: |number, input| {
        let operation = ["get", "get", "erase", "store"][usize::from(number % 4)];
        // Only text that a variable can hold. The C library never frees its values.
        let is_variable = !input.is_empty() && input.len() < 512 && !input.contains('\0');
        is_variable.then(|| Said { variable: Some(("BAO_ADDR", input.to_owned())), ..Said::args(&[operation]) })
    },
    means: |said| {
        let address = said.variable.as_ref().map(|(_, value)| value.as_bytes());
        Some(address.and_then(oracle::of_url).into_iter().collect())
    },
    reads: |_, answer| Some(answer.to_owned()),
    seeds: &["https://registry.example", "https://registry.example:8200/", "http://127.0.0.1:8081", "registry.example"],
};
