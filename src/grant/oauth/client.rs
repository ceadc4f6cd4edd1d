//! Client authentication (RFC 6749, section 2.3.1): the client's id and secret in the form.

use crate::error::Error;
use crate::grant::Attempt;
use crate::grant::rotation::Rotation;
use crate::http::Form;
use crate::secret::Secret;
use crate::token::Choice;

const SECRET: &str = "client_secret";

pub(in crate::grant) struct Client<'a> {
    id: String,
    secret: Rotation<'a, Secret>,
}

impl<'a> Client<'a> {
    pub(in crate::grant) fn load(attempt: &'a Attempt<'a>) -> Result<Self, Error> {
        let read = |index| attempt.profile.secret_at(SECRET, index, attempt.remaining());
        Ok(Self { secret: Rotation::new(attempt, SECRET, Box::new(read))?, id: attempt.text("client_id")? })
    }

    pub(in crate::grant) fn authenticate(&self, form: Form) -> Form {
        form.plain("client_id", self.id.clone()).secret(SECRET, self.secret.value())
    }

    /// Takes the next secret, if this key was rejected and there is another value. `false`: the request cannot succeed.
    pub(in crate::grant) fn replace(&mut self, rejected: Option<&str>) -> Result<bool, Error> {
        Ok(rejected == Some(SECRET) && self.secret.advance()?)
    }

    pub(in crate::grant) fn choice(&self) -> Option<Choice> {
        self.secret.choice()
    }
}
