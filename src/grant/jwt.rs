//! The JWT that a grant signs, as a provider's row describes it.

use serde_json::{Map, Value as Json};

use super::signing_key::SigningKey;
use super::{Attempt, fill};
use crate::clock;
use crate::crypto::sign;
use crate::error::Error;
use crate::host::Origin;
use crate::secret::Secret;

pub struct Jwt {
    /// The claims beside `iat` and `exp`.
    pub claims: &'static [Claim],
    /// How long the JWT is valid, in seconds.
    pub life: u64,
    /// How far `iat` is back-dated, in seconds, because this machine's clock may be fast.
    pub backdated: u64,
}

/// A claim. In templates `{host}` is the endpoint's host, and any other name is a key of the profile.
pub enum Claim {
    /// The claim's name, and a template of its value.
    Text(&'static str, &'static str),
    /// A claim with the value true for each item of a list: the list's key, and a template of the claim's name, in which
    /// `{item}` is the item.
    Flags(&'static str, &'static str),
}

impl Jwt {
    pub(super) fn sign(&self, attempt: &Attempt, origin: &Origin, key: &SigningKey) -> Result<Secret, Error> {
        self.sign_at(attempt, origin, key, 0)
    }

    /// The same for a server whose clock is this many seconds ahead of ours.
    pub(super) fn sign_at(
        &self,
        attempt: &Attempt,
        origin: &Origin,
        key: &SigningKey,
        ahead: i64,
    ) -> Result<Secret, Error> {
        let host = origin.authority();
        let text = |name: &str| if name == "host" { Ok(host.clone()) } else { attempt.text(name) };
        let now = (clock::now().wall_ms / 1000).saturating_add_signed(ahead);
        let mut claims = Map::new();
        claims.insert("iat".into(), now.saturating_sub(self.backdated).into());
        claims.insert("exp".into(), now.saturating_add(self.life).into());
        for claim in self.claims {
            match claim {
                Claim::Text(name, template) => {
                    claims.insert((*name).to_owned(), fill(template, &text)?.into());
                }
                Claim::Flags(list, template) => {
                    for item in attempt.profile.list(list)? {
                        let name = |name: &str| if name == "item" { Ok(item.clone()) } else { text(name) };
                        claims.insert(fill(template, &name)?, Json::Bool(true));
                    }
                }
            }
        }
        sign::rs256(&claims, &key.signing, &key.place)
    }
}
