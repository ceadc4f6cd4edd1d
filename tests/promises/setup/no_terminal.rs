//! `init` without a terminal never waits for an answer, and all answers can be given as options.

use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::questions::{files, written};
use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::terminal::Person;
use crate::support::{
    CERTIFICATE, CLIENT_ID, Home, ORG_ID, PRIVATE_KEY, Ran, SECRET, TECHNICAL_ACCOUNT_ID, oauth_home,
};
use crate::support::{has_client, oauth};

const MISSING: &str = "no terminal to ask at, and these are missing: --client-id, --client-secret, --scopes\n";
const OTHER_SECRET: &str = "s8e-another-CANARY";

/// `init` with the OAuth grant and all its answers, the secret from the variable `OUR_SECRET`, without a terminal.
fn oauth_options(home: &Home, endpoint: &Endpoint, more: &[&str]) -> Command {
    let mut command = home.command(["init", "--ims", &endpoint.origin()]);
    command.args(["--client-id", CLIENT_ID, "--client-secret", "env:OUR_SECRET", "--scopes", "openid,AdobeID"]);
    command.args(more).env("OUR_SECRET", SECRET);
    command
}

/// The same with this value as the secret.
fn without_reference(home: &Home, endpoint: &Endpoint, secret: &str) -> Command {
    let mut command = home.command(["init", "--ims", &endpoint.origin(), "--client-id", CLIENT_ID]);
    command.args(["--scopes", "openid", &format!("--client-secret={secret}")]);
    command
}

/// All answers for the JWT grant except the key. It runs in the home's directory, where files hold the secret, a key
/// and its certificate.
fn jwt_options(home: &Home, endpoint: &Endpoint, more: &[&str]) -> Command {
    home.write("secret", &format!("{SECRET}\n"), 0o600);
    home.write("elsewhere.key", PRIVATE_KEY, 0o600);
    home.write("elsewhere.crt", CERTIFICATE, 0o644);
    let mut command = home.command(["init", "--ims", &endpoint.origin(), "adobe-jwt"]);
    command.args(["--client-id", CLIENT_ID, "--client-secret", "file:secret", "--org-id", ORG_ID]);
    command.args(["--technical-account-id", TECHNICAL_ACCOUNT_ID, "--metascopes", "ent_aem_cloud_api"]);
    command.args(more).current_dir(home.path(""));
    command
}

#[test]
fn without_a_terminal_missing_answers_are_named_at_once() {
    let home = Home::new();
    let (pipe, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"\nid\nsecret\n\nopenid\n").unwrap();
    let (mut by_null, mut by_pipe, mut of_jwt) =
        (home.command(["init"]), home.command(["init"]), home.command(["init", "adobe-jwt"]));
    let missing_of_jwt = "--client-id, --client-secret, --org-id, --technical-account-id, --metascopes\n";
    for (command, missing) in [(&mut by_null, MISSING), (by_pipe.stdin(pipe), MISSING), (&mut of_jwt, missing_of_jwt)] {
        let began = Instant::now();
        Ran::of(command).fails(2, &[missing, "jwt-credential init --help"]);
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
    let one =
        home.run(["init", "--client-id", CLIENT_ID, "--scopes", "openid"]).fails(2, &["missing: --client-secret\n"]);
    assert!(!one.stderr.contains("--scopes"), "{one:?}");
    assert!(files(&home).is_empty() && !home.path("cache").exists());
}

#[test]
fn if_a_stream_is_not_the_terminal_nothing_is_asked() {
    let home = Home::new();
    let lines = [
        "jwt-credential init </dev/null",
        "printf '\\nid\\nsecret\\n\\nopenid\\n' | jwt-credential init",
        "jwt-credential init 2>\"$HOME/err\"; code=$?; cat \"$HOME/err\"; exit $code",
        "exec setsid -w jwt-credential init",
    ];
    for line in lines {
        if line.contains("setsid") && !has_client("setsid") {
            continue;
        }
        let Some(person) = Person::runs(&home, &["/bin/sh", "-c", line]) else { return };
        let seen = person.leaves().ends(2, &[MISSING]);
        assert!(!seen.screen.contains("> ") && seen.took < Duration::from_secs(1), "{line}: {seen:?}");
    }
    assert!(files(&home).is_empty());
}

#[test]
fn options_make_an_oauth_profile_with_a_secret_reference() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let ran = Ran::of(&mut oauth_options(&home, &endpoint, &["--as", "ci", "--org-id", ORG_ID])).succeeds();
    assert!(ran.stdout.contains("it works") && ran.stdout.ends_with("jwt-credential json\n"), "{ran:?}");
    let profile = written(&home, "ci");
    assert_eq!(profile["client_secret"], json!({"env": "OUR_SECRET"}));
    assert_eq!((&profile["scopes"], &profile["org_id"]), (&json!(["openid", "AdobeID"]), &json!(ORG_ID)));
    assert_eq!((endpoint.count(), endpoint.asked()[0].field("client_secret")), (1, Some(SECRET.into())));
    home.run(["-p", "ci", "token", "--refresh"]).fails(3, &["OUR_SECRET is not set"]);
}

#[test]
fn paths_of_options_are_relative_to_the_callers_directory() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let pair = ["--private-key", "elsewhere.key", "--certificate", "elsewhere.crt"];
    let ran = Ran::of(&mut jwt_options(&home, &endpoint, &pair)).succeeds();
    assert!(ran.stdout.contains("it works") && ran.stdout.ends_with("jwt-credential json\n"), "{ran:?}");
    assert_eq!(endpoint.count(), 1);
    assert_eq!(written(&home, "adobe")["client_secret"], json!({"file": home.path("secret")}));
    assert_eq!(files(&home), ["keys/adobe.crt", "keys/adobe.key", "profiles/adobe.json"]);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "from any other directory");
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_quoted() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let words =
        ["--client-secret takes env:NAME, file:PATH or command:PROGRAM ARGS", "seen by every user of the machine"];
    for secret in [SECRET.to_owned(), format!("ENV:{SECRET}"), "env".into(), String::new()] {
        Ran::of(&mut without_reference(&home, &endpoint, &secret)).fails(2, &words);
    }
    let no_name = Ran::of(&mut without_reference(&home, &endpoint, &format!("env:{SECRET}")));
    assert!([2, 3].contains(&no_name.code), "{no_name:?}");
    assert!(files(&home).is_empty() && endpoint.count() == 0);
}

#[test]
fn a_refused_option_leaves_no_key_behind() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    for option in [["--client-secret", SECRET], ["--org-id", "elsewhere"], ["--metascopes", ","], ["--ims", "no host"]]
    {
        let mut args = vec!["init", "adobe-jwt"];
        let usual = [
            ["--ims", &endpoint.origin()],
            ["--client-id", CLIENT_ID],
            ["--client-secret", "env:OUR_SECRET"],
            ["--org-id", ORG_ID],
            ["--technical-account-id", TECHNICAL_ACCOUNT_ID],
            ["--metascopes", "ent_aem_cloud_api"],
        ];
        args.extend(usual.iter().flat_map(|usual| if usual[0] == option[0] { &option } else { usual }));
        let ran = home.run(&args);
        assert!([2, 3].contains(&ran.code), "{option:?}: {ran:?}");
        assert!(files(&home).is_empty() && ran.stdout.is_empty(), "{option:?}: {:?} {ran:?}", files(&home));
    }
}

#[test]
fn a_new_key_pair_is_tried_only_after_its_upload() {
    if !has_client("openssl") {
        return;
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let ran = Ran::of(&mut jwt_options(&home, &endpoint, &[])).succeeds();
    assert!(ran.stdout.contains(home.path("config/keys/adobe.crt").to_str().unwrap()), "{ran:?}");
    assert_eq!(
        (endpoint.count(), files(&home)),
        (0, ["keys/adobe.crt", "keys/adobe.key", "profiles/adobe.json"].map(Into::into).into())
    );
    let next = ran.stdout.lines().last().unwrap().strip_prefix("once the certificate is uploaded: ").unwrap();
    assert_eq!(Ran::of(home.program("/bin/sh").args(["-c", next])).succeeds().json()["access_token"], "token-1");
}

#[test]
fn force_shows_the_difference_and_keeps_the_old_profile() {
    let (home, endpoint) = oauth_home();
    let old = fs::read(home.path("config/profiles/default.json")).unwrap();
    Ran::of(&mut oauth_options(&home, &endpoint, &["--as", "default"])).fails(2, &["there is a profile", "--force"]);
    let ran = Ran::of(oauth_options(&home, &endpoint, &["--as", "default", "--force"]).env("OUR_SECRET", OTHER_SECRET))
        .succeeds();
    let backup = home.path("config/profiles/default.json.bak");
    for part in ["would change:\n", "client_secret", " → {\"env\":\"OUR_SECRET\"}", &backup.display().to_string()] {
        assert!(ran.stdout.contains(part), "{part:?} is not in {ran:?}");
    }
    assert_eq!(fs::read(backup).unwrap(), old);
    assert_eq!(written(&home, "default")["client_secret"], json!({"env": "OUR_SECRET"}));
    assert_eq!(endpoint.asked()[0].field("client_secret"), Some(OTHER_SECRET.into()));
    assert_eq!(endpoint.count(), 1, "one request");
}

#[test]
fn force_changes_nothing_if_the_new_profile_is_refused() {
    let home = Home::new();
    let endpoint = Endpoint::always(Answer::refusal(401, "invalid_client", "client_secret?"));
    home.profile("default", &oauth(&endpoint.origin()));
    let old = fs::read(home.path("config/profiles/default.json")).unwrap();
    let ran = Ran::of(oauth_options(&home, &endpoint, &["--as", "default", "--force"]).env("OUR_SECRET", OTHER_SECRET));
    assert!(
        ran.code == 4 && ran.stderr.contains("nothing was changed, because the test of the new profile failed"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("is written"), "{ran:?}");
    assert_eq!((files(&home), endpoint.count()), (vec!["profiles/default.json".to_owned()], 1));
    assert_eq!(fs::read(home.path("config/profiles/default.json")).unwrap(), old);
}
