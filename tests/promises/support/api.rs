//! An API that the profile lists in `hosts`, an API that it does not list, and the token endpoint. Tests see what a
//! tool sends to each, and what its user sees.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::endpoint::{Answer, Asked, DAY, Endpoint};
use super::pages::{fenced, integration, shows_as_in_readme};
use super::{CLIENT_ID, Home, ORG_ID, Ran, oauth};

const HELLO: &str = r#"{"hello":"world"}"#;
/// The token that the endpoint gives.
const TOKEN: &str = "token-1";

/// Both APIs answer 200. Of the listed one, `/here` redirects to `/landed` on the same API, and `/elsewhere` to
/// `/landed` on the other API under another host name.
pub(crate) struct Apis {
    pub(crate) home: Home,
    pub(crate) listed: Endpoint,
    pub(crate) unlisted: Endpoint,
    ims: Endpoint,
}

impl Apis {
    /// An endpoint that gives tokens.
    pub(crate) fn new() -> Self {
        Self::of(Endpoint::new(|_, _| Answer::token(TOKEN, DAY)))
    }

    /// An endpoint that refuses the secret.
    pub(crate) fn refusing() -> Self {
        Self::of(Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter")))
    }

    fn of(ims: Endpoint) -> Self {
        let json = |status, headers: &[(&str, &str)]| {
            Answer::new(status, &[headers, &[("Content-Type", "application/json")]].concat(), HELLO)
        };
        let unlisted = Endpoint::always(json(200, &[]));
        let elsewhere = format!("http://localhost:{}/landed", unlisted.port());
        let listed = Endpoint::new(move |asked: &Asked, _| match asked.line.split(' ').nth(1) {
            Some(path) if path.starts_with("/here") => json(302, &[("Location", "/landed")]),
            Some(path) if path.starts_with("/elsewhere") => json(302, &[("Location", &elsewhere)]),
            _ => json(200, &[]),
        });
        let home = Home::new();
        let apis = Self { home, listed, unlisted, ims };
        apis.profile(&json!({}));
        apis
    }

    /// Writes the profile `default`, with these keys added.
    pub(crate) fn profile(&self, more: &Json) {
        let mut profile = oauth(&self.ims.origin());
        profile["hosts"] = json!([self.listed.origin()]);
        for (key, value) in more.as_object().unwrap() {
            profile[key] = value.clone();
        }
        self.home.profile("default", &profile);
    }

    /// The requests to the listed API. Asserts that each had the token and all headers, and that the other API got no
    /// token.
    #[track_caller]
    pub(crate) fn asked_with_headers(&self) -> Vec<Asked> {
        let asked = self.asked_with_token();
        for asked in &asked {
            assert_eq!(asked.header("x-api-key"), Some(CLIENT_ID), "{asked:?}");
            assert_eq!(asked.header("x-gw-ims-org-id"), Some(ORG_ID), "{asked:?}");
        }
        asked
    }

    /// The same, without a check of the other headers.
    #[track_caller]
    pub(crate) fn asked_with_token(&self) -> Vec<Asked> {
        let asked = self.listed.asked();
        assert!(!asked.is_empty(), "no request came");
        for asked in &asked {
            assert_eq!(asked.header("authorization"), Some("Bearer token-1"), "{asked:?}");
        }
        self.unlisted_api_got_no_token();
        asked
    }

    /// Asserts that the API that no profile lists got no token.
    #[track_caller]
    pub(crate) fn unlisted_api_got_no_token(&self) {
        for asked in self.unlisted.asked() {
            assert!(!format!("{asked:?}").contains(TOKEN), "{asked:?}");
        }
    }

    /// Asserts that neither API got a request.
    #[track_caller]
    pub(crate) fn nothing_was_sent(&self) {
        assert_eq!((self.listed.asked().len(), self.unlisted.asked().len()), (0, 0));
    }
}

/// What a tool told its user: its exit code and both streams, without colours. Asserts that they contain no token.
#[track_caller]
pub(crate) fn run_tool(command: &mut Command) -> (i32, String) {
    let ran = bounded(command);
    let said = without_colours(&(ran.stdout + &ran.stderr));
    assert!(!said.contains(TOKEN), "{said}");
    (ran.code, said)
}

/// A run that is killed after a minute, because a tool may wait without end.
fn bounded(command: &mut Command) -> Ran {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = rustix::process::Pid::from_child(&child);
    let (ended, watched) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        if watched.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout) {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    watch.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran =
        Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
    ran.keeps_secrets();
    ran
}

fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    first + &pieces.map(|piece| piece.split_once('m').map_or(piece, |(_, rest)| rest)).collect::<String>()
}

/// Runs the check of the tool's README, the `sh` block after "Check it", in the integration's directory unless another
/// one is set. The check calls the mock's API, which says whose token it got.
#[track_caller]
pub(crate) fn the_check_works(tool: &str, bash: &mut Command) {
    let readme = fs::read_to_string(integration(tool).join("README.md")).unwrap();
    let (_, behind) = readme.split_once("Check it").expect("the README says how to check it");
    let script = fenced(behind, "sh").into_iter().next().expect("the check is an sh block");
    if bash.get_current_dir().is_none() {
        bash.current_dir(integration(tool));
    }
    let ran = bounded(bash.args(["-c", &script]));
    let arrived = ran.stdout.contains("token_is_for") || ran.stdout.contains("200 OK");
    assert!(ran.code == 0 && arrived, "{script}{ran:?}");
}

/// Asserts that a tool sends nothing to a server that no profile lists, nor if the endpoint refuses, and shows the
/// reason. The two exit codes are given; for the second the output must match the README.
#[track_caller]
pub(crate) fn sends_nothing_without_a_token(
    tool: &str,
    call: impl Fn(&Apis, &str) -> Command,
    [unlisted, refusing]: [i32; 2],
) -> Apis {
    let apis = Apis::new();
    let (code, said) = run_tool(&mut call(&apis, &apis.unlisted.origin()));
    assert!(code == unlisted && said.contains("no token for http://127.0.0.1:"), "{said}");
    apis.nothing_was_sent();

    let apis = Apis::refusing();
    let (code, said) = run_tool(&mut call(&apis, &apis.listed.origin()));
    assert_eq!(code, refusing, "{said}");
    shows_as_in_readme(tool, 0, &said);
    apis.nothing_was_sent();
    apis
}
