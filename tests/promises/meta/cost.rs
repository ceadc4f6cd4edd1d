//! The files that a call opens and the number of its system calls. These figures do not depend on the load of the
//! machine. `tests/bench/README.md` explains each; `tests/bench/RESULTS.md` has times and instructions.

use std::fs;
use std::process::Stdio;

use serde_json::json;

use crate::support::ca::Ca;
use crate::support::clients::skip;
use crate::support::endpoint::{Answer, DAY_MS, Endpoint};
use crate::support::{BINARY, Home, PRIVATE_KEY, Ran, has_client, jwt};

/// The system calls of a call that names its profile and finds its token in the cache, counted from the first of our own.
const SYSTEM_CALLS: usize = 32;

#[test]
fn a_token_request_reads_each_file_once_and_connects_once() {
    if !has_client("strace") {
        return;
    }
    let home = Home::new();
    let Some(ca) = Ca::new(&home) else { return };
    let token = || Answer::token("token", DAY_MS);
    let (plain, tls) = (Endpoint::always(token()), ca.endpoint(move |_, _| token()));
    home.jwt_at(&plain);
    let at = format!("https://127.0.0.1:{}", tls.port());
    home.profile("tls", &jwt(&at));
    for (profile, cas) in [("default", 0), ("tls", 1)] {
        let trace = home.path("trace");
        let mut strace = home.program("strace");
        strace.args(["-f", "-o"]).arg(&trace).args([BINARY, "-p", profile, "json"]);
        Ran::of(strace.env("SSL_CERT_FILE", &ca.pem)).succeeds();
        let trace = fs::read_to_string(trace).unwrap();
        let count = |call: &str, part: &str| trace.lines().filter(|l| l.contains(call) && l.contains(part)).count();
        for (what, expected) in [("private.key", 1), ("certificate_pub.crt", 0), ("ca.pem", cas)] {
            assert_eq!(count("open", what), expected, "{profile}: {what} in {trace}");
        }
        assert_eq!(count("connect(", "127.0.0.1"), 1, "{profile}: {trace}");
        assert_eq!(count("open", &format!("{profile}.json")), 1, "{profile}: {trace}");
        assert_eq!(count("write(1", ""), 1, "{profile}: {trace}");
    }
    assert_eq!((plain.count(), tls.count()), (1, 1));
}

#[test]
fn a_cached_call_opens_boot_id_profile_and_record_only() {
    let is_counted = cfg!(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(debug_assertions)));
    if !is_counted {
        return skip("a release build on x86-64 Linux with glibc");
    }
    if !has_client("strace") {
        return;
    }
    let home = Home::new();
    // A token as long as Adobe's.
    let endpoint = Endpoint::always(Answer::token(&"token".repeat(200), DAY_MS));
    home.jwt_at(&endpoint);
    let mut profile = jwt(&endpoint.origin());
    profile["hosts"] = json!(["*.adobe.io"]);
    home.profile("default", &profile);
    home.run(["json"]).succeeds();

    // A call that names no profile also looks for the user's choice.
    for (args, config) in [(&["json", "-p", "default"][..], false), (&["json"], true)] {
        let trace = trace_of(&home, args);
        // The calls before it are the loader's and std's.
        let lines: Vec<&str> = trace.lines().skip_while(|line| !line.starts_with("prctl(PR_SET_DUMPABLE")).collect();
        let opened: Vec<&str> =
            lines.iter().filter(|line| line.starts_with("open")).filter_map(|line| line.split('"').nth(1)).collect();
        let of = |part: &str| home.path(part).display().to_string();
        let record = home.record_path().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected = vec!["/proc/sys/kernel/random/boot_id".to_owned()];
        expected.extend(config.then(|| of("config/config.json")));
        expected.extend([of("config/profiles/default.json"), of("cache"), record]);
        assert_eq!(opened, expected, "{trace}");
        // The loader needs a tenth of a cached call's time for it.
        assert!(!trace.contains("/libm."), "{trace}");
        let calls = lines.iter().filter(|line| !line.starts_with("+++")).count();
        eprintln!("MEASURED: {calls} system calls of a cached call: {args:?}");
        assert!(calls <= SYSTEM_CALLS + usize::from(config), "{calls}: {lines:#?}");
    }
}

/// The grants differ in what they send, and not in how a cached token is found.
#[test]
fn a_cached_call_of_any_grant_makes_adobes_system_calls() {
    if !has_client("strace") {
        return;
    }
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, _| {
        if asked.line.contains("/installations/") {
            Answer::json(201, &json!({"token": "token", "expires_at": "2999-01-01T00:00:00Z"}))
        } else {
            Answer::token("token", DAY_MS)
        }
    });
    // It writes the files that the profile names.
    home.jwt_at(&endpoint);
    let adobe = jwt(&endpoint.origin());
    let key = json!({"file": home.write("key.pem", PRIVATE_KEY, 0o600)});
    let url = format!("{}/token", endpoint.origin());
    let counts = [
        ("adobe-jwt", adobe),
        ("a secret", json!({"grant": "client-credentials", "token_url": url, "client_id": "c", "client_secret": "p"})),
        ("jwt-bearer", json!({"grant": "jwt-bearer", "token_url": url, "private_key": key, "jwt": {"iss": "me"}})),
        ("self-signed", json!({"grant": "self-signed", "private_key": key, "jwt": {"iss": "me"}})),
        ("google", json!({"provider": "google", "token_url": url, "client_email": "a@b", "private_key": key})),
        (
            "github-app",
            json!({"provider": "github-app", "client_id": "c", "installation_id": "1", "api_url": endpoint.origin(),
                "private_key": key}),
        ),
    ]
    .map(|(name, profile)| {
        home.profile("default", &profile);
        home.run(["json", "-p", "default"]).succeeds();
        let trace = trace_of(&home, &["json", "-p", "default"]);
        let own = trace.lines().skip_while(|line| !line.starts_with("prctl(PR_SET_DUMPABLE"));
        (name, own.filter(|line| !line.starts_with("+++") && !is_of_memory(line)).count())
    });
    assert!(counts.iter().all(|(_, count)| *count == counts[0].1), "{counts:?}");
    eprintln!("MEASURED: {} system calls of a cached call, without those for memory: {counts:?}", counts[0].1);
}

/// The allocator's calls depend on the length of what it holds.
fn is_of_memory(line: &str) -> bool {
    ["brk(", "mmap(", "munmap(", "madvise("].iter().any(|call| line.starts_with(call))
}

/// strace's output of a call with few variables.
fn trace_of(home: &Home, args: &[&str]) -> String {
    let file = home.path("trace");
    let directory = |name: &str, part: &str| format!("JWT_CREDENTIAL_{name}_DIR={}", home.path(part).display());
    let mut strace = home.program("env");
    strace.arg("-i").arg(directory("CONFIG", "config")).arg(directory("CACHE", "cache"));
    strace.args(["strace", "-o"]).arg(&file).arg(BINARY).args(args).stdin(Stdio::null());
    Ran::of(&mut strace).succeeds();
    fs::read_to_string(file).unwrap()
}
