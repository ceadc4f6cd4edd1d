//! The configuration of other tools: each fault, for each tool.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::json;

use super::{doctor, offline};
use crate::support::{BINARY, Home, oauth};

/// A tool's configuration, in which HOST is replaced by a server.
pub(super) struct Row {
    pub(super) tool: &'static str,
    file: &'static str,
    /// Names the helper for HOST.
    config: &'static str,
    /// The same with the profile PROFILE, if it can select one.
    with_profile: Option<&'static str>,
    /// Whether the tool's file pairs helper and server.
    names_server: bool,
    /// What names no helper of this program.
    other: &'static str,
    /// What its own parser rejects, if it has one.
    broken: Option<&'static str>,
    /// The program, below the home.
    program: &'static str,
}

pub(super) const ROWS: [Row; 6] = [
    Row {
        tool: "git",
        file: ".gitconfig",
        config: "[user]\n\tname = me\n[credential \"https://HOST\"]\n\thelper =\n\thelper = jwt # ours\n",
        with_profile: Some("[credential \"https://HOST/team\"]\nhelper = \"jwt -p PROFILE\"\n"),
        names_server: true,
        other: "[credential]\n\thelper = store\n",
        broken: None,
        program: "bin/git-credential-jwt",
    },
    Row {
        tool: "docker",
        file: ".docker/config.json",
        config: r#"{"auths": {}, "credHelpers": {"HOST": "jwt"}}"#,
        with_profile: Some(r#"{"credHelpers": {"https://HOST/v1/": "jwt-PROFILE"}}"#),
        names_server: true,
        other: r#"{"credsStore": "osxkeychain"}"#,
        broken: Some("{\"credHelpers\":"),
        program: "bin/docker-credential-jwt",
    },
    Row {
        tool: "kubectl",
        file: ".kube/config",
        config: "users:\n- name: jwt\n  user:\n    exec:\n      command: jwt-credential\n      args: [kubectl, --for, 'https://HOST/']\n",
        with_profile: Some(
            "users:\n- name: jwt\n  user:\n    exec:\n      command: jwt-credential\n      args: [kubectl, --profile=PROFILE]\n",
        ),
        names_server: true,
        other: "users:\n- name: aws\n  user: {exec: {command: aws}}\n",
        broken: Some("users: [\n"),
        program: "bin/jwt-credential",
    },
    Row {
        tool: "cargo",
        file: ".cargo/config.toml",
        config: "[registries.my]\nindex = \"sparse+https://HOST/index/\"\ncredential-provider = [\n  \"cargo-credential-jwt\",\n]\n",
        with_profile: Some(
            "[registries.my]\nindex = \"sparse+https://HOST/index/\"\n[registry]\n\
             global-credential-providers = [\"cargo:token\", \"cargo-credential-jwt -p PROFILE\"]\n",
        ),
        names_server: true,
        other: "[registry]\nglobal-credential-providers = [\"cargo:token\"]\n",
        broken: None,
        program: "bin/cargo-credential-jwt",
    },
    Row {
        tool: "terraform",
        file: ".terraformrc",
        config: "# credentials_helper \"old\" {}\ncredentials_helper \"jwt\" {\n  args = []\n}\n",
        with_profile: Some("credentials_helper \"jwt\" {\n  args = [\"-p\", \"PROFILE\"]\n}\n"),
        names_server: false,
        other: "plugin_cache_dir = \"/tmp\"\n",
        broken: None,
        program: ".terraform.d/plugins/terraform-credentials-jwt",
    },
    Row {
        tool: "pip",
        file: ".config/pip/pip.conf",
        config: "[global]\nkeyring-provider = subprocess\nextra-index-url =\n    https://oauth2@HOST/simple/\n    https://pypi.org/simple\n",
        with_profile: None,
        names_server: true,
        other: "[global]\nindex-url = https://pypi.org/simple\n",
        broken: None,
        program: "bin/keyring",
    },
];

/// A home in which the profile `default` lists `listed.example`.
fn home() -> Home {
    let home = Home::new();
    let mut profile = oauth("http://127.0.0.1:1");
    profile["hosts"] = json!(["listed.example"]);
    home.profile("default", &profile);
    fs::create_dir(home.path("bin")).unwrap();
    home
}

impl Row {
    fn write(&self, home: &Home, config: &str) {
        fs::create_dir_all(home.path(self.file).parent().unwrap()).unwrap();
        home.write(self.file, config, 0o644);
    }

    fn configure(&self, home: &Home, host: &str) {
        self.write(home, &self.config.replace("HOST", host));
    }

    fn link(&self, home: &Home, to: &str) {
        let path = home.path(self.program);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        symlink(to, path).unwrap();
    }

    fn name(&self) -> &str {
        Path::new(self.program).file_name().unwrap().to_str().unwrap()
    }
}

#[test]
fn a_tool_that_is_configured_well_is_ok() {
    for row in &ROWS {
        let home = home();
        row.configure(&home, "listed.example");
        row.link(&home, BINARY);
        let found = offline(&home);
        found.has("ok tool.helper", row.tool, &[row.program]).has_no("fail tool.host").has_no("warn tool.config");
        if row.names_server {
            found.has("ok tool.host", row.tool, &["https://listed.example", "\"default\""]);
        }
    }
}

#[test]
fn a_helper_that_is_missing_or_another_program_is_found() {
    for row in &ROWS {
        let home = home();
        row.configure(&home, "listed.example");
        offline(&home).has("fail tool.helper", row.tool, &[row.name(), " was not found in "]);
        row.link(&home, "/nonexistent");
        offline(&home).has("fail tool.helper", row.tool, &[row.name(), " was not found in "]);
        row.link(&home, "/bin/sh");
        offline(&home).has("warn tool.helper", row.tool, &[row.program, "which is another program"]);
    }
}

#[test]
fn a_server_that_no_profile_lists_is_found() {
    for row in ROWS.iter().filter(|row| row.names_server) {
        let home = home();
        row.configure(&home, "other.example");
        row.link(&home, BINARY);
        let words = ["no profile lists other.example", "jwt-credential hosts add other.example"];
        offline(&home).has("fail tool.host", row.tool, &words);
    }
}

#[test]
fn a_profile_that_does_not_exist_is_found() {
    for row in &ROWS {
        let Some(config) = row.with_profile else { continue };
        let home = home();
        row.write(&home, &config.replace("HOST", "listed.example").replace("PROFILE", "gone"));
        offline(&home).has("fail tool.profile", row.tool, &["\"gone\", which does not exist"]);
        row.write(&home, &config.replace("HOST", "listed.example").replace("PROFILE", "default"));
        offline(&home).has_no("fail tool.profile");
        if row.names_server && config.contains("HOST") {
            row.write(&home, &config.replace("HOST", "other.example").replace("PROFILE", "default"));
            let words = ["the profile \"default\" does not list other.example", "hosts add other.example -p default"];
            offline(&home).has("fail tool.host", row.tool, &words);
        }
    }
}

#[test]
fn a_tool_without_this_program_is_skipped() {
    for row in &ROWS {
        let home = home();
        offline(&home).has("skipped tool.config", row.tool, &["no user-level configuration"]);
        row.write(&home, row.other);
        let name = Path::new(row.file).file_name().unwrap().to_str().unwrap();
        offline(&home).has("skipped tool.config", row.tool, &[name, "does not name this program"]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_warning() {
    for row in &ROWS {
        let home = home();
        row.write(&home, &"#".repeat(1024 * 1024 + 1));
        offline(&home).has("warn tool.config", row.tool, &["is larger than 1024 KiB", "with"]);
        fs::write(home.path(row.file), b"\xff\xfe[").unwrap();
        offline(&home).has("warn tool.config", row.tool, &["is not UTF-8 text"]);
        if let Some(broken) = row.broken {
            row.write(&home, broken);
            offline(&home).has("warn tool.config", row.tool, &["JSON"]);
        }
    }
}

#[test]
fn no_password_of_a_configuration_is_printed() {
    let home = home();
    let (pip, git) = (&ROWS[5], &ROWS[0]);
    pip.write(
        &home,
        "[global]\nkeyring-provider = subprocess\nindex-url = https://me:hunter2@registry.example/simple\n",
    );
    git.write(
        &home,
        "[credential \"https://me:hunter2@a.example\"]\nhelper = jwt --secret hunter2\n[user]\ntoken = hunter2\n",
    );
    home.write(".netrc", "hunter2", 0o600);
    let found = offline(&home);
    assert!(!found.to_string().contains("hunter2"), "{found}");
    found.has("fail tool.helper", "pip", &[]).has("fail tool.helper", "git", &[]);
}

#[test]
fn variables_that_name_other_files_are_obeyed() {
    let home = home();
    for (tool, variable, file) in [
        ("git", "GIT_CONFIG_GLOBAL", "one/git"),
        ("docker", "DOCKER_CONFIG", "one/config.json"),
        ("kubectl", "KUBECONFIG", "one/kube"),
        ("cargo", "CARGO_HOME", "one/config.toml"),
        ("terraform", "TF_CLI_CONFIG_FILE", "one/terraform"),
        ("pip", "PIP_CONFIG_FILE", "one/pip"),
    ] {
        let row = ROWS.iter().find(|row| row.tool == tool).unwrap();
        fs::create_dir_all(home.path("one")).unwrap();
        home.write(file, &row.config.replace("HOST", "listed.example"), 0o644);
        let value = home.path(if ["DOCKER_CONFIG", "CARGO_HOME"].contains(&variable) { "one" } else { file });
        doctor(&home, &["--offline"], &[(variable, value.to_str().unwrap())]).has(
            "fail tool.helper",
            tool,
            &[row.name()],
        );
    }
}
