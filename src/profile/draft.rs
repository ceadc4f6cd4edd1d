//! A profile in the making: what another file or a person says of a credential, not yet known to be all.

use serde_json::{Map, Value as Json};

use super::schema::{Need, Schema};
use crate::error::{self, Error, Kind};
use crate::host::Origin;

/// Where a tool that names a host may have the token: Adobe's gateway, and no domain where others' code runs
/// (`*.adobeaemcloud.com`).
pub const HOSTS: &str = "*.adobe.io";
/// The endpoints that a file may name. Any other is a person's to name.
const ENDPOINTS: [&str; 2] = ["https://ims-na1.adobelogin.com", "https://ims-na1-stg1.adobelogin.com"];

const METASCOPES: &str = "metascopes name the products that the token is for, such as ent_campaign_sdk or \
    ent_aem_cloud_api: they are those of the integration";

/// A credential with what is known of it. All values are text, lists of text or files: nothing that was found in a
/// file becomes a command.
#[derive(Clone)]
pub struct Draft {
    /// The grant that it is for.
    pub grant: &'static str,
    /// What it is called where it was found, its client id among it.
    pub names: Vec<String>,
    /// What a person should know of it, a sentence each.
    pub notes: Vec<String>,
    /// Why something may be missing, a sentence each.
    pub why_missing: Vec<String>,
    /// An endpoint that was found and is not taken.
    pub foreign_endpoint: Option<String>,
    settings: Map<String, Json>,
}

impl Draft {
    /// A credential of which nothing is known yet.
    #[must_use]
    pub fn new(grant: &'static str) -> Self {
        Self {
            grant,
            names: Vec::new(),
            notes: Vec::new(),
            why_missing: Vec::new(),
            foreign_endpoint: None,
            settings: Map::new(),
        }
    }

    /// The same with another name to select it by.
    #[must_use]
    pub fn called(mut self, name: Option<&str>) -> Self {
        self.names.extend(name.map(str::to_owned));
        self
    }

    /// The same with a value, where there is one.
    #[must_use]
    pub fn with(mut self, key: &str, value: Option<impl Into<Json>>) -> Self {
        if let Some(value) = value {
            self.set(key, value.into());
        }
        self
    }

    /// The same with a list, where it is not empty.
    #[must_use]
    pub fn with_list(self, key: &str, items: &[String]) -> Self {
        self.with(key, (!items.is_empty()).then(|| items.to_vec()))
    }

    /// The same with one value, or with several where it is rotated.
    #[must_use]
    pub fn with_any(self, key: &str, values: &[String]) -> Self {
        match values {
            [one] => self.with(key, Some(one.as_str())),
            many => self.with_list(key, many),
        }
    }

    /// The same with a word for the person.
    #[must_use]
    pub fn noting(mut self, note: Option<impl Into<String>>) -> Self {
        self.notes.extend(note.map(Into::into));
        self
    }

    /// The same with a word on why something may be missing.
    #[must_use]
    pub fn lacking(mut self, why: Option<impl Into<String>>) -> Self {
        self.why_missing.extend(why.map(Into::into));
        self
    }

    /// The same with the endpoint that the file names: a host, an origin or a URL there.
    #[must_use]
    pub fn at(mut self, endpoint: Option<&str>) -> Self {
        let Some(text) = endpoint else { return self };
        let path = text.find("://").map_or(0, |scheme| scheme + 3);
        let end = text[path..].find('/').map_or(text.len(), |slash| path + slash);
        match Origin::parse(&text[..end]) {
            Ok(origin) if origin.to_string() == ENDPOINTS[0] => {}
            // A literal loopback address is the sandbox.
            Ok(origin) if origin.is_loopback() || ENDPOINTS.contains(&origin.to_string().as_str()) => {
                self.set("ims", origin.to_string().into());
            }
            _ => self.foreign_endpoint = Some(text.to_owned()),
        }
        self
    }

    /// Sets a key's value.
    pub fn set(&mut self, key: &str, value: Json) {
        self.settings.insert(key.to_owned(), value);
    }

    /// Takes a key's value out.
    pub fn take(&mut self, key: &str) -> Option<Json> {
        self.settings.remove(key)
    }

    /// A key's value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.settings.get(key)
    }

    /// A key's value where it is one text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// What a profile with its grant must have, and it has not.
    #[must_use]
    pub fn missing(&self, schemas: &[&'static Schema]) -> Vec<&'static str> {
        let schema = schemas.iter().find(|schema| schema.grant == self.grant);
        let required = schema.into_iter().flat_map(|schema| schema.all()).filter(|field| field.need == Need::Required);
        required.map(|field| field.name).filter(|name| *name != "grant" && self.get(name).is_none()).collect()
    }

    /// Refuses what is no whole profile: an endpoint that no person named, or keys that are not there (`has_key` says
    /// that the private key is to come). `line` is the command that would supply what is missing.
    pub fn is_whole(
        &self,
        has_key: bool,
        schemas: &[&'static Schema],
        line: &dyn Fn(&[&str]) -> String,
    ) -> Result<(), Error> {
        let missing = self.missing(schemas).into_iter().filter(|key| !(has_key && *key == "private_key"));
        let mut missing: Vec<&str> = missing.collect();
        let keys = missing.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(" and no ");
        let what = match &self.foreign_endpoint {
            Some(endpoint) => {
                missing.push("ims");
                let shown = error::quoted(endpoint, &[]);
                format!("names the endpoint {shown}, which is not Adobe's: it is not taken from a file")
            }
            None if missing.is_empty() => return Ok(()),
            None => format!("has no {keys}"),
        };
        let failure = Error::new(Kind::Setup, what).hint(line(&missing));
        let failure = if missing.contains(&"metascopes") { failure.hint(METASCOPES) } else { failure };
        Err(self.why_missing.iter().fold(failure, |failure, why| failure.hint(why.clone())))
    }

    /// The JSON of a profile.
    #[must_use]
    pub fn into_profile(mut self) -> Map<String, Json> {
        self.settings.insert("grant".into(), self.grant.into());
        self.settings.entry("hosts").or_insert_with(|| vec![HOSTS].into());
        self.settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_is_not_known_is_never_taken() {
        let at = |text: &str| Draft::new("adobe-jwt").at(Some(text));
        for usual in ["ims-na1.adobelogin.com", "https://ims-na1.adobelogin.com/ims/exchange/jwt/"] {
            assert!(at(usual).foreign_endpoint.is_none(), "{usual}");
            assert!(at(usual).into_profile().get("ims").is_none(), "{usual}");
        }
        assert_eq!(at("ims-na1-stg1.adobelogin.com").text("ims"), Some("https://ims-na1-stg1.adobelogin.com"));
        assert_eq!(at("http://127.0.0.1:8080").text("ims"), Some("http://127.0.0.1:8080"));
        for foreign in [
            "ims-na1.adobelogin.com.evil.example",
            "https://ims-na1.adobelogin.com@evil.example",
            "https://ims-na1.adobelogin.com:8443",
            "http://ims-na1.adobelogin.com",
            "http://localhost:80",
            "",
        ] {
            assert!(at(foreign).get("ims").is_none() && at(foreign).foreign_endpoint.is_some(), "{foreign}");
        }
    }
}
