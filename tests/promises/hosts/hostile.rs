//! Hosts are default-deny: for any name that a tool is made to ask for, only a listed server gets a token. Such names
//! come from the content of others: a submodule, an image reference, an index in a lock file.

use std::fs;
use std::time::Instant;

use serde_json::json;

use super::names::{KNOWN, NEAR, NO_URLS, mangled};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::naming::{WAYS, Way, with_stdin};
use crate::support::{BINARY, CERTIFICATE, Home, PRIVATE_KEY, Ran, SECRET, has_client, jwt};

/// A home whose only profile lists three servers, and leaves a mark if its key or its secret is read.
fn guarded(endpoint: &Endpoint) -> Home {
    let home = Home::new();
    home.executable("config/profiles/open", "#!/bin/sh\ntouch opened\ncat \"$1\"\n");
    home.write("config/profiles/secret", SECRET, 0o600);
    let mut profile = jwt(&endpoint.origin());
    profile["hosts"] = json!(["registry.example", "*.adobe.io", "http://127.0.0.1:8081"]);
    profile["client_secret"] = json!({"command": ["./open", "secret"]});
    profile["private_key"] = json!({"command": ["./open", "private.key"]});
    home.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
    home.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o644);
    home.profile("default", &profile);
    home
}

/// Asserts that every question gets the protocol's answer for "none", with and without a named profile; returns the
/// questions that do not.
fn answered_otherwise(home: &Home, questions: &[(Way, String)]) -> Vec<String> {
    let ask = |(number, (way, url)): (usize, &(Way, String))| {
        let named: &[(&str, &str)] = if number % 2 == 0 { &[] } else { &[("JWT_CREDENTIAL_PROFILE", "default")] };
        way.why_not_none(&way.ask(home, url, named), !named.is_empty()).map(|why| format!("{url:?} by {why}"))
    };
    std::thread::scope(|scope| {
        let share = questions.len().div_ceil(4);
        let threads: Vec<_> = questions
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().enumerate().filter_map(ask).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// All questions of the corpus: names that caused errors before in all ways, the others in two ways each.
fn questions() -> Vec<(Way, String)> {
    let known = KNOWN.iter().flat_map(|(_, url)| WAYS.map(|way| (way, (*url).to_owned())));
    let two = |ways: &[Way], number: usize| [ways[number % ways.len()], ways[(number + ways.len() / 2) % ways.len()]];
    let near: Vec<String> = NEAR.iter().map(|url| (*url).to_owned()).chain(mangled()).collect();
    let near = near.into_iter().enumerate().flat_map(|(n, url)| two(&WAYS, n).map(|way| (way, url.clone())));
    let wanting: Vec<Way> = WAYS.into_iter().filter(|way| way.wants_url()).collect();
    let no_urls = NO_URLS.iter().flat_map(|url| wanting.iter().map(|way| (*way, (*url).to_owned())));
    known.chain(near).chain(no_urls).filter(|(way, url)| way.can_say(url)).collect()
}

#[test]
fn no_hostile_name_gets_a_token_or_has_a_key_read() {
    let endpoint = Endpoint::tokens(DAY);
    let home = guarded(&endpoint);
    let questions = questions();
    let names: std::collections::BTreeSet<&String> = questions.iter().map(|(_, url)| url).collect();
    assert!(names.len() >= 300, "{} names only", names.len());
    let began = Instant::now();
    let wrong = answered_otherwise(&home, &questions);
    eprintln!("{} hostile names, {} questions: {:?}", names.len(), questions.len(), began.elapsed());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), questions.len(), wrong.join("\n"));
    assert_eq!(endpoint.count(), 0);
    assert!(!home.path("config/profiles/opened").exists(), "the key was read");
    assert_eq!(home.record_path(), None, "something was cached");
    // The check works: reading the key leaves a mark.
    assert_eq!(Way::For.ask(&home, "https://registry.example/", &[]).succeeds().stdout, "token-1\n");
    assert!(home.path("config/profiles/opened").exists());
}

/// With a cached token, one wrong answer would be enough to lose it.
#[test]
fn no_hostile_name_gets_a_cached_token() {
    let endpoint = Endpoint::tokens(DAY);
    let home = guarded(&endpoint);
    home.run(["token"]).succeeds();
    let questions: Vec<(Way, String)> = questions().into_iter().step_by(7).collect();
    let wrong = answered_otherwise(&home, &questions);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn for_an_unlisted_server_no_key_is_opened() {
    if !has_client("strace") {
        return;
    }
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    home.jwt_at(&endpoint);
    let mut profile = jwt(&endpoint.origin());
    profile["hosts"] = json!(["registry.example"]);
    home.profile("default", &profile);
    let traced = |url: &str| {
        let trace = home.path("trace");
        let args = ["-f", "-e", "trace=open,openat,openat2,connect", "-o"];
        let mut command = home.program("strace");
        let _ = Ran::of(command.args(args).arg(&trace).args([BINARY, "token", "--for", url]));
        let trace = fs::read_to_string(trace).unwrap();
        ["private.key", "connect("].map(|word| trace.contains(word))
    };
    assert_eq!(traced("https://evil.example/"), [false; 2]);
    assert_eq!(traced("https://registry.example/"), [true; 2]);
}

/// Asserts that no such request of git gets an answer; returns those that do.
fn git_requests_that_are_answered<'a>(requests: &[&'a str]) -> Vec<&'a str> {
    let endpoint = Endpoint::tokens(DAY);
    let home = guarded(&endpoint);
    let get = ["git".to_owned(), "get".to_owned()];
    let is_answered = |request: &str| Way::Git.why_not_none(&with_stdin(&home, &get, request, &[]), false).is_some();
    requests.iter().filter(|request| is_answered(request)).copied().collect()
}

#[test]
fn git_requests_without_a_server_get_nothing() {
    let requests = [
        "protocol=https\nhost=evil.example\n\nhost=registry.example\n\n",
        "protocol=https\n\nhost=registry.example\n\n",
        "host=registry.example\n\n",
        "protocol=https\nhost=\n\n",
        "protocol=https\n\n",
        "url=https://registry.example/\n\n",
        "PROTOCOL=https\nHOST=registry.example\n\n",
        "protocol = https\nhost = registry.example\n\n",
        "protocol=https\nhost[]=registry.example\n\n",
        "protocol=https\r\nhost=registry.example\r\n\r\n",
        "",
    ];
    assert_eq!(git_requests_that_are_answered(&requests), [""; 0]);
}

/// CVE-2020-5260: git before 2.26.1 decoded a newline in a URL, so that the request had a second server name after the
/// real one. Today's git never sends two.
#[test]
fn git_requests_with_two_servers_get_nothing() {
    let requests = [
        "protocol=https\nhost=evil.example\nhost=registry.example\n\n",
        "protocol=https\nhost=evil.example?\nhost=registry.example\npath=a.git\n\n",
        "protocol=http\nhost=registry.example\nprotocol=https\n\n",
        "protocol=https\nhost=registry.example\nhost=evil.example\n\n",
    ];
    assert_eq!(git_requests_that_are_answered(&requests), [""; 0]);
}

#[test]
fn a_profile_without_hosts_answers_no_tool() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    home.oauth_at(&endpoint);
    for url in ["https://registry.example/", "https://mc.adobe.io/", &endpoint.origin()] {
        for way in WAYS {
            for named in [&[][..], &[("JWT_CREDENTIAL_PROFILE", "default")]] {
                assert_eq!(way.why_not_none(&way.ask(&home, url, named), !named.is_empty()), None, "{url}");
            }
        }
    }
    assert_eq!(endpoint.count(), 0);
    home.run(["token"]).succeeds();
}
