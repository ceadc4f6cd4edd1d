//! What signs in place of a private key: whether it is there. Nothing is signed, and no program is run.

use super::finding::{Finding, fail, ok};
use super::profiles::first_hint;
use crate::call::Call;
use crate::grant::signer::ExternalSigner;
use crate::profile::Profile;

pub(super) fn check(profile: &Profile, call: &Call) -> Vec<Finding> {
    if !ExternalSigner::is_in(profile) {
        return Vec::new();
    }
    let (name, usual) = (profile.place.name(), format!("correct \"signer\" in {}", profile.place));
    let signer = match ExternalSigner::load(profile) {
        Ok(signer) => signer,
        Err(error) => {
            let fix = first_hint(&error, &usual);
            return vec![fail("signer.key", name, error.text, fix)];
        }
    };
    let found = match signer.found(profile, call.deadline.attempt().min(call.deadline.remaining())) {
        Ok(place) => ok("signer.found", name, place),
        Err(error) => {
            let fix = first_hint(&error, &usual);
            fail("signer.found", name, error.text, fix)
        }
    };
    vec![ok("signer.key", name, "the public key that verifies signatures"), found]
}
