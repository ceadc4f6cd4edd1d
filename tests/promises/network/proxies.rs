//! A proxy that wants a user name and password.

use crate::support::endpoint::{Answer, Endpoint};
use crate::support::{Home, Ran};

#[test]
fn a_proxy_that_wants_a_login_says_how_to_give_one() {
    let home = Home::with_oauth("https://ims.invalid");
    for (user, what) in [("", "requires a user name"), ("me:wrong@", "rejected the user name and password")] {
        let proxy = Endpoint::always(Answer::new(407, &[("Proxy-Authenticate", "Basic realm=\"x\"")], "<html>no"));
        let url = format!("http://{user}127.0.0.1:{}", proxy.port());
        for name in ["HTTPS_PROXY", "all_proxy"] {
            let example = format!("hint: set {name}=http://USER:PASSWORD@HOST:PORT\n");
            let way = format!("127.0.0.1:{}, from {name}", proxy.port());
            let ran = Ran::of(home.command(["token"]).env(name, &url)).fails(3, &[what, &example, &way]);
            assert!(!ran.stderr.contains("wrong"), "{ran:?}");
        }
    }
}

#[test]
fn a_proxys_password_must_be_percent_encoded() {
    let home = Home::with_oauth("https://ims.invalid");
    let all = [
        ("#", "%23"),
        ("/", "%2F"),
        ("?", "%3F"),
        ("@", "%40"),
        ("[", "%5B"),
        (" ", "%20"),
        ("^", "%5E"),
        ("ä", "%C3%A4"),
    ];
    for (c, encoded) in all {
        let proxy = Endpoint::always(Answer::new(403, &[], "no"));
        let host = format!("127.0.0.1:{}", proxy.port());
        let urls = |c: &str| [format!("http://me:pw{c}pw@{host}"), format!("me{c}:pw@{host}")];
        let run = |url: &str| Ran::of(home.command(["token"]).env("HTTPS_PROXY", url));
        for url in urls(c) {
            let ran = run(&url).fails(
                3,
                &[
                    "HTTPS_PROXY",
                    &format!("hint: percent-encode {} as {encoded}\n", if c == " " { "the space" } else { c }),
                ],
            );
            assert!(!ran.stderr.contains("pw") && proxy.count() == 0, "{ran:?}");
        }
        for url in urls(encoded) {
            run(&url).fails(3, &["the proxy refused"]);
        }
    }
}
