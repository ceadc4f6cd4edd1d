//! Programs and ssh-agents that sign in place of a private key in a file.

use std::iter;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, connect, socket};
use serde_json::{Value as Json, json};

use super::key_pairs::{decoded, is_verified, make, openssl};
use crate::support::clients::has_clients;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, has_client};

/// A connection that waits in the queue of a socket; `None` if the queue is full.
fn queued(path: &Path) -> Option<UnixStream> {
    // macOS has no flags for this in socket(2).
    let socket = UnixStream::from(socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap());
    socket.set_nonblocking(true).unwrap();
    connect(&socket, &SocketAddrUnix::new(path).unwrap()).ok().map(|()| socket)
}

fn signed(algorithm: &str, signer: &Json) -> Json {
    json!({"grant": "self-signed", "signer": signer, "jwt": {"iss": "me", "algorithm": algorithm}})
}

/// A signer that is an openssl command, with absolute paths in place of `HOME`.
fn by_openssl(home: &Home, words: &str, key: &str, more: &Json) -> Json {
    let words = format!("openssl {}", words.replace("HOME", home.path("").to_str().unwrap().trim_end_matches('/')));
    let mut signer = json!({"command": words.split(' ').collect::<Vec<_>>(),
        "public_key": {"file": home.path(format!("{key}.pub"))}});
    for (name, value) in more.as_object().unwrap() {
        signer[name] = value.clone();
    }
    signer
}

#[test]
fn openssl_signs_as_a_program() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let temporary = home.path("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let pss = "pkeyutl -sign -rawin -digest sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest -inkey HOME/rsa.pem";
    for (algorithm, key, words, more) in [
        ("RS256", "rsa", "dgst -sha256 -sign HOME/rsa.pem", json!({})),
        ("RS512", "rsa", "dgst -sha512 -sign HOME/rsa.pem", json!({})),
        ("PS256", "rsa", pss, json!({})),
        ("ES256", "ec", "dgst -sha256 -sign HOME/ec.pem", json!({"output": "der"})),
        ("ES384", "p384", "dgst -sha384 -sign HOME/p384.pem", json!({"output": "der"})),
        ("ES256", "ec", "pkeyutl -sign -inkey HOME/ec.pem", json!({"input": "digest", "output": "der"})),
        ("EdDSA", "ed", "pkeyutl -sign -rawin -inkey HOME/ed.pem -in {file}", json!({})),
    ] {
        home.profile("default", &signed(algorithm, &by_openssl(&home, words, key, &more)));
        let jwt = Ran::of(home.command(["token", "--no-cache"]).env("TMPDIR", &temporary)).succeeds().stdout;
        assert_eq!(decoded(jwt.trim())[0]["alg"], json!(algorithm));
        assert!(is_verified(&home, jwt.trim(), &format!("{key}.pub")), "{algorithm}: {words}");
    }
    let rsa = home.path("rsa.pem");
    for (form, print) in [("base64", "base64"), ("base64url", "base64 -w0 | tr +/ -_ | tr -d =")] {
        let script = format!("openssl dgst -sha256 -sign {} | {print}", rsa.display());
        let signer =
            json!({"command": ["sh", "-c", script], "output": form, "public_key": {"file": home.path("rsa.pub")}});
        home.profile("default", &signed("RS256", &signer));
        assert!(is_verified(&home, home.run(["token", "--no-cache"]).succeeds().stdout.trim(), "rsa.pub"), "{form}");
    }
    assert_eq!(std::fs::read_dir(temporary).unwrap().count(), 0, "the file of the message is removed");
}

#[test]
fn a_certificate_stands_for_the_public_key() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let key = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    let profile = json!({"provider": "entra", "tenant": "t", "client_id": "c", "scopes": ["api://x/.default"],
        "token_url": format!("{}/token", endpoint.origin()),
        "certificate": {"file": home.write("cert.pem", CERTIFICATE, 0o644)},
        "signer": {"command": ["openssl", "pkeyutl", "-sign", "-rawin", "-digest", "sha256", "-pkeyopt",
            "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest", "-inkey", key]}});
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    let assertion = endpoint.asked()[0].field("client_assertion").unwrap();
    assert!(decoded(&assertion)[0]["x5t#S256"].is_string());
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.count(), 1, "from the cache, without the signer");
    let shown = home.run(["show", "--json"]).succeeds().stdout;
    assert!(shown.contains("\"openssl\"") && !shown.contains("rsa.pem"), "{shown}");
}

#[test]
fn a_security_module_signs_through_pkcs11_tool() {
    const MODULES: [&str; 3] = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];
    if !has_clients(&["openssl", "pkcs11-tool", "softhsm2-util"]) {
        return;
    }
    let home = Home::new();
    make(&home);
    let module = MODULES.into_iter().find(|path| Path::new(path).exists()).expect("softhsm2 brings its module");
    std::fs::create_dir(home.path("tokens")).unwrap();
    let config =
        home.write("softhsm2.conf", &format!("directories.tokendir = {}\n", home.path("tokens").display()), 0o600);
    let softhsm = |words: &str| {
        let mut softhsm = home.program("softhsm2-util");
        let ran = Ran::of(softhsm.args(words.split(' ')).env("SOFTHSM2_CONF", &config).current_dir(home.path("")));
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    softhsm("--init-token --free --label jwt --so-pin 12345678 --pin 4711");
    for (key, id) in [("rsa", "01"), ("ec", "02")] {
        softhsm(&format!("--import {key}.p8 --token jwt --label {key} --id {id} --pin 4711"));
    }
    let token = |id: &str, key: &str, algorithm: &str, mechanism: &str, input: &str, pin: &str| {
        let mut command =
            vec!["pkcs11-tool", "--module", module, "--login", "--pin", "env:PKCS11_PIN", "--token-label", "jwt"];
        command.extend(["--id", id, "--sign", "--mechanism"]);
        command.extend(mechanism.split(' '));
        home.profile(
            "default",
            &signed(
                algorithm,
                &json!({"command": command, "input": input, "public_key": {"file": home.path(format!("{key}.pub"))}}),
            ),
        );
        let mut own = home.command(["token", "--no-cache"]);
        Ran::of(own.env("SOFTHSM2_CONF", &config).env("PKCS11_PIN", pin))
    };
    for (id, key, algorithm, mechanism, input) in [
        ("01", "rsa", "RS256", "SHA256-RSA-PKCS", "message"),
        ("01", "rsa", "PS256", "SHA256-RSA-PKCS-PSS --salt-len 32", "message"),
        ("02", "ec", "ES256", "ECDSA", "digest"),
    ] {
        let jwt = token(id, key, algorithm, mechanism, input, "4711").succeeds().stdout;
        assert!(is_verified(&home, jwt.trim(), &format!("{key}.pub")), "{algorithm}");
    }
    token("01", "rsa", "RS256", "SHA256-RSA-PKCS", "message", "0000")
        .fails(3, &["the signer pkcs11-tool failed", "by hand"]);
    token("01", "ec", "ES256", "SHA256-RSA-PKCS", "message", "4711")
        .fails(3, &["no ES256 signature of its public key"]);
}

/// A real ssh-agent that runs until this is dropped.
pub(crate) struct Agent {
    child: Child,
    pub(crate) socket: PathBuf,
}

impl Agent {
    pub(crate) fn start(home: &Home) -> Self {
        let socket = home.path("agent");
        let mut agent = home.program("ssh-agent");
        agent.args(["-D", "-a"]).arg(&socket).stdout(Stdio::null()).stderr(Stdio::null());
        let agent = Self { child: agent.spawn().unwrap(), socket };
        let began = Instant::now();
        while UnixStream::connect(&agent.socket).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "ssh-agent does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn with_agent(home: &Home, socket: &Path) -> Ran {
    Ran::of(home.command(["token", "--no-cache", "--timeout", "3s"]).env("SSH_AUTH_SOCK", socket))
}

/// The public key in PEM. ssh-keygen writes no PEM of Ed25519.
fn write_pem(home: &Home, name: &str) {
    let line = std::fs::read_to_string(home.path(format!("{name}.pub"))).unwrap();
    let pem = if name == "ed" {
        let blob = STANDARD.decode(line.split(' ').nth(1).unwrap()).unwrap();
        let start = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
        let info = STANDARD.encode([&start, &blob[blob.len() - 32..]].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{info}\n-----END PUBLIC KEY-----\n")
    } else {
        let mut keygen = home.program("ssh-keygen");
        Ran::of(keygen.args(["-e", "-m", "PKCS8", "-f"]).arg(home.path(format!("{name}.pub")))).succeeds().stdout
    };
    home.write(&format!("{name}.pem"), &pem, 0o644);
}

#[test]
fn an_ssh_agent_signs() {
    if !has_clients(&["openssl", "ssh-agent", "ssh-add", "ssh-keygen"]) {
        return;
    }
    let home = Home::new();
    let agent = Agent::start(&home);
    for (name, kind) in [("rsa", "rsa -b 2048"), ("ec", "ecdsa -b 256"), ("p384", "ecdsa -b 384"), ("ed", "ed25519")] {
        let mut keygen = home.program("ssh-keygen");
        keygen.args(format!("-q -t {kind} -f {name} -C {name}").split(' ')).args(["-N", ""]);
        assert_eq!(Ran::of(keygen.current_dir(home.path(""))).code, 0);
        let mut add = home.program("ssh-add");
        add.arg("-q").arg(home.path(name)).env("SSH_AUTH_SOCK", &agent.socket);
        assert_eq!(Ran::of(&mut add).code, 0);
        write_pem(&home, name);
    }
    let profile = |name: &str, algorithm: &str| {
        let signer = json!({"ssh_agent": {"file": home.path(format!("{name}.pub"))}});
        home.profile("default", &signed(algorithm, &signer));
    };
    // Numbers with leading zeros are rare, so that EC keys sign several times.
    for (name, algorithm, times) in
        [("rsa", "RS256", 1), ("rsa", "RS512", 1), ("ec", "ES256", 16), ("p384", "ES384", 4), ("ed", "EdDSA", 1)]
    {
        profile(name, algorithm);
        for _ in 0..times {
            let jwt = with_agent(&home, &agent.socket).succeeds().stdout;
            assert!(is_verified(&home, jwt.trim(), &format!("{name}.pem")), "{algorithm}");
        }
    }
    profile("rsa", "PS256");
    with_agent(&home, &agent.socket).fails(3, &["makes no PS256 signatures", "RS256"]);
    let mut remove = home.program("ssh-add");
    Ran::of(remove.arg("-qd").arg(home.path("ed.pub")).env("SSH_AUTH_SOCK", &agent.socket));
    profile("ed", "EdDSA");
    with_agent(&home, &agent.socket).fails(3, &["does not sign with signer.ssh_agent", "ssh-add -L"]);
    with_agent(&home, &home.path("none")).fails(3, &["cannot ask the ssh-agent at ", "none"]);
    Ran::of(home.command(["token"]).env_remove("SSH_AUTH_SOCK")).fails(3, &["SSH_AUTH_SOCK is not set", "ssh-add KEY"]);
    // It takes the connection, and says nothing.
    let _silent = UnixListener::bind(home.path("silent")).unwrap();
    with_agent(&home, &home.path("silent")).fails(5, &["silent gave no answer in ", "--timeout"]);
    // Nor does a stopped agent whose queue is full.
    let _full: Vec<_> = iter::from_fn(|| queued(&home.path("silent"))).collect();
    let began = Instant::now();
    with_agent(&home, &home.path("silent")).fails(5, &["silent gave no answer in ", "--timeout"]);
    assert!(began.elapsed() > Duration::from_secs(1), "an agent that is busy for a moment is waited for");
    home.profile("default", &signed("EdDSA", &json!({"ssh_agent": "ssh-ed25519 rubbish"})));
    with_agent(&home, &agent.socket).fails(3, &["\"signer.ssh_agent\"", "is no RSA, ECDSA or Ed25519 public key"]);
}

#[test]
fn a_signer_that_fails_sends_nothing() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let endpoint = Endpoint::tokens(DAY);
    let public = |key: &str| json!({"file": home.path(format!("{key}.pub"))});
    let try_with = |algorithm: &str, signer: &Json| {
        home.profile(
            "default",
            &json!({"grant": "jwt-bearer", "token_url": format!("{}/token", endpoint.origin()), "signer": signer,
                "jwt": {"iss": "me", "aud": "x", "algorithm": algorithm}}),
        );
        home.run(["token", "--no-cache", "--timeout", "3s"])
    };
    let rsa = home.path("rsa.pem");
    let es256 = home.path("ec.pem");
    for (command, output, code, words) in [
        (vec!["sleep", "60"], "raw", 5, ["the signer sleep gave no answer in ", "--timeout"]),
        (vec!["echo", "rubbish"], "raw", 3, ["is no RS256 signature of its public key", "padding"]),
        (vec!["echo", "r*bbish"], "base64", 3, ["no signature in the form \"base64\"", "\"output\""]),
        (vec!["echo", "rubbish"], "der", 3, ["no signature in the form \"der\"", "\"output\""]),
        (vec!["true"], "raw", 3, ["printed nothing", "signer"]),
        (vec!["false"], "raw", 3, ["the signer false failed", "by hand"]),
        (vec!["no-such-signer-here"], "raw", 3, ["the signer no-such-signer-here cannot be run", "signer"]),
        (
            vec!["openssl", "dgst", "-sha1", "-sign", rsa.to_str().unwrap()],
            "raw",
            3,
            ["is no RS256 signature", "padding"],
        ),
    ] {
        let signer = json!({"command": command, "output": output, "public_key": public("rsa")});
        try_with("RS256", &signer).fails(code, &words);
    }
    let sign_ec = json!(["openssl", "dgst", "-sha256", "-sign", es256]);
    try_with("ES256", &json!({"command": sign_ec, "public_key": public("ec")})).fails(3, &["set \"output\": \"der\""]);
    try_with("RS256", &json!({"command": sign_ec, "public_key": public("rsa")})).fails(3, &["is no RS256 signature"]);
    try_with("RS256", &json!({"command": sign_ec, "public_key": public("ec")})).fails(3, &["RS256"]);
    try_with("ES256", &json!({"command": sign_ec})).fails(3, &["without a \"public_key\""]);
    try_with("ES256", &json!({"command": sign_ec, "public_key": "rubbish"})).fails(3, &["\"signer.public_key\""]);
    try_with("EdDSA", &json!({"command": ["cat"], "input": "digest", "public_key": public("ed")}))
        .fails(3, &["EdDSA signs the message itself"]);
    try_with("ES256", &json!({"command": sign_ec, "ssh_agent": "x"})).fails(3, &["takes one of them"]);
    try_with("ES256", &json!({"command": "openssl"})).fails(3, &["\"signer.command\""]);
    try_with("ES256", &json!({"public_key": public("ec")})).fails(3, &["has no \"private_key\""]);
    let both = json!({"grant": "self-signed", "private_key": {"file": rsa}, "signer": {"ssh_agent": "x"}});
    home.profile("default", &both);
    home.run(["token"]).fails(3, &["a \"private_key\" and a \"signer\""]);
    assert_eq!(endpoint.count(), 0);
    openssl(&home, "version");
}
