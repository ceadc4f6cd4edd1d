//! git pushes more than 1 MiB, which it sends in chunks after a probe, to servers that offer each scheme.

use serde_json::json;

use crate::support::clients::{has_clients, version};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::git_server::GitServer;
use crate::support::{Home, Ran, oauth};

/// Commits 2 MiB and pushes them to a server that offers these schemes.
fn push(schemes: &str, options: &[&str]) -> Option<Ran> {
    if !has_clients(&["git", "python3"]) {
        return None;
    }
    let (home, ims) = (Home::new(), Endpoint::tokens(DAY));
    let make = "git init -q --bare served/app.git && git init -q work && cd work && \
                head -c 2097152 /dev/urandom >data && git add data && \
                git -c user.name=me -c user.email=me@example.com commit -qm data";
    Ran::of(home.program("/bin/sh").args(["-ec", make]).current_dir(home.path(""))).succeeds();
    let server = GitServer::start(&home, &[schemes]);
    let origin = server.origin();
    let mut profile = oauth(&ims.origin());
    profile["hosts"] = json!([origin]);
    home.profile("default", &profile);
    let mut git = home.tool("git");
    git.args(["-c", "credential.helper=", "-c", "credential.helper=jwt"]).args(options).args(["push", "-q"]);
    git.arg(format!("{origin}/app.git")).arg("HEAD:refs/heads/main").current_dir(home.path("work"));
    Some(Ran::of(git.env("GIT_TERMINAL_PROMPT", "0")))
}

#[test]
fn a_large_push_works_where_the_server_offers_basic() {
    for schemes in ["Basic", "Bearer,Basic", "Basic,Bearer"] {
        let Some(ran) = push(schemes, &[]) else { return };
        assert_eq!(ran.code, 0, "{schemes}: {ran:?}");
    }
}

/// git's probe has no bearer token up to 2.53.
#[test]
fn a_large_push_by_bearer_needs_a_larger_post_buffer() {
    if !has_clients(&["git"]) || crate::support::clients::find("git").and_then(|git| version(&git)) < Some((2, 46)) {
        return;
    }
    let Some(ran) = push("Bearer", &["-c", "http.postBuffer=8388608"]) else { return };
    assert_eq!(ran.code, 0, "{ran:?}");
}
