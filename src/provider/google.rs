//! Google's service account key. It is recognised, so that the error can say that no grant uses it yet.

use serde_json::Value as Json;

use crate::profile::format::{Found, ImportFormat};

pub(super) static SERVICE_ACCOUNT: ImportFormat = ImportFormat {
    name: "google-service-account",
    about: "a service account key of Google",
    read: |document| {
        let is_one = document.get("type").and_then(Json::as_str) == Some("service_account");
        is_one.then_some(Found::Nothing(
            "is for Google's token endpoint, which no grant of this program asks yet: gcloud and Google's own \
             libraries take it",
        ))
    },
    is_read: false,
    variables: None,
};
