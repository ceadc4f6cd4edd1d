//! Programs that the program starts, and programs that call it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::{Windows, client, ran, windows_path};
use crate::support::ca::Ca;
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};

/// Prints its arguments, and the text of the file after `-K`.
const CURL: &str = r#"
#include <stdio.h>
#include <wchar.h>
int wmain(int argc, wchar_t **argv) {
    for (int i = 1; i < argc; i++) {
        printf("argument %ls\n", argv[i]);
        if (wcscmp(argv[i], L"-K") == 0) {
            char line[9000];
            FILE *file = _wfopen(argv[i + 1], L"r");
            while (file && fgets(line, sizeof line, file)) printf("config %s", line);
        }
    }
    return 22;
}
"#;

#[test]
fn windows_exec_gives_the_variables_and_the_exit_code() {
    let Some((windows, _endpoint)) = Windows::with_profile() else { return };
    fs::write(windows.home.path("bin/tool.cmd"), "@echo %ACCESS_TOKEN% %1\r\n@exit /b 9\r\n").unwrap();
    let tool = windows.run(["exec", "--", "tool", "a b"]);
    assert_eq!((tool.code, tool.stdout.trim_end()), (9, "token-1 \"a b\""), "{tool:?}");
    let shell = windows.run(["exec", "--name", "T", "--", "cmd", "/c", "echo %T% & exit 7"]);
    assert_eq!((shell.code, shell.stdout.trim_end()), (7, "token-1"), "{shell:?}");
    windows.run(["exec", "--", "no-such-program"]).fails(127, &["cannot run no-such-program"]);
    assert_eq!(windows.run(["mock", "--", "cmd", "/c", "exit 7"]).code, 7);
}

#[test]
fn windows_cmd_sets_the_variables_of_env() {
    let Some((windows, _endpoint)) = Windows::with_profile() else { return };
    let program = windows_path(Path::new(&windows.program));
    // Wine's cmd does not run a line that `for /f` read.
    let script =
        format!("@echo off\r\n{program} env --shell cmd >lines.cmd\r\ncall lines.cmd\r\necho %ACCESS_TOKEN%\r\n");
    fs::write(windows.home.path("set.cmd"), script).unwrap();
    let output = windows
        .other("cmd")
        .args(["/c", &windows.path("set.cmd")])
        .current_dir(windows.home.path(""))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), "token-1", "{output:?}");
}

#[test]
fn windows_curl_reads_the_headers_from_a_file_that_goes() {
    let Some((windows, _endpoint)) = Windows::with_profile() else { return };
    if !windows.compile("curl", CURL) {
        return;
    }
    let curl = windows.run(["curl", "--", "-sS", "https://api.example.com/"]);
    assert_eq!(curl.code, 22, "{curl:?}");
    assert!(curl.stdout.contains("config header = \"Authorization: Bearer token-1\""), "{curl:?}");
    let arguments: Vec<&str> = curl.stdout.lines().filter_map(|line| line.strip_prefix("argument ")).collect();
    assert!(!arguments.concat().contains("token-1"), "{arguments:?}");
    let at = arguments.iter().position(|argument| *argument == "-K").unwrap() + 1;
    let gone = windows.other("cmd").args(["/c", "if exist", arguments[at], "echo there"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&gone.stdout), "", "{arguments:?}");
}

#[test]
fn windows_asks_for_a_passphrase_that_is_not_shown() {
    let Some(windows) = Windows::new() else { return };
    let endpoint = Endpoint::tokens(DAY);
    let Some(person) = windows.at_a_passphrase(&[], &endpoint) else { return };
    // Wine takes the echo from the terminal only once the program reads.
    let seen = person.types_after("passphrase", Duration::from_millis(500), "correct horse\r").leaves();
    assert!(seen.screen.contains("token-1") && !seen.screen.contains("horse"), "{}", seen.screen);
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn windows_links_answer_by_their_names_and_are_replaced() {
    let Some((windows, _endpoint)) = Windows::with_profile() else { return };
    let bin = windows.path("bin");
    let made = windows.run(["link", &bin]).succeeds();
    assert!(made.stdout.contains("git-credential-jwt.exe"), "{made:?}");
    let again = windows.run(["link", &bin]).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with("is there already")), "{again:?}");
    let docker = ran(windows.other(windows.home.path("bin/docker-credential-jwt.exe")).arg("list"));
    assert_eq!((docker.code, docker.stdout.trim_end()), (0, "{}"), "{docker:?}");
    // A copy of another version, as it is left by an upgrade.
    let link = windows.home.path("bin/git-credential-jwt.exe");
    let mut old = fs::read(&link).unwrap();
    old.extend(b"older");
    fs::remove_file(&link).unwrap();
    fs::write(&link, old).unwrap();
    assert!(windows.run(["link", &bin]).succeeds().stdout.contains(r"made Z:\"));
    fs::remove_file(&link).unwrap();
    fs::write(&link, "another program").unwrap();
    windows.run(["link", &bin]).fails(1, &["there is something else at", "git-credential-jwt.exe"]);
}

fn has_token(asked: &[Asked]) -> bool {
    asked.iter().any(|asked| asked.header("authorization") == Some("Bearer token-1"))
}

#[test]
fn windows_kubectl_sends_our_token() {
    let Some((windows, _endpoint)) = Windows::with_profile() else { return };
    let Some(kubectl) = client("kubectl.exe") else { return };
    let Some(ca) = Ca::new(&windows.home) else { return };
    let server = ca.endpoint(|_, _| Answer::new(200, &[], "hello"));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {
            "server": format!("https://127.0.0.1:{}", server.port()), "certificate-authority": windows_path(&ca.pem)}}],
        "users": [{"name": "u", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": windows_path(Path::new(&windows.program)),
            "args": ["kubectl"], "interactiveMode": "Never"}}}],
    });
    windows.home.write("kubeconfig", &config.to_string(), 0o600);
    let mut command = windows.other(kubectl);
    command.env("KUBECONFIG", windows.path("kubeconfig")).args(["get", "--raw", "/api"]);
    let ran = ran(&mut command);
    assert!(has_token(&server.asked()), "{ran:?}: {:?}", server.asked());
}

#[test]
fn windows_rclone_sends_our_token() {
    let Some((windows, _endpoint)) = Windows::with_profile() else { return };
    let Some(rclone) = client("rclone.exe") else { return };
    let server = Endpoint::always(Answer::new(404, &[], ""));
    let command = format!("{} rclone", windows_path(Path::new(&windows.program)));
    let config = format!("[dav]\ntype = webdav\nurl = {}\nbearer_token_command = {command}\n", server.origin());
    windows.home.write("rclone.conf", &config, 0o600);
    let mut command = windows.other(rclone);
    command.args([
        "--config",
        &windows.path("rclone.conf"),
        "--retries",
        "1",
        "--low-level-retries",
        "1",
        "lsf",
        "dav:",
    ]);
    let ran = ran(&mut command);
    assert!(has_token(&server.asked()), "{ran:?}: {:?}", server.asked());
}
