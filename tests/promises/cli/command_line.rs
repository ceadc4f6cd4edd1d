//! The command line, its environment variables, the standard streams, and the commands for a person.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::process::broken_pipe;
use crate::support::terminal::{Person, Seen};
use crate::support::{BINARY, Home, PRIVATE_KEY, Ran, SECRET, oauth, oauth_home};

const COMMANDS: [&str; 10] = ["json", "token", "header", "headers", "curl", "env", "exec", "mock", "status", "forget"];

/// A home whose profile `default` answers with `token-1`, `token-2`, …
/// A profile whose name decides its identity.
fn profile_called(name: &str, endpoint: &Endpoint) -> Json {
    let mut profile = oauth(&endpoint.origin());
    profile["client_id"] = json!(name);
    profile
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

fn closed() -> Stdio {
    broken_pipe().into()
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_cannot_be_written_is_exit_code_6() {
    let (home, _endpoint) = oauth_home();
    for args in [&["json"][..], &["token"], &["header"], &["headers"], &["curl"], &["env"], &["status"], &["--help"]] {
        for stdout in [full(), closed()] {
            let ran = Ran::of(home.command(args).stdout(stdout)).fails(6, &["could not be written to standard output"]);
            assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        }
    }
}

/// std opens `/dev/null` if standard output is closed, so the program cannot tell the two apart.
#[test]
fn a_standard_output_closed_by_the_caller_is_dev_null() {
    let (home, endpoint) = oauth_home();
    let run = || Ran::of(home.program("/bin/sh").args(["-c", "exec \"$0\" token >&-", BINARY]));
    assert_eq!(run().succeeds().stdout, "");
    assert_eq!(run().succeeds().stdout, "", "no file got the stream's number");
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "the record is whole");
    assert_eq!(endpoint.count(), 1);
}

#[track_caller]
fn stderr_changes_nothing(args: &[&str], code: i32, stdout: &str) {
    let (home, _endpoint) = oauth_home();
    for ran in [
        Ran::of(home.command(args).stderr(full())),
        Ran::of(home.command(args).stderr(closed())),
        Ran::of(home.program("/bin/sh").args(["-c", "exec \"$0\" \"$@\" 2>&-", BINARY]).args(args)),
    ] {
        assert_eq!((ran.code, ran.stdout.as_str()), (code, stdout), "{args:?}: {ran:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_unwritable_standard_error_changes_no_exit_code() {
    stderr_changes_nothing(&["-v", "token"], 0, "token-1\n");
    stderr_changes_nothing(&["-v", "-p", "absent", "token"], 3, "");
    stderr_changes_nothing(&["nonsense"], 2, "");
    stderr_changes_nothing(&["-p", "absent", "exec", "--", "true"], 125, "");
}

#[test]
#[cfg(target_os = "linux")]
fn an_unwritable_standard_error_changes_no_code_of_exec() {
    stderr_changes_nothing(&["exec", "--", "no-such-program"], 127, "");
}

#[test]
fn the_help_names_every_command() {
    let home = Home::new();
    let help = home.run(["--help"]).succeeds().stdout;
    for command in COMMANDS {
        assert!(help.lines().any(|line| line.split_whitespace().next() == Some(command)), "{command}: {help}");
        let own = home.run([command, "--help"]).succeeds().stdout;
        assert!(own.contains(&format!("jwt-credential {command}")) && own.contains("--profile"), "{own}");
    }
    for args in [&["-h"][..], &["help"], &["-p", "absent", "--help"]] {
        assert_eq!(home.run(args).succeeds().stdout, help, "{args:?}");
    }
    let version = format!("jwt-credential {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(home.run(["--version"]).succeeds().stdout, version);
    assert_eq!(home.run(["token", "--version"]).succeeds().stdout, version);
}

#[test]
fn a_wrong_command_line_is_exit_code_2_and_sends_nothing() {
    let (home, endpoint) = oauth_home();
    let wrong: [(&[&str], &[&str]); 9] = [
        (&["jsno"], &["jsno", "did you mean \"json\"?"]),
        (&["qqqqqqqqqqqq"], &["qqqqqqqqqqqq", "--help"]),
        (&["json", "--frobnicate"], &["--frobnicate", "jwt-credential json --help"]),
        (&["--refersh"], &["--refersh", "--refresh"]),
        (&["json", "more"], &["more"]),
        (&["--timeout", "0"], &["--timeout"]),
        (&["--timeout", "2d", "json"], &["--timeout"]),
        (&["--min-ttl", "x"], &["--min-ttl", "90s"]),
        (&["json", "-p"], &["--profile"]),
    ];
    for (args, words) in wrong {
        home.run(args).fails(2, words);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn options_may_come_before_or_after_the_command() {
    let (home, endpoint) = oauth_home();
    let other = Endpoint::always(Answer::token("other", DAY));
    home.profile("x", &profile_called("x", &other));
    for args in [&["-p", "x", "token"][..], &["token", "-p", "x"], &["-px", "token"], &["token", "--profile=x"]] {
        assert_eq!(home.run(args).succeeds().stdout, "other\n", "{args:?}");
    }
    let ran = home.run(["-vp", "x", "token"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.is_empty()), (0, "other\n", false));
    assert_eq!(home.run(["--profile", "x"]).succeeds().json()["access_token"], "other");
    let path = home.path("config/profiles/x.json");
    assert_eq!(home.run(["token", "-p", path.to_str().unwrap()]).succeeds().stdout, "other\n");
    assert_eq!((endpoint.count(), other.count()), (0, 1));
}

#[test]
fn variables_work_like_options() {
    let (home, endpoint) = oauth_home();
    let other = Endpoint::always(Answer::token("other", DAY));
    home.profile("x", &profile_called("x", &other));
    let with = |name: &str, value: &str| Ran::of(home.command(["token"]).env(name, value));
    assert_eq!(with("JWT_CREDENTIAL_PROFILE", "x").succeeds().stdout, "other\n");
    assert_eq!(with("JWT_CREDENTIAL_PROFILE", "").succeeds().stdout, "token-1\n");
    assert_eq!(with("JWT_CREDENTIAL_REFRESH", "0").succeeds().stdout, "token-1\n");
    assert_eq!(with("JWT_CREDENTIAL_REFRESH", "1").succeeds().stdout, "token-2\n");
    with("JWT_CREDENTIAL_REFRESH", "yes").fails(2, &["JWT_CREDENTIAL_REFRESH must be 1 or 0"]);
    assert_eq!(with("JWT_CREDENTIAL_NO_CACHE", "true").succeeds().stdout, "token-3\n");
    assert_eq!(with("JWT_CREDENTIAL_NO_CACHE", "false").succeeds().stdout, "token-2\n");
    assert_eq!(with("JWT_CREDENTIAL_MIN_TTL", "23h").succeeds().stdout, "token-2\n");
    with("JWT_CREDENTIAL_MIN_TTL", "25h").fails(7, &["--min-ttl"]);
    with("JWT_CREDENTIAL_MIN_TTL", "x").fails(2, &["JWT_CREDENTIAL_MIN_TTL"]);
    with("JWT_CREDENTIAL_TIMEOUT", "0s").fails(2, &["JWT_CREDENTIAL_TIMEOUT must be positive"]);
    with("JWT_CREDENTIAL_TIMEOUT", "soon").fails(2, &["JWT_CREDENTIAL_TIMEOUT"]);
    let mut both = home.command(["token"]);
    both.env("JWT_CREDENTIAL_PROFILE", "x").env("JWT_CREDENTIAL_PROFILE_JSON", oauth(&endpoint.origin()).to_string());
    Ran::of(&mut both).fails(2, &["JWT_CREDENTIAL_PROFILE and JWT_CREDENTIAL_PROFILE_JSON"]);
    assert_eq!(Ran::of(both.args(["-p", "x"])).succeeds().stdout, "other\n", "an option wins");
    home.oauth_at(&Endpoint::always(Answer::never()));
    let began = Instant::now();
    with("JWT_CREDENTIAL_TIMEOUT", "900ms").fails(5, &["in time"]);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

/// A verbose call with the JWT grant, at an endpoint that gives this answer; its result and its log.
fn logged(answer: fn(&str) -> Answer, code: i32) -> String {
    let home = Home::new();
    let endpoint = Endpoint::new(move |asked, _| answer(&asked.body));
    home.jwt_at(&endpoint);
    let log = home.path("log");
    let ran = Ran::of(home.command(["-v", "token"]).env("JWT_CREDENTIAL_LOG", &log));
    assert_eq!(ran.code, code, "{ran:?}");
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(log).unwrap();
    assert!(text.contains(&format!("POST {}/ims/exchange/jwt", endpoint.origin())), "{text}");
    assert!(ran.stderr.contains("POST"), "{ran:?}");
    let assertion = endpoint.asked()[0].field("jwt_token").unwrap();
    let said = text + &ran.stderr;
    for secret in
        [SECRET, "token-1", &assertion, assertion.rsplit('.').next().unwrap(), PRIVATE_KEY.lines().nth(3).unwrap()]
    {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    said
}

#[test]
fn the_log_contains_no_secret() {
    logged(|_| Answer::token("token-1", DAY_MS), 0);
    logged(|body| Answer::refusal(400, "invalid_token", &format!("what is {body} ({SECRET})?")), 4);
    logged(|body| Answer::new(302, &[("Location", &format!("https://evil.example/?{body}"))], ""), 5);
}

#[test]
fn a_request_id_that_repeats_a_secret_is_not_shown() {
    logged(|_| Answer::new(400, &[("x-debug-id", SECRET)], "{}"), 4);
}

#[test]
fn after_forget_the_next_call_requests_a_token() {
    let (home, endpoint) = oauth_home();
    home.profile("other", &profile_called("other", &endpoint));
    let printed = |args: &[&str]| home.run(args).succeeds().stdout;
    assert!(printed(&["forget"]).starts_with("no token was cached for the profile "));
    assert_eq!((printed(&["token"]), printed(&["-p", "other", "token"])), ("token-1\n".into(), "token-2\n".into()));
    assert!(printed(&["forget"]).starts_with("forgot the token of the profile "));
    assert_eq!((printed(&["token"]), printed(&["-p", "other", "token"])), ("token-3\n".into(), "token-2\n".into()));
    home.run(["-p", "absent", "forget"]).fails(3, &["absent"]);
}

/// The binary on a terminal at which nothing is typed.
fn on_a_terminal(home: &Home, args: &[&str]) -> Option<Seen> {
    Some(Person::runs(home, &[&[BINARY], args].concat())?.leaves())
}

#[test]
fn a_call_without_a_command_prints_no_token_on_a_terminal() {
    let (home, endpoint) = oauth_home();
    let Some(seen) = on_a_terminal(&home, &[]) else { return };
    seen.ends(2, &["--help", "mock"]);
    assert_eq!(endpoint.count(), 0);
    let asked = on_a_terminal(&home, &["token"]).unwrap().ends(0, &[]);
    assert_eq!(asked.screen, "token-1\n", "the command `token` prints it");
}

#[test]
fn a_call_with_options_alone_prints_no_token_on_a_terminal() {
    let (home, _endpoint) = oauth_home();
    let Some(seen) = on_a_terminal(&home, &["--profile", "default"]) else { return };
    assert!(!seen.ends(2, &[]).screen.contains("token-1"));
}
