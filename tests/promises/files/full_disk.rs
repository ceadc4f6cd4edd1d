//! A full disk costs the cache, and never the token.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::support::clients::is_met;
use crate::support::crowd::at_once;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{BINARY, Home, Ran, alone, oauth_home};

/// A home whose cache is a file system of this many kilobytes, and a function to run a script in it. `None` if this
/// process cannot mount one, even in its own namespace.
fn small_cache(home: &Home, kilobytes: u32) -> Option<impl Fn(&str) -> Command + '_> {
    fs::create_dir(home.path("cache")).unwrap();
    let mount = format!("mount -t tmpfs -o size={kilobytes}k,mode=700 none \"$CACHE\"");
    let unshared = |flag: &str, script: String| {
        let mut command = home.program("unshare");
        command.args([flag, "/bin/sh", "-c", &script, BINARY]).env("CACHE", home.path("cache"));
        command
    };
    let may = |flag: &&str| unshared(flag, mount.clone()).output().is_ok_and(|output| output.status.success());
    let flag = ["-m", "-rm"].into_iter().find(may);
    is_met(flag.is_some(), "private mounts");
    let flag = flag?;
    Some(move |script: &str| unshared(flag, format!("{mount} && {script}")))
}

#[test]
fn on_a_full_disk_the_token_is_printed_and_the_old_one_stays() {
    let (home, _endpoint) = oauth_home();
    // One page has room for one record, but not for a second one beside it.
    let Some(run) = small_cache(&home, 4) else { return };
    let ran = Ran::of(&mut run("\"$0\" token && \"$0\" token --refresh && \"$0\" token"));
    assert_eq!(ran.succeeds().stdout, "token-1\ntoken-2\ntoken-1\n");
    let ran = Ran::of(&mut run("head -c 4096 /dev/zero >\"$CACHE/full\" && \"$0\" token"));
    assert_eq!(ran.succeeds().stdout, "token-3\n");
}

#[test]
fn on_a_full_disk_no_call_waits_for_an_unsharable_token() {
    let (home, endpoint) = (Home::new(), Endpoint::slow_tokens(DAY, Duration::from_millis(300)));
    home.oauth_at(&endpoint);
    let Some(run) = small_cache(&home, 4) else { return };
    let script =
        "head -c 4096 /dev/zero >\"$CACHE/full\"; for n in $(seq 60); do \"$0\" token & done | sort | uniq | wc -l";
    assert_eq!(Ran::of(&mut run(script)).succeeds().stdout.trim(), "60");
    assert_eq!(endpoint.count(), 60);
}

#[test]
fn a_limit_on_the_size_of_files_costs_the_cache_only() {
    let (home, _endpoint) = oauth_home();
    let mut limited = home.program("/bin/sh");
    limited.args(["-c", "ulimit -f 0; exec \"$0\" token", BINARY]);
    assert_eq!(Ran::of(&mut limited).succeeds().stdout, "token-1\n");
    assert_eq!(home.record_path(), None);
}

/// Without a lock (the lock file cannot be created) exchanges are not shared, but every process has a token.
#[test]
fn where_no_lock_can_be_had_every_call_gets_a_token() {
    let _machine = alone();
    let (home, endpoint) = (Home::bare(), Endpoint::slow_tokens(DAY, Duration::from_millis(100)));
    home.oauth_at(&endpoint);
    home.run(["token"]).succeeds();
    for entry in fs::read_dir(home.path("cache")).unwrap() {
        let path = entry.unwrap().path();
        fs::remove_file(&path).unwrap();
        if path.extension() == Some("lock1".as_ref()) {
            fs::create_dir(&path).unwrap();
        }
    }
    for (ran, _) in at_once(&home, 20, &["token"]) {
        assert!(ran.succeeds().stdout.starts_with("token-"));
    }
    let count = endpoint.count();
    assert!(count > 2, "all calls shared an exchange, so there was a lock");
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.count(), count, "but the token is cached");
}
