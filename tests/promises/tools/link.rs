//! `jwt-credential link DIR` creates the names by which tools call the program.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::json;

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::files::names;
use crate::support::{BINARY, Home, Ran, oauth};

/// The names that `link` creates without options.
const NAMES: [&str; 7] = [
    "bazel-credential-jwt",
    "cargo-credential-jwt",
    "docker-credential-jwt",
    "git-credential-jwt",
    "pnpm-credential-jwt",
    "terraform-credentials-jwt",
    "vault-token-helper-jwt",
];

/// A home with an empty directory for links.
struct Links {
    home: Home,
    directory: PathBuf,
}

impl Links {
    fn new() -> Self {
        let home = Home::new();
        let directory = home.path("links");
        fs::create_dir(&directory).unwrap();
        Self { home, directory }
    }

    /// `link` with this directory and these arguments.
    fn link(&self, args: &[&str]) -> Ran {
        Ran::of(self.home.command(["link"]).arg(&self.directory).args(args))
    }

    /// The names in the directory, in order.
    fn names(&self) -> Vec<String> {
        names(&self.directory)
    }

    /// The program's answer to git under this name.
    fn git(&self, name: &str) -> String {
        let mut command = self.home.program(self.directory.join(name));
        let mut child = command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"protocol=https\nhost=git.example.com\n\n").unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    }
}

#[test]
fn link_makes_all_names_but_keyring() {
    let links = Links::new();
    let told = links.link(&[]).succeeds().stdout;
    assert_eq!(links.names(), NAMES);
    for name in NAMES {
        let link = links.directory.join(name);
        assert_eq!(link.canonicalize().unwrap(), PathBuf::from(BINARY).canonicalize().unwrap());
        assert!(told.contains(&format!("made {}\n", link.display())), "{told}");
    }
}

#[test]
fn link_says_the_second_time_that_all_exist() {
    let links = Links::new();
    links.link(&[]).succeeds();
    let told = links.link(&[]).succeeds().stdout;
    let is_there = |line: &str| line.ends_with(" is there already");
    assert_eq!(told.lines().filter(|line| is_there(line)).count(), NAMES.len(), "{told}");
    assert_eq!(links.names(), NAMES);
}

#[test]
fn link_makes_only_the_requested_names() {
    let links = Links::new();
    links.link(&["--only", "git-credential-jwt", "docker-credential-jwt"]).succeeds();
    assert_eq!(links.names(), ["docker-credential-jwt", "git-credential-jwt"]);
    links.link(&["--only", "keyring", "--only", "git-credential-jwt-prod"]).succeeds();
    assert_eq!(links.names(), ["docker-credential-jwt", "git-credential-jwt", "git-credential-jwt-prod", "keyring"]);
}

#[test]
fn link_overwrites_nothing() {
    let links = Links::new();
    let file = links.home.write("links/git-credential-jwt", "mine", 0o755);
    let dangling = links.directory.join("docker-credential-jwt");
    std::os::unix::fs::symlink("/nowhere", &dangling).unwrap();
    for name in ["git-credential-jwt", "docker-credential-jwt"] {
        links.link(&["--only", name]).fails(1, &["there is something else at ", name, "hint: it is not overwritten"]);
    }
    links.link(&[]).fails(1, &["there is something else at "]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(fs::read_link(&dangling).unwrap(), PathBuf::from("/nowhere"));
}

/// Homebrew's directories: a link that an upgrade moves leads to the program in a directory with its version.
#[test]
fn links_survive_an_upgrade_and_old_ones_are_replaced() {
    let links = Links::new();
    let home = &links.home;
    let install = |version: &str| {
        let there = home.path("Cellar").join(version);
        fs::create_dir_all(&there).unwrap();
        fs::hard_link(BINARY, there.join("jwt-credential"))
            .or_else(|_| fs::copy(BINARY, there.join("jwt-credential")).map(|_| ()))
            .unwrap();
        let stable = home.path("stable/jwt-credential");
        fs::create_dir_all(home.path("stable")).unwrap();
        let _ = fs::remove_file(&stable);
        std::os::unix::fs::symlink(format!("../Cellar/{version}/jwt-credential"), &stable).unwrap();
        stable
    };
    let works = |link: &str| {
        let mut command = home.program(links.directory.join(link));
        Ran::of(command.arg("capability")).succeeds();
    };
    let stable = install("0.1.0");
    let by_path = |program: &Path| Ran::of(home.program(program).arg("link").arg(&links.directory));
    by_path(&stable).succeeds();
    assert_eq!(fs::read_link(links.directory.join("git-credential-jwt")).unwrap(), stable);
    let mut by_name = home.program("/bin/sh");
    by_name.args(["-c", "PATH=\"$0:$PATH\"; exec jwt-credential link \"$1\" --only git-credential-jwt-prod"]);
    Ran::of(by_name.arg(home.path("stable")).arg(&links.directory)).succeeds();
    assert_eq!(fs::read_link(links.directory.join("git-credential-jwt-prod")).unwrap(), stable);
    // A link of before this promise.
    let versioned = home.path("Cellar/0.1.0/jwt-credential");
    let old = links.directory.join("docker-credential-jwt");
    fs::remove_file(&old).unwrap();
    std::os::unix::fs::symlink(&versioned, &old).unwrap();
    install("0.2.0");
    fs::remove_dir_all(home.path("Cellar/0.1.0")).unwrap();
    works("git-credential-jwt");
    works("git-credential-jwt-prod");
    assert!(old.metadata().is_err(), "it dangles");
    let told = by_path(&stable).succeeds().stdout;
    assert!(told.contains(&format!("made {}\n", old.display())), "{told}");
    assert_eq!(fs::read_link(&old).unwrap(), stable);
}

#[test]
fn link_removes_its_links_and_nothing_else() {
    let links = Links::new();
    links.link(&[]).succeeds();
    links.link(&["--only", "git-credential-jwt-prod", "keyring"]).succeeds();
    links.home.write("links/docker-credential-jwt-mine", "mine", 0o755);
    std::os::unix::fs::symlink(BINARY, links.directory.join("another-name")).unwrap();
    std::os::unix::fs::symlink("/nowhere", links.directory.join("git-credential-jwt-theirs")).unwrap();
    let told = links.link(&["--remove", "--only", "git-credential-jwt-prod"]).succeeds().stdout;
    assert_eq!(told, format!("removed {}\n", links.directory.join("git-credential-jwt-prod").display()));
    let told = links.link(&["--remove"]).succeeds().stdout;
    assert_eq!(told.lines().filter(|line| line.starts_with("removed ")).count(), NAMES.len() + 1, "{told}");
    assert_eq!(links.names(), ["another-name", "docker-credential-jwt-mine", "git-credential-jwt-theirs"]);
    assert!(links.link(&["--remove"]).succeeds().stdout.starts_with("no links to this program in "));
    links.home.run(["link", "--remove", "/absent/directory"]).fails(1, &["cannot read /absent/directory: "]);
}

#[test]
fn link_says_when_its_directory_is_not_on_the_path() {
    let links = Links::new();
    let note = format!("note: {} is not on the PATH", links.directory.display());
    assert!(links.link(&[]).succeeds().stdout.contains(&note));
    let mut command = links.home.command(["link"]);
    let path = std::env::join_paths([&links.directory, Path::new("/usr/bin")]).unwrap();
    let told = Ran::of(command.arg(&links.directory).env("PATH", path)).succeeds().stdout;
    assert!(!told.contains("note: "), "{told}");
}

#[test]
fn link_refuses_a_program_that_a_package_runner_will_remove() {
    let links = Links::new();
    for place in [".npm/_npx/1f/node_modules/.bin", ".cache/uv/archive-v0/x/bin", "tmp/bunx-0-jwt-credential"] {
        let directory = links.home.path(place);
        fs::create_dir_all(&directory).unwrap();
        let program = directory.join("jwt-credential");
        std::os::unix::fs::symlink(BINARY, &program).unwrap();
        let mut command = links.home.program(&program);
        Ran::of(command.arg("link").arg(&links.directory)).fails(1, &[place, "package runner", "install the program"]);
    }
    assert_eq!(links.names(), [""; 0]);
}

#[test]
fn link_refuses_a_name_that_no_tool_uses() {
    let links = Links::new();
    let unknown = "no tool calls the program by the name ";
    links.link(&["--only", "git-credential-jtw"]).fails(2, &[unknown, "did you mean git-credential-jwt?"]);
    links.link(&["--only", "docker-credential-jwt", "xyz"]).fails(2, &[unknown, "xyz", "the names are "]);
    links.link(&["--only", "git-credential-jwt-"]).fails(2, &[unknown]);
    links.link(&["--only", "jwt-credential"]).fails(2, &[unknown]);
    assert_eq!(links.names(), [""; 0]);
}

#[test]
fn link_makes_nothing_outside_its_directory() {
    let links = Links::new();
    let outside = links.home.path("git-credential-jwt");
    links.link(&["--only", "../git-credential-jwt"]).fails(2, &["../git-credential-jwt"]);
    links.link(&["--only", outside.to_str().unwrap()]).fails(2, &["git-credential-jwt"]);
    assert!(!outside.is_symlink() && links.names().is_empty());
}

#[test]
fn link_says_what_is_wrong_with_its_directory() {
    let links = Links::new();
    links.home.run(["link"]).fails(2, &["DIR"]);
    links.home.run(["link", "/absent/directory"]).fails(1, &["cannot make /absent/directory/", "No such file"]);
}

#[test]
fn a_suffix_of_the_name_selects_the_profile() {
    let links = Links::new();
    for name in ["prod", "stage-2"] {
        let ims = Endpoint::always(Answer::token(&format!("token-of-{name}"), DAY));
        let mut profile = oauth(&ims.origin());
        profile["hosts"] = json!(["git.example.com"]);
        links.home.profile(name, &profile);
    }
    for (name, token) in [
        ("git-credential-jwt-prod", "token-of-prod"),
        ("git-credential-jwt-stage-2", "token-of-stage-2"),
        ("git-credential-jwt-prod.exe", "token-of-prod"),
    ] {
        links.link(&["--only", name]).succeeds();
        assert!(links.git(name).contains(&format!("password={token}\n")), "{name}");
    }
    // Two profiles list the server: without a name, neither answers.
    for name in ["git-credential-jwt", "git-credential-jwt.exe"] {
        links.link(&["--only", name]).succeeds();
        assert_eq!(links.git(name), "");
    }
}

#[test]
fn an_option_wins_over_a_profile_in_the_name() {
    let links = Links::new();
    let ims = Endpoint::tokens(DAY);
    let mut profile = oauth(&ims.origin());
    profile["hosts"] = json!(["registry.example.com"]);
    links.home.profile("prod", &profile);
    links.link(&["--only", "pnpm-credential-jwt-absent"]).succeeds();
    let mut command = links.home.program(links.directory.join("pnpm-credential-jwt-absent"));
    assert_eq!(Ran::of(command.args(["-p", "prod"])).succeeds().stdout, "Bearer token-1\n");
    Ran::of(&mut links.home.program(links.directory.join("pnpm-credential-jwt-absent"))).fails(3, &["absent"]);
}
