//! Hostile names and paths: what means something special to Windows.

use super::{Windows, ran};
use crate::support::Ran;

/// Windows takes these for devices or streams, changes them, or has no such name.
const NAMES: [&str; 29] = [
    "nul",
    "NUL",
    "Nul.txt",
    "nul ",
    "con",
    "CON.x",
    "aux",
    "prn.old",
    "com0",
    "com1",
    "COM9.old",
    "com\u{b9}",
    "lpt1",
    "LPT9",
    "conin$",
    "CONOUT$",
    "a:b",
    "default:stream",
    "default::$DATA",
    "trail.",
    "default.",
    "...",
    "x?y",
    "a b",
    "*",
    "a|b",
    "<default>",
    "%TEMP%",
    "\"default\"",
];

/// Paths to no profile.
const PATHS: [&str; 23] = [
    r"\\?\C:\none",
    r"\\?\",
    r"\\?\UNC\server\share\x.json",
    r"\\?\Z:\none\..\x.json",
    r"\\server\share\x.json",
    r"\\server",
    r"\\.\pipe\none",
    r"\\.\NUL",
    "nul.json",
    "con.json",
    r"C:\aux.json",
    r"Z:\none\x.json",
    r"Z:\none\x.json.",
    r"Z:\none\x.json ",
    r"..\x.json",
    r"\x.json",
    "/x.json",
    "C:x.json",
    r"C:\",
    r".\default.json:stream",
    "file:///Z:/x.json",
    r"%TEMP%\x.json",
    r"a|b\*?.json",
];

/// An error, and the user's profile is as it was.
fn is_refused(ran: &Ran, input: &str) {
    let says = ran.stderr.starts_with("jwt-credential: error: ");
    assert!([2, 3].contains(&ran.code) && ran.stdout.is_empty() && says, "{input}: {ran:?}");
}

#[test]
fn windows_refuses_names_that_are_devices_or_streams() {
    let Some((windows, endpoint)) = Windows::with_profile() else { return };
    for name in NAMES {
        windows.run(["json", "-p", name]).fails(2, &["not a valid profile name"]);
        windows.run(["use", name]).fails(2, &["not a valid profile name"]);
        windows.run(["rename", "default", name]).fails(2, &["not a valid profile name"]);
    }
    assert_eq!(endpoint.count(), 0);
    windows.run(["token"]).succeeds();
}

#[test]
fn windows_finds_no_profile_at_a_hostile_path() {
    let Some((windows, endpoint)) = Windows::with_profile() else { return };
    let long = format!(r"Z:\none\{}\x.json", "directory".repeat(33));
    for path in PATHS.into_iter().chain([long.as_str()]) {
        is_refused(&windows.run(["json", "-p", path]), path);
        is_refused(&windows.run(["import", path, "--as", "new"]), path);
    }
    assert_eq!(endpoint.count(), 0);
    let list = windows.run(["list", "--names"]).succeeds();
    assert_eq!(list.stdout, "default\n");
}

#[test]
fn windows_wants_absolute_paths_in_variables() {
    let Some(windows) = Windows::new() else { return };
    for variable in ["JWT_CREDENTIAL_CONFIG_DIR", "JWT_CREDENTIAL_CACHE_DIR"] {
        for path in ["config", r"\config", r"C:config", "/tmp/config", r"~\config"] {
            let mut command = windows.command(["status"]);
            ran(command.env(variable, path)).fails(3, &[variable, "absolute"]);
        }
    }
}

#[test]
fn windows_has_a_token_below_a_path_of_300_characters() {
    let Some((windows, endpoint)) = Windows::with_profile() else { return };
    let part = "directory".repeat(20);
    let deep = windows.home.path(&part).join(&part);
    std::fs::create_dir_all(deep.join("config/profiles")).unwrap();
    std::fs::copy(windows.home.path("config/profiles/default.json"), deep.join("config/profiles/default.json"))
        .unwrap();
    let deep = format!(r"{}\{part}", windows.path(&part));
    for _ in 0..2 {
        let mut command = windows.command(["token"]);
        command.env("JWT_CREDENTIAL_CONFIG_DIR", format!(r"{deep}\config"));
        command.env("JWT_CREDENTIAL_CACHE_DIR", format!(r"{deep}\cache"));
        assert_eq!(ran(&mut command).succeeds().stdout, "token-1\n");
    }
    assert_eq!(endpoint.count(), 1);
}

/// Starts a program with half of a surrogate pair in place of each `@`, in arguments and in a variable.
const SURROGATE: &str = r#"
#include <windows.h>
#include <stdlib.h>
#include <wchar.h>
int wmain(int argc, wchar_t **argv) {
    static wchar_t line[9000];
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION child;
    DWORD code;
    for (int i = 2; i < argc; i++) { wcscat(line, L" \""); wcscat(line, argv[i]); wcscat(line, L"\""); }
    for (wchar_t *c = line; *c; c++) if (*c == L'@') *c = 0xD800;
    if (wcscmp(argv[1], L"-")) SetEnvironmentVariableW(argv[1], L"C:\\\xD800");
    if (!CreateProcessW(NULL, line + 1, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) return 99;
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return code;
}
"#;

#[test]
fn windows_refuses_text_that_is_not_unicode() {
    let Some((windows, endpoint)) = Windows::with_profile() else { return };
    if !windows.compile("surrogate", SURROGATE) {
        return;
    }
    let run = |variable: &str, words: &[&str]| {
        let mut command = windows.other(windows.home.path("bin/surrogate.exe"));
        ran(command.args([variable, &windows.program]).args(words))
    };
    for words in [
        ["json", "-p", "@"],
        ["json", "-p", r"C:\@.json"],
        ["json", "-p", r".\@\x.json"],
        ["import", r"C:\@.json", "--dry-run"],
        ["json", "--for", "https://@.example.com"],
        ["json", "--timeout", "@"],
        ["json", "@", "@"],
        ["@", "@", "@"],
    ] {
        is_refused(&run("-", &words), &words.concat());
    }
    for variable in ["JWT_CREDENTIAL_PROFILE", "JWT_CREDENTIAL_CONFIG_DIR", "JWT_CREDENTIAL_PROFILE_JSON"] {
        is_refused(&run(variable, &["json"]), variable);
    }
    assert_eq!(endpoint.count(), 0);
    assert_eq!(run("-", &["exec", "--", "cmd", "/c", "exit 7", "@"]).code, 7);
}
