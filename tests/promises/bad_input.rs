//! A bad profile, value or key gives an error that names it: no panic, no request, and no secret in a message
//! (every `Ran` is searched for them).

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::support::endpoint::Endpoint;
use super::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, SECRET, has_client, jwt, oauth};

const NOWHERE: &str = "https://ims.example";

fn tokens() -> Endpoint {
    Endpoint::tokens(86_399, Duration::ZERO)
}

#[test]
fn a_file_that_is_no_profile_is_named_with_what_is_wrong() {
    let home = Home::new();
    let rows = [
        ("", "is not JSON (line 1"),
        ("{\n\"grant\": adobe-jwt}", "is not JSON (line 2"),
        ("grant = adobe-jwt", "is not JSON"),
        (r#"{"grant": "adobe-jwt"} {}"#, "is not JSON"),
        ("[]", "is not a JSON object"),
        ("null", "is not a JSON object"),
        (r#"{"grant": "adobe-jwt", "grant": "adobe-jwt"}"#, "each key once"),
        ("{}", "has no \"grant\""),
        (r#"{"grant": "adobe-saml"}"#, "hint: one of: adobe-jwt, adobe-oauth"),
        (r#"{"grant": ["adobe-jwt"]}"#, "\"grant\" that is not known"),
        (&" ".repeat(70_000), "larger than 64 KiB"),
    ];
    for (text, word) in rows {
        home.write("config/default.json", text, 0o600);
        home.run(["token"]).fails(3, &[word, "config/default.json"]);
    }
}

#[test]
fn each_key_that_a_grant_needs_is_asked_for() {
    let home = Home::new();
    let of_jwt = ["client_id", "client_secret", "org_id", "technical_account_id", "metascopes", "private_key"];
    for (profile, keys) in [(oauth(NOWHERE), &["client_id", "client_secret", "scopes"][..]), (jwt(NOWHERE), &of_jwt)] {
        for key in keys {
            let mut profile = profile.clone();
            profile.as_object_mut().unwrap().remove(*key);
            home.profile("default", &profile);
            home.run(["token"]).fails(3, &[&format!("has no \"{key}\""), "config/default.json"]);
        }
    }
}

#[test]
fn a_wrong_key_or_value_is_named() {
    let home = Home::new();
    let rows = [
        ("client_secert", json!(SECRET), "did you mean \"client_secret\"?"),
        ("metascope", json!("ent_user_sdk"), "did you mean \"metascopes\"?"),
        ("clientid", json!("x"), "did you mean \"client_id\"?"),
        ("proxy_password", json!("x"), "adobe-jwt knows: client_id, "),
        ("client_id", json!(5), "must be a string"),
        ("client_id", json!(null), "must be a string"),
        ("client_id", json!(" "), "is empty"),
        ("client_id", json!("two words"), "one word"),
        ("client_secret", json!(""), "is empty"),
        ("client_secret", json!({}), "must be a string"),
        ("client_secret", json!({"env": "A", "file": "b"}), "must be a string"),
        ("client_secret", json!({"environment": "A"}), "must be a string"),
        ("client_secret", json!({"command": "pass adobe"}), "must be a string"),
        ("client_secret", json!({"command": []}), "must be a string"),
        ("client_secret", json!({"command": ["pass", 1]}), "not all strings"),
        ("metascopes", json!({}), "must be a list"),
        ("metascopes", json!([]), "is empty"),
        ("metascopes", json!(" , "), "is empty"),
        ("metascopes", json!(["ent user"]), "no metascope"),
        ("headers", json!(["x-api-key"]), "must be an object"),
        ("headers", json!({"x y": "1"}), "no header can have"),
        ("headers", json!({"x": "1\r\ny: 2"}), "control characters"),
        ("headers", json!({"x": {"command": ["true"]}}), "by command"),
        ("ims", json!("http://ims.example"), "must be https"),
        ("ims", json!("https://ims.example/ims"), "no path"),
        ("token_path", json!("ims/token"), "must be a path"),
        ("ca_file", json!({"file": "ca.pem"}), "must be the path"),
    ];
    for (key, value, word) in rows {
        let mut profile = jwt(NOWHERE);
        profile[key] = value;
        home.profile("default", &profile);
        home.run(["token"]).fails(3, &[&format!("\"{key}\""), word, "config/default.json"]);
    }
}

#[test]
fn a_profile_is_found_or_those_there_are_are_named() {
    let (home, endpoint) = (Home::new(), tokens());
    home.run(["token"]).fails(3, &["there is no profile in ", "/config", "jwt-credential sandbox"]);
    home.profile("prod", &oauth(&endpoint.origin()));
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    home.profile("stage", &oauth(&endpoint.origin()));
    home.run(["token"]).fails(3, &["several profiles", "--profile; there are: prod, stage"]);
    home.run(["token", "-p", "prdo"]).fails(3, &["no profile \"prdo\" in ", "did you mean \"prod\"?"]);
    home.run(["token", "-p", "something-else"]).fails(3, &["there are: prod, stage"]);
    home.run(["token", "-p", "./none.json"]).fails(3, &["./none.json"]);
    for odd in ["", ".", "..", ".prod", "a b", "a\nb", "\u{1b}[31m", "é", "a:b", &"x".repeat(65)] {
        home.run(["token", "-p", odd]).fails(2, &["64 at most"]);
    }
}

#[test]
fn a_whole_profile_comes_by_variable() {
    let (home, endpoint) = (Home::new(), tokens());
    let secret = home.write("secret", "by-file", 0o600);
    let run = |profile: &str, also: &str| {
        let mut command = home.command(["token"]);
        Ran::of(command.env("JWT_CREDENTIAL_PROFILE_JSON", profile).env("JWT_CREDENTIAL_PROFILE", also))
    };
    let mut profile = oauth(&endpoint.origin());
    assert_eq!(run(&profile.to_string(), "").succeeds().stdout, "token-1\n");
    run(&profile.to_string(), "prod").fails(2, &["both JWT_CREDENTIAL_PROFILE and JWT_CREDENTIAL_PROFILE_JSON"]);
    run("{", "").fails(3, &["JWT_CREDENTIAL_PROFILE_JSON is not JSON"]);
    profile["client_id"] = json!({"file": "secret"});
    run(&profile.to_string(), "").fails(3, &["JWT_CREDENTIAL_PROFILE_JSON", "\"client_id\"", "absolute path"]);
    profile["client_id"] = json!({"file": secret});
    assert_eq!(run(&profile.to_string(), "").succeeds().stdout, "token-2\n");
}

#[test]
fn a_value_comes_as_itself_by_variable_by_file_or_by_command() {
    let (home, endpoint) = (Home::new(), tokens());
    home.write("config/value", "by-file\r\n", 0o600);
    let forms = [
        (json!("by-itself"), "by-itself"),
        (json!({"env": "VALUE"}), "by-variable"),
        (json!({"file": "value"}), "by-file"),
        (json!({"command": ["printf", "by-command\\n"]}), "by-command"),
    ];
    for ((form, expected), key) in forms.iter().flat_map(|form| [(form, "client_secret"), (form, "client_id")]) {
        if key == "client_id" && form.get("command").is_some() {
            continue;
        }
        let mut profile = oauth(&endpoint.origin());
        profile[key] = form.clone();
        home.profile("default", &profile);
        Ran::of(home.command(["token", "--refresh"]).env("VALUE", "by-variable")).succeeds();
        assert_eq!(endpoint.asked().last().unwrap().field(key).as_deref(), Some(*expected));
    }
}

#[test]
fn a_command_runs_once_for_an_exchange() {
    let (home, endpoint) = (Home::new(), tokens());
    let runs = home.path("runs");
    let command = format!("echo x >>'{}'; echo it", runs.display());
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["sh", "-c", command]});
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    assert_eq!(fs::read_to_string(&runs).unwrap(), "x\n");
}

#[test]
fn what_names_a_token_is_not_by_command_or_two_of_its_outputs_would_share_one() {
    let (home, endpoint) = (Home::new(), tokens());
    for key in ["client_id", "org_id", "scopes", "ims"] {
        let mut profile = oauth(&endpoint.origin());
        let command = json!({"command": ["sh", "-c", "echo $WHO"]});
        profile[key] = if key == "scopes" { json!([command]) } else { command };
        home.profile("default", &profile);
        home.run(["token"]).fails(3, &[&format!("\"{key}\""), "by command", "string, env or file"]);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_command_with_a_path_is_relative_to_the_profile_and_never_to_where_somebody_stands() {
    let (home, endpoint) = (Home::new(), tokens());
    fs::create_dir(home.path("checkout")).unwrap();
    home.write("checkout/vault.sh", "#!/bin/sh\necho from-the-checkout\n", 0o755);
    home.write("config/vault.sh", "#!/bin/sh\necho from-beside-the-profile\n", 0o755);
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["./vault.sh"]});
    home.profile("default", &profile);
    Ran::of(home.command(["token"]).current_dir(home.path("checkout"))).succeeds();
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some("from-beside-the-profile"));
}

#[test]
fn a_value_that_cannot_be_had_is_an_error_that_names_its_place() {
    let (home, endpoint) = (Home::new(), tokens());
    home.write("config/blank", " \n", 0o600);
    home.write("config/large", &"x".repeat(70_000), 0o600);
    let rows = [
        (json!({"env": "NOT_SET"}), "the variable NOT_SET is not set"),
        (json!({"env": "BLANK"}), "the variable BLANK is empty"),
        (json!({"file": "none"}), "config/none: No such file"),
        (json!({"file": "~/none"}), "~ is not expanded"),
        (json!({"file": "blank"}), "config/blank is empty"),
        (json!({"file": "large"}), "config/large: is larger than 64 KiB"),
        (json!({"file": "."}), "config/.: is a directory"),
        (json!({"command": ["sh", "-c", "echo half; exit 3"]}), "command sh failed (exit status: 3)"),
        (json!({"command": ["true"]}), "what true printed is empty"),
        (json!({"command": ["no-such-program"]}), "no-such-program cannot be run"),
        (json!({"command": ["printf", "\\377"]}), "printf printed no UTF-8"),
    ];
    for ((value, word), key) in rows.iter().flat_map(|row| [(row, "client_id"), (row, "client_secret")]) {
        if key == "client_id" && value.get("command").is_some() {
            continue;
        }
        let mut profile = oauth(&endpoint.origin());
        profile[key] = value.clone();
        home.profile("default", &profile);
        let ran = Ran::of(home.command(["token"]).env("BLANK", " "));
        ran.fails(3, &[word, &format!("\"{key}\""), "config/default.json"]);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_secret_command_has_its_time_and_no_more() {
    let (home, endpoint) = (Home::new(), tokens());
    for script in ["exec sleep 3", "sleep 3 & exit 0", "echo s; exec >&-; exec sleep 3"] {
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = json!({"command": ["sh", "-c", script]});
        home.profile("default", &profile);
        let began = Instant::now();
        let ran = home.run(["token", "--timeout", "1s"]);
        assert!(began.elapsed() < Duration::from_secs(2), "{script}: {:?}, {ran:?}", began.elapsed());
        ran.fails(5, &["secret command sh", "--timeout", "\"client_secret\""]);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_pipe_that_stays_silent_is_not_waited_for() {
    let (home, endpoint) = (Home::new(), tokens());
    let pipe = home.path("profile.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = fs::File::options().read(true).write(true).open(&pipe).unwrap();
    let holder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(3));
        drop(writer);
    });
    let began = Instant::now();
    let ran = home.run(["token", "--timeout", "1s", "-p", pipe.to_str().unwrap()]);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}, {ran:?}", began.elapsed());
    holder.join().unwrap();
    assert_eq!((ran.stdout.as_str(), endpoint.count()), ("", 0));
}

#[test]
fn no_half_of_what_a_command_prints_is_sent() {
    let (home, endpoint) = (Home::new(), tokens());
    let script = "trap '' PIPE; head -c 65540 /dev/zero | tr '\\0' x; exit 0";
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["sh", "-c", script]});
    home.profile("default", &profile);
    home.run(["token"]).fails(3, &["the secret command sh"]);
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_key_in_another_form_is_told_from_one_that_signs() {
    if !has_client("openssl") {
        return;
    }
    let (home, endpoint) = (Home::new(), tokens());
    home.jwt_at(&endpoint);
    let key = home.path("config/private.key");
    let openssl = |args: &str| {
        // The whole pair has the key's own file as its input; what makes a new one takes none.
        let args = args.replace("KEY", key.to_str().unwrap());
        let made = Command::new("openssl").args(args.split(' ')).output().unwrap();
        assert!(made.status.success(), "openssl {args}: {}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap()
    };
    let small = openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024");
    let small_path = home.write("small.key", &small, 0o600);
    let bad = [
        (CERTIFICATE.to_owned(), "is a certificate"),
        (openssl("pkey -in KEY -pubout"), "is a public key"),
        (openssl("ecparam -name prime256v1 -genkey -noout"), "is an elliptic-curve key"),
        (openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"), "must be an RSA key"),
        (openssl("pkcs8 -topk8 -in KEY -passout pass:word"), "is encrypted"),
        (openssl("rsa -in KEY -aes128 -passout pass:word -traditional"), "is encrypted"),
        ("correct horse battery staple".into(), "is no key"),
        (PRIVATE_KEY[..900].into(), "is no key that can be read"),
        (PRIVATE_KEY.replace("MII", "MIX"), "private.key"),
        (openssl(&format!("pkey -in {} -traditional", small_path.display())), "shorter than 2048 bits"),
        (small, "shorter than 2048 bits"),
    ];
    let good = [
        PRIVATE_KEY.to_owned(),
        openssl("pkey -in KEY -traditional"),
        PRIVATE_KEY.replace('\n', "\r\n"),
        CERTIFICATE.to_owned() + PRIVATE_KEY,
    ];
    for text in good {
        home.write("config/private.key", &text, 0o600);
        home.run(["token", "--refresh"]).succeeds();
    }
    let good = endpoint.count();
    for (text, word) in bad {
        home.write("config/private.key", &text, 0o600);
        home.run(["token", "--refresh"]).fails(3, &[word, "config/private.key", "\njwt-credential: hint: "]);
    }
    let mut profile = jwt(&endpoint.origin());
    profile["private_key"] = json!("private.key");
    home.profile("default", &profile);
    home.run(["token", "--refresh"]).fails(3, &["config/default.json is no key", "{\"file\": \"private.key\"}"]);
    assert_eq!((good, endpoint.count()), (4, 4));
}
