//! What stood on the command line, taken apart.

use std::any::Any;
use std::ffi::OsString;

use clap::parser::ValuesRef;
use clap::{ArgMatches, Command as Clap};

/// The options and arguments that a call gave; nothing of clap's where it gave none.
pub struct Given(Option<ArgMatches>);

impl Given {
    /// What a call gave that said no more than its command.
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    pub(super) fn taken_apart(clap: Clap, args: Vec<OsString>) -> Result<Self, clap::Error> {
        clap.try_get_matches_from(args).map(|matches| Self(Some(matches)))
    }

    /// What stands after `--`, in a row that takes it.
    pub(super) fn rest(&self) -> Option<Vec<OsString>> {
        let rest = self.0.as_ref()?.try_get_many("rest").ok()??;
        Some(rest.cloned().collect())
    }

    /// The value of one of the row's options or arguments.
    #[must_use]
    pub fn one<T: Any + Clone + Send + Sync>(&self, name: &str) -> Option<&T> {
        self.0.as_ref()?.get_one(name)
    }

    /// All values of one of the row's options or arguments.
    #[must_use]
    pub fn many<T: Any + Clone + Send + Sync>(&self, name: &str) -> Option<ValuesRef<'_, T>> {
        self.0.as_ref()?.get_many(name)
    }

    /// Whether one of the row's switches is on.
    #[must_use]
    pub fn has(&self, switch: &str) -> bool {
        self.0.as_ref().is_some_and(|matches| matches.get_flag(switch))
    }
}
