//! A holder that is interrupted at one step, the processes that wait for it, and what must hold for all.

use std::fs;
use std::process::{Child, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

use super::traced::{FIRST, Fault, SECOND, Step, TIMEOUT, Traced, View, stem};
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::files::names;
use crate::support::process::signal;
use crate::support::{CLIENT_ID, Home, Ran};

/// The calls' own 4 s, and a reserve for a busy machine.
const END: Duration = Duration::from_secs(8);
const EXCHANGE: Duration = Duration::from_millis(300);

/// Which process is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The first one.
    Holder,
    /// The one that takes over from a stopped holder.
    Successor,
    /// The one that refreshes while the old token is good.
    Refresher,
}

#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub(super) who: Who,
    pub(super) step: Step,
    pub(super) fault: Fault,
    /// The number of waiters that start at that moment.
    pub(super) others: usize,
}

/// A home, its endpoint, and the state of its record.
struct Stage {
    home: Home,
    endpoint: Endpoint,
    stem: String,
    /// The number of requests before the scenario.
    asked: usize,
    /// Whether any call had a token.
    is_served: bool,
    newest: u64,
    complaints: Vec<String>,
}

impl Stage {
    fn new(who: Who) -> Self {
        // The first request is for learning the stem; the holder before a successor gets no answer.
        let endpoint = Endpoint::new(move |_, number| match (who, number) {
            (Who::Successor, 2) => Answer::never(),
            (_, 1) => Answer::token("token-1", 3600),
            _ => Answer::token(&format!("token-{number}"), 3600).after(EXCHANGE),
        });
        let home = Home::new();
        home.oauth_at(&endpoint);
        let stem = stem(&home);
        if who == Who::Refresher {
            home.run(["token"]).succeeds();
            // In a token's hour, the last 6 min ± 10 % are the refresh window.
            home.age_token(3_300_000);
        }
        let asked = endpoint.count();
        Self { home, endpoint, stem, asked, is_served: false, newest: 0, complaints: Vec::new() }
    }

    fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(what.into());
    }

    fn call(&self) -> Child {
        let mut command = self.home.command(["token", "--timeout", TIMEOUT]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// A holder that is stopped during its exchange.
    fn stopped_holder(&self) -> Child {
        let holder = self.call();
        self.endpoint.wait_for(2);
        signal(&holder, Signal::STOP);
        holder
    }

    /// Asserts that the record is whole, ours, and not older than before.
    fn look(&mut self) {
        let Ok(bytes) = fs::read(self.home.path("cache").join(format!("{}.json", self.stem))) else { return };
        let Ok(record) = serde_json::from_slice::<Json>(&bytes) else {
            return self.complain(format!("a torn record: {}", String::from_utf8_lossy(&bytes)));
        };
        let is_ours = record["identity"].as_str().is_some_and(|identity| identity.contains(CLIENT_ID));
        let minted = record["token"]["issued"]["boot_ms"].as_u64().unwrap_or(0);
        if !is_ours || minted < self.newest {
            let token = &record["token"]["fields"]["access_token"];
            self.complain(format!("a foreign record, or one older than the last: {token}"));
        }
        self.newest = minted;
    }

    /// Waits for all, and checks the record meanwhile.
    fn wait(&mut self, mut children: Vec<Child>) -> Vec<Ran> {
        let since = Instant::now();
        while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
            self.look();
            if since.elapsed() > END {
                self.complain("a process does not end");
                for child in &mut children {
                    let _ = child.kill();
                }
                break;
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        self.look();
        children.into_iter().map(|child| Ran::from(child.wait_with_output().unwrap())).collect()
    }

    /// Asserts that all have a token that the endpoint issued in this scenario. A call that may fail must report a
    /// timeout.
    fn have_tokens(&mut self, whose: &str, calls: &[Ran], may_fail: bool) {
        for ran in calls {
            let number = ran.stdout.strip_prefix("token-").and_then(|number| number.trim_end().parse().ok());
            let is_issued = number.is_some_and(|number| (2..=self.endpoint.count()).contains(&number));
            let is_good = (ran.code, ran.stderr.as_str(), is_issued) == (0, "", true);
            self.is_served |= is_good;
            let is_out_of_time = may_fail && (ran.code, ran.stdout.as_str()) == (5, "");
            if !is_good && !is_out_of_time {
                self.complain(format!("{whose} has no token: {ran:?}"));
            }
        }
    }

    /// Checks a later call, and the files that are left.
    fn end(mut self, who: Who, most: usize) -> Vec<String> {
        let exchanges = self.endpoint.count() - self.asked;
        if exchanges > most {
            self.complain(format!("{exchanges} exchanges, not 1 to {most}"));
        }
        let later = self.home.run(["token"]).succeeds();
        let cached = self.home.record_path().map(|_| self.home.record()["token"]["fields"]["access_token"].clone());
        let is_cached = cached == Some(later.stdout.trim().into()) && self.endpoint.count() - self.asked == exchanges;
        // A refresher may have left the refresh to the next call.
        if self.is_served && who != Who::Refresher && !is_cached {
            self.complain(format!("the token was lost: a later call has {later:?}, the record {cached:?}"));
        }
        for _ in 0..2 {
            self.home.run(["token", "--refresh"]).succeeds();
        }
        let mut left = names(&self.home.path("cache"));
        left.retain(|name| name.contains(".tmp"));
        if !left.is_empty() {
            self.complain(format!("left behind after two further runs: {left:?}"));
        }
        self.complaints
    }
}

impl Scenario {
    /// All failures of the scenario.
    fn play(&self) -> Vec<String> {
        let mut stage = Stage::new(self.who);
        let stopped = (self.who == Who::Successor).then(|| stage.stopped_holder());
        let mut traced = Traced::start(&stage.home, &stage.stem, self.step.view, Some((&self.step, self.fault)));
        if !traced.reaches(&self.step, self.fault) {
            stage.complain("the step was not reached");
        }
        // If the holders of both slots are stopped, no other call can get the lock: there are only two slots. Each
        // holder's token is only its own answer.
        let are_both_stopped = self.who == Who::Successor && self.fault == Fault::Stop;
        let others = (0..self.others).map(|_| stage.call()).collect();
        let others = stage.wait(others);
        stage.have_tokens("a waiter", &others, are_both_stopped);
        if self.fault == Fault::Stop {
            let _ = kill_process(Pid::from_child(&traced.child), Signal::CONT);
        }
        let interrupted = stage.wait(vec![traced.child]);
        let killed = usize::from(self.fault == Fault::Kill);
        if killed == 0 {
            stage.have_tokens("the interrupted one", &interrupted, are_both_stopped);
        }
        if let Some(stopped) = stopped {
            signal(&stopped, Signal::CONT);
            let woken = stage.wait(vec![stopped]);
            stage.have_tokens("the holder that woke", &woken, are_both_stopped);
            stage.is_served &= !are_both_stopped;
        }
        // The first process that finds a holder overdue creates the second lock file.
        let takeover = usize::from(stage.home.path("cache").join(format!("{}.lock2", stage.stem)).exists());
        stage.end(self.who, 1 + killed + takeover)
    }
}

/// The steps of an uninterrupted call.
pub(super) fn steps(who: Who) -> Vec<Step> {
    let of = |view: View| {
        let mut stage = Stage::new(who);
        let stopped = (who == Who::Successor).then(|| stage.stopped_holder());
        let mut traced = Traced::start(&stage.home, &stage.stem, view, None);
        assert!(traced.child.wait().unwrap().success());
        if let Some(stopped) = stopped {
            signal(&stopped, Signal::CONT);
            stage.wait(vec![stopped]);
        }
        // strace writes its last line after its child has ended.
        std::thread::sleep(Duration::from_millis(100));
        traced.steps(view)
    };
    let views = if who == Who::Successor { SECOND } else { FIRST };
    views.into_iter().flat_map(of).collect()
}

/// Plays scenarios, several at a time since they mostly wait. Returns the failures, one line each.
pub(super) fn play(scenarios: &[Scenario]) -> Vec<String> {
    let (queue, wrong) = (Mutex::new(scenarios.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = queue.lock().unwrap_or_else(PoisonError::into_inner).next() else { return };
                    for complaint in scenario.play() {
                        let line = format!("{scenario:?}: {complaint}");
                        wrong.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap_or_else(PoisonError::into_inner)
}
