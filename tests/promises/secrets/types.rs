//! A type that holds a secret cannot be printed by mistake, because it has no trait for printing.

use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use jwt_credential::crypto::pem::Section;
use jwt_credential::grant::Attempt;
use jwt_credential::http::Reply;
use jwt_credential::onboarding::key_material::{KeyFile, KeyMaterial};
use jwt_credential::onboarding::write::{CheckedProfile, ReplacedProfile};
use jwt_credential::profile::draft::Draft;
use jwt_credential::profile::{Profile, ProfileLocation, Value};
use jwt_credential::protocol::stdin::Stdin;
use jwt_credential::secret::Secret;
use jwt_credential::sys::CheckedFile;
use jwt_credential::token::SecretText;
use jwt_credential::tokens::Credential;
use serde::Serialize;

use super::ways::{LITERAL, TOKEN};

struct Probe<T>(PhantomData<T>);

/// Whether a type has a trait: a method of `Asked` itself is chosen before one that needs a dereference.
macro_rules! has {
    ($type:ty, $wanted:path) => {{
        struct Asked<T>(Probe<T>);
        impl<T> std::ops::Deref for Asked<T> {
            type Target = Probe<T>;
            fn deref(&self) -> &Probe<T> {
                &self.0
            }
        }
        impl<T: $wanted> Asked<T> {
            #[allow(dead_code, reason = "called of the types that have the trait, which should be few")]
            fn is(&self) -> bool {
                true
            }
        }
        Asked::<$type>(Probe(PhantomData)).is()
    }};
}

trait Is {
    fn is(&self) -> bool;
}

impl<T> Is for Probe<T> {
    fn is(&self) -> bool {
        false
    }
}

macro_rules! has_none {
    ($($type:ty),*) => {
        $(
            assert!(!has!($type, Display), "{} has a Display", stringify!($type));
            assert!(!has!($type, Debug), "{} has a Debug", stringify!($type));
            assert!(!has!($type, Serialize), "{} can be serialized", stringify!($type));
        )*
    };
}

#[test]
fn a_type_that_holds_a_secret_cannot_be_printed() {
    assert!(has!(String, Display) && has!(String, Debug) && has!(String, Serialize), "the check works");
    has_none!(
        Value,
        Profile,
        Draft,
        KeyFile,
        KeyMaterial,
        CheckedProfile,
        ReplacedProfile,
        CheckedFile,
        Section,
        Reply,
        Credential,
        Stdin,
        Attempt<'static>
    );
    assert!(!has!(Secret, Display) && !has!(Secret, Serialize) && !has!(Secret, Clone));
    assert!(!has!(SecretText, Display) && !has!(ProfileLocation, Debug));
    assert_eq!(format!("{:?}", Secret::new(LITERAL.into())), "Secret(…)");
    assert_eq!(format!("{:#?}", SecretText::parse(TOKEN.into()).unwrap()), "SecretText(…)");
    let place = ProfileLocation::Environment(LITERAL.to_owned().into());
    assert_eq!(place.to_string(), "the profile in JWT_CREDENTIAL_PROFILE_JSON");
}
