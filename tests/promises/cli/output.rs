//! Exit code 0 means that the whole answer was written, in every format and for every standard output: a file of
//! limited size, a full disk, a pipe whose reader leaves or is slow, a connection that is reset.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use serde_json::json;

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::naming::WAYS;
use crate::support::process::{PAGE, broken_pipe, full_pipe, until_broken};
use crate::support::{BINARY, Home, Ran, has_client, oauth};

/// No call here may take longer.
const LONGEST: Duration = Duration::from_secs(9);

/// A format in which a token is printed, and its output.
struct Form {
    args: Vec<String>,
    request: String,
    answer: Vec<u8>,
}

/// A home with a cached token, and every format.
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
        // go's request after a refusal would get another token.
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

    /// Starts a program with these arguments and those of the format.
    fn start(&self, form: usize, program: &str, args: &[&str], stdout: impl Into<Stdio>) -> Child {
        let Form { args: words, request, .. } = &self.forms[form];
        let stdin = self.home.write(&format!("request-{form}"), request, 0o600);
        let mut command = self.home.program(program);
        command.args(args).args(words).stdin(File::open(stdin).unwrap()).stdout(stdout).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// What is wrong with the result of a call after this many bytes of its answer were read; `None` if nothing is.
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

/// Writes each answer to a file of each of these sizes.
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
    eprintln!("output: {count} files of limited size, {} forms", printer.forms.len());
}

#[test]
fn an_answer_that_does_not_fit_its_file_is_a_failure() {
    in_files_of(|length| vec![0, 1, length / 2, length - 1, length]);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn an_answer_that_does_not_fit_a_file_of_any_size_is_a_failure() {
    in_files_of(|length| (0..=length).collect());
}

#[test]
fn an_answer_to_a_full_device_or_without_a_reader_is_a_failure() {
    let printer = Printer::of("token-1");
    let mut wrong = Vec::new();
    for number in 0..printer.forms.len() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        wrong.extend(printer.wrong(number, &ended(printer.start(number, BINARY, &[], full)), 0));
        wrong.extend(printer.wrong(number, &ended(printer.start(number, BINARY, &[], broken_pipe())), 0));
        wrong.extend(printer.wrong(number, &ended(printer.start(number, BINARY, &[], reset_connection())), 0));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    eprintln!("output: {} forms to a full device, a closed pipe, a reset connection", printer.forms.len());
}

/// A connection that the other side has reset, because it closed with unread data.
fn reset_connection() -> OwnedFd {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    ours.write_all(b"unread").unwrap();
    // The other side closes only after the data has arrived, so that it resets the connection.
    let _ = theirs.peek(&mut [0]);
    drop(theirs);
    until_broken(&ours);
    ours.into()
}

/// The log is written as far as possible.
#[test]
fn a_log_that_does_not_fit_its_file_costs_no_answer() {
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

/// Readers of a pipe of one page that leave after this many bytes of an answer of four pages.
fn readers_that_go_after(step: usize) {
    let printer = Printer::of(&"t".repeat(3 * PAGE));
    let (mut wrong, mut count) = (Vec::new(), 0);
    // The writer cannot know whether a reader will read the last page of a pipe.
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
    eprintln!("output: {count} readers that leave early, or stay");
}

#[test]
fn an_answer_whose_reader_leaves_early_is_a_failure() {
    readers_that_go_after(499);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn an_answer_whose_reader_leaves_at_any_byte_is_a_failure() {
    readers_that_go_after(7);
}

/// A page that is full at first, and a reader that takes one byte at a time.
#[test]
fn a_slow_reader_gets_every_byte() {
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
    eprintln!("output: {} forms byte by byte, to blocking and nonblocking pipes", printer.forms.len());
}

#[test]
fn a_long_answer_goes_through_a_small_nonblocking_pipe() {
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

/// Writing to a nonblocking pipe ends at the call's deadline. Writing to a blocking pipe waits as long as the reader
/// likes.
#[test]
fn a_pipe_that_is_not_read_is_given_up_in_time() {
    let printer = Printer::of("token-1");
    let (_reader, writer) = full_pipe();
    never_waits(&writer);
    let began = Instant::now();
    let mut command: Command = printer.home.command(["json", "--timeout", "1s"]);
    let ran = Ran::of(command.stdout(writer)).fails(6, &["standard output"]);
    assert!(began.elapsed() < LONGEST, "{ran:?}");
}

#[test]
fn an_unwritable_standard_error_changes_no_answer() {
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

#[test]
fn no_shell_expands_a_token_that_begins_with_a_tilde() {
    let home = Home::new();
    home.oauth_at(&Endpoint::always(Answer::token("~root/x", DAY)));
    assert!(home.run(["env", "--shell", "dotenv"]).succeeds().stdout.starts_with("ACCESS_TOKEN='~root/x'\n"));
    for kind in ["sh", "dotenv"] {
        let script = format!("jwt-credential env --shell {kind} >env && . ./env && printf %s \"$ACCESS_TOKEN\"");
        let mut command = home.program("/bin/sh");
        let ran = Ran::of(command.args(["-c", &script]).current_dir(home.path("")));
        assert_eq!(ran.succeeds().stdout, "~root/x", "{kind}");
    }
}
