//! git clones from a server that requires a token, with `integrations/git/gitconfig`.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine as _;
use serde_json::json;

use crate::support::clients::version;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::naming::with_stdin;
use crate::support::pages::{integration, readme_block, shows_as_in_readme};
use crate::support::{Home, Ran, has_client, oauth};

const REFERENCE: &str = "0123456789012345678901234567890123456789 refs/heads/main";

/// A git in PATH.
struct Git {
    program: PathBuf,
    /// Since 2.46 git can send a bearer token; before, only a password.
    sends_bearer: bool,
}

impl Git {
    /// All gits in PATH: a machine may have the system's and a newer one.
    fn all() -> Vec<Self> {
        if !has_client("git") {
            return Vec::new();
        }
        let path = std::env::var_os("PATH").unwrap();
        let programs = std::env::split_paths(&path).map(|directory| directory.join("git")).filter(|git| git.is_file());
        let mut seen = HashSet::new();
        let programs = programs.filter(|git| seen.insert(git.canonicalize().unwrap()));
        programs.map(|program| Self { sends_bearer: version(&program) >= Some((2, 46)), program }).collect()
    }
}

/// The Authorization header with this token as a password.
fn password(token: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("oauth2:{token}")))
}

/// A server with one repository that accepts every token except this one, as a bearer token and as a password.
fn server(revoked: &'static str) -> Endpoint {
    server_that_offers(&["Basic realm=\"git\"", "Bearer"], revoked)
}

/// The same, but the server offers only these schemes.
fn server_that_offers(challenges: &'static [&str], revoked: &'static str) -> Endpoint {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("oauth2:{revoked}"));
    let line = |text: &str| format!("{:04x}{text}", text.len() + 4);
    let references = line("# service=git-upload-pack\n") + "0000" + &line(&format!("{REFERENCE}\0\n")) + "0000";
    Endpoint::new(move |asked, _| match asked.header("authorization") {
        Some(header) if !header.contains(revoked) && !header.contains(&basic) => {
            Answer::new(200, &[("Content-Type", "application/x-git-upload-pack-advertisement")], &references)
        }
        _ => {
            let offers: Vec<_> = challenges.iter().map(|challenge| ("WWW-Authenticate", *challenge)).collect();
            Answer::new(401, &offers, "")
        }
    })
}

/// Writes a profile that lists this server.
fn profile(home: &Home, name: &str, ims: &Endpoint, host: &str) {
    let mut profile = oauth(&ims.origin());
    profile["hosts"] = json!([host]);
    home.profile(name, &profile);
}

/// Requests the server's references. The only configuration is the snippet, with this helper in place of its own.
fn ls_remote(home: &Home, git: &Git, server: &Endpoint, helper: &str) -> Ran {
    let text = fs::read_to_string(integration("git/gitconfig")).unwrap();
    let (had_server, had_helper) = ("https://git.example.com", "helper = jwt\n");
    assert!(text.contains(had_server) && text.contains(had_helper), "{text}");
    let text = text.replace(had_server, &server.origin()).replace(had_helper, &format!("helper = {helper}\n"));
    home.write(".gitconfig", &text, 0o600);
    let mut command = home.tool(&git.program);
    command.args(["ls-remote", &format!("{}/team/app.git", server.origin())]);
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_CONFIG_NOSYSTEM", "1");
    Ran::of(&mut command)
}

#[test]
fn git_sends_a_password_if_the_server_offers_both() {
    for git in Git::all() {
        let (home, ims, server) = (Home::new(), Endpoint::tokens(DAY), server("nothing"));
        profile(&home, "default", &ims, &server.origin());
        for _ in 0..2 {
            let ran = ls_remote(&home, &git, &server, "jwt").succeeds();
            assert_eq!(ran.stdout.trim_end(), REFERENCE.replace(' ', "\t"));
        }
        assert_eq!((server.authorizations(), ims.count()), (vec![password("token-1"); 2], 1));
    }
}

#[test]
fn git_sends_a_password_if_the_server_offers_only_that() {
    for git in Git::all() {
        let (home, server) = (Home::new(), server_that_offers(&["Basic realm=\"git\""], "nothing"));
        profile(&home, "default", &Endpoint::tokens(DAY), &server.origin());
        ls_remote(&home, &git, &server, "jwt").succeeds();
        assert_eq!(server.authorizations(), [password("token-1")], "{}", git.program.display());
    }
}

#[test]
fn git_sends_a_bearer_token_if_that_alone_is_offered() {
    for git in Git::all() {
        let (home, server) = (Home::new(), server_that_offers(&["Bearer"], "nothing"));
        profile(&home, "default", &Endpoint::tokens(DAY), &server.origin());
        let ran = ls_remote(&home, &git, &server, "jwt");
        let expected: &[&str] = if git.sends_bearer { &["Bearer token-1"] } else { &[] };
        assert_eq!(server.authorizations(), expected, "{ran:?}");
        assert_eq!(ran.code == 0, git.sends_bearer, "{ran:?}");
    }
}

#[test]
fn an_empty_user_of_git_is_none() {
    let (home, ims) = (Home::new(), Endpoint::tokens(DAY));
    profile(&home, "default", &ims, "git.example.com");
    let get = |words: &str, args: &[&str]| {
        let args: Vec<String> = [&["git"], args, &["get"]].concat().iter().map(|arg| (*arg).to_owned()).collect();
        with_stdin(&home, &args, &format!("protocol=https\nhost=git.example.com\n{words}\n\n"), &[]).succeeds().stdout
    };
    assert!(get("username=", &[]).starts_with("username=oauth2\npassword=token-1\n"));
    assert!(get("username=", &["--user", "me"]).starts_with("username=me\n"));
    assert!(get("username=x", &["--user", "me"]).starts_with("username=x\n"));
    assert!(get("username=", &["--user", ""]).starts_with("username=oauth2\n"));
    home.run(["git", "--user", "a:b", "get"]).fails(2, &["--user", "has a colon"]);
}

#[test]
fn git_gets_bearer_only_where_basic_is_not_offered() {
    let (home, ims) = (Home::new(), Endpoint::tokens(DAY));
    profile(&home, "default", &ims, "git.example.com");
    for (offers, is_bearer) in [
        ("wwwauth[]=Bearer", true),
        ("wwwauth[]=Bearer realm=\"a, Basic b\"", true),
        ("wwwauth[]=Negotiate\nwwwauth[]=bearer", true),
        ("wwwauth[]=Bearer\nwwwauth[]=Basic realm=\"x\"", false),
        ("wwwauth[]=BASIC realm=\"x\", Bearer", false),
        ("wwwauth[]=Bearer realm=\"x\", error=\"y\", basic realm=\"z\"", false),
        ("wwwauth[]=Basic", false),
    ] {
        let request = format!("capability[]=authtype\nprotocol=https\nhost=git.example.com\n{offers}\n\n");
        let ran = with_stdin(&home, &["git".into(), "get".into()], &request, &[]).succeeds();
        assert_eq!(ran.stdout.contains("authtype=Bearer\n"), is_bearer, "{offers}: {ran:?}");
        assert_eq!(ran.stdout.contains("password=token-1\n"), !is_bearer, "{offers}: {ran:?}");
    }
}

#[test]
fn the_commands_in_gits_readme_write_the_snippet() {
    for git in Git::all() {
        let home = Home::new();
        let commands = readme_block("git", "sh", 0);
        let commands: Vec<&str> = commands.lines().filter(|line| line.starts_with("git config ")).collect();
        assert_eq!(commands.len(), 2);
        Ran::of(home.program("/bin/sh").args(["-ec", &commands.join("\n")])).succeeds();
        let list = |file: &Path| {
            let mut command = home.program(&git.program);
            Ran::of(command.args(["config", "--list", "--file"]).arg(file)).succeeds().stdout
        };
        assert_eq!(list(&home.path(".gitconfig")), list(&integration("git/gitconfig")));
    }
}

#[test]
fn git_gets_no_token_for_an_unlisted_server() {
    for git in Git::all() {
        let (home, ims, server) = (Home::new(), Endpoint::tokens(DAY), server("nothing"));
        profile(&home, "default", &ims, "git.example.com");
        let ran = ls_remote(&home, &git, &server, "jwt");
        assert!(ran.code == 128 && ran.stderr.starts_with("fatal: could not read Username for "), "{ran:?}");
        shows_as_in_readme("git", 1, &ls_remote(&home, &git, &server, "jwt -v").stderr);
        assert_eq!((server.authorizations().len(), ims.count()), (0, 0));
    }
}

#[test]
fn git_gets_no_token_if_its_helper_is_for_another_server() {
    for git in Git::all() {
        let (home, server) = (Home::new(), server("nothing"));
        profile(&home, "default", &Endpoint::tokens(DAY), &server.origin());
        ls_remote(&home, &git, &server, "jwt --for https://git.example.com");
        assert_eq!(server.authorizations(), [""; 0]);
    }
}

#[test]
fn git_sends_no_token_if_the_endpoint_refuses() {
    let ims = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
    for git in Git::all() {
        let (home, server) = (Home::new(), server("nothing"));
        profile(&home, "default", &ims, &server.origin());
        let ran = ls_remote(&home, &git, &server, "jwt");
        assert_eq!((ran.code, server.authorizations().len()), (128, 0), "{ran:?}");
        shows_as_in_readme("git", 0, &ran.stderr);
    }
}

#[test]
fn after_a_refused_token_gits_next_command_has_another() {
    for git in Git::all() {
        let (home, ims, server) = (Home::new(), Endpoint::tokens(DAY), server("token-1"));
        profile(&home, "default", &ims, &server.origin());
        let ran = ls_remote(&home, &git, &server, "jwt");
        assert!(ran.code == 128 && ran.stderr.contains("fatal: Authentication failed for"), "{ran:?}");
        ls_remote(&home, &git, &server, "jwt").succeeds();
        assert_eq!(server.authorizations(), [password("token-1"), password("token-2")]);
    }
}

#[test]
fn git_gets_the_token_of_the_named_or_the_listing_profile() {
    for git in Git::all() {
        let (home, server) = (Home::new(), server("nothing"));
        let endpoints = ["work", "home"].map(|name| Endpoint::always(Answer::token(&format!("token-of-{name}"), 3600)));
        profile(&home, "work", &endpoints[0], &server.origin());
        profile(&home, "home", &endpoints[1], "git.example.com");
        for helper in ["jwt", "jwt -p work", "jwt-work"] {
            if helper == "jwt-work" {
                let links = home.path("bin").display().to_string();
                home.run(["link", &links, "--only", "git-credential-jwt-work"]).succeeds();
            }
            ls_remote(&home, &git, &server, helper).succeeds();
        }
        assert_eq!(server.authorizations(), vec![password("token-of-work"); 3]);
        // A named profile answers for its own servers only.
        assert_eq!(ls_remote(&home, &git, &server, "jwt -p home").code, 128);
        assert_eq!((server.authorizations().len(), endpoints[1].count()), (3, 0));
    }
}

#[test]
fn git_erases_only_the_refused_token_and_its_own_servers() {
    let (home, ims) = (Home::new(), Endpoint::tokens(DAY));
    profile(&home, "default", &ims, "git.example.com");
    home.run(["token"]).succeeds();
    let erase = |request: &str| {
        let mut command = home.tool("git-credential-jwt");
        let mut child = command.arg("erase").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        assert!(child.wait_with_output().unwrap().status.success(), "{request}");
        home.run(["token"]).succeeds().stdout
    };
    for kept in [
        "protocol=https\nhost=git.example.com\nusername=oauth2\npassword=another\n\n",
        "protocol=https\nhost=git.example.com\nauthtype=Bearer\ncredential=another\n\n",
        "protocol=https\nhost=other.example\nusername=oauth2\npassword=token-1\n\n",
        "protocol=http\nhost=git.example.com\nusername=oauth2\npassword=token-1\n\n",
        "protocol=https\nhost=git.example.com\nusername=oauth2\n\n",
    ] {
        assert_eq!(erase(kept), "token-1\n", "{kept}");
    }
    let dropped = "protocol=https\nhost=git.example.com\nusername=oauth2\npassword=token-1\n\n";
    assert_eq!(erase(dropped), "token-2\n");
    assert_eq!(erase("protocol=https\nhost=git.example.com\nauthtype=Bearer\ncredential=token-2\n"), "token-3\n");
}
