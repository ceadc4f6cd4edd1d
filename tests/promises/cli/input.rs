//! Reading standard input is limited in time and size. For any input the call ends within 5 s and 16 MiB of memory, and
//! prints a token only after a complete request.

use std::fs::File;
use std::io::Write as _;
use std::process::{ChildStdin, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::naming::Way;
use crate::support::{BINARY, Home, Ran, has_client, oauth};

const SERVER: &str = "https://registry.example";
/// 5 s, or the call's whole 9 s if a new line arrives now and then, and a reserve for a machine that runs other tests.
const LONGEST: (Duration, Duration) = (Duration::from_millis(8_500), Duration::from_secs(13));
const MEBIBYTE: usize = 1024 * 1024;

/// The input of a call.
#[derive(Debug)]
enum Feed {
    /// These bytes, then the end of input.
    All(Vec<u8>),
    /// These bytes, then 10 MiB of repeated other bytes.
    Much(Vec<u8>, &'static [u8]),
    /// These bytes, and no end of input.
    Open(Vec<u8>),
    /// These bytes again and again, with pauses, and no end of input.
    Drip(Vec<u8>),
    /// A standard input that is not a pipe.
    Path(&'static str),
}

/// All requests that a tool sends on standard input, and a call that reads none.
fn questions() -> Vec<(Vec<String>, Vec<u8>)> {
    let words = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let of = |way: Way| way.request(SERVER);
    let git = of(Way::Git).1;
    let mut all = vec![of(Way::Git), of(Way::Docker), of(Way::Cargo), of(Way::Bazel), of(Way::Go)];
    all.push((words("git erase"), git.replace("\n\n", "\nusername=a\npassword=b\n\n")));
    all.push((words("git store"), git));
    all.push((words("docker erase"), "other.example".into()));
    all.push((words("docker store"), "{}".into()));
    all.push((words("token"), String::new()));
    all.into_iter().map(|(args, request)| (args, request.into_bytes())).collect()
}

/// Inputs in place of a request.
fn feeds(request: &[u8]) -> Vec<(&'static str, Feed)> {
    let half = request[..request.len() / 2].to_vec();
    let with = |odd: &[u8]| [&half, odd, &request[half.len()..]].concat();
    let trimmed = request.trim_ascii_end().to_vec();
    vec![
        ("nothing", Feed::All(Vec::new())),
        ("nothing, open", Feed::Open(Vec::new())),
        ("half", Feed::All(half.clone())),
        ("half, open", Feed::Open(half.clone())),
        ("whole, open", Feed::Open(request.to_vec())),
        ("whole", Feed::All(request.to_vec())),
        ("no line end", Feed::All(trimmed)),
        ("10 MiB", Feed::Much(Vec::new(), b"a")),
        ("10 MiB after a request", Feed::Much(request.to_vec(), b"a")),
        ("10 MiB of lines", Feed::Much(Vec::new(), b"path=aaaaaaaaaaaaaaaaaaaaaaaa\n")),
        ("10 MiB of line ends", Feed::Much(Vec::new(), b"\n")),
        ("10 MiB of brackets", Feed::Much(Vec::new(), b"[")),
        ("10 MiB of a string", Feed::Much(b"{\"uri\": \"".to_vec(), b"a")),
        ("10 MiB of NULs", Feed::Much(Vec::new(), b"\0")),
        ("a NUL within", Feed::All(with(b"\0"))),
        ("no UTF-8 within", Feed::All(with(b"\xff\xfe\x80"))),
        ("no UTF-8", Feed::All((0..=255).cycle().take(4096).collect())),
        ("drips", Feed::Drip(b"a".to_vec())),
        ("lines drip", Feed::Drip(b"path=a\n".to_vec())),
        ("a directory", Feed::Path("/")),
        ("an endless device", Feed::Path("/dev/zero")),
        ("an empty device", Feed::Path("/dev/null")),
    ]
}

/// Feeds a process until it ends. A process that does not read its input may have ended already.
fn feed(mut stdin: ChildStdin, feed: &Feed, has_ended: &AtomicBool) {
    let bytes = match feed {
        Feed::All(bytes) | Feed::Open(bytes) | Feed::Drip(bytes) | Feed::Much(bytes, _) => bytes,
        Feed::Path(_) => return,
    };
    let mut is_taken = stdin.write_all(bytes).is_ok();
    if let Feed::Much(_, again) = feed {
        let piece = again.repeat(MEBIBYTE / again.len());
        let _ = (0..10).try_for_each(|_| stdin.write_all(&piece));
    }
    while matches!(feed, Feed::Open(_) | Feed::Drip(_)) && !has_ended.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(50));
        if matches!(feed, Feed::Drip(_)) && is_taken {
            is_taken = stdin.write_all(bytes).is_ok();
        }
    }
}

/// The result of a process with this input, and how long it took. It has 16 MiB of memory of its own.
fn fed(home: &Home, args: &[String], with: &Feed) -> (Ran, Duration) {
    let mut command = home.program("timeout");
    command.arg("20").arg("prlimit").arg(format!("--data={}", 16 * MEBIBYTE)).arg(BINARY).args(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(match with {
        Feed::Path(path) => Stdio::from(File::open(path).unwrap()),
        _ => Stdio::piped(),
    });
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let (stdin, has_ended) = (child.stdin.take(), AtomicBool::new(false));
    let output = std::thread::scope(|scope| {
        stdin.map(|stdin| scope.spawn(|| feed(stdin, with, &has_ended)));
        let output = child.wait_with_output().unwrap();
        has_ended.store(true, Ordering::Relaxed);
        output
    });
    let Output { status, stdout, stderr } = output;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (Ran { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }, began.elapsed())
}

/// What is wrong with the result; `None` if nothing is.
fn wrong(args: &[String], what: &str, ran: &Ran, took: Duration) -> Option<String> {
    let has_token = ran.stdout.contains("token-1");
    let gets = args.contains(&"get".to_owned()) || args[0] == "cargo";
    // docker's protocol ends a request with the end of input.
    let is_whole = matches!(what, "whole" | "no line end") || (what == "whole, open" && args[0] != "docker");
    let is_right = match (args[0].as_str(), gets) {
        ("token", _) => ran.code == 0 && has_token,
        (_, true) if is_whole => ran.code == 0 && has_token,
        (_, true) if what.contains("within") || what.contains("after") => (0..=2).contains(&ran.code),
        _ => (0..=3).contains(&ran.code) && (!has_token || args[0] == "go"),
    };
    let longest = if what == "lines drip" { LONGEST.1 } else { LONGEST.0 };
    (!is_right || took > longest).then(|| format!("{args:?}, {what}: {took:?}, {:.600}", format!("{ran:?}")))
}

#[test]
fn for_any_standard_input_the_call_ends_soon_and_stays_small() {
    if !has_client("prlimit") {
        return;
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(["registry.example"]);
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    let cells: Vec<_> = questions()
        .into_iter()
        .flat_map(|(args, request)| feeds(&request).into_iter().map(move |(what, feed)| (args.clone(), what, feed)))
        .collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        // Most of them only wait.
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some((args, what, with)) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (ran, took) = fed(&home, args, with);
                    failures.lock().unwrap().extend(wrong(args, what, &ran, took));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cells.len(), failures.join("\n"));
    eprintln!("input: {} inputs, each within 5 s and 16 MiB", cells.len());
}
