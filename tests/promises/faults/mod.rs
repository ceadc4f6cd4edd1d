//! A failing system call, or a kill at any moment, costs one call at most, and never the cache.

#[cfg(target_os = "linux")]
mod bare_machine;
mod errors;
mod kills;
mod random_kills;
mod single_faults;
mod stage;

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};

use crate::support::ca::Ca;
use crate::support::endpoint::{Answer, Asked, Endpoint};
use crate::support::files::names;
use crate::support::{Home, SECRET, jwt, oauth};
use stage::Stage;

/// A part of every token, so that a token on standard error is found.
const TOKEN: &str = "CANARY-token-";
/// The state of the cache before the call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Before {
    Nothing,
    Fresh,
    /// Still good, but inside the refresh window.
    Ageing,
}

/// One path through the program.
#[derive(Clone, Copy, Debug)]
struct Path {
    name: &'static str,
    args: &'static [&'static str],
    before: Before,
    profile: &'static str,
}

const PATHS: [Path; 7] = [
    Path { name: "cold", args: &["json"], before: Before::Nothing, profile: "jwt" },
    Path { name: "cold over TLS", args: &["token"], before: Before::Nothing, profile: "tls" },
    Path { name: "cold with a command", args: &["token"], before: Before::Nothing, profile: "command" },
    Path { name: "refresh", args: &["json", "--refresh"], before: Before::Fresh, profile: "jwt" },
    Path { name: "refresh ahead", args: &["json"], before: Before::Ageing, profile: "oauth" },
    Path { name: "cached", args: &["json"], before: Before::Fresh, profile: "jwt" },
    Path { name: "forget", args: &["forget"], before: Before::Fresh, profile: "jwt" },
];

impl Path {
    fn forgets(&self) -> bool {
        self.name == "forget"
    }

    /// Whether the answer is that of `forget`, which says what it did. It drops a record unseen that it cannot read.
    fn says_it_forgot(&self, answer: &str) -> bool {
        let begins = ["forgot the token of ", "no token was cached for "].iter().any(|begin| answer.starts_with(begin));
        self.forgets() && begins && answer.ends_with(".json\n")
    }

    /// Whether a cached token is no answer on this path.
    fn refreshes(&self) -> bool {
        self.args.contains(&"--refresh")
    }
}

/// The profiles of all paths. Each endpoint's tokens are recognisable.
struct Endpoints {
    plain: Endpoint,
}

impl Endpoints {
    fn new() -> Self {
        Self { plain: Endpoint::new(answer) }
    }

    /// A home with all profiles; the path over TLS needs `openssl` to make a CA.
    fn home(&self) -> (Home, Option<Endpoint>) {
        let home = Home::new();
        home.jwt_at(&self.plain);
        home.profile("jwt", &jwt(&self.plain.origin()));
        home.profile("oauth", &oauth(&self.plain.origin()));
        let mut command = oauth(&self.plain.origin());
        command["client_secret"] = json!({"command": ["printf", SECRET]});
        home.profile("command", &command);
        let tls = Ca::new(&home).map(|ca| ca.endpoint(answer));
        if let Some(tls) = &tls {
            let mut profile = oauth(&tls.origin().replace("http:", "https:"));
            // Both as a CA of the system and as `ca_file`, because the program reads the two differently.
            fs::copy(home.path("config/profiles/ca.pem"), home.path("config/profiles/system.pem")).unwrap();
            profile["ca_file"] = json!("ca.pem");
            home.profile("tls", &profile);
        }
        (home, tls)
    }
}

fn answer(_: &Asked, number: usize) -> Answer {
    // A day, in both grants' units.
    Answer::json(
        200,
        &json!({"access_token": format!("{TOKEN}{number}"), "token_type": "bearer", "expires_in": 86_399_999}),
    )
}

/// Two workers, each with its own home, take tasks in turn. Returns the failures, one line each.
fn in_turn<T: Sync>(
    tasks: &[(Path, T)],
    endpoints: &Endpoints,
    work: impl Fn(&Stage, &T) -> Result<(), String> + Sync,
) -> Vec<String> {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let worker = || {
        let (home, _tls) = endpoints.home();
        let mut stage: Option<Stage> = None;
        while let Some((path, task)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            if stage.as_ref().is_none_or(|stage| stage.path.name != path.name) {
                stage = Some(Stage::new(&home, *path));
            }
            let stage = stage.as_ref().unwrap();
            stage.reset();
            if let Err(failure) = work(stage, task) {
                failures.lock().unwrap().push(format!("{}: {failure}", path.name));
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(worker))));
    failures.into_inner().unwrap()
}

/// The message of a failed assertion, so that a sweep can go on and report it.
fn caught<T>(assertions: impl FnOnce() -> T) -> Result<T, String> {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(assertions));
    done.map_err(|panic| panic.downcast::<String>().map_or_else(|_| "an assertion failed".into(), |text| *text))
}

/// The token of a complete answer, as JSON or bare.
fn printed(answer: &str) -> Option<String> {
    let line = answer.strip_suffix('\n')?;
    let token = match serde_json::from_str::<Json>(line) {
        Ok(answer) => answer["access_token"].as_str()?.to_owned(),
        Err(_) => line.to_owned(),
    };
    let is_whole = token.strip_prefix(TOKEN).is_some_and(|number| number.parse::<u32>().is_ok());
    is_whole.then_some(token)
}

#[track_caller]
fn none(failures: &[String]) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// The files in the cache other than records and locks.
fn left_over(home: &Home) -> Vec<String> {
    let known = [".json", ".lock1", ".lock2"];
    let cache = home.path("cache");
    let all = if cache.exists() { names(&cache) } else { Vec::new() };
    all.into_iter().filter(|name| !known.iter().any(|end| name.ends_with(end))).collect()
}
