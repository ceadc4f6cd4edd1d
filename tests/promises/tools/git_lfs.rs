//! git-lfs uploads a large file and downloads it again, with the token that git's helper gives.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::Mutex;

use serde_json::{Value as Json, json};

use crate::support::clients::has_clients;
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::registry::{Answers, basic, open_to, path};
use crate::support::{Home, Ran, oauth};

const CONTENT: &str = "a large file\n";

/// A server for one object, which accepts the token as a password.
fn server() -> impl Answers {
    let stored = Mutex::new(None::<String>);
    open_to("token-1", move |asked: &Asked| {
        let mut stored = stored.lock().unwrap();
        if path(asked).starts_with("/objects/") {
            if asked.line.starts_with("PUT ") {
                *stored = Some(asked.body.clone());
            }
            return Answer::new(200, &[("Content-Type", "application/octet-stream")], stored.as_deref().unwrap_or(""));
        }
        let request: Json = serde_json::from_str(&asked.body).unwrap_or_default();
        let object = &request["objects"][0];
        let id = object["oid"].as_str().unwrap_or_default();
        let href = format!("http://{}/objects/{id}", asked.header("host").unwrap());
        let operation = request["operation"].as_str().unwrap_or_default();
        let object = json!({"oid": id, "size": object["size"], "actions": {operation: {"href": href}}});
        let body = json!({"transfer": "basic", "objects": [object]}).to_string();
        Answer::new(200, &[("Content-Type", "application/vnd.git-lfs+json")], &body)
    })
}

/// A home with a repository of this server's, whose profile lists one host.
struct Repository {
    home: Home,
    ims: Endpoint,
    server: Endpoint,
}

impl Repository {
    /// Without a host, the profile lists the server.
    fn new(host: Option<&str>) -> Option<Self> {
        if !has_clients(&["git", "git-lfs"]) {
            return None;
        }
        let repository = Self { home: Home::new(), ims: Endpoint::tokens(DAY), server: Endpoint::new(server()) };
        let mut profile = oauth(&repository.ims.origin());
        profile["hosts"] = json!([host.map_or(repository.server.origin(), str::to_owned)]);
        repository.home.profile("default", &profile);
        let make = "git init -q work && git -C work remote add origin \"$0\"";
        let mut shell = repository.home.program("/bin/sh");
        shell.args(["-ec", make, &format!("{}/team/app.git", repository.server.origin())]);
        Ran::of(shell.current_dir(repository.home.path(""))).succeeds();
        Some(repository)
    }

    /// Runs `git lfs` with this standard input.
    fn lfs(&self, args: &[&str], input: &str) -> Ran {
        let mut git = self.home.tool("git");
        git.args(["-c", "credential.helper=", "-c", "credential.helper=jwt", "lfs"]).args(args);
        git.env("GIT_TERMINAL_PROMPT", "0").current_dir(self.home.path("work"));
        let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::from(child.wait_with_output().unwrap())
    }

    /// The pointer that git keeps in place of the file.
    fn pointer(&self) -> String {
        self.lfs(&["clean"], CONTENT).succeeds().stdout
    }

    /// Deletes the local copy of the file, and downloads it.
    fn download(&self, pointer: &str) -> Ran {
        fs::remove_dir_all(self.home.path("work/.git/lfs")).unwrap();
        self.lfs(&["smudge"], pointer)
    }
}

#[test]
fn git_lfs_sends_the_token_of_gits_helper() {
    let Some(repository) = Repository::new(None) else { return };
    let pointer = repository.pointer();
    let id = pointer.lines().find_map(|line| line.strip_prefix("oid sha256:")).unwrap();
    let pushed = repository.lfs(&["push", "--object-id", "origin", id], "");
    assert_eq!(pushed.code, 0, "{pushed:?}");
    let ran = repository.download(&pointer);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, CONTENT), "{ran:?}");
    let sent = repository.server.authorizations();
    assert!(!sent.is_empty() && sent.iter().all(|had| *had == basic("oauth2", "token-1")), "{sent:?}");
    assert_eq!(repository.ims.count(), 1);
}

#[test]
fn git_lfs_gets_no_token_for_an_unlisted_server() {
    let Some(repository) = Repository::new(Some("git.example.com")) else { return };
    let ran = repository.download(&repository.pointer());
    assert_ne!(ran.stdout, CONTENT, "{ran:?}");
    assert_eq!((repository.server.authorizations().len(), repository.ims.count()), (0, 0));
}
