//! The shared cache of a profile: where it is, and the secrets under which its records are sealed.

use std::time::Duration;

use zeroize::Zeroizing;

use super::Profile;
use super::schema::{Field, SHARED_CACHE, SHARED_CACHE_KEY, ValueKind};
use super::value::as_text;
use crate::environment;
use crate::error::Error;
use crate::secret::Secret;

/// The variable that names a shared cache for every profile that names none.
pub const SHARED_CACHE_VARIABLE: &str = "JWT_CREDENTIAL_SHARED_CACHE";

/// An attacker who reads the shared cache could guess a shorter key.
const SHORTEST_KEY: usize = 32;
/// The most combinations of a rotating profile's values: each is a record to look for.
const MOST: usize = 8;

/// What records are sealed under: one value of each of the profile's secrets.
pub struct SealingSecret {
    pub bytes: Zeroizing<Vec<u8>>,
    /// Which value it is, as a key and a digest, for each key that has several.
    pub taken: Vec<(&'static str, String)>,
}

impl Profile {
    /// Whether this profile or the environment names a shared cache.
    pub fn has_shared_cache(&self) -> bool {
        self.count(SHARED_CACHE) > 0 || environment::is_set(SHARED_CACHE_VARIABLE)
    }

    /// The URL of the shared cache. No command is run for it.
    pub fn shared_cache(&self) -> Result<Secret, Error> {
        if self.is_made_on_request(SHARED_CACHE, 0) {
            return Err(self.wrong_value(SHARED_CACHE, "is by command: give the URL itself, env or file"));
        }
        if self.count(SHARED_CACHE) > 0 {
            return self.secret_at(SHARED_CACHE, 0, self.time_left());
        }
        environment::text(SHARED_CACHE_VARIABLE).map(|url| Secret::new(url.unwrap_or_default()))
    }

    /// Why no record of this profile can be sealed, if that is known without its secrets.
    pub fn cannot_seal(&self) -> Option<String> {
        if self.count(SHARED_CACHE_KEY) > 0 {
            return None;
        }
        let mut fields = self.settings.iter().map(|(field, _)| field);
        let why = if fields.clone().any(|field| field.principal) {
            "the token depends on a credential that changes"
        } else if fields.clone().any(|field| field.is_member_of("signer")) {
            "the private key is in a signer"
        } else if !fields.any(|field| is_sealing(field)) {
            "the profile has no secret"
        } else {
            return None;
        };
        Some(format!("{why}, so that records need a \"{SHARED_CACHE_KEY}\" in the profile"))
    }

    /// The secrets under which the records of this profile are sealed, one for each combination of values. The error says
    /// why there are none.
    pub fn sealing_secrets(&self, wait: Duration) -> Result<Vec<SealingSecret>, String> {
        if self.count(SHARED_CACHE_KEY) > 0 {
            let key = self.secret_at(SHARED_CACHE_KEY, 0, wait).map_err(|error| error.text)?;
            if key.reveal().len() < SHORTEST_KEY {
                return Err(format!("\"{SHARED_CACHE_KEY}\" has fewer than {SHORTEST_KEY} characters"));
            }
            let bytes = key.reveal().as_bytes().to_vec().into();
            return Ok(vec![SealingSecret { bytes, taken: Vec::new() }]);
        }
        if let Some(why) = self.cannot_seal() {
            return Err(why);
        }
        let mut secrets: Vec<&'static Field> = self.settings.iter().map(|(field, _)| *field).collect();
        secrets.retain(|field| is_sealing(field));
        // The key must not depend on the order in the file.
        secrets.sort_by_key(|field| field.name);
        let mut combinations = vec![SealingSecret { bytes: Zeroizing::default(), taken: Vec::new() }];
        for field in secrets {
            let values = self.sealing_values(field, wait)?;
            combinations =
                combinations.iter().flat_map(|had| values.iter().map(|value| had.and(field, value))).collect();
            combinations.truncate(MOST);
        }
        Ok(combinations)
    }

    /// The values of a secret that can be read, each with its digest if there are several.
    fn sealing_values(&self, field: &Field, wait: Duration) -> Result<Vec<SealingValue>, String> {
        let digests = self.value_digests(field.name);
        let has_several = digests.len() > 1;
        let mut unreadable = String::new();
        let mut values = Vec::new();
        for (index, digest) in digests.into_iter().enumerate() {
            match self.secret_bytes(field.name, index, wait) {
                // A file of text has a line end that a variable does not have.
                Ok(bytes) => {
                    let bytes = as_text(&bytes, "").map_or(bytes, |text| text.into_bytes().into());
                    values.push(SealingValue { bytes, digest: has_several.then_some(digest) });
                }
                Err(error) => unreadable = error.text,
            }
        }
        if values.is_empty() { Err(unreadable) } else { Ok(values) }
    }
}

fn is_sealing(field: &Field) -> bool {
    field.kind == ValueKind::Secret && !field.guessable
}

struct SealingValue {
    bytes: Zeroizing<Vec<u8>>,
    digest: Option<String>,
}

impl SealingSecret {
    fn and(&self, field: &'static Field, value: &SealingValue) -> Self {
        // The length keeps apart what belongs to two keys.
        let head = format!("{} {} ", field.name, value.bytes.len());
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.bytes.len() + head.len() + value.bytes.len()));
        for part in [self.bytes.as_slice(), head.as_bytes(), &value.bytes] {
            bytes.extend_from_slice(part);
        }
        let own = value.digest.iter().map(|digest| (field.name, digest.clone()));
        Self { bytes, taken: self.taken.iter().cloned().chain(own).collect() }
    }
}
