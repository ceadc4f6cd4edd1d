//! Runs the built binary in a home of its own, against loopback servers.

pub(crate) mod naming;
pub(crate) mod ca;
pub(crate) mod clients;
pub(crate) mod clocks;
pub(crate) mod conversation;
pub(crate) mod downloads;
pub(crate) mod api;
pub(crate) mod endpoint;
pub(crate) mod files;
pub(crate) mod fixtures;
pub(crate) mod git_server;
pub(crate) mod crowd;
pub(crate) mod jwts;
pub(crate) mod package;
pub(crate) mod json_schema;
pub(crate) mod pages;
pub(crate) mod process;
pub(crate) mod redis;
pub(crate) mod registry;
pub(crate) mod mock;
pub(crate) mod terminal;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Once, PoisonError, RwLock, RwLockReadGuard};
use std::time::SystemTime;

use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

pub(crate) use clients::has_client;
use endpoint::{DAY, Endpoint};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_jwt-credential");
/// This secret may appear in no message.
pub(crate) const SECRET: &str = "s8e-CANARY-secret";
/// What `curl` prints for `curl -K` if there is no token.
pub(crate) const CURL_SENDS_NOTHING: &str =
    "# No token: this configuration makes curl send nothing.\nproto = \"-all\"\nunix-socket = \"/dev/null/none\"\n";
pub(crate) const PRIVATE_KEY: &str = include_str!("private.key");
pub(crate) const CERTIFICATE: &str = include_str!("certificate_pub.crt");
pub(crate) const CLIENT_ID: &str = "aaaabbbbccccddddeeeeffff00001111";
pub(crate) const ORG_ID: &str = "0A1B2C3D4E5F607182930A4B@AdobeOrg";
pub(crate) const TECHNICAL_ACCOUNT_ID: &str = "5F60718293A4B5C60A495E00@techacct.adobe.com";

/// How many descriptors all tests together need at most.
const DESCRIPTORS: u64 = 16_384;

/// A test that needs the whole machine takes this lock for writing; all others take it for reading.
static MACHINE: RwLock<()> = RwLock::new(());

/// A user's home: configuration and cache, without the environment of the machine.
pub(crate) struct Home {
    pub(crate) directory: TempDir,
    _machine: Option<RwLockReadGuard<'static, ()>>,
}

/// The servers of all tests listen until the run ends, and a login shell allows 1,024 descriptors.
fn raise_descriptor_limit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.map_or(DESCRIPTORS, |maximum| maximum.min(DESCRIPTORS));
        limit.current = limit.current.map(|current| current.max(wanted));
        setrlimit(Resource::Nofile, limit).unwrap();
    });
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { _machine: Some(MACHINE.read().unwrap_or_else(PoisonError::into_inner)), ..Self::bare() }
    }

    /// For a test that has the whole machine.
    pub(crate) fn bare() -> Self {
        Self::within(tempfile::tempdir().unwrap())
    }

    /// The same in memory, where the system has a directory for that. A thousand machines have a thousand disks; on the one
    /// disk of this machine they would mostly wait for it.
    pub(crate) fn in_memory() -> Self {
        Self::within(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap())
    }

    fn within(directory: TempDir) -> Self {
        raise_descriptor_limit();
        // Other users may enter, for tests that run as one.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for part in ["config", "config/profiles"] {
            fs::create_dir(directory.path().join(part)).unwrap();
            // For any umask.
            fs::set_permissions(directory.path().join(part), fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { directory, _machine: None }
    }

    /// With the profile `default`, which has the OAuth grant at this endpoint.
    pub(crate) fn with_oauth(ims: &str) -> Self {
        let home = Self::new();
        home.profile("default", &oauth(ims));
        home
    }

    pub(crate) fn path(&self, part: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(part)
    }

    /// Writes a file below the home with this mode, and returns its path.
    pub(crate) fn write(&self, part: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(part);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Writes a program. Another process writes it: a file that a child of ours has open for writing cannot be run
    /// (ETXTBSY).
    pub(crate) fn executable(&self, part: &str, text: &str) {
        let script = "printf %s \"$1\" >\"$0\" && chmod 755 \"$0\"";
        let made = Command::new("/bin/sh").args(["-c", script]).arg(self.path(part)).arg(text).status();
        assert!(made.unwrap().success());
    }

    /// Writes the profile NAME.
    pub(crate) fn profile(&self, name: &str, profile: &Json) {
        self.write(&format!("config/profiles/{name}.json"), &profile.to_string(), 0o600);
    }

    /// Writes the profile `default` with the OAuth grant at this endpoint.
    pub(crate) fn oauth_at(&self, endpoint: &Endpoint) {
        self.profile("default", &oauth(&endpoint.origin()));
    }

    /// Writes the profile `default` with the JWT grant at this endpoint, and its key and certificate.
    pub(crate) fn jwt_at(&self, endpoint: &Endpoint) {
        self.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
        self.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o644);
        self.profile("default", &jwt(&endpoint.origin()));
    }

    /// The binary with these arguments, in this home.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.program(BINARY);
        command.args(args);
        command
    }

    /// Another program in this home; the binary's directory is first in PATH.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let own = Path::new(BINARY).parent().unwrap();
        command
            .env_clear()
            .env("PATH", format!("{}:{}", own.display(), std::env::var("PATH").unwrap()))
            .env("HOME", self.directory.path())
            .env("JWT_CREDENTIAL_CONFIG_DIR", self.path("config"))
            .env("JWT_CREDENTIAL_CACHE_DIR", self.path("cache"))
            .stdin(Stdio::null());
        command
    }

    /// The same, with a directory of links to the binary first in PATH.
    pub(crate) fn tool(&self, program: impl AsRef<OsStr>) -> Command {
        let links = self.path("bin");
        if !links.exists() {
            fs::create_dir(&links).unwrap();
            self.run([OsStr::new("link"), links.as_os_str()]).succeeds();
        }
        let mut command = self.program(program);
        let path = command.get_envs().find_map(|(name, value)| (name == "PATH").then_some(value?)).unwrap();
        let path = std::env::join_paths([links].into_iter().chain(std::env::split_paths(path))).unwrap();
        command.env("PATH", path);
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// The only record in the cache, as JSON.
    pub(crate) fn record(&self) -> Json {
        let record = self.record_path().expect("a record");
        serde_json::from_slice(&fs::read(record).unwrap()).unwrap()
    }

    pub(crate) fn record_path(&self) -> Option<PathBuf> {
        let entries = fs::read_dir(self.path("cache")).ok()?;
        entries.map(|entry| entry.unwrap().path()).find(|path| path.extension() == Some(OsStr::new("json")))
    }

    /// Changes the record as if its token had been requested this many milliseconds earlier.
    pub(crate) fn age_token(&self, milliseconds: u64) {
        let mut record = self.record();
        for clock in ["wall_ms", "boot_ms"] {
            let at = record["token"]["issued"][clock].as_u64().unwrap();
            record["token"]["issued"][clock] = json!(at.saturating_sub(milliseconds));
        }
        fs::write(self.record_path().unwrap(), record.to_string()).unwrap();
    }
}

/// The result of a program.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    pub(crate) fn from(output: Output) -> Self {
        let Output { status, stdout, stderr } = output;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ran = Self { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) };
        ran.keeps_secrets();
        ran
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self
    }

    /// Succeeds, and warns on standard error that the token is not cached.
    #[track_caller]
    pub(crate) fn succeeds_uncached(self) -> Self {
        let warns = |line: &str| line.starts_with("jwt-credential: warning: not cached: ");
        assert!(self.code == 0 && !self.stderr.is_empty() && self.stderr.lines().all(warns), "{self:?}");
        self
    }

    /// Fails with this code and nothing on standard output. The error and its hints contain these words.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> Self {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:?}");
        assert!(self.stderr.starts_with("jwt-credential: error: "), "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in {self:?}");
        }
        self
    }

    /// When the cool-down ends, by the message: in whole seconds, rounded down.
    #[track_caller]
    pub(crate) fn cools_down_until(&self) -> SystemTime {
        let said =
            self.stderr.split_once(" is not asked again before ").and_then(|(_, rest)| rest.split_once(", unless"));
        humantime::parse_rfc3339(said.unwrap_or_else(|| panic!("no time in {self:?}")).0).unwrap()
    }

    /// The error without the remark of a call that got it in place of a request.
    pub(crate) fn error_of_the_request(&self) -> String {
        match self.stderr.split_once("; the server is not asked again before ") {
            Some((error, rest)) => error.to_owned() + rest.split_once(" or with --refresh").unwrap().1,
            None => self.stderr.clone(),
        }
    }

    fn keeps_secrets(&self) {
        let key_line = PRIVATE_KEY.lines().nth(5).unwrap();
        for secret in [SECRET, key_line] {
            assert!(!self.stderr.contains(secret) && !self.stdout.contains(secret), "a secret in {self:?}");
        }
    }
}

impl std::fmt::Debug for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A home with the OAuth grant, and its endpoint, whose tokens live a day.
pub(crate) fn oauth_home() -> (Home, Endpoint) {
    let endpoint = Endpoint::tokens(DAY);
    (Home::with_oauth(&endpoint.origin()), endpoint)
}

/// A profile with the OAuth grant.
pub(crate) fn oauth(ims: &str) -> Json {
    json!({"provider": "adobe-oauth", "ims": ims, "client_id": CLIENT_ID, "client_secret": SECRET, "org_id": ORG_ID,
        "scopes": ["openid", "AdobeID"]})
}

/// A profile with the JWT grant.
pub(crate) fn jwt(ims: &str) -> Json {
    json!({"provider": "adobe-jwt", "ims": ims, "client_id": CLIENT_ID, "client_secret": SECRET, "org_id": ORG_ID,
        "technical_account_id": TECHNICAL_ACCOUNT_ID, "metascopes": ["ent_aem_cloud_api"],
        "private_key": {"file": "private.key"}, "certificate": {"file": "certificate_pub.crt"}})
}

/// The whole machine, for a test that starts hundreds of processes.
pub(crate) fn alone() -> std::sync::RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}
