//! A second user reads and writes whatever he can while `init` and `mock` run, under a umask that closes nothing.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use rustix::fs::OFlags;
use rustix::process::Uid;
use rustix::thread::{set_thread_groups, set_thread_res_uid};

use crate::support::clients::skip;
use crate::support::files::{NOBODY, is_root, set_mode};
use crate::support::{Home, Ran, has_client};

const RUNS: usize = 20;

/// Ends when the second user has looked into everything that the program made.
const WAIT: &str =
    "touch \"$SIGNAL/ready\"; for _ in $(seq 1000); do [ -e \"$SIGNAL/seen\" ] && break; sleep 0.02; done";

/// What the second user got at in one run.
#[derive(Default)]
struct Reached {
    /// He saw a directory that was made.
    saw: bool,
    read_key: bool,
    /// He could have put a file in the place of any other.
    replaced: bool,
}

/// A thread with another user's ID, in the group of the program's user, since a umask of 002 opens files for that group.
struct SecondUser {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Reached>,
}

impl SecondUser {
    /// Starts to look into all directories that are made below this one.
    fn below(directory: PathBuf, signal: PathBuf) -> Self {
        let (stop, ready) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (stopped, is_ready) = (stop.clone(), ready.clone());
        let thread = thread::spawn(move || {
            // Credentials belong to a thread; libc alone sets them for all.
            set_thread_groups(&[]).unwrap();
            let other = Uid::from_raw(NOBODY);
            set_thread_res_uid(other, other, other).unwrap();
            is_ready.store(true, Ordering::Relaxed);
            let mut reached = Reached::default();
            while !stopped.load(Ordering::Relaxed) {
                let is_complete = signal.join("ready").exists();
                reached.look_into(&directory);
                if is_complete {
                    fs::write(signal.join("seen"), "").unwrap();
                }
            }
            reached
        });
        while !ready.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        Self { stop, thread }
    }

    fn stop(self) -> Reached {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

impl Reached {
    fn look_into(&mut self, directory: &Path) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.saw = true;
                self.replaced |= fs::write(path.join("planted"), "#!/bin/sh\n").is_ok();
                self.look_into(&path);
            } else {
                self.read_key |= fs::read_to_string(&path).is_ok_and(|text| text.contains("PRIVATE KEY"));
                // A link leads to the program that is tested.
                let mut options = OpenOptions::new();
                options.write(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
                self.replaced |= options.open(&path).is_ok();
            }
        }
    }
}

/// Runs a script this many times under a umask. Returns in how many runs the second user read a key, and replaced a
/// program.
fn tried(what: &str, runs: usize, umask: &str, script: &str) -> (usize, usize) {
    let (mut read, mut replaced) = (0, 0);
    for _ in 0..runs {
        let home = Home::new();
        // As /tmp is.
        for part in ["open", "signal"] {
            fs::create_dir(home.path(part)).unwrap();
            set_mode(&home.path(part), 0o1777);
        }
        let second_user = SecondUser::below(home.path("open"), home.path("signal"));
        let mut shell = home.program("/bin/sh");
        shell.args(["-c", &format!("umask {umask}; {script}")]).env_remove("JWT_CREDENTIAL_CONFIG_DIR");
        shell
            .env("HOME", home.path("open/me"))
            .env("TMPDIR", home.path("open"))
            .env("S", "secret")
            .env("SIGNAL", home.path("signal"));
        let ran = Ran::of(&mut shell);
        let reached = second_user.stop();
        assert!(ran.code == 0 && reached.saw, "{what}, umask {umask}: {ran:?}");
        read += usize::from(reached.read_key);
        replaced += usize::from(reached.replaced);
    }
    eprintln!("{what}, umask {umask}: {read} of {runs} keys read, {replaced} of {runs} programs replaced");
    (read, replaced)
}

#[test]
fn a_second_user_gets_at_nothing_of_the_mock() {
    if !is_root() {
        return skip("root");
    }
    let script = format!("exec jwt-credential mock -- /bin/sh -c 'jwt-credential -p jwt token; {WAIT}'");
    for umask in ["000", "002"] {
        assert_eq!(tried("mock", RUNS, umask, &script), (0, 0));
    }
}

/// `init` makes a new key with openssl, which takes a while.
fn init_with_each_umask(runs: usize) {
    if !is_root() {
        return skip("root");
    }
    if !has_client("openssl") {
        return;
    }
    let answers = "--client-id x --client-secret env:S --org-id 0A1B@AdobeOrg \
        --technical-account-id 0A1B2C3D4E5F607182930A4B@techacct.adobe.com --metascopes ent_user_sdk";
    let script = format!("jwt-credential init adobe-jwt {answers} && {WAIT}");
    for umask in ["000", "002"] {
        assert_eq!(tried("init", runs, umask, &script), (0, 0));
    }
}

#[test]
fn a_second_user_gets_at_nothing_of_init() {
    init_with_each_umask(3);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_second_user_gets_at_nothing_of_init_20_times() {
    init_with_each_umask(RUNS);
}

/// Shows that the second user of these tests gets at what a umask leaves open.
#[test]
fn a_second_user_gets_at_what_a_umask_leaves_open() {
    if !is_root() {
        return skip("root");
    }
    let make = "mkdir -p \"$HOME/keys\" && echo PRIVATE KEY >\"$HOME/keys/private.key\"";
    let script = format!("{make} && {WAIT}");
    for umask in ["000", "002"] {
        assert_eq!(tried("a careless script", 3, umask, &script), (3, 3));
    }
    assert_eq!(tried("a careful script", 3, "077", &script), (0, 0));
}
