//! If a file lacks a part of the credential, the error shows a command line that makes a profile of it.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::downloads::Account;
use crate::support::endpoint::{DAY, DAY_MS, Endpoint};
use crate::support::files::files_below;
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran};

const METASCOPES: &str = "ent_aem_cloud_api,ent_user_sdk";
const ELSEWHERE: &str = "http://127.0.0.1:1";

/// A home with a key pair in the directory of the downloads.
fn bench() -> Home {
    let home = Home::new();
    home.write("private.key", PRIVATE_KEY, 0o600);
    home.write("certificate_pub.crt", CERTIFICATE, 0o600);
    home
}

/// Runs the line that a failure shows, in the directory of the files, with its placeholders filled in.
#[track_caller]
fn run_line(home: &Home, failure: &Ran, credential: &str) -> Ran {
    let line = failure.stderr.lines().find_map(|line| line.split_once("jwt-credential import ")).expect("a line").1;
    let line = format!("jwt-credential import {line}").replace("LIST", METASCOPES).replace("ORIGIN", ELSEWHERE);
    let line = line.replace("--select NAME", &format!("--select {credential}"));
    // A hint of `import` repeats the switch.
    let line = if line.contains("--no-check") { line } else { line + " --no-check" };
    eprintln!("{line}");
    // No request may reach Adobe's own endpoint, even if ours is lost from the line.
    let mut shell = home.program("/bin/sh");
    shell.env("HTTPS_PROXY", ELSEWHERE).env("NO_PROXY", "127.0.0.1");
    Ran::of(shell.args(["-c", &line]).current_dir(home.path("")))
}

/// Asserts that the call fails with these words, and that the line it shows then succeeds.
#[track_caller]
fn is_completed(home: &Home, words: &str) {
    let failure = home.import(words);
    assert_eq!((failure.code, failure.stdout.as_str()), (3, ""), "{failure:?}");
    assert!(files_below(&home.path("config")).is_empty(), "{failure:?}");
    let ran = run_line(home, &failure, "id-2");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "after {words}: {ran:?}");
}

/// An OAuth credential without its scopes.
fn without_scopes() -> Json {
    let mut document = Account::own().console_oauth();
    document.as_object_mut().unwrap().remove("SCOPES");
    document
}

/// AEM service credentials with another endpoint than Adobe's.
fn elsewhere() -> Json {
    let mut document = Account::own().aem();
    document["integration"]["imsEndpoint"] = json!("ims.example.com");
    document
}

#[test]
fn the_shown_line_completes_the_file() {
    let account = Account::own();
    let project = account.project(&[("One", "id-1"), ("Two", "id-2")]);
    let rows =
        [("jwt", account.console_jwt()), ("oauth", without_scopes()), ("project", project), ("aem", elsewhere())];
    for (name, document) in rows {
        let home = bench();
        let name = format!("{name}.json");
        home.download(&name, &document);
        is_completed(&home, &name);
        home.run(["show"]).succeeds();
    }
}

#[test]
fn the_shown_line_completes_a_file_used_as_a_profile() {
    for (name, document) in [("jwt", Account::own().console_jwt()), ("oauth", without_scopes())] {
        let home = bench();
        home.download(&format!("{name}.json"), &document);
        let mut command = home.command(["token", "-p", &format!("./{name}.json")]);
        let failure = Ran::of(command.current_dir(home.path(""))).fails(3, &["has no \"", "jwt-credential import"]);
        run_line(&home, &failure, "").succeeds();
    }
}

/// The downloaded file is in the place of the profile `default`.
#[test]
fn the_shown_line_completes_a_file_among_the_profiles() {
    let (home, endpoint) = (bench(), Endpoint::tokens(DAY_MS));
    let mut document = Account::own().aem();
    document["integration"]["imsEndpoint"] = json!(endpoint.origin());
    document["integration"]["metascopes"] = json!("");
    home.download("config/profiles/default.json", &document);
    let failure = home.run(["token"]).fails(3, &["has no \"metascopes\"", "jwt-credential import"]);
    let ran = run_line(&home, &failure, "");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn the_line_keeps_the_name() {
    let home = bench();
    home.download("jwt.json", &Account::own().console_jwt());
    is_completed(&home, "jwt.json --as prod");
    assert_eq!(files_below(&home.path("config")), ["config.json", "keys/prod.key", "profiles/prod.json"]);
}

#[test]
fn the_line_keeps_the_files_that_were_given() {
    for words in ["jwt.json private.key certificate_pub.crt", "certificate_pub.crt --private-key private.key jwt.json"]
    {
        let home = bench();
        home.download("jwt.json", &Account::own().console_jwt());
        is_completed(&home, words);
        assert_eq!(
            files_below(&home.path("config")),
            ["keys/default.crt", "keys/default.key", "profiles/default.json"],
            "{words}"
        );
    }
}

#[test]
fn the_line_keeps_the_options_that_were_given() {
    let home = bench();
    home.download("jwt.json", &Account::own().console_jwt());
    is_completed(&home, &format!("jwt.json --metascopes {METASCOPES}"));
    assert_eq!(home.profile_of("default")["metascopes"], json!(METASCOPES.split(',').collect::<Vec<_>>()));
}

/// Without it, the secret would go to an endpoint that the user did not name.
#[test]
fn the_line_keeps_the_endpoint_that_was_given() {
    let (home, endpoint) = (bench(), Endpoint::tokens(DAY_MS));
    home.download("jwt.json", &Account::own().console_jwt());
    is_completed(&home, &format!("jwt.json --ims {}", endpoint.origin()));
    assert_eq!(home.profile_of("default")["ims"], endpoint.origin());
}

#[test]
fn the_line_keeps_the_selected_credential() {
    let home = bench();
    let mut project = Account::own().project(&[("One", "id-1"), ("Two", "id-2")]);
    let credentials = &mut project["project"]["workspace"]["details"]["credentials"];
    credentials[1]["oauth_server_to_server"]["scopes"] = json!([]);
    home.download("project.json", &project);
    is_completed(&home, "project.json --select Two");
    assert_eq!(home.profile_of("default")["client_id"], "id-2");
}

#[test]
fn the_line_asks_for_everything_missing_at_once() {
    let home = bench();
    let mut document = elsewhere();
    for key in ["metascopes", "privateKey", "publicKey"] {
        document["integration"].as_object_mut().unwrap().remove(key);
    }
    home.download("aem.json", &document);
    is_completed(&home, "aem.json");
}

#[test]
fn the_line_keeps_the_force_option() {
    let (home, endpoint) = (bench(), Endpoint::tokens(DAY));
    home.oauth_at(&endpoint);
    home.download("oauth.json", &without_scopes());
    let failure = home.import("oauth.json --force").fails(3, &["has no \"scopes\"", "jwt-credential import"]);
    let ran = run_line(&home, &failure, "");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn a_path_in_the_line_is_quoted_for_a_shell() {
    for name in ["a credential.json", "$HOME.json", "Ann's credential.json"] {
        let home = bench();
        home.download(name, &without_scopes());
        let failure = Ran::of(home.importing("--as prod").arg(name));
        run_line(&home, &failure.fails(3, &["has no \"scopes\""]), "").succeeds();
        fs::remove_file(home.path("config/profiles/prod.json")).unwrap();
    }
}

#[test]
fn a_path_that_looks_like_an_option_is_none_in_the_line() {
    let home = bench();
    home.download("-credential.json", &without_scopes());
    let failure = home.import("--as prod -- -credential.json").fails(3, &["has no \"scopes\""]);
    let ran = run_line(&home, &failure, "");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}
