//! A secret with several values, while it is being rotated.

use super::attempt::Attempt;
use crate::error::{Error, Kind};
use crate::token::Choice;

type Read<'a, T> = dyn Fn(usize) -> Result<T, Error> + 'a;

/// The values of one key in the order of use: the value that the endpoint accepted last comes first.
pub(super) struct Rotation<'a, T> {
    attempt: &'a Attempt<'a>,
    key: &'static str,
    /// Reads the value at an index of the profile's list.
    read: Box<Read<'a, T>>,
    /// Digests of the values, in the profile's order.
    digests: Vec<String>,
    order: Vec<usize>,
    at: usize,
    rejected: Vec<String>,
    value: T,
}

impl<'a, T> Rotation<'a, T> {
    /// Reads the first value alone: a command may ask the user.
    pub(super) fn new(attempt: &'a Attempt<'a>, key: &'static str, read: Box<Read<'a, T>>) -> Result<Self, Error> {
        let digests = attempt.profile.value_digests(key);
        let last = attempt.choices.iter().find(|choice| choice.key == key);
        let first = last.and_then(|last| digests.iter().position(|digest| *digest == last.taken));
        let others = (0..digests.len()).filter(|index| Some(*index) != first);
        let order: Vec<usize> = first.into_iter().chain(others).collect();
        let rejected = last.map(|last| last.refused.clone()).unwrap_or_default();
        let (at, value) = first_readable(attempt, &*read, &order, 0)?;
        Ok(Self { attempt, key, read, digests, order, at, rejected, value })
    }

    pub(super) fn value(&self) -> &T {
        &self.value
    }

    /// Takes the next value, if `rejected` names this key. `false`: it names another, or all values were tried.
    pub(super) fn replace(&mut self, rejected: Option<&str>) -> Result<bool, Error> {
        if rejected == Some(self.key) { self.advance() } else { Ok(false) }
    }

    /// Notes that the current value was rejected, and reads the next. `false` if all were tried.
    fn advance(&mut self) -> Result<bool, Error> {
        let Some(&index) = self.order.get(self.at) else { return Ok(false) };
        self.rejected.push(self.digests[index].clone());
        if self.at + 1 >= self.order.len() {
            return Ok(false);
        }
        self.attempt.log.warn(format!("value {} of \"{}\" was rejected, the next one is tried", index + 1, self.key));
        match first_readable(self.attempt, &*self.read, &self.order, self.at + 1) {
            Ok((at, value)) => (self.at, self.value) = (at, value),
            Err(error) if error.kind == Kind::Interrupted => return Err(error),
            // The rejection is the error that counts.
            Err(error) => {
                self.attempt.log.warn(error.text);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What to remember: nothing for a key with one value, and nothing about removed values.
    pub(super) fn choice(&self) -> Option<Choice> {
        let taken = self.digests.get(*self.order.get(self.at)?).filter(|_| self.digests.len() > 1)?;
        let is_rejected = |digest: &&String| self.rejected.contains(digest) && *digest != taken;
        let mut refused: Vec<String> = self.digests.iter().filter(is_rejected).cloned().collect();
        refused.dedup();
        Some(Choice { key: self.key.to_owned(), taken: taken.clone(), refused })
    }
}

/// The first value from a position on that can be read, and its position.
fn first_readable<T>(attempt: &Attempt, read: &Read<T>, order: &[usize], mut at: usize) -> Result<(usize, T), Error> {
    loop {
        match read(order.get(at).copied().unwrap_or(0)) {
            Err(error) if at + 1 < order.len() && error.kind != Kind::Interrupted => {
                attempt.log.warn(format!("{}; the next one is tried", error.text));
                at += 1;
            }
            outcome => return outcome.map(|value| (at, value)),
        }
    }
}
