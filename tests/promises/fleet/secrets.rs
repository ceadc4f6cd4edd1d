//! What the server and the way to it see, and what an attacker who changes its records can do.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{Fleet, on};
use crate::secrets::net::Net;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{CLIENT_ID, Home, ORG_ID, PRIVATE_KEY, Ran, SECRET};

const TOKEN: &str = "CANARY-access-token-9b1c72aa0f";

fn net() -> Net {
    let key = PRIVATE_KEY.lines().nth(5).unwrap();
    let canaries =
        [("secret", SECRET), ("token", TOKEN), ("client id", CLIENT_ID), ("organization", ORG_ID), ("key", key)];
    Net::of(&canaries.map(|(name, text)| (name, text.as_bytes())))
}

/// Passes connections on, and keeps what goes either way. Returns its port.
fn tap(to: u16, heard: &Arc<Mutex<Vec<u8>>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = heard.clone();
    thread::spawn(move || {
        for one in listener.incoming().flatten() {
            let other = TcpStream::connect(("127.0.0.1", to)).unwrap();
            for (mut from, mut into) in [(one.try_clone().unwrap(), other.try_clone().unwrap()), (other, one)] {
                let heard = heard.clone();
                thread::spawn(move || {
                    let mut buffer = [0; 4096];
                    while let Ok(read @ 1..) = from.read(&mut buffer) {
                        heard.lock().unwrap().extend_from_slice(&buffer[..read]);
                        let _ = into.write_all(&buffer[..read]);
                    }
                    let _ = into.shutdown(Shutdown::Write);
                });
            }
        }
    });
    port
}

#[test]
fn neither_server_nor_way_sees_a_secret() {
    let endpoint = Endpoint::always(Answer::token(TOKEN, DAY));
    let home = Home::new();
    let dump = home.path("dump.rdb");
    let Some(fleet) = Fleet::with(home, &endpoint, &[]) else { return };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let url = format!("redis://127.0.0.1:{}", tap(fleet.redis.port, &heard));
    fleet.home.jwt_at(&endpoint);
    for machine in 0..2 {
        Ran::of(&mut on(&fleet.home, &url, machine, &["json"])).succeeds();
    }
    assert_eq!(endpoint.count(), 1);
    fleet.redis.cli(&["config", "set", "rdbcompression", "no"]);
    assert_eq!(fleet.redis.cli(&["save"]), "OK");
    let dump = std::fs::read(dump).unwrap();
    let heard = heard.lock().unwrap().clone();
    assert!(dump.len() > 500 && heard.len() > 1_000, "{} {}", dump.len(), heard.len());
    for (what, bytes) in [("dump", &dump), ("connection", &heard)] {
        assert_eq!(net().catch(bytes), [""; 0], "in the {what}");
    }
    assert_eq!(net().catch(TOKEN.as_bytes()).len(), 1, "the search works");
}

#[test]
fn a_forged_or_moved_record_is_a_miss() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    Ran::of(&mut fleet.on(0, &["token"])).succeeds();
    let name = fleet.redis.keys().remove(0);
    let long = "x".repeat(5_000);
    let forged = ["", "x", "{\"token\":null}", &long];
    for (machine, value) in (1..).zip(forged) {
        fleet.redis.cli(&["set", &name, value]);
        let token = format!("token-{}\n", machine + 1);
        assert_eq!(Ran::of(&mut fleet.on(machine, &["token"])).succeeds().stdout, token, "{value}");
    }
    // The record of a refusal has another name, and opens under no other.
    let lists = [["rpush", name.as_str(), "x"], ["set", name.as_str(), ""]];
    fleet.redis.cli(&["del", &name]);
    fleet.redis.cli(&lists[0]);
    assert_eq!(Ran::of(&mut fleet.on(9, &["token"])).succeeds().stdout, "token-6\n");
    let mut other = crate::support::oauth(&endpoint.origin());
    other["client_secret"] = serde_json::json!("s8e-another-secret");
    fleet.home.profile("other", &other);
    fleet.redis.cli(&["flushall"]);
    Ran::of(&mut fleet.on(10, &["token", "-p", "default"])).succeeds();
    let ours = fleet.redis.keys().remove(0);
    Ran::of(&mut fleet.on(11, &["token", "-p", "other"])).succeeds();
    let theirs = fleet.redis.keys().into_iter().find(|key| *key != ours).unwrap();
    fleet.redis.cli(&["copy", &ours, &theirs, "replace"]);
    let before = endpoint.count();
    Ran::of(&mut fleet.on(12, &["token", "-p", "other"])).succeeds();
    assert_eq!(endpoint.count(), before + 1, "a record of another profile was taken");
}
