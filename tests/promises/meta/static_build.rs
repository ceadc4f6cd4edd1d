//! The static build needs no library of the system, not even to resolve a name.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::ca::Ca;
use crate::support::clients::skip;
use crate::support::endpoint::{Answer, DAY_MS};
use crate::support::{Home, Ran, files, jwt, repository};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// Builds it as the README says.
fn built() -> PathBuf {
    let root = repository("");
    let target = root.join("target/static");
    let mut cargo = Command::new("cargo");
    cargo
        .env_remove("RUSTFLAGS")
        .args(["build", "--release", "--locked", "--config", ".cargo/static.toml", "--target-dir"])
        .arg(&target);
    assert!(cargo.current_dir(&root).status().unwrap().success());
    target.join(TARGET).join("release/jwt-credential")
}

/// Whether rustup added std for this target.
fn has_std() -> bool {
    let rustc = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output().unwrap();
    std::path::Path::new(String::from_utf8(rustc.stdout).unwrap().trim()).exists()
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn the_static_build_gets_a_token_in_a_root_without_libraries() {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) || !files::is_root() {
        return skip("chroot(2) on x86-64 Linux");
    }
    if !has_std() {
        return skip("std for musl (tests/platforms/prepare)");
    }
    let home = Home::new();
    let ca = Ca::of(&home, "elsewhere", "1").unwrap();
    let endpoint = ca.endpoint(|_, _| Answer::token("token", DAY_MS));
    home.jwt_at(&endpoint);
    let mut profile = jwt(&format!("https://ims.example:{}", endpoint.port()));
    profile["ca_file"] = "ca.pem".into();
    home.profile("default", &profile);
    fs::create_dir(home.path("etc")).unwrap();
    home.write("etc/hosts", "127.0.0.1 ims.example\n", 0o644);
    // glibc would load the libraries of these services, which crashes if they belong to another glibc.
    home.write("etc/nsswitch.conf", "hosts: mdns4_minimal [NOTFOUND=return] resolve myhostname\n", 0o644);
    fs::copy(built(), home.path("jwt-credential")).unwrap();

    let run = || {
        let mut command = home.program("chroot");
        command.arg(home.directory.path()).args(["/jwt-credential", "token"]);
        command.env("JWT_CREDENTIAL_CONFIG_DIR", "/config").env("JWT_CREDENTIAL_CACHE_DIR", "/cache");
        Ran::of(&mut command).succeeds()
    };
    assert_eq!(run().stdout, "token\n");
    assert_eq!(run().stdout, "token\n", "from the cache");
    assert_eq!(endpoint.count(), 1);
    // std aborts if a standard stream is closed and there is no /dev/null to open in its place. So no file gets the
    // stream's number.
    let _ = fs::remove_dir_all(home.path("cache"));
    for closed in ["<&-", ">&-", "2>&-"] {
        let script = format!("exec chroot \"$0\" /jwt-credential token {closed}");
        let mut command = home.program("/bin/sh");
        command.args(["-c", &script]).arg(home.directory.path());
        command.env("JWT_CREDENTIAL_CONFIG_DIR", "/config").env("JWT_CREDENTIAL_CACHE_DIR", "/cache");
        let ran = Ran::of(&mut command);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (-1, "", ""), "{closed}");
    }
    assert_eq!(endpoint.count(), 1);
}
