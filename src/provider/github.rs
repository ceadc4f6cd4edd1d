//! A GitHub App: tokens of one of its installations, for the API and for git.
//! <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>

use std::time::Duration;

use super::shared::{self, KEY};
use super::{KeyUpload, Provider};
use crate::grant::github_app::{GithubApp, with_version};
use crate::grant::jwt::{CLOCK, ClaimRow, JwtTemplate};
use crate::grant::oauth::TokenEndpoint;
use crate::grant::oauth::advice::{Advice, ErrorKeys};
use crate::grant::oauth::answer::{Format, Unit};
use crate::grant::revocation::{ByToken, Revocation, TOKEN, Way};
use crate::http::{self, Request};
use crate::profile::schema::{self, Field, Schema, ValueKind};
use crate::token::ACCESS_TOKEN;

pub(super) static PROVIDER: Provider = Provider {
    about: "a GitHub App: tokens for the repositories and the API of one of its installations",
    schema: &SCHEMA,
    grant: &GRANT,
    revocation: REVOCATION,
    key_upload: KeyUpload::None,
    claims: &[],
    example: r#"{"provider": "github-app", "client_id": "Iv23liABCDEF", "private_key": {"file": "../keys/github-acme.pem"},
  "owner": "acme", "repositories": ["infra"], "hosts": ["github.com", "api.github.com"]}"#,
};

const API: &str = "api_url";

static SCHEMA: Schema = Schema {
    name: "github-app",
    algorithm: "RS256",
    fields: &[
        &[
            Field::required("client_id", ValueKind::Text)
                .spelled(schema::word)
                .asked("client-id", "client ID of the App (its App ID works as well)"),
            Field::required("private_key", ValueKind::Secret)
                .replaced_by("signer")
                .rotated()
                .copied_from("private-key.pem"),
            Field::optional("owner", ValueKind::Text)
                .spelled(name)
                .asked("owner", "user or organisation that installed the App"),
            Field::optional("repository", ValueKind::Text).spelled(repository),
            Field::optional("installation_id", ValueKind::Text).spelled(number),
            Field::optional("repositories", ValueKind::List)
                .spelled(repository_name)
                .narrowed_by("repository")
                .supplied("repositories", "LIST", "Only these repositories of a GitHub App, separated by commas"),
            Field::optional("permissions", ValueKind::Object),
            Field::optional(API, ValueKind::Text).spelled(schema::url).or("https://api.github.com").inherited(),
        ],
        KEY,
    ],
    owner: "GitHub",
    endpoint_key: API,
    hosts: &["github.com", "api.github.com"],
    // GitHub's documentation names this user. https://docs.github.com/en/apps/creating-github-apps
    username: "x-access-token",
    public_headers: &["x-github-api-version"],
    ..Schema::BEARER
};

/// GitHub refuses a life of more than ten minutes by its own clock.
static GRANT: GithubApp = GithubApp {
    lookup: &LOOKUP,
    installation: &INSTALLATION,
    jwt: JwtTemplate { claims: &[ClaimRow::Text("iss", "{client_id}")], life: 540, backdated: 60 },
};

/// <https://docs.github.com/en/rest/apps/installations#revoke-an-installation-access-token>
const REVOCATION: Revocation = Revocation {
    way: Way::Token(ByToken {
        endpoint: &TOKEN_END,
        path: "/installation/token",
        request: || with_version(Request::delete()),
        headers: &[],
    }),
    remove: "delete the private key on the App's settings page",
};

static TOKEN_END: TokenEndpoint = endpoint(&[204], &[&TOKEN_END_ADVICE]);

static TOKEN_END_ADVICE: [Advice; 3] = [
    Advice::always("").status(401..=401).rejects(TOKEN),
    Advice::always("try again later").says("rate limit").passes(),
    Advice::always("check \"api_url\" in {profile}"),
];

/// The answer repeats each repository of a narrowed token: about 7 KiB each, for 500 at most.
const LONGEST: u64 = 8 * 1024 * 1024;

const fn endpoint(accepted: &'static [u16], advice: &'static [&'static [Advice]]) -> TokenEndpoint {
    TokenEndpoint {
        server: "GitHub's API",
        http: http::Endpoint {
            accepted,
            retried: &[502, 503, 504],
            longest: LONGEST,
            ..http::Endpoint::new(API, "x-github-request-id")
        },
        path_key: API,
        answer: Format {
            fields: &[(ACCESS_TOKEN, &["token"])],
            types: &["", "bearer"],
            expires: &["expires_at"],
            expires_in: Unit::EndsAt,
            // An hour, by the documentation.
            longest: Duration::from_secs(2 * 60 * 60),
            claimed: |_, _| None,
        },
        errors: ErrorKeys { code: &[], description: &["message"] },
        throttled: "GitHub limits the requests of an App per hour; a token that is cached lasts an hour",
        ..shared::endpoint(advice)
    }
}

static LOOKUP: TokenEndpoint = endpoint(&[200], &[&JWT_ADVICE, &LOOKUP_ADVICE]);
static INSTALLATION: TokenEndpoint = endpoint(&[201], &[&JWT_ADVICE, &ADVICE]);

const WHOSE_KEY: &str = "the private key does not belong to the App with the client_id in {profile}: compare it with the App's \
    settings page";

/// Errors about the JWT, which both requests can get.
static JWT_ADVICE: [Advice; 7] = [
    Advice::always("set this machine's clock").says("'Expiration time' claim").rejects(CLOCK),
    Advice::always("set this machine's clock").says("'Issued at' claim").rejects(CLOCK),
    Advice::always(WHOSE_KEY).says("could not be decoded").rejects("private_key"),
    Advice::always("generate a private key on the App's settings page: it has none").says("must generate a public key"),
    Advice::always("the App is suspended there: its owner's settings page says why").says("suspended"),
    Advice::always("try again later").says("rate limit").passes(),
    Advice::always("check client_id and private_key in {profile} against the App's settings page").status(401..=401),
];

static LOOKUP_ADVICE: [Advice; 2] = [
    Advice::always(
        "the App with the client_id in {profile} is not installed there: its settings page installs it; or \"owner\" or \
         \"repository\" is misspelt",
    )
    .status(404..=404),
    CHECK_ALL,
];

static ADVICE: [Advice; 4] = [
    Advice::always("\"installation_id\" in {profile} is not one of this App's: \"owner\" finds the right one")
        .status(404..=404)
        .rejects("installation_id"),
    Advice::always(
        "\"repositories\" in {profile} names one that the installation cannot see: its settings page chooses them",
    )
    .says("accessible"),
    Advice::always("\"permissions\" in {profile} asks for more than the installation was granted").says("permission"),
    CHECK_ALL,
];

const CHECK_ALL: Advice = Advice::always("check {profile} against the App's settings page");

/// The name of a user, an organisation or a repository.
fn name(text: &str) -> Result<String, String> {
    let text = schema::no_secret(text)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let fits = text.bytes().all(plain) && !matches!(text, "" | "." | "..");
    if fits { Ok(text.into()) } else { Err("is no name that GitHub knows: letters, digits and -_. only".into()) }
}

fn repository(text: &str) -> Result<String, String> {
    let (owner, repository) = text.split_once('/').ok_or("must be OWNER/REPOSITORY")?;
    Ok(format!("{}/{}", name(owner)?, name(repository)?))
}

/// The API takes names without their owner; git and users also give `OWNER/REPOSITORY`.
fn repository_name(text: &str) -> Result<String, String> {
    text.split_once('/').map_or_else(|| name(text), |(owner, repository)| name(owner).and_then(|_| name(repository)))
}

fn number(text: &str) -> Result<String, String> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        Ok(text.into())
    } else {
        Err("must be a number, as the URL of the installation's page has it".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accounts_and_repositories_are_checked() {
        assert_eq!(repository("acme/infra"), Ok("acme/infra".into()));
        assert_eq!(repository_name("acme/infra"), Ok("infra".into()));
        assert_eq!(repository_name("a.b-c_d"), Ok("a.b-c_d".into()));
        for none in ["", "..", "a/b/c", "a b", "acme/..", "/x", "a?b"] {
            assert!(repository(none).is_err() && repository_name(none).is_err(), "{none}");
        }
        assert!(number("12a").is_err() && number("").is_err());
        assert_eq!(number("100"), Ok("100".into()));
    }
}
