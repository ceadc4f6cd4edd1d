//! Secrets that are still in the memory of a process that has finished its work: it waits in writing its answer while
//! root reads its memory.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::process::Stdio;

use super::calls::Call;
use super::lookout::Stage;
use super::net::PIECE;
use super::ways::{PASSPHRASE, TOKEN, WAYS, Way, secret_part_of_key};
use crate::support::clients::skip;
use crate::support::endpoint::{Answer, DAY_MS};
use crate::support::files::is_root;
use crate::support::process::{full_pipe, wait_until};

/// All writable memory of a process without its environment and arguments, which are at the end of its stack.
fn memory(pid: u32) -> Vec<(String, Vec<u8>)> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let regions = maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw")));
    regions
        .map(|line| {
            let ends = line.split(' ').next().unwrap().split_once('-').unwrap();
            let [start, end] = [ends.0, ends.1].map(|end| u64::from_str_radix(end, 16).unwrap());
            let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
            memory.seek(SeekFrom::Start(start)).unwrap();
            memory.read_exact(&mut bytes).unwrap();
            (line.split_whitespace().nth(5).unwrap_or("mapped").to_owned(), bytes)
        })
        .collect()
}

/// How often a value occurs, except in the environment block, which belongs to the caller and the kernel.
fn count(memory: &[(String, Vec<u8>)], environment: &[u8], needle: &[u8]) -> usize {
    let in_bytes = |bytes: &[u8]| bytes.windows(needle.len()).filter(|window| *window == needle).count();
    memory.iter().map(|(_, bytes)| in_bytes(bytes)).sum::<usize>() - in_bytes(environment)
}

/// How often each secret is in the memory of a call that has its token and waits in writing it.
fn left_by(way: &Way) -> Vec<(&'static str, usize)> {
    let stage = Stage::new(way, "wiped", |_, _| Answer::token(TOKEN, DAY_MS));
    let (reader, writer) = full_pipe();
    let call = Call::new(true, "token", "");
    let mut command = stage.command(&call);
    command.env_remove("JWT_CREDENTIAL_LOG").stdout(Stdio::from(writer));
    let mut child = command.spawn().unwrap();
    drop(command);
    wait_until(|| fs::read_to_string(format!("/proc/{}/wchan", child.id())).is_ok_and(|at| at.contains("pipe")));
    let memory = memory(child.id());
    let environment = fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(reader);
    let assertion = stage.endpoint.asked()[0].field("jwt_token");
    let (der, pem) = secret_part_of_key();
    let mut left = Vec::new();
    let mut look = |what, needle: &[u8]| left.push((what, count(&memory, &environment, needle)));
    let secret = stage.endpoint.asked()[0].field("client_secret").unwrap();
    let in_a_form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    look("secret", end(&secret, PIECE));
    look("secret in a form", end(&in_a_form, PIECE + 4));
    look("passphrase", end(PASSPHRASE, PIECE));
    look("key", &der[100..132]);
    look("key's PEM", pem.lines().nth(3).unwrap().as_bytes());
    if let Some(jwt) = assertion {
        look("assertion", end(&jwt, 600));
        look("assertion's signature", end(&jwt, 300));
    }
    look("token", TOKEN.as_bytes());
    left
}

/// The end of a text: the allocator overwrites the beginning of freed memory.
fn end(text: &str, length: usize) -> &[u8] {
    &text.as_bytes()[text.len() - length..]
}

/// Copies that are known. `serde_json` decodes a string with escapes, such as a PEM in the profile, in a buffer that it
/// does not wipe. jsonwebtoken keeps the signature, which is useless without the claims. The token itself is also in
/// the answer and the record.
const EXPLAINED: [(&str, usize); 8] = [
    ("secret", 0),
    ("secret in a form", 0),
    ("passphrase", 0),
    ("key", 0),
    ("key's PEM", 1),
    ("assertion", 0),
    ("assertion's signature", 1),
    ("token", 8),
];

#[cfg(target_os = "linux")]
#[test]
fn no_secret_is_left_in_memory_after_the_token_request() {
    if !is_root() {
        return skip("root");
    }
    let mut unexplained = Vec::new();
    for way in &WAYS {
        let left = left_by(way);
        eprintln!("left in memory, {}: {left:?}", way.name);
        for (what, count) in left {
            let most = EXPLAINED.iter().find(|(explained, _)| *explained == what).unwrap().1;
            if count > most {
                unexplained.push(format!("{}: {what}: {count}", way.name));
            }
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}
