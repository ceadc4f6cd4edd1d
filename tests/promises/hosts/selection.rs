//! The choice of the profile for a server that a tool names.

use std::fs;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use jwt_credential::protocol;
use serde_json::json;

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::naming::{WAYS, Way, with_stdin};
use crate::support::{Home, Ran, oauth};

/// An endpoint whose tokens name the client that asked.
fn naming_clients() -> Endpoint {
    Endpoint::new(|asked, _| Answer::token(&format!("of-{}", asked.field("client_id").unwrap()), DAY))
}

/// Writes the profile NAME for the client NAME with these hosts.
fn listing(home: &Home, endpoint: &Endpoint, name: &str, hosts: &[&str]) {
    let mut profile = oauth(&endpoint.origin());
    profile["client_id"] = json!(name);
    profile["hosts"] = json!(hosts);
    home.profile(name, &profile);
}

/// The output of `token --for` and its log.
fn for_url(home: &Home, url: &str, variables: &[(&str, &str)]) -> (Ran, String) {
    let log = home.path("log");
    let _ = fs::remove_file(&log);
    let mut all = vec![("JWT_CREDENTIAL_LOG", log.to_str().unwrap())];
    all.extend(variables);
    let ran = Way::For.ask(home, url, &all);
    (ran, fs::read_to_string(&log).unwrap_or_default())
}

#[track_caller]
fn answers(home: &Home, url: &str, name: &str) {
    let (ran, log) = for_url(home, url, &[]);
    assert_eq!(ran.succeeds().stdout, format!("of-{name}\n"), "{log}");
}

/// Asserts that no profile answers, in any way, and that the log has these words.
#[track_caller]
fn no_profile_answers(home: &Home, url: &str, variables: &[(&str, &str)], words: &[&str]) {
    for way in WAYS {
        assert_eq!(way.why_not_none(&way.ask(home, url, variables)), None, "{url}");
    }
    let (_, log) = for_url(home, url, variables);
    for word in words {
        assert!(log.contains(word), "{word:?} is not in {log}");
    }
}

#[test]
fn a_listed_server_gets_an_answer_however_it_is_named() {
    for (host, url) in [
        ("registry.example", "https://registry.example"),
        ("registry.example", "https://registry.example:443/a/b?c=d#e"),
        ("registry.example", "https://REGISTRY.Example/"),
        ("Registry.EXAMPLE", "https://registry.example/"),
        ("*.adobe.io", "https://mc.adobe.io/x"),
        ("*.adobe.io", "https://MC.Adobe.IO:443/"),
        ("*.ADOBE.io", "https://xn--mnchen-3ya.adobe.io/"),
        ("registry.example:8443", "https://registry.example:8443/"),
        ("*.adobe.io:8443", "https://mc.adobe.io:8443/"),
        ("registry.example:443", "https://registry.example/"),
        ("192.0.2.7", "https://192.0.2.7/"),
        ("127.0.0.1:8443", "https://127.0.0.1:8443/"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081/"),
        ("http://127.0.0.1", "http://127.0.0.1:80/"),
        ("HTTP://127.0.0.1:8081", "http://127.0.0.1:8081/x"),
        ("http://[::1]:8081", "http://[::1]:8081/"),
        ("[2001:db8::1]:8443", "https://[2001:DB8:0::1]:8443/"),
        ("[2001:0db8::0:1]", "https://[2001:db8::1]/"),
        ("https://registry.example", "https://registry.example/"),
        ("HTTPS://*.adobe.io", "https://mc.adobe.io/"),
        ("https://registry.example:8443", "https://registry.example:8443/"),
        ("reg_1.registry.example", "https://reg_1.registry.example/"),
        ("*.registry.example", "https://reg_1.registry.example/"),
        ("registry.example.", "https://registry.example/"),
    ] {
        let endpoint = naming_clients();
        let home = Home::new();
        listing(&home, &endpoint, "main", &[host]);
        for way in WAYS {
            let ran = way.ask(&home, url, &[]);
            assert!(ran.code == 0 && ran.stderr.is_empty(), "{host} {url} {way:?}: {ran:?}");
            assert!(ran.stdout.contains("of-main"), "{host} {url} {way:?}: {ran:?}");
        }
        assert_eq!(endpoint.count(), 1);
    }
}

#[test]
fn a_user_in_the_url_is_no_obstacle() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "main", &["registry.example"]);
    for way in WAYS.into_iter().filter(|way| way.wants_url() || *way == Way::Keyring) {
        for user in ["oauth2", "me%40example.com"] {
            let ran = way.ask(&home, &format!("https://{user}@registry.example/simple/"), &[]);
            assert!(ran.code == 0 && ran.stdout.contains("of-main"), "{way:?}: {ran:?}");
        }
    }
}

#[test]
fn an_entry_that_is_not_ascii_is_refused_with_its_ascii_form() {
    let endpoint = naming_clients();
    let home = Home::new();
    for (host, ascii) in [
        ("m\u{fc}ller.example", "xn--mller-kva.example"),
        ("*.M\u{fc}ller.example", "xn--mller-kva.example"),
        ("m\u{fc}ller.example:8443", "xn--mller-kva.example:8443"),
    ] {
        listing(&home, &endpoint, "default", &[host]);
        home.run(["token"]).fails(3, &["\"hosts\"", "is not ASCII", ascii]);
        listing(&home, &endpoint, "default", &[ascii]);
        home.run(["token"]).succeeds();
    }
}

#[test]
fn a_long_url_is_answered_in_every_way() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "main", &["registry.example"]);
    for length in [2_049, 4_000, 30_000] {
        let url = format!("https://registry.example/{}?x={}", "a/".repeat(length / 4), "x".repeat(length / 2));
        for way in WAYS {
            let ran = way.ask(&home, &url, &[]);
            assert!(ran.code == 0 && ran.stdout.contains("of-main"), "{length} {way:?}: {ran:?}");
        }
    }
}

#[test]
fn unnamed_the_profile_that_lists_the_server_answers() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "default", &["other.example"]);
    listing(&home, &endpoint, "git", &["registry.example"]);
    listing(&home, &endpoint, "wide", &["*.adobe.io"]);
    listing(&home, &endpoint, "close", &["mc.adobe.io"]);
    answers(&home, "https://registry.example/", "git");
    answers(&home, "https://other.example/", "default");
    answers(&home, "https://mc.adobe.io/", "close");
    answers(&home, "https://cja.adobe.io/", "wide");
    no_profile_answers(&home, "https://third.example/", &[], &["https://third.example: no profile lists it"]);
}

/// Asserts that this error answers in all ways, and no token.
#[track_caller]
fn refused_with(home: &Home, url: &str, words: &[&str]) {
    for way in WAYS {
        let ran = way.ask(home, url, &[]);
        assert!(!ran.stdout.contains("of-"), "{way:?}: {ran:?}");
        let said = if way == Way::Cargo { ran.stdout.replace("\\\"", "\"") } else { ran.stderr.clone() };
        assert!(words.iter().all(|word| said.contains(word)), "{way:?}: {ran:?}");
    }
    for_url(home, url, &[]).0.fails(3, words);
}

#[test]
fn two_equally_close_profiles_are_an_error_that_names_both() {
    let endpoint = naming_clients();
    let home = Home::new();
    for name in ["one", "two"] {
        listing(&home, &endpoint, name, &["registry.example", "*.adobe.io"]);
    }
    let both = |server: &str| format!("profiles \"one\" and \"two\" both allow {server}");
    refused_with(&home, "https://registry.example/", &[&both("registry.example"), "choose one with -p"]);
    refused_with(&home, "https://mc.adobe.io/", &[&both("mc.adobe.io"), "choose one with -p"]);
    assert_eq!(endpoint.count(), 0);
    listing(&home, &endpoint, "three", &["mc.adobe.io"]);
    answers(&home, "https://mc.adobe.io/", "three");
    let (ran, _) = for_url(&home, "https://registry.example/", &[("JWT_CREDENTIAL_PROFILE", "two")]);
    assert_eq!(ran.succeeds().stdout, "of-two\n");
    listing(&home, &endpoint, "default", &["*.adobe.io"]);
    answers(&home, "https://mc.adobe.io/", "three");
    answers(&home, "https://cja.adobe.io/", "default");
    refused_with(&home, "https://registry.example/", &[&both("registry.example")]);
}

#[test]
fn without_any_profile_for_says_so_and_tools_get_nothing() {
    let home = Home::new();
    for_url(&home, "https://mc.adobe.io/", &[]).0.fails(3, &["there is no profile in ", "jwt-credential import FILE"]);
    for way in WAYS.into_iter().filter(|way| *way != Way::For) {
        assert_eq!(way.why_not_none(&way.ask(&home, "https://mc.adobe.io/", &[])), None);
    }
}

#[test]
fn a_broken_profile_refuses_if_it_is_the_closest() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "default", &["*.adobe.io"]);
    let whole = oauth(&endpoint.origin());
    let hosts = json!(["mc.adobe.io", "no host"]);
    for (change, value, why) in [
        ("client_secret", json!(null), "\"client_secret\""),
        ("client_id", json!(""), "\"client_id\""),
        ("grant", json!("adobe-jot"), "\"grant\""),
        ("scope", json!("openid"), "unknown key"),
        ("hosts", hosts.clone(), "no host"),
        ("hosts", json!("mc.adobe.io,*"), "\"hosts\""),
    ] {
        let mut broken = whole.clone();
        broken["hosts"] = json!(["mc.adobe.io"]);
        broken[change] = value;
        home.profile("broken", &broken);
        refused_with(&home, "https://mc.adobe.io/", &["broken.json", why]);
        answers(&home, "https://cja.adobe.io/", "default");
    }
    let mut loose = whole;
    loose["hosts"] = json!(["mc.adobe.io"]);
    home.write("config/broken.json", &loose.to_string(), 0o666);
    refused_with(&home, "https://mc.adobe.io/", &["broken.json", "chmod"]);
    home.write("config/broken.json", "{\"hosts\": [\"mc.adobe.io\"],", 0o600);
    answers(&home, "https://mc.adobe.io/", "default");
    let words = ["no profile lists it", "skipped: the profile ", "broken.json is not JSON"];
    for_url(&home, "https://third.example/", &[]).0.fails(3, &words);
}

#[test]
fn a_broken_profile_breaks_no_other_and_is_in_the_log() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "good", &["registry.example"]);
    home.write("config/garbled.json", "{\"grant\": ", 0o600);
    home.write("config/unknown.json", "{\"grant\": \"adobe-oauth\", \"hots\": [\"registry.example\"]}", 0o600);
    fs::create_dir(home.path("config/directory.json")).unwrap();
    std::os::unix::fs::symlink("/absent", home.path("config/dangling.json")).unwrap();
    let (ran, log) = for_url(&home, "https://registry.example/", &[]);
    assert_eq!(ran.succeeds().stdout, "of-good\n", "{log}");
    for name in ["garbled", "unknown", "directory", "dangling"] {
        let is_named = log.lines().any(|line| line.contains("skipped: ") && line.contains(&format!("{name}.json")));
        assert!(is_named, "{name} is not in {log}");
    }
    for way in WAYS {
        let ran = way.ask(&home, "https://registry.example/", &[]);
        assert!(ran.stdout.contains("of-good") && ran.stderr.is_empty(), "{way:?}: {ran:?}");
    }
}

#[test]
fn a_named_profile_answers_for_its_own_servers_only() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "named", &["other.example"]);
    listing(&home, &endpoint, "lists-it", &["registry.example"]);
    let url = "https://registry.example/";
    let words = ["refused: no token for https://registry.example: the profile ", "does not list it in \"hosts\""];
    no_profile_answers(&home, url, &[("JWT_CREDENTIAL_PROFILE", "named")], &words);
    let mut whole = oauth(&endpoint.origin());
    no_profile_answers(&home, url, &[("JWT_CREDENTIAL_PROFILE_JSON", &whole.to_string())], &words[..1]);
    whole["hosts"] = json!(["other.example"]);
    no_profile_answers(&home, url, &[("JWT_CREDENTIAL_PROFILE_JSON", &whole.to_string())], &words[..1]);
    assert_eq!(endpoint.count(), 0);
    whole["hosts"] = json!(["registry.example"]);
    whole["client_id"] = json!("variable");
    for way in WAYS {
        let ran = way.ask(&home, url, &[("JWT_CREDENTIAL_PROFILE_JSON", &whole.to_string())]);
        assert!(ran.stdout.contains("of-variable"), "{way:?}: {ran:?}");
    }
}

#[test]
fn the_right_one_of_ten_thousand_profiles_is_found() {
    let endpoint = naming_clients();
    let home = Home::new();
    for number in 0..10_000 {
        listing(&home, &endpoint, &format!("p{number}"), &[&format!("s{number}.example"), "*.other.example"]);
    }
    answers(&home, "https://s9876.example/", "p9876");
    let began = Instant::now();
    answers(&home, "https://s9876.example/", "p9876");
    eprintln!("10,000 profiles, cached token: {:?}", began.elapsed());
    refused_with(&home, "https://a.other.example/", &["both allow a.other.example"]);
}

#[test]
fn every_command_that_prints_a_token_takes_for() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    listing(&home, &endpoint, "default", &["*.adobe.io"]);
    let shown = "printf %s \"$ACCESS_TOKEN\"";
    let rows: [&[&str]; 7] = [
        &["json"],
        &["token"],
        &["header"],
        &["headers"],
        &["curl"],
        &["env"],
        &["exec", "--", "/bin/sh", "-c", shown],
    ];
    for row in rows {
        let with = |url: &str| {
            let mut args = vec!["--for", url];
            args.extend(row);
            home.run(args)
        };
        assert!(with("https://mc.adobe.io/campaign").succeeds().stdout.contains("token-1"), "{row:?}");
        let ran = with("https://mc.adobe.io.evil.example/campaign");
        assert_eq!(ran.code, if row[0] == "exec" { 125 } else { 3 }, "{row:?} {ran:?}");
        assert_eq!(
            ran.stdout,
            if row[0] == "curl" { "proto = \"-all\"\nunix-socket = \"/dev/null/none\"\n" } else { "" },
            "{row:?} {ran:?}"
        );
        assert!(ran.stderr.contains("no token for https://mc.adobe.io.evil.example"), "{row:?} {ran:?}");
    }
    let api = Endpoint::always(Answer::new(200, &[], "hello"));
    home.run(["--for", &api.origin(), "curl", "--", "-s", &api.origin()]).fails(125, &["no token for http://127"]);
    assert_eq!((api.count(), endpoint.count()), (0, 1));
}

#[test]
fn git_erase_drops_the_cached_token_and_no_other() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    listing(&home, &endpoint, "default", &["registry.example"]);
    let erase = |host: &str, secret: &str| {
        let request = format!("protocol=https\nhost={host}\n{secret}\n\n");
        let ran = with_stdin(&home, &["git".into(), "erase".into()], &request, &[]).succeeds();
        assert_eq!(ran.stdout, "");
    };
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    for (host, secret) in [
        ("registry.example", "password=token-2"),
        ("registry.example", "credential=token-10"),
        ("registry.example", "username=oauth2"),
        ("registry.example", "credential=\npassword=token-1 "),
        ("other.example", "credential=token-1"),
        ("registry.example.evil.example", "password=token-1"),
        ("registry.example:8443", "password=token-1"),
    ] {
        erase(host, secret);
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "{host} {secret}");
    }
    erase("registry.example", "capability[]=authtype\nauthtype=Bearer\ncredential=token-1");
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
    erase("REGISTRY.example:443", "username=oauth2\npassword=token-2");
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-3\n");
}

/// A protocol's arguments and standard input that name a server, if it takes one.
fn row(name: &str, url: &str) -> (Vec<String>, String) {
    match WAYS.iter().find(|way| format!("{way:?}").to_lowercase() == name) {
        Some(way) => way.request(url),
        None if name == "exec" => {
            (["exec", "--", "/bin/sh", "-c", "echo $ACCESS_TOKEN"].map(str::to_owned).to_vec(), String::new())
        }
        None => (vec![name.to_owned()], String::new()),
    }
}

#[test]
fn twenty_clients_of_all_protocols_at_once_share_one_exchange() {
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_millis(500));
    let home = Home::new();
    listing(&home, &endpoint, "default", &["registry.example"]);
    let rows: Vec<&str> = protocol::ALL.iter().map(|row| row.spec.name).chain(["json", "git"]).collect();
    assert!(rows.len() >= 20, "{rows:?}");
    let barrier = Barrier::new(rows.len());
    std::thread::scope(|scope| {
        for name in &rows {
            let (home, barrier) = (&home, &barrier);
            scope.spawn(move || {
                let (args, stdin) = row(name, "https://registry.example/");
                barrier.wait();
                let ran = with_stdin(home, &args, &stdin, &[]).succeeds();
                let tokens: Vec<&str> = ran.stdout.match_indices("token-").map(|(at, _)| &ran.stdout[at..]).collect();
                assert!(!tokens.is_empty(), "{name}: {ran:?}");
                let one =
                    |text: &&str| text.starts_with("token-1") && !text[7..].starts_with(|c: char| c.is_ascii_digit());
                assert!(tokens.iter().all(one), "{name}: {ran:?}");
            });
        }
    });
    assert_eq!(endpoint.count(), 1);
}
