//! kubectl: a JSON object in a variable.

use serde_json::Value as Json;

use super::{Conversation, Said};

pub const CONVERSATION: Conversation = Conversation {
    row: "kubectl",
    long_runs: 1_000_000,
    says: |_, input| {
        // Only text that a variable can hold. The C library never frees its values.
        (input.len() < 512 && !input.contains('\0'))
            .then(|| Said { variable: Some(("KUBERNETES_EXEC_INFO", input.to_owned())), ..Said::args(&[]) })
    },
    means: |_| None,
    reads: |said, answer| {
        let answer: Json = serde_json::from_str(answer).ok()?;
        let asked = said.variable.as_ref().map_or("", |(_, value)| value);
        let asked: Json = serde_json::from_str(asked).unwrap_or_default();
        let is_its_version = asked["apiVersion"].is_null() || asked["apiVersion"] == answer["apiVersion"];
        let token = answer["status"]["token"].as_str().filter(|_| is_its_version && answer["kind"] == "ExecCredential");
        token.map(str::to_owned)
    },
    seeds: &[
        "",
        r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false}}"#,
        r#"{"apiVersion":"client.authentication.k8s.io/v1"}"#,
        r#"{"apiVersion":"client.authentication.k8s.io/v1alpha1"}"#,
        r#"{"apiVersion":"client.authentication.k8s.io/"}"#,
    ],
};
