//! The place of the measurement: a home with a key, a CA, a profile and caches, and the endpoint.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::call::{Call, text};
use super::endpoint::Endpoint;
use super::size::as_float;

pub(crate) const CLIENT_ID: &str = "aaaabbbbccccddddeeeeffff00001111";
pub(crate) const CLIENT_SECRET: &str = "s8e-bench-secret";
pub(crate) const ORG_ID: &str = "0A1B2C3D4E5F607182930A4B@AdobeOrg";
pub(crate) const ACCOUNT: &str = "5F60718293A4B5C60A495E00@techacct.adobe.com";
pub(crate) const METASCOPE: &str = "ent_aem_cloud_api";
/// The records of other identities in the cache `crowded`.
const OTHERS: usize = 10_000;

const OPENSSL_CONFIG: &str = "[req]\ndistinguished_name = name\n[name]\n
[ca]\nbasicConstraints = critical, CA:TRUE\n[server]\nsubjectAltName = IP:127.0.0.1\n";

/// Makes a CA, the endpoint's certificate, and the profile's key and certificate.
const OPENSSL: &str = "
umask 077
new='req -x509 -days 2 -nodes -config openssl.cnf -newkey'
ec='ec -pkeyopt ec_paramgen_curve:P-256'
openssl $new $ec -extensions ca -subj /CN=ca -keyout ca.key -out ca.pem
openssl $new $ec -extensions server -subj /CN=endpoint -CA ca.pem -CAkey ca.key -keyout server.key -out server.pem
openssl $new rsa:2048 -subj /CN=bench -keyout private.key -out certificate_pub.crt
";

pub(crate) struct Stage {
    directory: TempDir,
    pub(crate) endpoint: Endpoint,
    built: PathBuf,
}

impl Stage {
    /// `built` has a directory for each build, `dynamic` and `static`.
    pub(crate) fn new(built: &Path) -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("openssl.cnf"), OPENSSL_CONFIG).unwrap();
        let openssl = Command::new("sh").args(["-ec", OPENSSL]).current_dir(&directory).output().unwrap();
        assert!(openssl.status.success(), "{}", String::from_utf8_lossy(&openssl.stderr));
        let endpoint = Endpoint::start(directory.path());
        let stage = Self { directory, endpoint, built: built.to_owned() };
        let profile = json!({
            "provider": "adobe-jwt", "ims": stage.endpoint.origin, "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET, "org_id": ORG_ID, "technical_account_id": ACCOUNT,
            "metascopes": [METASCOPE], "private_key": {"file": "../private.key"},
            "certificate": {"file": "../certificate_pub.crt"}, "hosts": ["*.adobe.io", "git.example.com"],
            "ca_file": "../ca.pem",
        });
        fs::create_dir(stage.path("profiles")).unwrap();
        stage.write("profiles/default.json", &profile.to_string());
        stage.write("git.txt", "capability[]=authtype\nprotocol=https\nhost=git.example.com\n\n");
        // The first call fills the cache.
        stage.ours("dynamic", &["json"], "cache").run_for_token().unwrap();
        stage.fill("crowded");
        stage
    }

    pub(crate) fn path(&self, part: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(part)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The path of a built program.
    pub(crate) fn program(&self, build: &str, name: &str) -> PathBuf {
        self.built.join(build).join(name)
    }

    pub(crate) fn has_static(&self) -> bool {
        self.program("static", "jwt-credential").exists()
    }

    /// A call of jwt-credential with this cache.
    pub(crate) fn ours(&self, build: &str, words: &[&str], cache: &str) -> Call {
        let program = text(self.program(build, "jwt-credential"));
        let cache = self.path(cache);
        fs::create_dir_all(&cache).unwrap();
        Call::new(&[&[program.as_str()], words].concat())
            .with("HOME", &self.directory)
            .with("JWT_CREDENTIAL_CONFIG_DIR", &self.directory)
            .with("JWT_CREDENTIAL_CACHE_DIR", cache)
            .with("SSL_CERT_FILE", self.path("ca.pem"))
    }

    /// The same, with an empty cache.
    pub(crate) fn ours_new(&self, cache: &str) -> Call {
        Call { cache_to_empty: Some(self.path(cache)), ..self.ours("dynamic", &["json"], cache) }
    }

    /// The floor prints the record in our cache.
    pub(crate) fn floor_reads(&self, build: &str) -> Call {
        Call::new(&[text(self.program(build, "floor")), "read".into(), text(self.record())])
    }

    /// The floor requests a new token.
    pub(crate) fn floor_requests(&self) -> Call {
        let (program, ca, key) = (self.program("dynamic", "floor"), self.path("ca.pem"), self.path("private.key"));
        let (program, ca, key) = (text(program), text(ca), text(key));
        let request = [program.as_str(), "request", &self.endpoint.origin, &ca, &key];
        Call::new(&[&request[..], &[CLIENT_ID, CLIENT_SECRET, ORG_ID, ACCOUNT, METASCOPE]].concat())
    }

    /// The one record in the cache `cache`.
    fn record(&self) -> PathBuf {
        let mut entries = fs::read_dir(self.path("cache")).unwrap().map(|entry| entry.unwrap().path());
        entries.find(|path| path.extension().is_some_and(|extension| extension == "json")).expect("a record")
    }

    /// Fills a cache with our record and those of other identities.
    fn fill(&self, cache: &str) {
        let (file, directory) = (self.record(), self.path(cache));
        let record: Json = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        fs::create_dir(&directory).unwrap();
        let width = file.file_stem().unwrap().len();
        for number in 1..=OTHERS {
            let mut other = record.clone();
            other["identity"] = json!(format!("other {number}"));
            // Names are spread evenly, as digests are.
            let stem = format!("{:0width$x}", (number as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
            fs::write(directory.join(format!("{stem}.json")), other.to_string()).unwrap();
        }
        fs::copy(&file, directory.join(file.file_name().unwrap())).unwrap();
    }

    /// How long the parsing of the command line takes, in seconds: jwt-credential's, or the same options without commands.
    pub(crate) fn parsing_time(&self, is_flat: bool) -> Result<f64, String> {
        let mut words = vec![text(self.program("dynamic", "parse"))];
        words.extend(is_flat.then(|| "flat".into()));
        let nanoseconds: u64 = Call::new(&words).run()?.trim().parse().map_err(|_| "parse printed no number")?;
        Ok(as_float(nanoseconds) / 1e9)
    }
}
