//! Several values of one secret, as they stand beside each other while it is rotated.

use super::Mint;

/// The values of one key, in the order in which they are tried: first the one that was taken the last time.
pub(super) struct Rotation {
    key: &'static str,
    order: Vec<usize>,
    at: usize,
}

impl Rotation {
    pub(super) fn new(mint: &Mint, key: &'static str) -> Self {
        let count = mint.profile.count(key);
        let last = mint.chosen.iter().find(|(had, _)| had == key).map(|(_, index)| *index);
        let others = (0..count).filter(|index| Some(*index) != last);
        Self { key, order: last.filter(|index| *index < count).into_iter().chain(others).collect(), at: 0 }
    }

    /// The value that is to be tried now.
    pub(super) fn current(&self) -> usize {
        self.order.get(self.at).copied().unwrap_or(0)
    }

    /// Goes on to the next; `false` where all were tried.
    pub(super) fn advance(&mut self, mint: &Mint) -> bool {
        let tried = self.current() + 1;
        self.at += 1;
        let is_there = self.at < self.order.len();
        if is_there {
            mint.log.warn(format!("value {tried} of \"{}\" is refused, the next one is tried", self.key));
        }
        is_there
    }

    /// What is to be remembered: nothing of a key with one value.
    pub(super) fn choice(&self) -> Option<(String, usize)> {
        (self.order.len() > 1).then(|| (self.key.to_owned(), self.current()))
    }
}
