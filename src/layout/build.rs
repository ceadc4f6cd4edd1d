//! How the program lies on disk and in memory, where its linker can be told: what is here is half of what a call costs
//! that finds its token in the cache. Elsewhere it is laid out as the linker likes.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=src/layout");
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" && target("ARCH") == "x86_64" {
        // What std has of the unwinder, linked in: one shared library less to find, map and relocate at each start.
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
        println!(
            "cargo::rustc-link-arg-bins=-Wl,-T,{}/src/layout/cached.ld",
            env::var("CARGO_MANIFEST_DIR").unwrap_or_default()
        );
    }
}
