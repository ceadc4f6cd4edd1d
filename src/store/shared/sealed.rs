//! The records in a shared cache: what they hold, their names, and the keys that seal them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::session::{Seen, Stored};
use crate::clock::{self, Timestamp};
use crate::crypto::seal::{SealingKeys, mark_of};
use crate::profile::Profile;
use crate::profile::shared_cache::SealingSecret;
use crate::store::{CachedToken, Failure, Record, SharedCopy};

/// The format of the records. Another format has other names, so that two versions of this program do not meet.
const PURPOSE: &str = "jwt-credential shared cache 1";
/// Less than the longest answer that is read.
const LONGEST: usize = 60 * 1024;

/// How long a failure is kept for the machines that were waiting when it came. Each looks several times meanwhile.
const FOR_WAITERS: Duration = Duration::from_secs(5);

/// A sealed record: a token or a refusal.
#[derive(Serialize, Deserialize)]
struct Contents {
    token: Option<CachedToken>,
    refusal: Option<Failure>,
    /// For the stamp of the refusal.
    salt: String,
    /// When it was sealed, by the clocks of the machine that did, and by the server's in milliseconds since 1970. All other
    /// times in it are by the former.
    at: Timestamp,
    server_ms: u64,
}

/// The keys of a profile, and the names of its records.
pub(super) struct Keys {
    /// One for each combination of the secrets' values.
    all: Vec<Key>,
    pub(super) lock: String,
    pub(super) refusal: String,
}

struct Key {
    keys: SealingKeys,
    /// The name of the record of a token.
    token: String,
    taken: Vec<(&'static str, String)>,
}

/// What a shared cache has for this machine, with times by its own clocks.
#[derive(Default)]
pub(super) struct Offer {
    token: Option<(CachedToken, SharedCopy)>,
    refusal: Option<Failure>,
    /// For the stamp of the refusal.
    salt: String,
}

impl Keys {
    pub(super) fn derive(secrets: &[SealingSecret], identity: &str, prefix: &str) -> Result<Self, String> {
        let named = |keys: &SealingKeys, label| format!("{prefix}{}", keys.name(label));
        let key = |secret: &SealingSecret| {
            let keys = SealingKeys::derive(PURPOSE, &secret.bytes, identity)?;
            Some(Key { token: named(&keys, "token"), keys, taken: secret.taken.clone() })
        };
        let all = secrets.iter().map(key).collect::<Option<Vec<_>>>().unwrap_or_default();
        let first = all.first().ok_or("no key can be derived from this profile's secrets")?;
        let (lock, refusal) = (named(&first.keys, "lock"), named(&first.keys, "refusal"));
        Ok(Self { all, lock, refusal })
    }

    /// The names of the tokens' records.
    pub(super) fn tokens(&self) -> Vec<String> {
        self.all.iter().map(|key| key.token.clone()).collect()
    }

    /// The names of the records of tokens and of the refusal.
    fn records(&self) -> Vec<String> {
        self.tokens().into_iter().chain([self.refusal.clone()]).collect()
    }

    /// What a look asks for: the records and the lock.
    pub(super) fn names(&self) -> Vec<String> {
        self.records().into_iter().chain([self.lock.clone()]).collect()
    }

    /// The record of the new token or failure that `record` has and `had` has not; `None` if there is nothing to share.
    /// `server_ms` is the server's time.
    pub(super) fn seal(&self, had: &Record, record: &mut Record, server_ms: u64) -> Option<Stored> {
        let at = clock::now();
        let contents =
            |token, refusal| Contents { token, refusal, salt: record.salt.clone(), at: at.clone(), server_ms };
        let is_new = |token: &CachedToken| had.token.as_ref().is_none_or(|had| had.issued != token.issued);
        if let Some(token) = record.token.clone().filter(is_new) {
            let life = token.remaining(&at);
            let key = self.of(&token);
            let sealed = key.seal(&key.token, &contents(Some(token), None), life)?;
            record.shared = Some(self.copy(&key.token, &sealed.value));
            return Some(sealed);
        }
        let is_shared = |failure: &&Failure| {
            let of_server = failure.stamp.surroundings.is_none() && !failure.stamp.sent.is_empty();
            of_server && had.failures.first().is_none_or(|had| had.at != failure.at)
        };
        let refusal = record.failures.first().filter(is_shared)?.clone();
        let life = Duration::from_millis(refusal.cool_down_ms).max(FOR_WAITERS);
        self.all[0].seal(&self.refusal, &contents(None, Some(refusal)), life)
    }

    /// The key of the secrets that the server accepted.
    fn of(&self, token: &CachedToken) -> &Key {
        let is_taken = |(key, digest): &(&str, String)| {
            token.choices.iter().any(|choice| choice.key == *key && choice.taken == *digest)
        };
        self.all.iter().find(|key| key.taken.iter().all(is_taken)).unwrap_or(&self.all[0])
    }

    /// The usable records of what was seen, for a machine with this record. A value that cannot be opened counts as missing.
    pub(super) fn offer(&self, seen: &Seen, record: &Record, profile: &Profile) -> Offer {
        let mut offer = Offer { salt: record.salt.clone(), ..Offer::default() };
        for (key, value) in self.all.iter().zip(&seen.values) {
            let Some(value) = value else { continue };
            let token = key.open(&key.token, value, seen).and_then(|contents| contents.token);
            let Some(token) = token.filter(|token| !record.was_rejected(token)) else { continue };
            let is_older = |had: &CachedToken| !token.issued.is_since(&had.issued);
            let other = offer.token.as_ref().map(|(token, _)| token);
            if !record.token.iter().chain(other).any(is_older) && !token.remaining(&seen.before).is_zero() {
                offer.token = Some((token, self.copy(&key.token, value)));
            }
        }
        let refusal = seen.values.get(self.all.len()).and_then(Option::as_ref);
        let contents = refusal.and_then(|value| self.all[0].open(&self.refusal, value, seen));
        offer.refusal = contents.and_then(|Contents { refusal, salt, .. }| {
            let mut refusal = refusal.filter(|refusal| refusal.stamp.sent == profile.sent(&salt))?;
            refusal.stamp.sent = profile.sent(&record.salt);
            Some(refusal)
        });
        offer
    }

    /// The tokens that were seen and are meant.
    pub(super) fn copies<'s>(
        &'s self,
        seen: &'s Seen,
        is_meant: &'s dyn Fn(&CachedToken) -> bool,
    ) -> impl Iterator<Item = SharedCopy> + 's {
        let values = self.all.iter().zip(&seen.values).filter_map(|(key, value)| Some((key, value.as_ref()?)));
        values.filter_map(move |(key, value)| {
            let token = key.open(&key.token, value, seen)?.token?;
            is_meant(&token).then(|| self.copy(&key.token, value))
        })
    }

    fn copy(&self, token: &str, value: &[u8]) -> SharedCopy {
        SharedCopy { token: token.to_owned(), mark: mark_of(value).to_vec(), records: self.records() }
    }
}

impl Key {
    fn seal(&self, name: &str, contents: &Contents, life: Duration) -> Option<Stored> {
        let text = Zeroizing::new(serde_json::to_vec(contents).ok()?);
        let value = self.keys.seal(name, &text).filter(|value| value.len() <= LONGEST)?;
        Some(Stored { name: name.to_owned(), value, life })
    }

    /// The contents, with times by this machine's clocks: each is at least as long ago as it really is.
    fn open(&self, name: &str, value: &[u8], seen: &Seen) -> Option<Contents> {
        let text = self.keys.open(name, value)?;
        let mut contents: Contents = serde_json::from_slice(&text).ok()?;
        // A record from the future of the server's clock is a miss.
        let since = Duration::from_millis(seen.server_ms.checked_sub(contents.server_ms)?);
        let here = |time: &Timestamp| Some(seen.before.earlier(time.age(&contents.at)?.checked_add(since)?));
        if let Some(token) = &mut contents.token {
            (token.requested, token.issued) = (here(&token.requested)?, here(&token.issued)?);
        }
        if let Some(refusal) = &mut contents.refusal {
            refusal.at = here(&refusal.at)?;
        }
        Some(contents)
    }
}

impl Offer {
    /// Takes what is offered over into a record.
    pub(super) fn add_to(&self, record: &mut Record) {
        if let Some((token, copy)) = &self.token {
            record.token = Some(token.clone());
            record.shared = Some(copy.clone());
        }
        if let Some(refusal) = &self.refusal {
            record.add_foreign_failure(refusal.clone(), &self.salt);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.token.is_none() && self.refusal.is_none()
    }

    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }
}
