//! `import` tests a new profile with one exchange, and writes it only if that succeeds.

use std::fs::OpenOptions;

use serde_json::Value as Json;

use crate::support::downloads::Account;
use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::files::files_below;
use crate::support::{BINARY, Home, Ran};

/// A home with the download of an OAuth credential.
fn home() -> Home {
    let home = Home::new();
    home.download("oauth.json", &Account::own().console_oauth());
    home
}

/// `import` of the download at this endpoint, with more words.
fn tested(home: &Home, endpoint: &Endpoint, words: &str) -> Ran {
    Ran::of(&mut home.importing_tested(&format!("oauth.json --ims {} {words}", endpoint.origin())))
}

#[test]
fn the_token_of_the_test_is_cached() {
    for (document, life) in [(Account::own().console_oauth(), DAY), (Account::own().aem(), DAY_MS)] {
        let (home, endpoint) = (Home::new(), Endpoint::tokens(life));
        home.download("oauth.json", &document);
        let ran = tested(&home, &endpoint, "").succeeds();
        assert!(ran.stdout.contains("it works: a token was issued, valid until "), "{ran:?}");
        assert_eq!((home.run(["token"]).succeeds().stdout.as_str(), endpoint.count()), ("token-1\n", 1));
    }
}

#[test]
fn without_the_cache_the_token_is_not_kept() {
    let (home, endpoint) = (home(), Endpoint::tokens(DAY));
    let mut command = home.importing_tested(&format!("oauth.json --ims {}", endpoint.origin()));
    Ran::of(command.env("JWT_CREDENTIAL_CACHE_DIR", home.path("cache/none/\u{7f}"))).succeeds();
    assert_eq!((home.record_path(), endpoint.count()), (None, 1));
}

#[test]
fn no_check_asks_no_server() {
    let (home, endpoint) = (home(), Endpoint::tokens(DAY));
    let ran = tested(&home, &endpoint, "--no-check").succeeds();
    assert!(ran.stdout.ends_with("to test it: jwt-credential json --refresh\n"), "{ran:?}");
    assert_eq!((home.record_path(), endpoint.count()), (None, 0));
    let replaced = tested(&home, &endpoint, "--no-check --force --hosts api.example.com").succeeds();
    assert!(replaced.stdout.contains("would change:\n"), "{replaced:?}");
    assert_eq!((endpoint.count(), home.profile_of("adobe")["hosts"][0].as_str()), (0, Some("api.example.com")));
}

#[test]
fn a_failed_test_leaves_nothing_and_no_cool_down() {
    for (document, words) in [(Account::own().console_oauth(), ""), (Account::own().aem(), "--as prod")] {
        let home = Home::new();
        home.download("oauth.json", &document);
        let endpoint = Endpoint::new(|_, number| match number {
            1 => Answer::refusal(400, "invalid_client", "no"),
            _ => Answer::token("token", DAY),
        });
        let ran = tested(&home, &endpoint, words);
        let ran = ran.fails(4, &["no profile was written", "the test of the new profile failed", "invalid_client"]);
        assert!(files_below(&home.path("config")).is_empty() && !home.path("config/config.json").exists(), "{ran:?}");
        assert_eq!(home.record_path(), None);
        tested(&home, &endpoint, words).succeeds();
        assert_eq!(endpoint.count(), 2, "the second try asks at once");
    }
}

#[test]
fn the_hint_repeats_the_line_with_no_check() {
    let (home, endpoint) = (home(), Endpoint::always(Answer::refusal(400, "invalid_client", "no")));
    let ran = tested(&home, &endpoint, "--timeout 5s --hosts *.adobe.io,api.example.com --as prod");
    let hint = ran.stderr.lines().find_map(|line| line.split_once("to write it without a test: ")).unwrap().1;
    let (ims, rest) = (endpoint.origin(), "--timeout 5s --hosts '*.adobe.io,api.example.com' --as prod --no-check");
    assert_eq!(hint, format!("jwt-credential import oauth.json --ims {ims} {rest}"));
    Ran::of(home.program("/bin/sh").args(["-c", hint]).current_dir(home.path(""))).succeeds();
    assert_eq!(files_below(&home.path("config")), ["config.json", "profiles/prod.json"]);
}

#[test]
fn a_failed_test_blames_the_file_and_no_profile() {
    let refusal = Answer::refusal(400, "invalid_client", "invalid client_secret parameter");
    let (home, endpoint) = (home(), Endpoint::always(refusal));
    let ran = tested(&home, &endpoint, "").fails(4, &["copy the client_secret from the console to oauth.json: "]);
    assert!(!ran.stderr.contains("config/profiles"), "{ran:?}");
    let ran = Ran::of(&mut home.importing_tested("oauth.json --ims http://127.0.0.1:1"));
    ran.fails(5, &["hint: check the network; a proxy"]);
}

#[test]
fn a_server_out_of_reach_is_told_with_the_line_that_needs_none() {
    let home = home();
    let ran = Ran::of(&mut home.importing_tested("oauth.json --ims http://127.0.0.1:1"));
    ran.fails(5, &["no profile was written", "could not be reached", "--ims http://127.0.0.1:1 --no-check"]);
    assert!(files_below(&home.path("config")).is_empty());
}

/// The full device takes nothing; a closed standard output neither.
#[test]
fn an_output_that_cannot_be_written_is_told_with_what_was_done() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else { return };
    let (home, endpoint) = (home(), Endpoint::tokens(DAY));
    let mut command = home.importing_tested(&format!("oauth.json --ims {}", endpoint.origin()));
    let ran = Ran::from(command.stdout(full.try_clone().unwrap()).output().unwrap());
    ran.fails(6, &["standard output", "config/profiles/adobe.json is complete"]);
    assert_eq!((home.run(["token"]).succeeds().stdout.as_str(), endpoint.count()), ("token-1\n", 1));
    // A replacement tells its differences first: nothing is changed if they cannot be written.
    let before = home.profile_of("adobe");
    let mut command = home.importing_tested("oauth.json --force --hosts api.example.com");
    Ran::from(command.stdout(full).output().unwrap()).fails(6, &["standard output", "nothing was changed"]);
    assert_eq!((home.profile_of("adobe"), endpoint.count()), (before, 1));
}

/// The system may end a process that gets no memory (134, 139). What is there then is complete.
#[test]
fn under_limits_exit_code_and_effect_agree() {
    let memory = (2..14).map(|number| format!("ulimit -v {}", number * 4000));
    let stack = [64, 96, 128, 160, 200, 300, 500].map(|size| format!("ulimit -s {size}"));
    let files = ["ulimit -f 0", "trap '' XFSZ; ulimit -f 0", "ulimit -n 4", "ulimit -n 6"].map(String::from);
    for limit in memory.chain(stack).chain(files) {
        let (home, endpoint) = (home(), Endpoint::tokens(DAY));
        let script = format!("{limit} 2>/dev/null; exec \"$0\" import oauth.json --ims {}", endpoint.origin());
        let ran = Ran::of(home.program("/bin/sh").args(["-c", &script, BINARY]).current_dir(home.path("")));
        let written = std::fs::read(home.path("config/profiles/adobe.json")).ok();
        let profile = written.map(|bytes| serde_json::from_slice::<Json>(&bytes).expect("a whole profile"));
        match ran.code {
            0 => assert!(profile.is_some_and(|profile| profile["provider"] == "adobe-oauth"), "{limit}: {ran:?}"),
            1..=5 => assert!(profile.is_none(), "{limit}: {ran:?}"),
            // Ended by the system or its loader.
            code => assert!([127, 134, 139, -1].contains(&code), "{limit}: {ran:?}"),
        }
    }
}
