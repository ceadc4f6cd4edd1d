//! Every message in one place: `messages.txt` has every command, good and bad, with what it prints. Read it in one
//! sitting. `UPDATE_TRANSCRIPTS=1` writes it anew.
//!
//! `@ WORLD` begins a user's home; `$` is a line of a shell in it, `>` standard output, `!` standard error, `?` the exit
//! code. Lines that begin with `#` are for the reader.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use jwt_credential::registry;
use serde_json::{Value as Json, json};

use super::transcripts::steady;
use crate::issuers::aws;
use crate::support::conversation::directory;
use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::{CERTIFICATE, Home, Ran, fixtures, jwt, oauth, repository};

const FILE: &str = "tests/promises/cli/messages.txt";

/// A user's home, and the token server of its profiles.
struct World {
    home: Home,
    server: Endpoint,
}

impl World {
    fn new(name: &str) -> Self {
        let home = Home::new();
        fs::create_dir(home.path("work")).unwrap();
        let server = server(name);
        let profile = match name {
            "no profile" => None,
            "aws" => Some(aws::profile(&server.origin())),
            _ if name.starts_with("jwt") => Some(jwt(&server.origin())),
            _ => Some(oauth(&server.origin())),
        };
        let world = Self { home, server };
        if let Some(mut profile) = profile {
            profile["hosts"] = json!(["mc.adobe.io", "*.example.com"]);
            world.write_profiles(name, profile);
        }
        world.write_downloads();
        world
    }

    fn write_profiles(&self, name: &str, mut profile: Json) {
        let home = &self.home;
        if profile["provider"] == "adobe-jwt" {
            home.write("config/profiles/private.key", crate::support::PRIVATE_KEY, 0o600);
            home.write("config/profiles/certificate_pub.crt", crate::support::CERTIFICATE, 0o644);
        }
        match name {
            "two profiles" => {
                home.profile("prod", &profile);
                return home.profile("stage", &profile);
            }
            "not JSON" => {
                home.write("config/profiles/default.json", "{\"provider\": adobe-oauth}", 0o600);
                return;
            }
            "unknown provider" => profile["provider"] = json!("adobe-saml"),
            "unknown key" => profile["client_secert"] = json!("x"),
            "missing key" => drop(profile.as_object_mut().unwrap().remove("scopes")),
            "variable not set" => profile["client_secret"] = json!({"env": "ADOBE_SECRET"}),
            "file not found" => profile["client_secret"] = json!({"file": "secret"}),
            "command fails" => profile["client_secret"] = json!({"command": ["false"]}),
            "plain http" => profile["ims"] = json!("http://ims.example.com"),
            "server down" => profile["ims"] = json!("http://127.0.0.1:1"),
            "jwt, no key" => profile["private_key"] = json!({"file": "other.key"}),
            "jwt, not a key" => {
                self.home.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o600);
                profile["private_key"] = json!({"file": "certificate_pub.crt"});
            }
            "jwt, an email address" => profile["technical_account_id"] = json!("me@example.com"),
            "headers" => profile["headers"] = json!({"x y": "1"}),
            _ => {}
        }
        home.profile("default", &profile);
    }

    fn write_downloads(&self) {
        for (file, fixture) in
            [("oauth.json", "console-credential.oauth.json"), ("jwt.json", "console-credential.jwt.json")]
        {
            self.home.write(&format!("work/{file}"), &fixtures::text(fixture), 0o600);
        }
        self.home.write("work/notes.txt", "nothing\n", 0o600);
    }

    /// Runs a line in the home's shell, and returns the transcript of it.
    fn run(&self, line: &str) -> String {
        let mut shell = self.home.program("/bin/sh");
        let ran = Ran::of(
            shell
                .args(["-c", line])
                .envs([("IMS", self.server.origin().as_str()), ("TZ", "UTC0")])
                .current_dir(self.home.path("work")),
        );
        let mut said = String::new();
        for (mark, text) in [('>', &ran.stdout), ('!', &ran.stderr)] {
            let text = without_local_times(&without_durations(&steady(text, &self.home, &self.server.origin())));
            for line in text.lines() {
                let _ = writeln!(said, "{}", format!("{mark} {line}").trim_end());
            }
        }
        said + &format!("? {}\n", ran.code)
    }
}

/// The text without times such as `2026-11-25 07:00:00 +00:00 (in 3 h 12 min)`.
fn without_local_times(text: &str) -> String {
    let mut pieces = text.split(" +00:00 (");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.truncate(out.len() - "2026-11-25 07:00:00".len());
        out += "TIME (N)";
        out += piece.split_once(')').unwrap().1;
    }
    out
}

/// The text without durations that differ between runs.
fn without_durations(text: &str) -> String {
    let mut out = text.to_owned();
    for before in ["took ", "issued in ", "waited ", "23h 59m "] {
        let mut pieces = out.split(before);
        let first = pieces.next().unwrap_or_default().to_owned();
        let rest = pieces
            .map(|piece| format!("{before}N{}", piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')));
        out = first + &rest.collect::<String>();
    }
    out
}

/// What the token server answers in a world.
fn server(world: &str) -> Endpoint {
    let refusal = |status, error, description| Endpoint::always(Answer::refusal(status, error, description));
    match world {
        "wrong secret" => refusal(400, "invalid_client", "invalid client_secret parameter"),
        "unknown client" | "jwt, unknown client" => refusal(400, "invalid_client", "invalid client_id parameter"),
        "wrong scope" => refusal(400, "invalid_scope", "scope is not valid"),
        "jwt, wrong key" => refusal(400, "invalid_token", "Could not match JWT signature to any of the bindings"),
        "jwt, wrong metascope" => refusal(400, "invalid_scope", "metascopes are not a subset"),
        "jwt, migrated" => refusal(500, "server_error", "try again"),
        "rate limit" => Endpoint::always(Answer::new(429, &[("Retry-After", "30")], r#"{"error_code":"429050"}"#)),
        "server fails" => refusal(503, "temporarily_unavailable", "maintenance"),
        "web page" => Endpoint::always(Answer::new(200, &[("Content-Type", "text/html")], "<html>Log in</html>")),
        "redirect" => Endpoint::always(Answer::new(302, &[("Location", "https://login.example.com/")], "")),
        "no endpoint" => Endpoint::always(Answer::new(404, &[], "")),
        "no token" => Endpoint::always(Answer::json(200, &json!({"token_type": "bearer"}))),
        "aws" => Endpoint::new(|_, _| aws::credentials(3600)),
        _ if world.starts_with("jwt") => Endpoint::tokens(DAY_MS),
        _ => Endpoint::tokens(DAY),
    }
}

fn written() -> String {
    fs::read_to_string(repository(FILE)).unwrap()
}

#[test]
fn every_message_is_as_written() {
    let written = written();
    let (mut said, mut world) = (String::new(), None);
    for line in written.lines().filter(|line| !line.starts_with(['>', '!', '?'])) {
        let _ = writeln!(said, "{line}");
        if let Some(name) = line.strip_prefix("@ ") {
            world = Some(World::new(name));
        } else if let Some(command) = line.strip_prefix("$ ") {
            said += &world.as_ref().expect("a world before the first command").run(command);
        }
    }
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        return fs::write(repository(FILE), said).unwrap();
    }
    let differs = said.lines().zip(written.lines()).find(|(said, written)| said != written);
    assert!(said == written, "first difference (said, written): {differs:?}\nUPDATE_TRANSCRIPTS=1 writes {FILE} anew");
}

/// The words and exit codes of all lines, by the command that they call.
fn codes_by_command(written: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for call in written.split("\n$ ").skip(1) {
        let (line, said) = call.split_once('\n').unwrap();
        let words = line.rsplit("jwt-credential ").next().unwrap().split_whitespace();
        let code = said.lines().find_map(|line| line.strip_prefix("? ")).unwrap();
        if let Some(name) = words.into_iter().find(|word| registry::find(word).is_some()) {
            found.entry(name).or_default().insert(code);
        }
    }
    found
}

/// Two protocols have a word for every failure.
#[test]
fn every_command_has_good_and_bad_messages() {
    const NEVER_FAIL: [&str; 2] = ["cargo", "google-executable"];
    let written = written();
    let found = codes_by_command(&written);
    let lacks = |name: &str| {
        let codes = found.get(name).cloned().unwrap_or_default();
        !codes.contains("0") || (codes.len() < 2 && !NEVER_FAIL.contains(&name))
    };
    let lacking: Vec<&str> = registry::all().map(|entry| entry.spec().name).filter(|name| lacks(name)).collect();
    assert_eq!(lacking, [""; 0], "commands without a good or without a bad message");
}

/// The lines of standard error of all transcripts, one list for each call.
fn errors() -> Vec<Vec<String>> {
    let entries = fs::read_dir(directory()).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let all: Vec<String> = entries.chain([written()]).collect();
    let calls = all.iter().flat_map(|text| text.split("\n? "));
    calls.map(|call| call.lines().filter_map(|line| Some(line.strip_prefix("! ")?.to_owned())).collect()).collect()
}

#[test]
fn every_message_has_the_same_form() {
    let mut count = 0;
    for call in errors() {
        let hints: Vec<&str> = call.iter().filter_map(|line| line.strip_prefix("jwt-credential: hint: ")).collect();
        assert!(hints.len() <= 2, "{hints:?}");
        for error in call.iter().filter_map(|line| line.strip_prefix("jwt-credential: error: ")) {
            let starts = error.chars().next().unwrap();
            let is_name = error.split(' ').next().is_some_and(|word| word.chars().any(char::is_uppercase));
            assert!(starts.is_lowercase() || is_name || !starts.is_alphabetic(), "{error}");
            count += 1;
        }
        for line in call.iter().filter(|line| line.starts_with("jwt-credential: ")) {
            assert!(!line.ends_with('.'), "{line}");
        }
    }
    assert!(count >= 80, "{count}");
}
