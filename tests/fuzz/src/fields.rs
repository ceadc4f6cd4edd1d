//! The keys of profiles, as a user answers the questions of `init`: a row for each field of the grants' schemas.

use std::sync::OnceLock;

use jwt_credential::profile::schema::{Field, ValueKind};
use jwt_credential::provider;
use serde_json::Value as Json;

use crate::text::{CANARY, is_harmless};

fn all() -> &'static [&'static Field] {
    static ALL: OnceLock<Vec<&'static Field>> = OnceLock::new();
    ALL.get_or_init(|| provider::ALL.iter().flat_map(|row| row.schema.all()).collect())
}

/// The index of the field, and an answer.
pub fn seeds() -> Vec<Vec<u8>> {
    let answers =
        ["word", "a,b", "0A1B@AdobeOrg", "*.adobe.io,http://127.0.0.1:1", "/ims/token/v3", "2027-08-27", "s8e-x"];
    let with =
        |at: usize| answers.iter().map(move |answer| [&[u8::try_from(at).unwrap_or(0)], answer.as_bytes()].concat());
    (0..all().len()).flat_map(with).collect()
}

/// An accepted answer is accepted again in its canonical spelling; an error quotes nothing of the answer.
pub fn run(bytes: &[u8]) {
    let Some((at, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let field = all()[usize::from(*at) % all().len()];
    match field.accept(text) {
        Ok(Json::String(one)) => assert_eq!((field.normal)(&one).as_ref(), Ok(&one), "{}", field.name),
        Ok(Json::Array(items)) => {
            assert!(!items.is_empty() && field.kind == ValueKind::List, "{}", field.name);
            for item in items.iter().filter_map(Json::as_str) {
                assert_eq!((field.normal)(item).as_deref(), Ok(item), "{}", field.name);
            }
        }
        Ok(other) => panic!("{} became {other}", field.name),
        Err(what) => {
            assert!(is_harmless(&what));
            let told = field.accept(&format!("{text}{CANARY}")).err();
            // A name that is not ASCII is told in its ASCII form.
            assert!(told.is_none_or(|what| !what.contains(CANARY) || what.contains("xn--")), "{what}");
        }
    }
}
