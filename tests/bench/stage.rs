//! Where the programs are measured: a home with profiles, a key, a CA and caches, and the endpoints.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::call::{Call, path};
use super::case::{Build, Task};
use super::ims::Ims;
use super::support::ca::Ca;
use super::support::{CERTIFICATE, CLIENT_ID, Home, ORG_ID, PRIVATE_KEY, SECRET, TECHNICAL_ACCOUNT_ID, jwt};

pub(crate) const METASCOPE: &str = "ent_aem_cloud_api";
/// How many identities beside ours.
const OTHERS: usize = 10_000;

pub(crate) struct Stage {
    pub(crate) home: Home,
    pub(crate) plain: Ims,
    pub(crate) secure: Ims,
    /// The one CA that everybody is told of.
    pub(crate) ca: PathBuf,
    programs: PathBuf,
}

impl Stage {
    pub(crate) fn new(programs: &Path) -> Self {
        let home = Home::bare();
        let ca = Ca::new(&home).expect("openssl");
        let (plain, secure) = (Ims::plain(), Ims::secure(&ca.config));
        home.write("key.pem", PRIVATE_KEY, 0o600);
        home.write("git.txt", "capability[]=authtype\nprotocol=https\nhost=git.example.com\n\n", 0o600);
        for (name, ims) in [("plain", &plain), ("secure", &secure)] {
            fs::create_dir(home.path(name)).unwrap();
            home.write(&format!("{name}/private.key"), PRIVATE_KEY, 0o600);
            home.write(&format!("{name}/certificate_pub.crt"), CERTIFICATE, 0o644);
            let mut profile = jwt(&ims.origin);
            profile["hosts"] = json!(["*.adobe.io", "git.example.com"]);
            profile["ca_file"] = json!(ca.pem);
            home.write(&format!("{name}/default.json"), &profile.to_string(), 0o600);
        }
        Self { home, plain, secure, ca: ca.pem, programs: programs.to_owned() }
    }

    /// A built program; `None` where it is not built in this way here.
    pub(crate) fn program(&self, name: &str, build: Build) -> Option<PathBuf> {
        let directory = if build == Build::Static { "static" } else { "dynamic" };
        Some(self.programs.join(directory).join(name)).filter(|path| path.exists())
    }

    /// Our program at a task; its cache is the one of this name.
    pub(crate) fn ours(&self, task: Task, build: Build, cache: &str) -> Option<Call> {
        let program = path(self.program("jwt-credential", build)?);
        let words: &[&str] = match task {
            Task::WithOption => &["json", "-p", "default"],
            Task::Token => &["token"],
            Task::Git => &["git", "get"],
            Task::Kubectl => &["kubectl"],
            _ => &["json"],
        };
        let config = if task == Task::ColdHttp { "plain" } else { "secure" };
        let cache = self.home.path(cache);
        fs::create_dir_all(&cache).unwrap();
        let mut call = Call::new([&[program.as_str()], words].concat())
            .with("JWT_CREDENTIAL_CONFIG_DIR", self.home.path(config))
            .with("JWT_CREDENTIAL_CACHE_DIR", &cache)
            .with("SSL_CERT_FILE", &self.ca);
        call.input = (task == Task::Git).then(|| self.home.path("git.txt"));
        call.empties = matches!(task, Task::ColdHttp | Task::ColdHttps).then_some(cache);
        Some(call)
    }

    /// The floor at a task.
    pub(crate) fn floor(&self, task: Task, build: Build) -> Option<Call> {
        let program = path(self.program("floor", build)?);
        let origin = match task {
            Task::ColdHttp => &self.plain.origin,
            Task::ColdHttps => &self.secure.origin,
            _ => return Some(Call::new([&program, "read", &path(record(&self.home.path("cache")).0)])),
        };
        let (ca, key) = (path(&self.ca), path(self.home.path("key.pem")));
        let account = [CLIENT_ID, SECRET, ORG_ID, TECHNICAL_ACCOUNT_ID, METASCOPE];
        Some(Call::new([&[program.as_str(), "mint", origin, &ca, &key], &account[..]].concat()))
    }

    /// A cache with our record, and those of other identities beside it.
    pub(crate) fn crowd(&self, name: &str) {
        let (file, record) = record(&self.home.path("cache"));
        let directory = self.home.path(name);
        fs::create_dir_all(&directory).unwrap();
        let width = file.file_stem().map_or(0, std::ffi::OsStr::len);
        for number in 1..=OTHERS {
            let mut other = record.clone();
            other["identity"] = json!(format!("another one, {number}"));
            // Spread over all digits, as digests are.
            let stem = format!("{:0width$x}", (number as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
            fs::write(directory.join(format!("{stem}.json")), other.to_string()).unwrap();
        }
        fs::copy(&file, directory.join(file.file_name().unwrap_or_default())).unwrap();
    }
}

/// The one record in a cache.
fn record(cache: &Path) -> (PathBuf, Json) {
    let mut entries = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    let file = entries.find(|path| path.extension().is_some_and(|ending| ending == "json")).expect("a record");
    let json = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    (file, json)
}
