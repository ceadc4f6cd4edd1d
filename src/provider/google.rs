//! Google's service account key. It is recognised, so that the error can say that no grant uses it yet.

use serde_json::Value as Json;

use crate::profile::format::{Found, ImportFormat};

pub(super) static SERVICE_ACCOUNT: ImportFormat = ImportFormat {
    is_read: false,
    ..ImportFormat::new("google-service-account", "a service account key of Google", read)
};

fn read(document: &Json) -> Option<Found> {
    (document.get("type")? == "service_account").then_some(Err(
        "is for Google's token endpoint, which no grant of this program asks yet: gcloud and Google's own libraries \
         take it",
    ))
}
