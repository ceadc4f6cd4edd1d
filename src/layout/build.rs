//! How the program lies on disk and in memory, where its linker can be told: half of what a call costs that finds its
//! token in the cache is decided here. Elsewhere it lies as the linker likes.

#![expect(clippy::disallowed_methods, reason = "what cargo says to a build script stands in variables")]

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/layout");
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" || target("ARCH") != "x86_64" {
        return;
    }
    // A linker that somebody chose may know neither such scripts (mold) nor gcc's libraries.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let is_chosen =
        env::var_os("RUSTC_LINKER").is_some() || ["fuse-ld", "linker="].iter().any(|word| flags.contains(word));
    if is_chosen {
        return;
    }
    // What std has of an unwinder is linked in: one shared library less to find, map and relocate at each start.
    println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    // What the C library that is linked against does not have, no start looks for.
    println!("cargo::rustc-link-arg-bins=-Wl,-z,nodynamic-undefined-weak");
    // What is relocated at each start is told in a bit in place of 24 bytes.
    if env::var("HOST") == env::var("TARGET") && c_library().is_some_and(|version| version >= PACKED_RELOCATIONS) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    // A debugger wants its tables.
    if env::var("DEBUG").is_ok_and(|debug| debug == "false")
        && env::var("PROFILE").is_ok_and(|profile| profile == "release")
    {
        let directory = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        for script in ["cached.ld", "tables.ld"] {
            println!("cargo::rustc-link-arg-bins=-Wl,-T,{directory}/src/layout/{script}");
        }
    }
}

/// The first glibc that reads relative relocations that are packed (`DT_RELR`); an older one refuses the program.
const PACKED_RELOCATIONS: (u32, u32) = (2, 36);

/// The version of this machine's glibc.
fn c_library() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let (major, minor) = std::str::from_utf8(&said.stdout).ok()?.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
