//! Client authentication (RFC 6749, section 2.3): how the client shows who it is.

use crate::error::Error;
use crate::grant::Attempt;
use crate::grant::rotation::Rotation;
use crate::grant::signing_key::{self, SigningKey};
use crate::grant::subject;
use crate::http::{Form, Request};
use crate::secret::Secret;
use crate::token::Choice;

const SECRET: &str = "client_secret";
/// A JWT of another issuer, which stands for the client (RFC 7523, section 2.2).
pub(in crate::grant) const ASSERTION: &str = "assertion";
const METHOD: &str = "client_auth";

pub(in crate::grant) struct Client<'a> {
    attempt: &'a Attempt<'a>,
    id: Option<String>,
    method: Method<'a>,
}

enum Method<'a> {
    None,
    Basic(Rotation<'a, Secret>),
    Post(Rotation<'a, Secret>),
    /// `private_key_jwt`, by the name that `OpenID` Connect (Core, section 9) gives it.
    Key(Box<Rotation<'a, SigningKey>>),
    Assertion,
}

impl<'a> Client<'a> {
    /// `signs`: whether a private key is the client's, and not the grant's.
    pub(in crate::grant) fn load(attempt: &'a Attempt<'a>, signs: bool) -> Result<Self, Error> {
        let profile = attempt.profile;
        let read = |index| profile.secret_at(SECRET, index, attempt.remaining());
        let secret = || Rotation::new(attempt, SECRET, Box::new(read));
        let given = profile.text(METHOD)?;
        let method = match given.as_deref() {
            Some(method) => method,
            // The providers whose profiles have no choice.
            None if profile.schema.field(METHOD).is_none() => match profile.schema.field(SECRET) {
                Some(_) => "post",
                None => "none",
            },
            None if profile.count(SECRET) > 0 => "basic",
            None if signs && profile.count(ASSERTION) > 0 => "assertion",
            None if signs && SigningKey::is_in(profile) => "private_key_jwt",
            None => "none",
        };
        let method = match method {
            "basic" => Method::Basic(secret()?),
            "post" => Method::Post(secret()?),
            "private_key_jwt" => Method::Key(Box::new(signing_key::all(attempt)?)),
            "assertion" => Method::Assertion,
            _ => Method::None,
        };
        let id = profile.text("client_id")?;
        if id.is_none() && matches!(method, Method::Basic(_) | Method::Post(_)) {
            return Err(profile.wrong("has no \"client_id\""));
        }
        Ok(Self { attempt, id, method })
    }

    /// The form as a request of this client. `sign` makes a JWT that the client's key signs.
    pub(in crate::grant) fn authenticate(
        &self,
        form: Form,
        sign: &dyn Fn(&SigningKey) -> Result<Secret, Error>,
    ) -> Result<Request, Error> {
        let with_id = |form: Form| match &self.id {
            Some(id) => form.plain("client_id", id.clone()),
            None => form,
        };
        let asserting = |form: Form, jwt: &Secret| {
            let form =
                with_id(form).plain("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            Request::from(form.secret("client_assertion", jwt))
        };
        Ok(match &self.method {
            Method::None => with_id(form).into(),
            Method::Post(secret) => with_id(form).secret(SECRET, secret.value()).into(),
            Method::Basic(secret) => {
                Request::from(form).basic(self.id.as_deref().unwrap_or_default(), secret.value().reveal())
            }
            Method::Key(key) => asserting(form, &sign(key.value())?),
            Method::Assertion => asserting(form, &subject::token(self.attempt, ASSERTION)?),
        })
    }

    /// Takes the next secret or key, if this one was rejected and there is another value. `false`: the request cannot
    /// succeed.
    pub(in crate::grant) fn replace(&mut self, rejected: Option<&str>) -> Result<bool, Error> {
        match &mut self.method {
            Method::Basic(secret) | Method::Post(secret) => secret.replace(rejected),
            Method::Key(key) => key.replace(rejected),
            Method::None | Method::Assertion => Ok(false),
        }
    }

    /// The key that signs for this client.
    pub(in crate::grant) fn key(&self) -> Option<&SigningKey> {
        match &self.method {
            Method::Key(key) => Some(key.value()),
            _ => None,
        }
    }

    pub(in crate::grant) fn choice(&self) -> Option<Choice> {
        match &self.method {
            Method::Basic(secret) | Method::Post(secret) => secret.choice(),
            Method::Key(key) => key.choice(),
            _ => None,
        }
    }
}
