//! How the program lies on disk and in memory, where its linker can be told: half of what a call costs that finds its
//! token in the cache is decided here. Elsewhere it lies as the linker likes.

#![expect(clippy::disallowed_methods, reason = "what cargo says to a build script stands in variables")]

use std::env;

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
