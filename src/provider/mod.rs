//! The providers: a row of data for each kind of credential, which fills in a grant. Only this file knows all rows.

mod adobe;
mod apns;
mod app_store_connect;
mod aws;
mod box_platform;
mod docusign;
mod entra;
mod generic;
mod github;
mod google;
mod oidc;
mod revocation;
mod salesforce;
mod sap;
mod servicenow;
mod shared;
mod snowflake;
mod vault;
mod zitadel;
mod zoom;

use crate::error::Error;
use crate::grant::Grant;
use crate::grant::revocation::Revocation;
use crate::jwt::ShownClaim;
use crate::profile::format::Formats;
use crate::profile::schema::{Field, Question, Schema, Supply};
use crate::profile::{Catalog, Profile};

/// A kind of credential.
pub struct Provider {
    /// A description for `init`.
    pub about: &'static str,
    pub schema: &'static Schema,
    pub grant: &'static dyn Grant,
    pub revocation: Revocation,
    pub key_upload: KeyUpload,
    /// The claims of its access tokens that are not standard ones, for `whoami`.
    pub claims: &'static [ShownClaim],
    /// A profile, for a user who writes one.
    pub example: &'static str,
}

/// What a provider takes of a key that the user made. The text says where, or which command does it.
pub enum KeyUpload {
    /// Nothing: the provider makes the key itself, or its credentials have none.
    None,
    PublicKey(&'static str),
    Certificate(&'static str),
}

impl KeyUpload {
    pub fn takes_certificate(&self) -> bool {
        matches!(self, Self::Certificate(_))
    }
}

/// The providers, in the order in which they are listed.
pub static ALL: [&Provider; 24] = [
    &adobe::jwt::PROVIDER,
    &adobe::oauth::PROVIDER,
    &github::PROVIDER,
    &google::SERVICE_ACCOUNT,
    &google::SELF_SIGNED,
    &google::STS,
    &entra::PROVIDER,
    &oidc::OKTA,
    &oidc::AUTH0,
    &oidc::KEYCLOAK,
    &oidc::PING,
    &oidc::OIDC,
    &snowflake::PROVIDER,
    &salesforce::PROVIDER,
    &app_store_connect::PROVIDER,
    &apns::PROVIDER,
    &aws::PROVIDER,
    &vault::PROVIDER,
    &docusign::PROVIDER,
    &box_platform::PROVIDER,
    &zitadel::PROVIDER,
    &servicenow::PROVIDER,
    &zoom::PROVIDER,
    &sap::PROVIDER,
];

/// The generic grants, which profiles name as `grant`.
pub static GENERIC: [&Provider; 4] =
    [&generic::CLIENT_CREDENTIALS, &generic::JWT_BEARER, &generic::TOKEN_EXCHANGE, &generic::SELF_SIGNED];

/// Providers and generic grants.
pub fn every() -> impl Iterator<Item = &'static Provider> {
    ALL.into_iter().chain(GENERIC)
}

/// The default of `init`.
pub static USUAL: &Provider = &adobe::oauth::PROVIDER;

/// How client secrets begin, by provider.
pub static SECRET_PREFIXES: &[&[&str]] = &[&adobe::SECRET_PREFIXES];

/// The row of a profile.
pub fn of(profile: &Profile) -> Result<&'static Provider, Error> {
    of_schema(profile.schema).ok_or_else(|| profile.wrong("has an unknown \"provider\""))
}

pub fn of_schema(schema: &Schema) -> Option<&'static Provider> {
    every().find(|row| row.schema.is(schema))
}

/// The more specific come first: imscli's file has names of SAP's service key.
pub static FORMATS: Formats =
    &[&[&sap::FORMAT], &adobe::format::ALL, &[&google::FORMAT, &box_platform::FORMAT, &zitadel::FORMAT]];

/// What can be read as a profile.
pub static CATALOG: Catalog = Catalog { schemas: &SCHEMAS, formats: FORMATS };

static SCHEMAS: [&Schema; ALL.len() + GENERIC.len()] = {
    let mut schemas = [adobe::jwt::PROVIDER.schema; ALL.len() + GENERIC.len()];
    let mut at = 0;
    while at < schemas.len() {
        schemas[at] = if at < ALL.len() { ALL[at].schema } else { GENERIC[at - ALL.len()].schema };
        at += 1;
    }
    schemas
};

/// The keys of all schemas for which `init` has a question, once for each option.
pub fn questions() -> Vec<(&'static Field, Question)> {
    with_option(|field| field.question, |question| question.option)
}

/// The keys of all schemas for which `import` has an option, sorted by that option.
pub fn supplied() -> Vec<(&'static Field, Supply)> {
    let mut all = with_option(|field| field.supply, |supply| supply.option);
    all.sort_by_key(|(_, supply)| supply.option);
    all
}

/// The claims of all rows, once each.
pub fn claims() -> Vec<&'static ShownClaim> {
    let mut all: Vec<&'static ShownClaim> = Vec::new();
    for claim in ALL.iter().flat_map(|row| row.claims) {
        if !all.iter().any(|had| had.name == claim.name) {
            all.push(claim);
        }
    }
    all
}

/// The keys of all schemas that have something with an option, once for each option. Rows may give one option to
/// different keys, and check its values differently.
fn with_option<T>(of: fn(&Field) -> Option<T>, option: fn(&T) -> &'static str) -> Vec<(&'static Field, T)> {
    let mut all: Vec<(&'static Field, T)> = Vec::new();
    for field in ALL.iter().flat_map(|row| row.schema.all()) {
        let Some(one) = of(field) else { continue };
        if !all.iter().any(|(_, had)| option(had) == option(&one)) {
            all.push((field, one));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::time::Instant;

    use crate::profile::ProfileLocation;

    /// The mock imitates a provider, and the list of all providers names each.
    const MAY_KNOW: [&str; 3] = ["provider/adobe/", "mock/", "provider/mod.rs"];

    fn files(directory: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn only_a_providers_own_files_name_it() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let all = files(&src);
        assert!(all.len() > 50);
        for path in all.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
            let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
            let text = fs::read_to_string(path).unwrap().to_ascii_lowercase();
            let may_know = MAY_KNOW.iter().any(|start| name.starts_with(start));
            assert!(may_know || !text.contains("adobe"), "{name}");
        }
    }

    #[test]
    fn every_row_can_be_told_from_the_others() {
        let mut names: Vec<_> = super::ALL.iter().map(|row| row.schema.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), super::ALL.len());
        assert!(super::CATALOG.schemas.iter().map(|schema| schema.name).eq(super::every().map(|row| row.schema.name)));
        assert!(super::ALL.iter().any(|row| std::ptr::eq(*row, super::USUAL)));
        for row in super::every() {
            let (name, key) = (row.schema.name, row.schema.endpoint_key);
            assert!(key.is_empty() || row.schema.field(key).is_some(), "{name} has no key for its endpoint");
        }
    }

    #[test]
    fn every_key_has_a_meaning() {
        for row in super::every() {
            for field in row.schema.all() {
                assert!(!field.meaning().is_empty(), "{} of {}", field.name, row.schema.name);
            }
        }
    }

    #[test]
    fn every_example_is_a_profile() {
        for row in super::every() {
            let settings = serde_json::from_str(row.example).unwrap();
            let place = ProfileLocation::File { name: "example".into(), path: "/profiles/example.json".into() };
            let profile = super::CATALOG.profile(settings, place, Instant::now());
            let profile = profile.unwrap_or_else(|error| panic!("{}: {}", row.schema.name, error.text));
            assert!(super::of(&profile).is_ok_and(|found| found.schema.is(row.schema)), "{}", row.schema.name);
        }
    }
}
