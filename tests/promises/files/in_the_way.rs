//! Unusual files in place of the cache, a record, a lock or a temporary file, under every umask. The token is printed,
//! new files are private, nothing is written through a link, and no file of another user is read.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, lchown, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::files::{NOBODY, is_root, mode, own_binary, set_mode};
use crate::support::{Home, Ran};

const ANOTHER: u32 = 12_345;
const LONGEST: Duration = Duration::from_secs(9);

/// What can be in the place of a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Nothing,
    Directory,
    Loose,
    Anothers,
    File,
    LooseFile,
    Link,
    DanglingLink,
    HardLink,
    Fifo,
    Device,
    Socket,
}

use Thing::{Anothers, DanglingLink, Device, Directory, Fifo, File, HardLink, Link, Loose, LooseFile, Nothing, Socket};

const CACHES: [Thing; 10] = [Nothing, Directory, Loose, Anothers, File, Link, DanglingLink, Fifo, Device, Socket];
const FILES: [Thing; 10] = [Directory, Anothers, File, LooseFile, Link, DanglingLink, HardLink, Fifo, Device, Socket];

/// A home whose user is root or not, and the name and text of its record.
struct Users {
    home: Home,
    user: u32,
    record: (String, String),
}

impl Users {
    fn new(user: u32, endpoint: &Endpoint) -> Self {
        let home = Home::new();
        home.oauth_at(endpoint);
        own_binary(&home);
        if user != rustix::process::geteuid().as_raw() {
            let given = Command::new("chown").args(["-R", &user.to_string()]).arg(home.path("")).status();
            assert!(given.unwrap().success());
        }
        let mut users = Self { home, user, record: (String::new(), String::new()) };
        let first = users.home.path("first");
        users.run("022", &first).succeeds();
        let path = fs::read_dir(&first).unwrap().map(|entry| entry.unwrap().path());
        let path = path.into_iter().find(|path| path.extension() == Some("json".as_ref())).unwrap();
        let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        record["token"]["fields"]["access_token"] = json!("of-another-user");
        users.record = (path.file_stem().unwrap().to_str().unwrap().to_owned(), record.to_string());
        users
    }

    fn run(&self, umask: &str, cache: &Path) -> Ran {
        let mut command = self.home.program("/bin/sh");
        command.args(["-c", &format!("umask {umask}; exec \"$0\" token"), &own_binary(&self.home)]);
        if self.user != rustix::process::geteuid().as_raw() {
            command.uid(self.user).gid(self.user);
        }
        Ran::of(command.env("JWT_CREDENTIAL_CACHE_DIR", cache))
    }

    /// Puts the thing in its place, with link targets in `aside`; `false` if this user cannot make it.
    fn put(&self, thing: Thing, place: &Path, aside: &Path) -> bool {
        let record = &self.record.1;
        let target = aside.join("target");
        let make = |program: &str, args: &[&str]| {
            Command::new(program).args(&args[..1]).arg(place).args(&args[1..]).stderr(Stdio::null()).status()
        };
        fs::write(&target, record).unwrap();
        set_mode(&target, 0o600);
        match thing {
            Directory | Loose => fs::create_dir(place).unwrap(),
            File | LooseFile | Anothers => fs::write(place, record).unwrap(),
            Link => symlink(&target, place).unwrap(),
            DanglingLink => symlink(aside.join("nowhere"), place).unwrap(),
            HardLink => fs::hard_link(&target, place).unwrap(),
            Fifo => assert!(make("mkfifo", &["-m600"]).unwrap().success()),
            Device if !make("mknod", &["-m600", "c", "1", "3"]).unwrap().success() => return false,
            // The path of a socket is short.
            Socket => {
                let short = self.home.path("s");
                drop(UnixListener::bind(&short).unwrap());
                fs::rename(short, place).unwrap();
            }
            Nothing | Device => {}
        }
        if matches!(thing, File | LooseFile | Anothers | Directory | Loose) {
            let mode = match thing {
                Directory => 0o755,
                Loose => 0o777,
                LooseFile => 0o644,
                _ => 0o600,
            };
            set_mode(place, mode);
        }
        if !is_root() {
            return thing != Anothers;
        }
        // Root could read this file, and must not.
        let owner = if thing == Anothers { ANOTHER } else { self.user };
        lchown(&target, Some(self.user), None).unwrap();
        thing == Nothing || lchown(place, Some(owner), None).is_ok()
    }
}

/// Everything below a directory: kind and mode, bytes, owner.
fn all_below(directory: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>, u32)> {
    let mut all = BTreeMap::new();
    for path in fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        let meta = path.symlink_metadata().unwrap();
        let bytes = if meta.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        if meta.is_dir() {
            all.extend(all_below(&path));
        }
        all.insert(path, (meta.mode(), bytes, meta.uid()));
    }
    all
}

/// Names of the cache directory: any name, and our own.
const NAMES: [&str; 2] = ["cache", "jwt-credential"];

/// One combination: what is wrong, if anything; `None` if it cannot be made.
fn cell(users: &Users, umask: &str, what: &str, thing: Thing, cell: &Path) -> Option<Result<(), String>> {
    let is_cache = NAMES.contains(&what);
    let (cache, aside) = (cell.join(if is_cache { what } else { "cache" }), cell.join("aside"));
    fs::create_dir_all(&aside).unwrap();
    let place = if is_cache { cache.clone() } else { cache.join(format!("{}.{what}", users.record.0)) };
    if !is_cache {
        fs::create_dir(&cache).unwrap();
        set_mode(&cache, 0o700);
    }
    for path in [cell, &aside, &cache].into_iter().filter(|path| is_root() && path.exists()) {
        lchown(path, Some(users.user), None).unwrap();
    }
    let made = users.put(thing, &place, &aside);
    let (before, aside_before) = (all_below(cell), all_below(&aside));
    made.then(|| {
        let wrong =
            |what_is: String| Err(format!("umask {umask}, {what} is {thing:?}, user {}: {what_is}", users.user));
        for _ in 0..2 {
            let began = Instant::now();
            let ran = users.run(umask, &cache);
            let is_warned = ran.stderr.starts_with("jwt-credential: warning: not cached: ");
            let is_good = ran.code == 0 && (ran.stderr.is_empty() || is_warned) && ran.stdout.starts_with("token-");
            // A record that only its owner can access counts as one, wherever it came from.
            let is_own = (what, thing) == ("json", File) && ran.stdout == "of-another-user\n" && ran.code == 0;
            if !(is_good || is_own) || began.elapsed() > LONGEST {
                return wrong(format!("{:?}, {ran:?}", began.elapsed()));
            }
        }
        let is_bytes = |(path, (_, bytes, _)): (&PathBuf, &(u32, Vec<u8>, u32))| (path.clone(), bytes.clone());
        let bytes = |all: &BTreeMap<_, _>| all.iter().map(is_bytes).collect::<Vec<_>>();
        if bytes(&aside_before) != bytes(&all_below(&aside)) {
            return wrong("something aside has changed".into());
        }
        for (path, (mode, _, owner)) in all_below(cell) {
            if !before.contains_key(&path) && (mode & 0o077 != 0 || owner != users.user) {
                return wrong(format!("{} has mode {mode:o} and owner {owner}", path.display()));
            }
        }
        // An existing directory keeps its mode unless it has our name: it may be the user's home.
        let expected = match thing {
            _ if !is_cache => 0o700,
            Nothing => 0o700,
            Directory | Loose if what != "cache" => 0o700,
            Directory => 0o755,
            Loose => 0o777,
            _ => return Ok(()),
        };
        if mode(&cache) != expected {
            return wrong(format!("the cache has mode {:o}", mode(&cache)));
        }
        Ok(())
    })
}

/// Every combination that this user can make.
fn every_cell(users: &Users) -> Vec<Result<(), String>> {
    let mut results = Vec::new();
    let files = ["json", "lock1", "tmp1"].into_iter().flat_map(|what| FILES.map(|thing| (what, thing)));
    let caches = NAMES.into_iter().flat_map(|what| CACHES.map(|thing| (what, thing)));
    for (what, thing) in caches.chain(files) {
        for umask in ["000", "022", "077", "777"] {
            let place = users.home.path(results.len().to_string());
            results.extend(cell(users, umask, what, thing, &place));
            let _ = fs::remove_dir_all(place);
        }
    }
    results
}

#[test]
fn whatever_is_in_the_caches_place_the_token_is_printed() {
    let own = rustix::process::geteuid().as_raw();
    let users = if own == 0 { vec![0, NOBODY] } else { vec![own] };
    let endpoint = Endpoint::tokens(DAY);
    let every = &|user| every_cell(&Users::new(user, &endpoint));
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = users.into_iter().map(|user| scope.spawn(move || every(user))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let (count, wrong) = (results.len(), results.into_iter().filter_map(Result::err).collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    eprintln!("places: {count} cells of umask, place, thing and user");
}
