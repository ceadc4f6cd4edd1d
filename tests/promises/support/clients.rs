//! The programs that tests drive: whether each is installed and new enough. A test without its program is skipped;
//! `tests/summary.rs` prints the list at the end of the run.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::files;

/// The oldest version that a test can use, where the version matters, and the feature that needs it.
const OLDEST: &[(&str, (u32, u32))] = &[
    // --variable
    ("curl-8", (8, 3)),
    // GOAUTH
    ("go", (1, 24)),
    // client.authentication.k8s.io/v1
    ("kubectl", (1, 22)),
    // -traditional, -dateopt
    ("openssl", (3, 0)),
    // --keyring-provider
    ("pip", (23, 1)),
    // tokenHelper with arguments
    ("pnpm", (11, 0)),
    // --seccomp-bpf
    ("strace", (5, 3)),
    // --keyring-provider subprocess, authenticate = "always"
    ("uv", (0, 7)),
];

/// Whether all of these programs are installed and new enough.
pub(crate) fn has_clients(programs: &[&str]) -> bool {
    programs.iter().all(|program| has_client(program))
}

/// Whether a program is installed and new enough. With `REQUIRE_CLIENTS` set, a missing program fails the test.
pub(crate) fn has_client(program: &str) -> bool {
    static KNOWN: Mutex<BTreeMap<String, Option<String>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let missing = known.entry(program.to_owned()).or_insert_with(|| what_is_missing(program)).clone();
    drop(known);
    missing.is_none_or(|what| is_met(false, &what))
}

/// What must be installed for a test that needs this program; `None` if nothing is missing.
fn what_is_missing(program: &str) -> Option<String> {
    let oldest = OLDEST.iter().find(|(name, _)| *name == program).map(|(_, oldest)| *oldest);
    let wanted = oldest.map_or(program.to_owned(), |(major, minor)| format!("{program} {major}.{minor} or later"));
    let Some(path) = find(program) else { return Some(wanted) };
    // jwt-credential does not let other processes of its user read its memory, so strace must be root to show strings.
    if program == "strace" && !files::is_root() {
        return Some("strace as root".into());
    }
    let found = version(&path);
    oldest.is_some_and(|oldest| found.is_none_or(|found| found < oldest)).then_some(wanted)
}

/// The program's path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let is_program =
        |path: &PathBuf| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(is_program)
}

/// The first two numbers of the version that a program states.
pub(crate) fn version(program: &Path) -> Option<(u32, u32)> {
    let of = |args: &[&str]| {
        let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
        first_version(&String::from_utf8_lossy(&output.stdout))
    };
    // go and openssl have `version`, kubectl has `version --client`.
    of(&["--version"]).or_else(|| of(&["version"])).or_else(|| of(&["version", "--client"]))
}

fn first_version(text: &str) -> Option<(u32, u32)> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
        let mut numbers = word.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

/// Whether a test's need is met. If not, the test is skipped; with `REQUIRE_CLIENTS` set it fails.
pub(crate) fn is_met(met: bool, need: &str) -> bool {
    assert!(met || std::env::var_os("REQUIRE_CLIENTS").is_none(), "needs {need}");
    if !met {
        skip(need);
    }
    met
}

/// Notes that a test is skipped, in whole or in part, because the machine lacks something optional.
pub(crate) fn skip(need: &str) {
    let test = std::thread::current().name().unwrap_or("a thread of a test").to_owned();
    eprintln!("skipped: {test} needs {need}");
    // All test targets of one cargo run have the same parent process.
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped");
    fs::create_dir_all(&list).unwrap();
    let list = list.join(std::os::unix::process::parent_id().to_string());
    let mut list = OpenOptions::new().create(true).append(true).open(list).unwrap();
    list.write_all(format!("{need}\t{test}\n").as_bytes()).unwrap();
}

#[test]
fn a_version_is_found_in_what_programs_print() {
    let cases = [
        ("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1", (7, 88)),
        ("go version go1.19.8 linux/amd64", (1, 19)),
        ("OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17)", (3, 0)),
        ("pip 23.0.1 from /usr/lib/python3/dist-packages/pip (python 3.11)", (23, 0)),
        ("Client Version: v1.32.4\nKustomize Version: v5.5.0", (1, 32)),
        ("12.21.0", (12, 21)),
    ];
    for (text, expected) in cases {
        assert_eq!(first_version(text), Some(expected), "{text}");
    }
    assert_eq!(first_version("unknown"), None);
}
