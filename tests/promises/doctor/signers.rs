//! What signs in place of a private key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{doctor, offline};
use crate::issuers::signers::Agent;
use crate::support::clients::has_clients;
use crate::support::{CERTIFICATE, Home, Ran};

fn home_with(signer: &Json) -> Home {
    let home = Home::new();
    std::fs::create_dir(home.path("bin")).unwrap();
    home.profile("default", &json!({"grant": "self-signed", "signer": signer, "jwt": {"iss": "me"}}));
    home
}

fn by_program(name: &str) -> Home {
    home_with(&json!({"command": [name, "--sign"], "public_key": CERTIFICATE}))
}

#[test]
fn a_signer_without_a_public_key_is_found() {
    offline(&home_with(&json!({"command": ["true"]}))).has(
        "fail signer.key",
        "default",
        &["without a \"public_key\"", "add \"public_key\""],
    );
}

#[test]
fn a_program_that_signs_is_looked_up_and_not_run() {
    let home = by_program("sign-it");
    let missing = ["names the program sign-it, which was not found", "install sign-it"];
    offline(&home).has("ok signer.key", "default", &[]).has("fail signer.found", "default", &missing);
    home.write("bin/sign-it", "#!/bin/sh\n", 0o600);
    offline(&home).has("fail signer.found", "default", &["bin/sign-it, which is not executable", "chmod +x "]);
    std::fs::remove_file(home.path("bin/sign-it")).unwrap();
    home.executable("bin/sign-it", &format!("#!/bin/sh\ntouch {}\n", home.path("ran").display()));
    offline(&home).has("ok signer.found", "default", &["bin/sign-it"]).has_no("fail signer.key");
    assert!(!home.path("ran").exists());
    let home = by_program("./beside");
    offline(&home).has("fail signer.found", "default", &["profiles/beside, which was not found"]);
    home.executable("config/profiles/beside", "#!/bin/sh\n");
    offline(&home).has("ok signer.found", "default", &["profiles/beside"]);
}

/// A public key of OpenSSH. No private key belongs to it.
fn unknown_key() -> String {
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    format!("ssh-ed25519 {}", STANDARD.encode([string(b"ssh-ed25519"), string(&[7; 32])].concat()))
}

#[test]
fn an_ssh_agent_is_asked_for_its_keys() {
    let home = home_with(&json!({"ssh_agent": unknown_key()}));
    offline(&home).has("fail signer.found", "default", &["SSH_AUTH_SOCK is not set", "ssh-add KEY"]);
    let absent = home.path("absent").display().to_string();
    doctor(&home, &["--offline"], &[("SSH_AUTH_SOCK", &absent)]).has(
        "fail signer.found",
        "default",
        &["cannot ask the ssh-agent at ", "absent"],
    );
    if !has_clients(&["ssh-agent", "ssh-add", "ssh-keygen"]) {
        return;
    }
    let agent = Agent::start(&home);
    let socket = agent.socket.display().to_string();
    let with_agent = || doctor(&home, &["--offline"], &[("SSH_AUTH_SOCK", &socket)]);
    with_agent().has("fail signer.found", "default", &["does not have the key", "ssh-add -L"]);
    let mut keygen = home.program("ssh-keygen");
    Ran::of(keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(home.path("key"))).succeeds();
    let mut add = home.program("ssh-add");
    assert_eq!(Ran::of(add.arg("-q").arg(home.path("key")).env("SSH_AUTH_SOCK", &socket)).code, 0);
    with_agent().has("fail signer.found", "default", &["does not have the key"]);
    let signer = json!({"ssh_agent": {"file": home.path("key.pub")}});
    home.profile("default", &json!({"grant": "self-signed", "signer": signer, "jwt": {"iss": "me"}}));
    with_agent().has("ok signer.found", "default", &["the ssh-agent at "]).has_no("fail signer.found");
}
