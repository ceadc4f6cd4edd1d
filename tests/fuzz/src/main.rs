//! Fuzzing of everything that the program reads from outside. There is one binary: the variable `FUZZ` names the target
//! that a process runs, and without it all targets are listed. `./run` does the rest.
#![no_main]
#![expect(
    clippy::disallowed_methods,
    reason = "the program's own modules for files and the environment are not used here"
)]
#![expect(clippy::duration_suboptimal_units, reason = "the program's Rust version has no larger ones")]

mod answer;
mod certificate;
mod environment;
mod fields;
mod formats;
mod hosts;
mod key;
mod oracle;
mod profile;
mod protocol;
mod proxy;
mod record;

mod target;
mod text;
mod times;
mod token;
mod words;

use std::sync::OnceLock;

use target::Target;

libfuzzer_sys::fuzz_target!(init: choose(), |bytes: &[u8]| if let Some(target) = CHOSEN.get() { (target.run)(bytes) });

static CHOSEN: OnceLock<Target> = OnceLock::new();

/// Selects the named target. The variable `SEEDS` names a directory into which `./run` has its seeds written.
fn choose() {
    let Ok(name) = std::env::var("FUZZ") else {
        for target in target::all() {
            println!("{} {}", target.name, target.long_runs);
        }
        std::process::exit(0);
    };
    let target = target::all().into_iter().find(|target| target.name == name).expect("a target of that name");
    if let Ok(directory) = std::env::var("SEEDS") {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(format!("{directory}/seed-{number:03}"), seed).expect("a directory for the seeds");
        }
        std::process::exit(0);
    }
    environment::clear();
    jwt_credential::secret::recognise(jwt_credential::provider::SECRET_PREFIXES);
    let _ = CHOSEN.set(target);
}
