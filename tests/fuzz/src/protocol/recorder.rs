//! In place of the token source: gives one token, and records the servers for which it was requested.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jwt_credential::error::{Error, Kind};
use jwt_credential::host::Origin;
use jwt_credential::token::{Fields, SecretText, TokenHeader};
use jwt_credential::tokens::{Credential, NotAllowed, Tokens, Want};

/// With every character that a token can have.
pub const TOKEN: &str = "Tok3n-._~+/==";

/// Its expiry, in milliseconds.
pub const END: u64 = 1_795_590_000_999;

/// The servers that its profile lists.
pub const NAMED: [&str; 2] = ["https://registry.example", "http://127.0.0.1:8081"];

#[derive(Clone)]
pub struct Recorder(Rc<Seen>);

struct Seen {
    allows: bool,
    ends: bool,
    headers: Vec<(String, String)>,
    gave: Cell<bool>,
    asked: RefCell<Vec<String>>,
}

impl Recorder {
    pub fn new(allows: bool, ends: bool, headers: &[(String, String)]) -> Self {
        let mut all = vec![("Authorization".to_owned(), format!("Bearer {TOKEN}"))];
        all.extend(headers.iter().cloned());
        Self(Rc::new(Seen { allows, ends, headers: all, gave: Cell::default(), asked: RefCell::default() }))
    }

    /// Whether it gave its token, and all servers that it was asked for.
    pub fn into_account(self) -> (bool, Vec<String>) {
        (self.0.gave.get(), self.0.asked.take())
    }

    fn hand_out(&self) -> Credential {
        self.0.gave.set(true);
        Credential {
            fields: Fields::of_token(SecretText::parse(TOKEN.into()).expect("a token")),
            expires_at: self.0.ends.then_some(END),
            fresh_for: std::time::Duration::ZERO,
            header: TokenHeader::BEARER,
            headers: self.0.headers.clone(),
            details: Vec::new(),
            environment: Vec::new(),
            own_protocol: None,
            username: "oauth2".into(),
            variables: Vec::new(),
            secret_variables: Vec::new(),
        }
    }

    fn note(&self, server: &Result<Origin, String>) -> bool {
        self.0.asked.borrow_mut().extend(server.as_ref().ok().map(Origin::to_string));
        server.is_ok()
    }
}

impl Tokens for Recorder {
    fn get(&self, want: &Want) -> Result<Result<Credential, NotAllowed>, Error> {
        let is_allowed = want.target.as_ref().is_none_or(|server| self.note(server) && self.0.allows);
        let not_allowed = || NotAllowed(Error::new(Kind::Setup, "no profile lists the server"));
        Ok(if is_allowed { Ok(self.hand_out()) } else { Err(not_allowed()) })
    }

    fn forget(&self, want: &Want) -> Result<(), Error> {
        if let Some(server) = &want.target {
            self.note(server);
        }
        Ok(())
    }

    fn servers(&self) -> Result<Vec<Origin>, Error> {
        Ok(NAMED.iter().filter_map(|server| Origin::parse(server).ok()).collect())
    }
}
