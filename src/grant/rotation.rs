//! A secret with several values, while it is being rotated.

use super::Mint;
use crate::error::Error;
use crate::token::Choice;

/// The values of one key in the order of use: first the one that the endpoint accepted the last time.
pub(super) struct Rotation<'a> {
    mint: &'a Mint<'a>,
    key: &'static str,
    /// Digests of the values, in the profile's order.
    digests: Vec<String>,
    order: Vec<usize>,
    at: usize,
    refused: Vec<String>,
}

impl<'a> Rotation<'a> {
    pub(super) fn new(mint: &'a Mint<'a>, key: &'static str) -> Self {
        let digests = mint.profile.value_digests(key);
        let last = mint.choices.iter().find(|choice| choice.key == key);
        let first = last.and_then(|last| digests.iter().position(|digest| *digest == last.taken));
        let others = (0..digests.len()).filter(|index| Some(*index) != first);
        let order = first.into_iter().chain(others).collect();
        let refused = last.map(|last| last.refused.clone()).unwrap_or_default();
        Self { mint, key, digests, order, at: 0, refused }
    }

    /// Reads the current value. A value that cannot be read is skipped, if there is another.
    pub(super) fn load<T>(&mut self, read: impl Fn(usize) -> Result<T, Error>) -> Result<T, Error> {
        loop {
            let index = self.order.get(self.at).copied().unwrap_or(0);
            match read(index) {
                Err(error) if self.at + 1 < self.order.len() => {
                    self.mint.log.warn(format!("{}; the next one is tried", error.text));
                    self.at += 1;
                }
                read => return read,
            }
        }
    }

    /// Notes that the current value was rejected, and selects the next. `false` if all were tried.
    pub(super) fn advance(&mut self) -> bool {
        let Some(index) = self.order.get(self.at) else { return false };
        self.refused.push(self.digests[*index].clone());
        if self.at + 1 >= self.order.len() {
            return false;
        }
        self.mint.log.warn(format!("value {} of \"{}\" is refused, the next one is tried", index + 1, self.key));
        self.at += 1;
        true
    }

    /// What to remember: nothing for a key with one value, and nothing about removed values.
    pub(super) fn choice(&self) -> Option<Choice> {
        let taken = self.digests.get(*self.order.get(self.at)?).filter(|_| self.digests.len() > 1)?;
        let mut refused: Vec<String> =
            self.digests.iter().filter(|digest| self.refused.contains(digest) && *digest != taken).cloned().collect();
        refused.dedup();
        Some(Choice { key: self.key.to_owned(), taken: taken.clone(), refused })
    }
}
