//! The forms in which a server can be named, by tools, by `--for` and in `hosts`.

use std::sync::Barrier;
use std::time::Duration;

use jwt_credential::protocol;

use super::selection::{listing, naming_clients};
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::naming::{WAYS, Way, with_stdin};
use crate::support::{CURL_SENDS_NOTHING, Home};

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
        assert_eq!(ran.stdout, if row[0] == "curl" { CURL_SENDS_NOTHING } else { "" }, "{row:?} {ran:?}");
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
        None if name == "vault" => (vec!["vault".to_owned(), "get".to_owned()], String::new()),
        None => (vec![name.to_owned()], String::new()),
    }
}

#[test]
fn twenty_clients_of_all_protocols_at_once_share_one_exchange() {
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_millis(500));
    let home = Home::new();
    listing(&home, &endpoint, "default", &["registry.example"]);
    let rows: Vec<&str> =
        protocol::ALL.iter().map(|row| row.spec.name).filter(|name| *name != "aws").chain(["json", "git"]).collect();
    assert!(rows.len() >= 20, "{rows:?}");
    let barrier = Barrier::new(rows.len());
    std::thread::scope(|scope| {
        for name in &rows {
            let (home, barrier) = (&home, &barrier);
            scope.spawn(move || {
                let (args, stdin) = row(name, "https://registry.example/");
                barrier.wait();
                let variables = [("VAULT_ADDR", "https://registry.example")];
                let ran = with_stdin(home, &args, &stdin, &variables).succeeds();
                let said = ran.stdout.replace("token-type", "type");
                let tokens: Vec<&str> = said.match_indices("token-").map(|(at, _)| &said[at..]).collect();
                assert!(!tokens.is_empty(), "{name}: {ran:?}");
                let one =
                    |text: &&str| text.starts_with("token-1") && !text[7..].starts_with(|c: char| c.is_ascii_digit());
                assert!(tokens.iter().all(one), "{name}: {ran:?}");
            });
        }
    });
    assert_eq!(endpoint.count(), 1);
}
