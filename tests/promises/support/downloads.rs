//! The files that consoles offer for download, made from an account's values.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value as Json, json};

use super::mock::Served;
use super::{CERTIFICATE, CLIENT_ID, Home, ORG_ID, PRIVATE_KEY, Ran, SECRET, TECHNICAL_ACCOUNT_ID};

/// One account at Adobe, with both kinds of credential.
pub(crate) struct Account {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) org_id: String,
    pub(crate) technical_account_id: String,
    pub(crate) scopes: Json,
    pub(crate) private_key: String,
    pub(crate) certificate: String,
}

impl Account {
    /// The account of the tests' own key.
    pub(crate) fn own() -> Self {
        Self {
            client_id: CLIENT_ID.into(),
            client_secret: SECRET.into(),
            org_id: ORG_ID.into(),
            technical_account_id: TECHNICAL_ACCOUNT_ID.into(),
            scopes: json!(["openid", "AdobeID"]),
            private_key: PRIVATE_KEY.into(),
            certificate: CERTIFICATE.into(),
        }
    }

    /// The account that a mock knows.
    pub(crate) fn of(served: &Served) -> Self {
        let text = |key| served.credential("oauth", key);
        Self {
            client_id: text("client_id"),
            client_secret: text("client_secret"),
            org_id: text("org_id"),
            technical_account_id: text("technical_account_id"),
            scopes: served.profile("oauth")["scopes"].clone(),
            private_key: served.text("keys/private.key"),
            certificate: served.text("keys/certificate_pub.crt"),
        }
    }

    /// Service credentials of AEM as a Cloud Service.
    pub(crate) fn aem(&self) -> Json {
        json!({"ok": true, "statusCode": 200, "integration": {
            "imsEndpoint": "ims-na1.adobelogin.com", "metascopes": "ent_aem_cloud_api",
            "technicalAccount": {"clientId": self.client_id, "clientSecret": self.client_secret},
            "email": "0a1b2c3d-0a1b-2c3d-4e5f-60718293a4b5@techacct.adobe.com", "id": self.technical_account_id,
            "org": self.org_id, "privateKey": self.private_key, "publicKey": self.certificate,
            "certificateExpirationDate": "2050-12-31T23:59:59.000Z",
        }})
    }

    /// An OAuth credential of Adobe's Developer Console.
    pub(crate) fn console_oauth(&self) -> Json {
        json!({"CLIENT_ID": self.client_id, "CLIENT_SECRETS": [self.client_secret], "ORG_ID": self.org_id,
            "TECHNICAL_ACCOUNT_ID": self.technical_account_id, "TECHNICAL_ACCOUNT_EMAIL": "a@techacct.adobe.com",
            "SCOPES": self.scopes})
    }

    /// A JWT credential of the same console; it has no key and no metascopes.
    pub(crate) fn console_jwt(&self) -> Json {
        json!({"API_KEY": self.client_id, "CLIENT_SECRET": self.client_secret, "ORG_ID": self.org_id,
            "TECHNICAL_ACCOUNT_ID": self.technical_account_id, "TECHNICAL_ACCOUNT_EMAIL": "a@techacct.adobe.com",
            "PUBLIC_KEYS_WITH_EXPIRY": {"0a1b2c3d4e5f": "08/27/2050", "5f4e3d2c1b0a": "1/2/2049"}})
    }

    /// A project of the same console with these credentials, by name and client id.
    pub(crate) fn project(&self, credentials: &[(&str, &str)]) -> Json {
        let credential = |(name, client_id): &(&str, &str)| {
            json!({"id": "17", "name": name, "integration_type": "oauth_server_to_server", "oauth_server_to_server": {
                "client_id": client_id, "client_secrets": [self.client_secret], "scopes": self.scopes,
                "technical_account_id": self.technical_account_id}})
        };
        let credentials: Vec<Json> = credentials.iter().map(credential).collect();
        json!({"project": {"name": "P", "org": {"id": "1", "ims_org_id": self.org_id},
            "workspace": {"name": "W", "details": {"credentials": credentials}}}})
    }

    /// The profile that the JWT credential becomes under this name at this endpoint.
    pub(crate) fn as_jwt(&self, name: &str, ims: &str) -> Json {
        json!({"provider": "adobe-jwt", "client_id": self.client_id, "client_secret": self.client_secret,
            "org_id": self.org_id, "technical_account_id": self.technical_account_id,
            "metascopes": ["ent_aem_cloud_api"], "private_key": {"file": format!("../keys/{name}.key")},
            "certificate": {"file": format!("../keys/{name}.crt")}, "ims": ims, "hosts": ["*.adobe.io"]})
    }

    /// The profile that the OAuth credential becomes at this endpoint.
    pub(crate) fn as_oauth(&self, ims: &str) -> Json {
        json!({"provider": "adobe-oauth", "client_id": self.client_id, "client_secret": self.client_secret,
            "org_id": self.org_id, "technical_account_id": self.technical_account_id, "scopes": self.scopes,
            "ims": ims, "hosts": ["*.adobe.io"]})
    }
}

impl Home {
    /// Writes a file as a browser would, but with mode 0600.
    pub(crate) fn download(&self, name: &str, document: &Json) -> PathBuf {
        self.write(name, &format!("{document:#}\n"), 0o600)
    }

    /// `import` with these words, in the directory of the downloads, of the profile `default` unless they name another.
    /// Only a profile that replaces another is tested.
    pub(crate) fn importing(&self, words: &str) -> Command {
        let mut command = self.importing_tested("");
        command.args((!words.contains("--force")).then_some("--no-check"));
        if !words.contains("--as") {
            command.args(["--as", "default"]);
        }
        command.args(words.split_whitespace());
        command
    }

    /// The same with a test of each profile. No request can reach Adobe's own endpoint.
    pub(crate) fn importing_tested(&self, words: &str) -> Command {
        let mut command = self.command(["import"]);
        command.args(words.split_whitespace()).current_dir(self.path(""));
        command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("NO_PROXY", "127.0.0.1");
        command
    }

    pub(crate) fn import(&self, words: &str) -> Ran {
        Ran::of(&mut self.importing(words))
    }

    /// A profile's JSON.
    pub(crate) fn profile_of(&self, name: &str) -> Json {
        serde_json::from_slice(&fs::read(self.path(format!("config/profiles/{name}.json"))).unwrap()).unwrap()
    }
}
