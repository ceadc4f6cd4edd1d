//! Errors that `import --force` must not make: lose the old profile or its key, or confuse the two profiles.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use crate::support::downloads::Account;
use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::files::{as_user, names, openssl, own_binary, set_mode, snapshot};
use crate::support::mock::Served;
use crate::support::process::signal;
use crate::support::{BINARY, Home, PRIVATE_KEY, Ran, has_client, jwt, oauth};

/// Asserts that the call fails with this code after the difference was shown, and says that nothing was changed.
#[track_caller]
fn is_refused(ran: &Ran, code: i32) {
    assert_eq!(ran.code, code, "{ran:?}");
    assert!(ran.stdout.contains("would change:") && !ran.stdout.contains("wrote"), "{ran:?}");
    assert!(ran.stderr.contains("error: nothing was changed, because the test of the new profile failed: "), "{ran:?}");
}

#[test]
fn if_the_new_grant_fails_nothing_changes() {
    let home = Home::new();
    let served = Served::with(&home, &["--without", "adobe-oauth"]);
    let account = Account::of(&served);
    home.download("old.json", &account.aem());
    home.import(&format!("old.json --as prod --ims {}", served.origin)).succeeds();
    home.download("new.json", &account.console_oauth());
    let token = home.run(["token", "-p", "prod"]).succeeds().stdout;
    let before = snapshot(&home.path("config"));
    let ran = home.import("new.json --as prod --force");
    is_refused(&ran, 5);
    assert!(!ran.stdout.contains(&account.client_secret) && !ran.stderr.contains(&account.client_secret), "{ran:?}");
    assert_eq!(snapshot(&home.path("config")), before);
    assert_eq!(home.run(["token", "-p", "prod"]).succeeds().stdout, token, "from the cache");
    home.run(["token", "-p", "prod", "--refresh"]).succeeds();
}

#[test]
fn a_key_that_the_endpoint_refuses_is_not_left_behind() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    let served = Served::start(&home);
    home.download("old.json", &Account::of(&served).aem());
    home.import(&format!("old.json --ims {}", served.origin)).succeeds();
    openssl(&home, "req -x509 -newkey rsa:2048 -nodes -subj /CN=n -keyout private.key -out certificate_pub.crt");
    let before = snapshot(&home.path("config"));
    is_refused(&home.import("old.json private.key certificate_pub.crt --force"), 4);
    is_refused(&home.import("old.json private.key certificate_pub.crt --force --ims http://127.0.0.1:1"), 5);
    assert_eq!(snapshot(&home.path("config")), before);
}

#[test]
fn a_failed_replacement_is_not_held_against_the_old_profile() {
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, number| match asked.field("client_secret").as_deref() {
        Some("s8e-the-new-secret-that-is-wrong") => Answer::refusal(400, "invalid_client", "no"),
        _ => Answer::token(&format!("token-{number}"), DAY),
    });
    let mut account = Account::own();
    home.profile("default", &account.as_oauth(&endpoint.origin()));
    account.client_secret = "s8e-the-new-secret-that-is-wrong".into();
    home.download("new.json", &account.console_oauth());
    is_refused(&home.import("new.json --force"), 4);
    assert_eq!(endpoint.count(), 1);
    let status = home.run(["status", "--json"]).succeeds().json();
    assert_eq!(status["profiles"][0].get("last_failure"), None, "{status}");
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n", "requested at once");
    is_refused(&home.import("new.json --force"), 4);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n", "from the cache");
}

#[test]
fn another_secret_is_a_change_though_neither_is_shown() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut account = Account::own();
    for secret in ["short-1", "short-2"] {
        account.client_secret = secret.into();
        home.download("new.json", &account.console_oauth());
        let ran = home.import(&format!("new.json --force --ims {}", endpoint.origin())).succeeds();
        assert!(!ran.stdout.contains(secret), "{ran:?}");
        assert_eq!(home.profile_of("default")["client_secret"], secret, "{ran:?}");
    }
}

#[test]
fn a_lost_key_is_put_back() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    home.download("aem.json", &Account::own().aem());
    home.import(&format!("aem.json --ims {}", endpoint.origin())).succeeds();
    for lost in ["keys/default.key", "keys/default.crt"] {
        fs::remove_file(home.path("config").join(lost)).unwrap();
        let ran = home.import("aem.json --force").succeeds();
        let ran_now = home.run(["token", "--refresh"]);
        assert_eq!(ran_now.code, 0, "{ran:?} {ran_now:?}");
        assert!(home.path("config").join(lost).exists(), "{lost}: {ran:?}");
    }
}

#[test]
fn a_profile_that_cannot_be_backed_up_is_not_replaced() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.profile("default", &oauth(&endpoint.origin()));
    home.download("new.json", &Account::own().console_oauth());
    let old = home.path("config/profiles/default.json");
    let text = fs::read_to_string(&old).unwrap().replace("AdobeID", "other");
    fs::write(&old, &text).unwrap();
    set_mode(&old, 0);
    let mut command = as_user(&home, &own_binary(&home));
    command.args(["import", "new.json", "--force", "--ims", &endpoint.origin()]).current_dir(home.path(""));
    let ran = Ran::of(&mut command);
    // A user who is not root must be allowed to read them again.
    for file in names(&home.path("config/profiles")) {
        set_mode(&home.path("config/profiles").join(file), 0o600);
    }
    let is_there = |(_, (_, bytes)): &(String, (u32, Vec<u8>))| bytes == text.as_bytes();
    assert!(snapshot(&home.path("config")).into_iter().any(|file| is_there(&file)), "the old profile is lost: {ran:?}");
}

/// Those users could have the new secret sent to themselves.
#[test]
fn nothing_is_kept_of_a_profile_that_others_can_change() {
    let (home, others) = (Home::new(), Endpoint::tokens(DAY));
    home.write("config/profiles/default.json", &oauth(&others.origin()).to_string(), 0o666);
    home.download("new.json", &Account::own().console_oauth());
    let ran = home.import("new.json --force");
    assert_eq!(others.count(), 0, "{ran:?}");
}

#[test]
fn a_pipe_in_the_old_profiles_place_is_not_waited_for() {
    if !has_client("timeout") {
        return;
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.download("new.json", &Account::own().console_oauth());
    assert!(Command::new("mkfifo").arg(home.path("config/profiles/default.json")).status().unwrap().success());
    let mut command = home.program("timeout");
    command.args(["12", BINARY, "import", "new.json", "--force", "--ims", &endpoint.origin()]);
    let ran = Ran::of(command.current_dir(home.path("")));
    assert_ne!(ran.code, 124, "it hangs");
}

#[test]
fn a_failed_import_removes_no_key_of_another_profile() {
    let home = Home::new();
    let slow = Answer::refusal(400, "invalid_client", "no").after(Duration::from_secs(2));
    let (failing, good) = (Endpoint::always(slow), Endpoint::tokens(DAY_MS));
    home.profile("default", &oauth(&good.origin()));
    home.download("aem.json", &Account::own().aem());
    let mut first = home.importing(&format!("aem.json --force --ims {}", failing.origin()));
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    failing.wait_for(1);
    home.import(&format!("aem.json --force --ims {}", good.origin())).succeeds();
    assert_eq!(first.wait().unwrap().code(), Some(4));
    home.run(["token", "--refresh"]).succeeds();
}

#[test]
fn an_interrupted_replacement_leaves_nothing_behind() {
    for kind in [Signal::INT, Signal::TERM] {
        let (home, endpoint) = (Home::new(), Endpoint::always(Answer::never()));
        home.profile("default", &oauth(&endpoint.origin()));
        home.download("aem.json", &Account::own().aem());
        let before = snapshot(&home.path("config"));
        let mut child = home.importing("aem.json --force").stdout(Stdio::null()).spawn().unwrap();
        endpoint.wait_for(1);
        signal(&child, kind);
        child.wait().unwrap();
        assert_eq!(snapshot(&home.path("config")).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    }
}

#[test]
fn the_old_profile_answers_while_the_new_one_is_tried() {
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, _| {
        let is_jwt = asked.line.contains("/exchange/");
        if is_jwt { Answer::token("old", DAY_MS) } else { Answer::token("new", DAY).after(Duration::from_secs(1)) }
    });
    home.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
    let mut old = jwt(&endpoint.origin());
    old.as_object_mut().unwrap().remove("certificate");
    old["hosts"] = json!(["*.adobe.io"]);
    home.profile("default", &old);
    home.download("new.json", &Account::own().console_oauth());
    let mut child = home.importing("new.json --force").stdout(Stdio::null()).spawn().unwrap();
    endpoint.wait_for(1);
    assert_eq!(home.run(["token"]).succeeds().stdout, "old\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(home.run(["token"]).succeeds().stdout, "new\n");
}

#[test]
fn on_a_full_disk_nothing_is_changed() {
    // One block is enough for the backup only. A full disk sends no signal; a limit does.
    for limit in ["trap '' XFSZ; ulimit -f 1", "ulimit -f 1"] {
        let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
        home.write("config/profiles/default.json", "{}", 0o600);
        let mut account = Account::own();
        account.client_secret = "s".repeat(2000);
        home.download("new.json", &account.console_oauth());
        let before = snapshot(&home.path("config"));
        let mut command = home.program("/bin/sh");
        let script = format!("{limit}; exec \"$0\" import new.json --force --ims \"$1\"");
        command.args(["-c", &script, BINARY, &endpoint.origin()]).current_dir(home.path(""));
        let ran = Ran::of(&mut command);
        assert_eq!(ran.code, 1, "{limit}: {ran:?}");
        assert_eq!(snapshot(&home.path("config")), before, "{limit}: {ran:?}");
    }
}
