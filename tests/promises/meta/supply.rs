//! Our dependencies: few crates, one crypto provider, and only licences and sources that `deny.toml` allows. Advisories
//! change by the day, so `tests/supply/advisories` checks them.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use crate::support::has_client;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Where the program runs, and the most crates there. On Windows, safe interfaces to owners, jobs and the console are
/// crates of their own.
const TARGETS: [(&str, usize); 4] = [
    ("x86_64-unknown-linux-gnu", 100),
    ("x86_64-unknown-linux-musl", 100),
    ("aarch64-apple-darwin", 100),
    ("x86_64-pc-windows-gnu", 150),
];
/// Crates that implement TLS or signatures.
const CRYPTO_PROVIDERS: [&str; 16] = [
    "aws-lc-fips-sys",
    "aws-lc-rs",
    "aws-lc-sys",
    "boring",
    "boring-sys",
    "graviola",
    "libsodium-sys",
    "mbedtls",
    "native-tls",
    "openssl",
    "openssl-sys",
    "ring",
    "rsa",
    "rustls-rustcrypto",
    "rustls-symcrypt",
    "wolfssl",
];

/// The crates that are linked into the program or build it, for a target: name and version.
fn crates(target: &str) -> BTreeSet<(String, String)> {
    let tree = Command::new("cargo")
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--target", target])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{tree:?}");
    let words = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap())
    };
    String::from_utf8(tree.stdout).unwrap().lines().filter(|line| !line.is_empty()).map(words).collect()
}

#[test]
fn few_crates_and_one_crypto_provider() {
    if !has_client("cargo") {
        return;
    }
    for (target, most) in TARGETS {
        let crates = crates(target);
        assert!(crates.iter().any(|(name, _)| name == "jwt-credential") && crates.len() > 40, "{crates:?}");
        assert!(crates.len() <= most, "{}: {crates:?}", crates.len());
        let names = crates.iter().map(|(name, _)| name.as_str());
        let providers: Vec<_> = names.filter(|name| CRYPTO_PROVIDERS.contains(name)).collect();
        assert_eq!(providers, ["ring"], "{target}");
        eprintln!("{target}: {} crates, including ours", crates.len());
    }
}

/// What cargo-deny prints about our tree under these rules.
fn deny(rules: &str) -> Output {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("deny.toml");
    std::fs::write(&file, rules).unwrap();
    let mut command = Command::new("cargo-deny");
    command
        .args(["--locked", "--color", "never", "--config"])
        .arg(&file)
        .args(["check", "bans", "licenses", "sources"]);
    command.current_dir(ROOT).output().unwrap()
}

#[test]
fn every_crates_name_version_licence_and_source_are_allowed() {
    if !has_client("cargo-deny") {
        return;
    }
    let rules = std::fs::read_to_string(format!("{ROOT}/deny.toml")).unwrap();
    let ours = deny(&rules);
    let said = String::from_utf8_lossy(&ours.stderr).into_owned() + &String::from_utf8_lossy(&ours.stdout);
    assert!(ours.status.success(), "{said}");
    assert!(!said.contains("warning["), "an unused rule: {said}");

    // The check works: our tree breaks each of these rules.
    for (from, to, found) in [
        ("\ndeny = [\n", "\ndeny = [\n{ crate = \"ring\" },\n", "'ring = 0.17"),
        ("\"<0.17.12\"", "\"<99\"", "'ring = 0.17"),
        ("    \"ISC\",\n", "", "ISC"),
        ("    { crate = \"syn@2\"", "    #", "duplicate entries for crate 'syn'"),
        (
            "unknown-registry = \"deny\"\n",
            "unknown-registry = \"deny\"\nallow-registry = []\n",
            "not explicitly allowed",
        ),
    ] {
        assert!(rules.contains(from), "{from:?}");
        let broken = deny(&rules.replacen(from, to, 1));
        let said = String::from_utf8_lossy(&broken.stderr);
        assert!(!broken.status.success() && said.contains(found), "{found}, {to:?}: {said}");
    }
}
