//! What a machine does to the program: a full disk, a virus scanner, a user who presses Ctrl-C.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use super::{WINE, Windows, ran, windows_path};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::terminal::CTRL_C;

#[test]
fn windows_says_when_the_disk_cannot_be_written() {
    let Some(windows) = Windows::new() else { return };
    let endpoint = Endpoint::tokens(DAY);
    windows.home.oauth_at(&endpoint);
    windows.home.write("file", "", 0o600);
    let mut command = windows.command(["token"]);
    let ran = ran(command.env("JWT_CREDENTIAL_CACHE_DIR", windows.path("file") + r"\cache"));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "token-1\n"), "{ran:?}");
    assert!(ran.stderr.contains("not cached"), "{ran:?}");
}

#[test]
fn windows_gives_a_token_that_a_full_disk_cannot_keep() {
    let Some((windows, endpoint)) = Windows::with_profile() else { return };
    fs::create_dir(windows.home.path("cache")).unwrap();
    for number in 1..=2 {
        // No file may grow: what can be had of a full disk without mounting one.
        let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
        let mut shell = windows.home.program("/bin/sh");
        shell.args(["-c", script, WINE, &windows.program, "token"]).envs(windows.variables());
        let ran = ran(&mut shell);
        assert_eq!(ran.succeeds().stdout, format!("token-{number}\n"));
        assert_eq!(windows.home.record_path(), None);
    }
    assert_eq!(windows.run(["token"]).succeeds().stdout, "token-3\n");
    assert_eq!(windows.run(["token"]).succeeds().stdout, "token-3\n");
    assert_eq!(endpoint.count(), 3);
}

/// Opens a file for a second, as a virus scanner does: no other program can open, replace or remove it meanwhile.
const SCANNER: &str = r#"
#include <windows.h>
#include <stdio.h>
int wmain(int argc, wchar_t **argv) {
    HANDLE file = CreateFileW(argv[1], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return 1;
    puts("open");
    fflush(stdout);
    Sleep(1000);
    return 0;
}
"#;

/// A virus scanner that has this file open.
fn scanner(windows: &Windows, file: &str) -> Child {
    let mut command = windows.other(windows.home.path("bin/scanner.exe"));
    let mut scanner = command.arg(file).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(scanner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), "open", "{file}");
    scanner
}

#[test]
fn windows_waits_for_a_virus_scanner_that_has_its_files_open() {
    let Some((windows, endpoint)) = Windows::with_profile() else { return };
    if !windows.compile("scanner", SCANNER) {
        return;
    }
    let profile = windows.path("config/profiles/default.json");
    for number in 1..=2 {
        let mut held = scanner(&windows, &profile);
        assert_eq!(windows.run(["token", "--refresh"]).succeeds().stdout, format!("token-{number}\n"));
        held.wait().unwrap();
    }
    let record = windows_path(&windows.home.record_path().unwrap());
    let mut held = scanner(&windows, &record);
    assert_eq!(windows.run(["token"]).succeeds().stdout, "token-2\n");
    held.wait().unwrap();
    let mut held = scanner(&windows, &record);
    assert_eq!(windows.run(["token", "--refresh"]).succeeds().stdout, "token-3\n");
    held.wait().unwrap();
    assert_eq!(windows.run(["token"]).succeeds().stdout, "token-3\n", "it was saved");
    let mut held = scanner(&windows, &record);
    windows.run(["forget"]).succeeds();
    held.wait().unwrap();
    assert_eq!(windows.run(["token"]).succeeds().stdout, "token-4\n", "it was removed");
    assert_eq!(endpoint.count(), 4);
}

/// Starts a program, and later puts Ctrl-C into the input of the console, as the keyboard of Windows does.
const TYPIST: &str = r#"
#include <windows.h>
#include <wchar.h>
int wmain(int argc, wchar_t **argv) {
    wchar_t line[9000];
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION child;
    DWORD count;
    INPUT_RECORD key = {.EventType = KEY_EVENT, .Event.KeyEvent = {
        .bKeyDown = TRUE, .wRepeatCount = 1, .wVirtualKeyCode = 'C', .uChar.UnicodeChar = 3,
        .dwControlKeyState = LEFT_CTRL_PRESSED}};
    HANDLE console = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE, 3, NULL, OPEN_EXISTING, 0, NULL);
    swprintf(line, 9000, L"%ls %ls", argv[1], argv[2]);
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) return 99;
    while (WaitForSingleObject(child.hProcess, 1000) == WAIT_TIMEOUT)
        if (!WriteConsoleInputW(console, &key, 1, &count)) return 98;
    GetExitCodeProcess(child.hProcess, &count);
    return count;
}
"#;

#[test]
fn windows_ends_with_130_at_ctrl_c_during_a_question() {
    let Some((windows, endpoint)) = Windows::with_profile() else { return };
    if !windows.compile("typist", TYPIST) {
        return;
    }
    let Some(person) = windows.at_a_passphrase(&["typist"], &endpoint) else { return };
    let seen = person.leaves();
    assert!(seen.code == 130 && seen.screen.contains("interrupted"), "{seen:?}");
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn windows_ends_at_ctrl_c_in_a_terminal_of_unix() {
    let Some((windows, endpoint)) = Windows::with_profile() else { return };
    let Some(person) = windows.at_a_passphrase(&[], &endpoint) else { return };
    let seen = person.types_after("passphrase", Duration::from_millis(500), &format!("corr{CTRL_C}")).leaves();
    // Wine 8 makes an event of the terminal's signal and ends the process with 0. The key does not reach it.
    assert!(!seen.screen.contains("corr") && !seen.screen.contains("token-"), "{seen:?}");
    assert!(seen.took < Duration::from_secs(5), "{seen:?}");
    assert_eq!(endpoint.count(), 0);
}

/// Ends at Ctrl-C with a code of its own, a moment later.
const PATIENT: &str = r#"
#include <windows.h>
static void say(const char *text) {
    DWORD written;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, lstrlenA(text), &written, NULL);
}
static BOOL WINAPI ctrl_c(DWORD event) {
    say("caught");
    Sleep(300);
    ExitProcess(9);
}
int wmain(void) {
    SetConsoleCtrlHandler(ctrl_c, TRUE);
    say("waiting");
    Sleep(8000);
    return 1;
}
"#;

#[test]
fn windows_passes_ctrl_c_to_the_program_of_exec() {
    let Some((windows, _endpoint)) = Windows::with_profile() else { return };
    if !windows.compile("patient", PATIENT) {
        return;
    }
    let Some(person) = windows.at_console(&[&windows.program, "exec", "--", "patient"]) else { return };
    let seen = person.types("waiting", CTRL_C).leaves();
    assert!(seen.code == 9 && seen.screen.contains("caught"), "{seen:?}");
}

#[test]
fn windows_needs_no_variable_for_its_directories() {
    let Some(windows) = Windows::new() else { return };
    let names = ["LOCALAPPDATA", "APPDATA", "USERPROFILE", "HOMEPATH", "TEMP", "TMP"];
    let script = names.map(|name| format!("set {name}=&& ")).concat();
    let mut command = windows.other("cmd");
    command.env_remove("JWT_CREDENTIAL_CONFIG_DIR").env_remove("JWT_CREDENTIAL_CACHE_DIR");
    let ran = ran(command.args(["/c", &format!("{script}{} json -p no-such-profile", windows.program)]));
    ran.fails(3, &["no profile", r"\AppData\Local\jwt-credential\profiles"]);
}
