//! What holds a secret cannot be printed by mistake: its type has no form to be printed in.

use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use jwt_credential::crypto::pem::Section;
use jwt_credential::grant::Mint;
use jwt_credential::http::Reply;
use jwt_credential::onboarding::key_material::{KeyFile, KeyMaterial};
use jwt_credential::onboarding::write::{CheckedProfile, ReplacedProfile};
use jwt_credential::profile::draft::Draft;
use jwt_credential::profile::{Profile, ProfileLocation, Value};
use jwt_credential::secret::Secret;
use jwt_credential::stdin::Stdin;
use jwt_credential::sys::CheckedFile;
use jwt_credential::token::AccessToken;
use jwt_credential::tokens::Credential;
use serde::Serialize;

use super::ways::{LITERAL, TOKEN};

struct Probe<T>(PhantomData<T>);

/// Whether a type has a trait: a method of `Asked` itself comes before one that is reached through it.
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
fn what_holds_a_secret_has_no_form_to_be_printed_in() {
    assert!(has!(String, Display) && has!(String, Debug) && has!(String, Serialize), "the question finds an answer");
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
        Mint<'static>
    );
    assert!(!has!(Secret, Display) && !has!(Secret, Serialize) && !has!(Secret, Clone));
    assert!(!has!(AccessToken, Display) && !has!(ProfileLocation, Debug));
    assert_eq!(format!("{:?}", Secret::new(LITERAL.into())), "Secret(…)");
    assert_eq!(format!("{:#?}", AccessToken::parse(TOKEN.into()).unwrap()), "AccessToken(…)");
    let place = ProfileLocation::Environment(LITERAL.to_owned().into());
    assert_eq!(place.to_string(), "the profile in JWT_CREDENTIAL_PROFILE_JSON");
}
