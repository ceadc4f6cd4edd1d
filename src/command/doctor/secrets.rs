//! The secrets of a profile: whether each can be obtained. No command is run.

use super::finding::{Finding, fail, ok, skipped};
use super::profiles::first_hint;
use crate::call::Call;
use crate::profile::Profile;
use crate::profile::schema::ValueKind;

pub(super) fn check(profile: &Profile, call: &Call) -> Vec<Finding> {
    let secrets = profile.schema.all().filter(|field| field.kind == ValueKind::Secret);
    secrets
        .flat_map(|field| (0..profile.count(field.name)).map(|index| one(profile, field.name, index, call)))
        .collect()
}

fn one(profile: &Profile, key: &str, index: usize, call: &Call) -> Finding {
    let name = profile.place.name();
    let what = if profile.count(key) > 1 { format!("value {} of {key}", index + 1) } else { key.to_owned() };
    if profile.is_made_on_request(key, index) {
        return skipped(
            "secret.read",
            name,
            format!("{what}: not read, because it comes from a command or another issuer"),
        );
    }
    // A key may be binary.
    match profile.secret_bytes(key, index, call.deadline.remaining()) {
        Ok(_) => ok("secret.read", name, what),
        Err(error) => {
            let fix = first_hint(&error, &format!("correct {key} in {}", profile.place));
            fail("secret.read", name, error.text, fix)
        }
    }
}
