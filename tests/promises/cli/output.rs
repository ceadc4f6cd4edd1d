//! Exit code 0 is said of a whole answer only: whatever standard output is (a file that may not grow, a full disk, a
//! pipe whose reader goes or dawdles, a connection that is reset), in every form in which a token is printed.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use serde_json::json;

use crate::support::asking::WAYS;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::process::{PAGE, full_pipe};
use crate::support::{BINARY, Home, Ran, has_client, oauth};

/// No call of these may last longer.
const LONGEST: Duration = Duration::from_secs(9);

/// A form in which a token is printed, and what it is printed as.
struct Form {
    args: Vec<String>,
    request: String,
    answer: Vec<u8>,
}

/// A home with a token in its cache, and every form.
struct Printer {
    home: Home,
    _endpoint: Endpoint,
    forms: Vec<Form>,
}

impl Printer {
    fn of(token: &str) -> Self {
        let (home, endpoint) = (Home::new(), Endpoint::always(Answer::token(token, DAY)));
        let mut profile = oauth(&endpoint.origin());
        profile["hosts"] = json!(["registry.example"]);
        home.profile("default", &profile);
        let plain =
            "json,token,header,headers,headers --json,curl,env,env --shell powershell,kubectl,pnpm,rclone,postman";
        let plain = plain.split(',').map(|words| (words.split(' ').map(str::to_owned).collect(), String::new()));
        // What go is told after a refusal would have another token.
        let asked = WAYS.into_iter().map(|way| way.request("https://registry.example"));
        let asked = asked
            .filter(|(args, _)| args[0] != "go")
            .chain([(vec!["go".into(), "-p".into(), "default".into()], String::new())]);
        let forms = plain.chain(asked).map(|(args, request)| Form { args, request, answer: Vec::new() }).collect();
        let mut printer = Self { home, _endpoint: endpoint, forms };
        for number in 0..printer.forms.len() {
            let ran =
                Ran::from(printer.start(number, BINARY, &[], Stdio::piped()).wait_with_output().unwrap()).succeeds();
            assert!(ran.stdout.contains(token), "{ran:?}");
            printer.forms[number].answer = ran.stdout.into_bytes();
        }
        printer
    }

    /// Starts a program with these arguments and the form's.
    fn start(&self, form: usize, program: &str, args: &[&str], stdout: impl Into<Stdio>) -> Child {
        let Form { args: words, request, .. } = &self.forms[form];
        let stdin = self.home.write(&format!("request-{form}"), request, 0o600);
        let mut command = self.home.program(program);
        command.args(args).args(words).stdin(File::open(stdin).unwrap()).stdout(stdout).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// What is wrong with how one ended of whose answer so many bytes were taken; nothing if nothing is.
    fn wrong(&self, form: usize, ran: &Ran, taken: usize) -> Option<String> {
        let Form { args, answer, .. } = &self.forms[form];
        let failed = if args[0] == "docker" { 1 } else { 6 };
        let code = if taken == answer.len() { 0 } else { failed };
        let lines = usize::from(code != 0);
        let is_right = ran.code == code && ran.stderr.lines().count() == lines;
        (!is_right).then(|| format!("{args:?}, {taken} of {} bytes: {ran:?}", answer.len()))
    }
}

fn ended(child: Child) -> Ran {
    Ran::from(child.wait_with_output().unwrap())
}

/// A pipe of one page that is filled already.
fn never_waits(file: impl AsFd) {
    let flags = fcntl_getfl(&file).unwrap();
    fcntl_setfl(&file, flags | OFlags::NONBLOCK).unwrap();
}

/// Each answer to a file that may be so large and no larger, for these sizes of all there are.
fn in_files_of(sizes: impl Fn(usize) -> Vec<usize>) {
    if !has_client("prlimit") {
        return;
    }
    let printer = Printer::of("token-1");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (number, form) in printer.forms.iter().enumerate() {
        for size in sizes(form.answer.len()) {
            let path = printer.home.path("out");
            let limit = format!("--fsize={size}:{size}");
            let ran = ended(printer.start(number, "prlimit", &[&limit, BINARY], File::create(&path).unwrap()));
            let taken = fs::read(path).unwrap();
            assert_eq!(taken, form.answer[..size.min(form.answer.len())], "{:?}, {size}", form.args);
            wrong.extend(printer.wrong(number, &ran, taken.len()));
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {count}, the first:\n{}", wrong.len(), wrong[0]);
    eprintln!("output: {count} files that may not grow further, {} forms", printer.forms.len());
}

#[test]
fn an_answer_that_a_file_has_no_room_for_is_no_success() {
    in_files_of(|length| vec![0, 1, length / 2, length - 1, length]);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn an_answer_that_a_file_has_no_room_for_is_no_success_whatever_room_there_is() {
    in_files_of(|length| (0..=length).collect());
}

#[test]
fn an_answer_to_a_full_device_or_to_nobody_is_no_success() {
    let printer = Printer::of("token-1");
    let mut wrong = Vec::new();
    for number in 0..printer.forms.len() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        wrong.extend(printer.wrong(number, &ended(printer.start(number, BINARY, &[], full)), 0));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        wrong.extend(printer.wrong(number, &ended(printer.start(number, BINARY, &[], writer)), 0));
        wrong.extend(printer.wrong(number, &ended(printer.start(number, BINARY, &[], reset_connection())), 0));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    eprintln!("output: {} forms to a full device, a closed pipe, a reset connection", printer.forms.len());
}

/// A connection whose other side has gone with something unread, which resets it.
fn reset_connection() -> OwnedFd {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    ours.write_all(b"unread").unwrap();
    // Only once it is there does the other side go with it.
    let _ = theirs.peek(&mut [0]);
    drop(theirs);
    sleep(Duration::from_millis(20));
    ours.into()
}

/// What is being done is told as far as it can be.
#[test]
fn a_log_that_may_not_grow_costs_no_answer() {
    if !has_client("prlimit") {
        return;
    }
    let printer = Printer::of("token-1");
    let log = printer.home.write("log", &"x".repeat(1000), 0o600);
    for (number, form) in printer.forms.iter().enumerate() {
        let words = ["JWT_CREDENTIAL_LOG=".to_owned() + log.to_str().unwrap(), "--fsize=1000:1000".into()];
        let ran = ended(printer.start(number, "env", &[&words[0], "prlimit", &words[1], BINARY], Stdio::piped()));
        assert_eq!((ran.code, ran.stdout.as_bytes()), (0, &form.answer[..]), "{:?}: {ran:?}", form.args);
    }
    assert_eq!(fs::read(log).unwrap().len(), 1000);
}

/// Readers of a pipe of one page that go after so many bytes of an answer of four.
fn readers_that_go_after(step: usize) {
    let printer = Printer::of(&"t".repeat(3 * PAGE));
    let (mut wrong, mut count) = (Vec::new(), 0);
    // Of a pipe's last page nobody can tell whether its reader will have it.
    for number in [0, 1] {
        let length = printer.forms[number].answer.len();
        for taken in (0..length - PAGE).step_by(step).chain([length]) {
            let (mut reader, writer) = full_pipe();
            let child = printer.start(number, BINARY, &[], writer);
            let mut had = vec![0; PAGE + taken];
            reader.read_exact(&mut had).unwrap();
            drop(reader);
            assert_eq!(had[PAGE..], printer.forms[number].answer[..taken]);
            wrong.extend(printer.wrong(number, &ended(child), taken));
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {count}, the first:\n{}", wrong.len(), wrong[0]);
    eprintln!("output: {count} readers that go before the end, or stay");
}

#[test]
fn an_answer_whose_reader_goes_early_is_no_success() {
    readers_that_go_after(499);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn an_answer_whose_reader_goes_early_is_no_success_after_however_many_bytes() {
    readers_that_go_after(7);
}

/// One page that is full at first, and a reader that takes a byte at a time.
#[test]
fn a_slow_reader_has_every_byte() {
    let printer = Printer::of("token-1");
    for (number, form) in printer.forms.iter().enumerate() {
        for waits in [true, false] {
            let (mut reader, writer) = full_pipe();
            if !waits {
                never_waits(&writer);
            }
            let child = printer.start(number, BINARY, &[], writer);
            sleep(Duration::from_millis(30));
            let (mut had, mut byte) = (Vec::new(), [0]);
            while reader.read(&mut byte).unwrap() == 1 {
                had.push(byte[0]);
                if had.len() % 512 == 0 {
                    sleep(Duration::from_millis(2));
                }
            }
            assert_eq!(had[PAGE..], form.answer, "{:?}", form.args);
            assert_eq!(printer.wrong(number, &ended(child), form.answer.len()), None);
        }
    }
    eprintln!("output: {} forms byte by byte, to pipes that wait and that do not", printer.forms.len());
}

#[test]
fn a_long_answer_goes_through_a_small_pipe_that_does_not_wait() {
    let printer = Printer::of(&"t".repeat(3 * PAGE));
    for (number, form) in printer.forms.iter().enumerate() {
        let (mut reader, writer) = full_pipe();
        never_waits(&writer);
        let child = printer.start(number, BINARY, &[], writer);
        sleep(Duration::from_millis(50));
        let mut had = Vec::new();
        reader.read_to_end(&mut had).unwrap();
        assert_eq!(had[PAGE..], form.answer, "{:?}", form.args);
        assert_eq!(printer.wrong(number, &ended(child), form.answer.len()), None);
    }
}

/// A pipe that does not wait is given up at the deadline of the call; one that waits has all the time its reader likes.
#[test]
fn a_pipe_that_nobody_reads_is_given_up_in_time() {
    let printer = Printer::of("token-1");
    let (_reader, writer) = full_pipe();
    never_waits(&writer);
    let began = Instant::now();
    let mut command: Command = printer.home.command(["json", "--timeout", "1s"]);
    let ran = Ran::of(command.stdout(writer)).fails(6, &["standard output"]);
    assert!(began.elapsed() < LONGEST, "{ran:?}");
}

#[test]
fn a_standard_error_that_takes_nothing_changes_no_answer() {
    let printer = Printer::of("token-1");
    for (number, form) in printer.forms.iter().enumerate() {
        for script in ["exec \"$@\" 2>&-", "exec \"$@\" 2>/dev/full", "exec \"$@\" 2>&- <&-"] {
            if script.contains("<&-") && !form.request.is_empty() {
                continue;
            }
            let ran = ended(printer.start(number, "/bin/sh", &["-c", script, "/bin/sh", BINARY], Stdio::piped()));
            assert_eq!((ran.code, ran.stdout.as_bytes()), (0, &form.answer[..]), "{script} {:?}", form.args);
        }
    }
}
