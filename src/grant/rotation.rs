//! Several values of one secret, as they stand beside each other while it is rotated.

use super::Mint;
use crate::error::Error;
use crate::token::Choice;

/// The values of one key, in the order in which they are tried: first the one that was taken the last time.
pub(super) struct Rotation<'a> {
    mint: &'a Mint<'a>,
    key: &'static str,
    /// The values' digests, as they stand in the profile.
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

    /// The value that is to be tried now. One that cannot be had is passed over, if there is another.
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

    /// The current value was refused: goes on to the next; `false` where all were tried.
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

    /// What is to be remembered: nothing of a key with one value, and nothing of values that are gone.
    pub(super) fn choice(&self) -> Option<Choice> {
        let taken = self.digests.get(*self.order.get(self.at)?).filter(|_| self.digests.len() > 1)?;
        let mut refused: Vec<String> =
            self.digests.iter().filter(|digest| self.refused.contains(digest) && *digest != taken).cloned().collect();
        refused.dedup();
        Some(Choice { key: self.key.to_owned(), taken: taken.clone(), refused })
    }
}
