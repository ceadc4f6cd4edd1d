//! git's credential helpers. <https://git-scm.com/docs/git-credential>

use std::collections::HashMap;
use std::fmt::Write as _;

use clap::Arg;

use super::stdin::Stdin;
use super::{Protocol, user_option};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, argument, example};
use crate::error::Error;
use crate::host::Origin;
use crate::tokens::{Credential, Rejected, Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::of_tool(
    CommandSpec::new("git", "git: credential.helper = jwt")
        .with(options)
        .showing(EXAMPLES)
        .telling_apart("git config --global credential.{origin}.helper 'jwt -p {name}'"),
    &["git-credential-jwt"],
    serve,
);

const EXAMPLES: &[Example] =
    &[example("Let git ask for tokens", "git config --global credential.https://git.example.com.helper jwt")];

fn options() -> Vec<Arg> {
    vec![
        argument("operation", "OPERATION")
            .required(true)
            .help("get, store, erase or capability; reads the request from standard input"),
        user_option("The user name for git; by default the provider's"),
    ]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    match call.value("operation") {
        Some("capability") => call.answer("version 0\ncapability authtype\n"),
        Some("get") => {
            let request = Request::read(call)?;
            // git refuses an expired answer and passes on any other, without a margin.
            match tokens.get(&request.want())? {
                Ok(credential) => call.answer(&request.answer(call, &credential)?),
                Err(_) => Ok(0),
            }
        }
        Some("erase") => {
            let request = Request::read(call)?;
            match request.text("credential").or_else(|| request.text("password")) {
                Some(token) => {
                    let want = Want { rejected: Rejected::This(token), ..request.want() };
                    tokens.forget(&want).map(|()| 0)
                }
                None => Ok(0),
            }
        }
        // `store` brings our own token back. git's documentation says to ignore other operations.
        _ => Ok(0),
    }
}

/// git's attributes.
struct Request {
    texts: HashMap<String, String>,
    /// A repeated attribute: a URL may have smuggled in a line (CVE-2020-5260).
    names_two_servers: bool,
    capabilities: Vec<String>,
    /// The server's challenges in lower case. git before 2.41 does not send them.
    challenges: Vec<String>,
}

impl Request {
    /// Lines `key=value` up to an empty one.
    fn read(call: &Call) -> Result<Self, Error> {
        let mut stdin = Stdin::within(call.deadline.remaining());
        let mut request =
            Self { texts: HashMap::new(), names_two_servers: false, capabilities: Vec::new(), challenges: Vec::new() };
        while let Some(line) = stdin.line()?.filter(|line| !line.is_empty()) {
            match line.split_once('=') {
                Some(("capability[]", "")) => request.capabilities.clear(),
                Some(("capability[]", value)) => request.capabilities.push(value.to_owned()),
                Some(("wwwauth[]", "")) => request.challenges.clear(),
                Some(("wwwauth[]", value)) => request.challenges.push(value.to_ascii_lowercase()),
                Some((key, value)) => {
                    let before = request.texts.insert(key.to_owned(), value.to_owned());
                    request.names_two_servers |= before.is_some() && matches!(key, "protocol" | "host");
                }
                None => {}
            }
        }
        Ok(request)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    fn server(&self) -> Result<Origin, String> {
        let (scheme, host) = (self.text("protocol").unwrap_or_default(), self.text("host").unwrap_or_default());
        if self.names_two_servers {
            return Err("names two servers".into());
        }
        if !matches!(scheme, "https" | "http") {
            return Err("is neither https nor http".into());
        }
        if host.contains('/') {
            return Err("has a / in its host".into());
        }
        Origin::parse(&format!("{scheme}://{host}"))
    }

    /// git names the repository if `credential.useHttpPath` is set.
    fn want(&self) -> Want<'_> {
        let repository = self.text("path").map(|path| ("repository", path.trim_end_matches(".git").to_owned()));
        Want { narrow: repository.into_iter().collect(), ..Want::with_margin().at(self.server()) }
    }

    /// Whether git can send a bearer token and the server offers nothing that git handles better: up to 2.53, git's
    /// probe before a push of more than `http.postBuffer` has no bearer token, and the push fails with 401.
    fn takes_bearer(&self) -> bool {
        let offers = |scheme| self.challenges.iter().any(|challenge| schemes(challenge).any(|had| had == scheme));
        self.capabilities.iter().any(|capability| capability == "authtype") && !offers("basic")
    }

    /// A bearer token if git can send one, otherwise a password.
    fn answer(&self, call: &Call, credential: &Credential) -> Result<String, Error> {
        let token = credential.access_token()?;
        let mut text = if self.takes_bearer() {
            // Ephemeral: no other helper may store it.
            format!("capability[]=authtype\nauthtype=Bearer\ncredential={token}\nephemeral=1\n")
        } else {
            let user = credential.user([self.text("username"), call.value("user")]);
            format!("username={user}\npassword={token}\n")
        };
        if let Some(end) = credential.expires_at {
            let _ = writeln!(text, "password_expiry_utc={}", end / 1000);
        }
        Ok(text + "\n")
    }
}

/// The schemes of a WWW-Authenticate header (RFC 9110, section 11.6.1): a word without `=` at its beginning, or after a
/// comma outside of quotes.
fn schemes(challenge: &str) -> impl Iterator<Item = &str> {
    let outside = challenge.split('"').step_by(2).flat_map(|piece| piece.split(','));
    outside.filter_map(|part| part.split_whitespace().next()).filter(|word| !word.contains('='))
}
