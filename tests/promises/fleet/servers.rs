//! The ways to a server: TLS, a Unix socket, users and passwords, and the commands that it allows.

use std::fs;
use std::net::TcpListener;

use serde_json::json;

use super::{Fleet, on};
use crate::support::ca::Ca;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{Home, Ran, oauth};

/// Two machines share a token through this shared cache, or else each gets its own.
#[track_caller]
fn share(fleet: &Fleet, endpoint: &Endpoint, url: &str, is_shared: bool) {
    let before = endpoint.count();
    for machine in 0..2 {
        let _ = fs::remove_dir_all(fleet.home.path(format!("machine-{machine}")));
        Ran::of(&mut on(&fleet.home, url, machine, &["token"])).succeeds();
    }
    let status = Ran::of(&mut on(&fleet.home, url, 1, &["status"])).stdout;
    assert_eq!(endpoint.count() - before, if is_shared { 1 } else { 2 }, "{url}: {status}");
    fleet.redis.cli(&["flushall"]);
}

#[test]
fn tls_trusts_the_cas_of_the_profile() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    let Some(ca) = Ca::new(&home) else { return };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let of = |name: &str| home.path(format!("config/profiles/{name}")).display().to_string();
    let (cert, key, cas) = (of("own.pem"), of("own.key"), of("ca.pem"));
    let tls = ["--tls-port", &port, "--tls-cert-file", &cert, "--tls-key-file", &key, "--tls-ca-cert-file", &cas];
    let arguments: Vec<&str> = tls.into_iter().chain(["--tls-auth-clients", "no"]).collect();
    let Some(fleet) = Fleet::with(home, &endpoint, &arguments) else { return };
    let url = format!("rediss://127.0.0.1:{port}");
    share(&fleet, &endpoint, &url, false);
    let status = Ran::of(&mut on(&fleet.home, &url, 0, &["status"])).stdout;
    assert!(status.contains("UnknownIssuer"), "{status}");
    let mut profile = oauth(&endpoint.origin());
    profile["ca_file"] = json!(ca.pem);
    fleet.home.profile("default", &profile);
    share(&fleet, &endpoint, &url, true);
    share(&fleet, &endpoint, &format!("rediss://localhost:{port}"), true);
}

#[test]
fn a_unix_socket_is_a_way_too() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    let socket = home.path("redis.sock");
    let Some(fleet) = Fleet::with(home, &endpoint, &["--unixsocket", socket.to_str().unwrap()]) else { return };
    share(&fleet, &endpoint, &format!("unix://{}", socket.display()), true);
    share(&fleet, &endpoint, "unix:///nowhere/redis.sock", false);
}

#[test]
fn users_passwords_and_their_commands() {
    // What docs/fleet.md tells an administrator to allow.
    const ALLOWED: &str = "+auth +select +mget +time +set +eval +getrange +del";
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let user = |rules: &str| {
        let words: Vec<&str> = ["acl", "setuser", "ci", "reset", "on", ">pass-word", "~jwt-credential:*"]
            .into_iter()
            .chain(rules.split(' '))
            .collect();
        assert_eq!(fleet.redis.cli(&words), "OK", "{rules}");
    };
    let url = format!("redis://ci:pass-word@127.0.0.1:{}", fleet.redis.port);
    user(ALLOWED);
    share(&fleet, &endpoint, &url, true);
    // Each command is needed, except that a lock ends by itself.
    user("+auth +select +mget +time +set");
    share(&fleet, &endpoint, &url, true);
    for missing in ["+mget", "+time", "+set"] {
        user(&ALLOWED.replace(missing, "+ping"));
        share(&fleet, &endpoint, &url, false);
    }
    user(ALLOWED);
    share(&fleet, &endpoint, &url.replace("pass-word", "wrong-password"), false);
    let ran = Ran::of(&mut on(&fleet.home, &url.replace("pass-word", "wrong-password"), 3, &["token", "-v"]));
    assert!(ran.stderr.contains("WRONGPASS") && !ran.stderr.contains("wrong-password"), "{ran:?}");
}

/// Redis quotes the start of a command that it does not know.
#[test]
fn a_password_that_the_server_repeats_is_shown_nowhere() {
    const PASSWORD: &str = "S3cretRedisPassword-S3cretRedisPassword";
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::with(Home::new(), &endpoint, &["--rename-command", "AUTH", ""]) else { return };
    let url = format!("redis://ci:{PASSWORD}@127.0.0.1:{}", fleet.redis.port);
    for args in [&["token", "-v"][..], &["status"], &["status", "--json"], &["doctor"]] {
        let ran = Ran::of(&mut on(&fleet.home, &url, 1, args));
        assert!(!format!("{ran:?}").contains("S3cret"), "{ran:?}");
        assert!(format!("{ran:?}").contains("it answered an error to the user name and password"), "{ran:?}");
    }
    let file = fs::read_to_string(fleet.home.path("machine-1/shared-caches.v1")).unwrap();
    assert!(file.contains("an error to") && !file.contains("S3cret"), "{file}");
}
