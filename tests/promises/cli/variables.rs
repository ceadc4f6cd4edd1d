//! Variables for shells and programs: `env` and `exec`.

use std::fs;
use std::process::Stdio;

use serde_json::json;

use super::formats::{home_with, refused, seconds_until, shell, usual};
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, Ran, SECRET, oauth};

#[test]
fn env_sets_the_variables_in_every_shells_syntax() {
    let (home, _endpoint) = usual();
    let end = home.run(["json"]).succeeds().json()["expires_at"].as_str().unwrap().to_owned();
    let printed = |args: &[&str]| home.run(["env"].iter().chain(args)).succeeds().stdout;
    assert_eq!(printed(&[]), format!("export ACCESS_TOKEN='token-1'\nexport ACCESS_TOKEN_EXPIRES_AT='{end}'\n"));
    assert_eq!(
        printed(&["--shell", "fish", "--name", "_T1"]),
        format!("set -gx _T1 'token-1'\nset -gx _T1_EXPIRES_AT '{end}'\n")
    );
    assert_eq!(
        printed(&["--shell=powershell", "--name=T"]),
        format!("$env:T = 'token-1'\n$env:T_EXPIRES_AT = '{end}'\n")
    );
    assert_eq!(printed(&["--shell", "dotenv"]), format!("ACCESS_TOKEN=token-1\nACCESS_TOKEN_EXPIRES_AT={end}\n"));
    assert_eq!(
        printed(&["--shell", "cmd"]),
        format!("set \"ACCESS_TOKEN=token-1\"\r\nset \"ACCESS_TOKEN_EXPIRES_AT={end}\"\r\n")
    );
    for posix in ["bash", "zsh"] {
        assert_eq!(printed(&["--shell", posix]), printed(&[]), "{posix}");
    }
    let script = "out=$(jwt-credential env --name N) && eval \"$out\" && exec /bin/sh -c 'echo \"$N $N_EXPIRES_AT\"'";
    assert_eq!(shell(&home, script, "").succeeds().stdout, format!("token-1 {end}\n"));
    for name in ["", "1A", "A B", "A;B", "A-B", "É", "A\n"] {
        home.run(["env", "--name", name]).fails(2, &["--name"]);
    }
    home.run(["env", "--shell", "fihs"]).fails(2, &["fish"]);
}

/// The runner reads the masks from standard output, and the variables from a file that has some already.
#[test]
fn env_sets_the_variables_of_later_steps_in_github_actions() {
    let (home, endpoint) = usual();
    let end = home.run(["json"]).succeeds().json()["expires_at"].as_str().unwrap().to_owned();
    let file = home.write("variables", "EARLIER=1\n", 0o644);
    let run = |file: &str| Ran::of(home.command(["env", "--shell", "github"]).env("GITHUB_ENV", file));
    let ran = run(file.to_str().unwrap()).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("::add-mask::token-1\n", ""));
    let lines = format!("EARLIER=1\nACCESS_TOKEN=token-1\nACCESS_TOKEN_EXPIRES_AT={end}\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), lines);
    let open = home.write("open", "EARLIER=1", 0o644);
    run(open.to_str().unwrap()).succeeds();
    assert_eq!(fs::read_to_string(&open).unwrap(), lines, "the earlier line is ended");
    run("").fails(3, &["GITHUB_ENV is not set or empty"]);
    run("variables").fails(3, &["GITHUB_ENV must be an absolute path"]);
    let directory = run(home.path("").to_str().unwrap());
    assert_eq!((directory.code, directory.stdout.as_str()), (6, "::add-mask::token-1\n"), "{directory:?}");
    let mut unmasked = home.command(["env", "--shell", "github"]);
    Ran::of(unmasked.env("GITHUB_ENV", &file).stdout(Stdio::null())).fails(6, &["cannot mask the token"]);
    home.oauth_at(&Endpoint::always(Answer::refusal(400, "invalid_client", "no such client_id")));
    let refused = run(file.to_str().unwrap());
    assert_eq!((refused.code, refused.stdout.as_str()), (4, ""), "{refused:?}");
    assert_eq!((fs::read_to_string(&file).unwrap(), endpoint.count()), (lines, 1), "nothing is appended");
}

#[test]
fn exec_sets_the_tokens_of_several_profiles() {
    let (home, one) = usual();
    let other = Endpoint::always(Answer::token("other-1", DAY));
    let mut profile = oauth(&other.origin());
    profile["client_secret"] = json!({"env": "OUR_SECRET"});
    home.profile("other", &profile);
    let by_path = format!("C={}", home.path("config/profiles/other.json").display());
    let sets = ["exec", "--set", "A=default", "--set", "B=other", "--set", &by_path, "--", "env"];
    let mut command = home.command(sets);
    let ran = Ran::of(command.env("OUR_SECRET", SECRET).env("JWT_CREDENTIAL_PROFILE", "absent")).succeeds();
    let value = |name: &str| ran.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    assert_eq!(["A", "B", "C"].map(value), [Some("token-1"), Some("other-1"), Some("other-1")]);
    assert!(["A_EXPIRES_AT", "B_EXPIRES_AT", "C_EXPIRES_AT"].iter().all(|name| value(name).is_some()), "{ran:?}");
    assert_eq!((value("OUR_SECRET"), value("ACCESS_TOKEN")), (None, None));
    assert_eq!((one.count(), other.count()), (1, 1));
}

#[test]
fn exec_starts_nothing_unless_it_has_every_token() {
    let (home, _endpoint) = usual();
    home.profile("refused", &oauth(&refused().1.origin()));
    let marker = home.path("marker");
    let touch =
        |args: &[&str]| home.run(["exec"].iter().chain(args).copied().chain(["--", "touch", marker.to_str().unwrap()]));
    touch(&["--set", "A=default", "--set", "B=refused"]).fails(125, &["refused.json"]);
    touch(&["--set", "A=default", "--set", "B=absent"]).fails(125, &["no profile \"absent\""]);
    touch(&["--set", "A=default", "--set", "A=default"]).fails(125, &["two --set would both set the variable A"]);
    touch(&["--set", "A=default", "--set", "A_EXPIRES_AT=default"]).fails(125, &["the variable A_EXPIRES_AT"]);
    touch(&["--set", "A=default", "-p", "default"]).fails(125, &["--set and --profile cannot be used together"]);
    touch(&["--set", "A=default", "--name", "B"]).fails(125, &["cannot be used with"]);
    for wrong in ["A", "A=", "=default"] {
        touch(&["--set", wrong]).fails(125, &["--set must"]);
    }
    assert!(!marker.exists());
    touch(&["--set", "A=default"]).succeeds();
    assert!(marker.exists(), "the marker shows that the check works");
}

#[test]
fn exec_passes_the_token_but_not_our_secrets() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"env": "OUR_SECRET"});
    for number in 1..=2 {
        let mut command = home.command(["exec", "--name", "T", "--", "env"]);
        command.env("OUR_SECRET", SECRET).env("THEIRS", "kept").env("JWT_CREDENTIAL_PROFILE_JSON", profile.to_string());
        let ran = Ran::of(&mut command).succeeds();
        let value = |name: &str| ran.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        assert_eq!((value("T"), value("THEIRS")), (Some("token-1"), Some("kept")));
        assert!(seconds_until(value("T_EXPIRES_AT").unwrap()) > 86_000);
        let ours = (value("OUR_SECRET"), value("JWT_CREDENTIAL_PROFILE_JSON"), value("ACCESS_TOKEN"));
        assert_eq!(ours, (None, None, None), "call {number}");
    }
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some(SECRET));
}

/// A secret may come in the same variable in which the token goes out.
#[test]
fn exec_sets_the_token_in_the_variable_a_secret_came_in() {
    let (home, endpoint) = home_with("client_secret", json!({"env": "ACCESS_TOKEN"}));
    let mut command = home.command(["exec", "--", "/bin/sh", "-c", "echo \"$ACCESS_TOKEN\""]);
    assert_eq!(Ran::of(command.env("ACCESS_TOKEN", SECRET)).succeeds().stdout, "token-1\n");
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some(SECRET));
}

#[test]
fn exec_has_the_exit_codes_of_env() {
    let (home, endpoint) = usual();
    assert_eq!(home.run(["exec", "--", "/bin/sh", "-c", "exit 7"]).code, 7);
    home.run(["exec", "--", "no-such-program"]).fails(127, &["no-such-program"]);
    let file = home.write("no-program", "", 0o644);
    home.run(["exec".as_ref(), "--".as_ref(), file.as_os_str()]).fails(126, &["no-program"]);
    home.run(["exec"]).fails(2, &["exec -- CMD"]);
    let marker = home.path("marker");
    let touch = |args: &[&str]| home.run(args.iter().copied().chain(["--", "touch", marker.to_str().unwrap()]));
    touch(&["exec", "--name", "1"]).fails(125, &["--name"]);
    touch(&["exec", "--min-ttl", "2d"]).fails(125, &["--min-ttl"]);
    let refusing = Endpoint::always(Answer::refusal(400, "invalid_client", "no such client_id"));
    home.oauth_at(&refusing);
    touch(&["exec"]).fails(125, &["invalid_client"]);
    assert!(!marker.exists());
    assert_eq!((endpoint.count(), refusing.count()), (1, 1));
    home.profile("default", &oauth(&endpoint.origin()));
    touch(&["exec"]).succeeds();
    assert!(marker.exists(), "the marker shows that the check works");
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_started_by_exec_inherits_no_descriptor_of_ours() {
    let (home, _endpoint) = usual();
    // Of the ignored signals only the first 28: 32 and 33 are glibc's own, and change with posix_spawn.
    let script = r#"ls /proc/$$/fd; while read -r key value; do
        test "$key" != SigIgn: || echo "$value" | tail -c 8; done </proc/$$/status"#;
    let list = ["/bin/sh", "-c", script];
    let alone = Ran::of(home.program("env").args(list)).succeeds();
    let ran = Ran::of(home.command(["exec", "--"]).args(list).env("JWT_CREDENTIAL_LOG", home.path("log")));
    assert_eq!(ran.succeeds().stdout, alone.stdout);
}
