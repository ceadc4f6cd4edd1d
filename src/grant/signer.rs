//! What signs in place of a private key in a file: a program, such as the client of a security module, or an ssh-agent. Each
//! signature is verified before it is sent.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use pkcs8::der::asn1::{AnyRef, UintRef};
use pkcs8::der::{Decode as _, Reader as _, SliceReader};
use ring::digest::{SHA256, SHA384, SHA512, digest};

use super::attempt::Attempt;
use crate::clock::spoken;
use crate::crypto::certificate::Certificate;
use crate::crypto::key::{KeyKind, PublicKey};
use crate::crypto::ssh::{self, SshKey};
use crate::environment;
use crate::error::{Error, Kind, SharedBy};
use crate::profile::Profile;
use crate::sys;

pub(super) const COMMAND: &str = "signer.command";
pub(super) const SSH_AGENT: &str = "signer.ssh_agent";
const PUBLIC_KEY: &str = "signer.public_key";
const INPUT: &str = "signer.input";
const OUTPUT: &str = "signer.output";
const SOCKET: &str = "SSH_AUTH_SOCK";

pub struct ExternalSigner {
    pub(super) public: PublicKey,
    agent: Option<SshKey>,
}

impl ExternalSigner {
    pub fn is_in(profile: &Profile) -> bool {
        profile.count(COMMAND) > 0 || profile.count(SSH_AGENT) > 0
    }

    pub fn load(profile: &Profile) -> Result<Self, Error> {
        if profile.count(COMMAND) > 0 && profile.count(SSH_AGENT) > 0 {
            return Err(profile.wrong("has a \"signer\" with a \"command\" and an \"ssh_agent\": it takes one of them"));
        }
        if let Some(line) = profile.text(SSH_AGENT)? {
            let agent = SshKey::parse(&line).ok_or_else(|| {
                let what = "is no RSA, ECDSA or Ed25519 public key of OpenSSH";
                profile.wrong_value(SSH_AGENT, what).hint("name the .pub file of the key: {\"file\": PATH}")
            })?;
            return Ok(Self { public: agent.public.clone(), agent: Some(agent) });
        }
        let (key, given) = match profile.text(PUBLIC_KEY)? {
            Some(pem) => (PUBLIC_KEY, Some(pem)),
            None => ("certificate", profile.text("certificate")?),
        };
        let pem = given.ok_or_else(|| {
            let failure = profile.wrong("has a \"signer\" without a \"public_key\", which verifies what it signs");
            failure.hint(r#"add "public_key": {"file": PATH} to it: the public key or the certificate in PEM"#)
        })?;
        let what = "is no RSA, P-256, P-384 or Ed25519 public key in PEM";
        let public = PublicKey::parse(&pem).or_else(|| Certificate::parse(&pem)?.key);
        let public = public.ok_or_else(|| profile.wrong_value(key, what))?;
        Ok(Self { public, agent: None })
    }

    /// What would sign, if it is there. Nothing is signed, and no program is run.
    pub fn found(&self, profile: &Profile, wait: Duration) -> Result<String, Error> {
        let Some(key) = &self.agent else {
            return profile.program(COMMAND).map(|program| program.display().to_string());
        };
        let socket = socket()?;
        if key.is_listed(&ask_agent(&socket, &ssh::LIST_REQUEST, wait)?) {
            Ok(format!("the ssh-agent at {}", socket.display()))
        } else {
            Err(wrong(&format!("the ssh-agent at {} does not have the key in {SSH_AGENT}", socket.display()))
                .hint(ADD_KEY))
        }
    }

    /// A signature in the form of RFC 7518, section 3.
    pub(super) fn sign(&self, attempt: &Attempt, algorithm: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = match &self.agent {
            Some(key) => by_agent(attempt, key, algorithm, message)?,
            None => self.by_command(attempt, algorithm, message)?,
        };
        if self.public.verifies(algorithm, message, &signature) {
            return Ok(signature);
        }
        let what = format!("made a signature that is no {algorithm} signature of its public key");
        let failure = wrong(&format!("the signer in {} {what}", attempt.profile.place));
        Err(failure.hint(match (&self.agent, self.public.kind) {
            (Some(_), _) => "remove the key from the agent with ssh-add -d, and add it anew",
            (None, KeyKind::P256 | KeyKind::P384) if signature.first() == Some(&0x30) => {
                r#"openssl writes EC signatures in DER: set "output": "der" in "signer""#
            }
            (None, _) => "compare its key, padding, \"input\" and \"output\" with \"public_key\" and \"algorithm\"",
        }))
    }

    fn by_command(&self, attempt: &Attempt, algorithm: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
        let profile = attempt.profile;
        let hash = match algorithm.get(2..) {
            Some("256") => &SHA256,
            Some("384") => &SHA384,
            _ => &SHA512,
        };
        let input = match profile.text(INPUT)?.as_deref() {
            Some("digest") if self.public.kind == KeyKind::Ed25519 => {
                return Err(profile.wrong_value(INPUT, "is \"digest\", but EdDSA signs the message itself"));
            }
            Some("digest") => digest(hash, message).as_ref().to_vec(),
            _ => message.to_vec(),
        };
        let printed = profile.run_signer(COMMAND, &input, attempt.remaining())?;
        let form = profile.text(OUTPUT)?.unwrap_or_default();
        if printed.trim_ascii().is_empty() {
            return Err(wrong(&format!("the signer in {} printed nothing", profile.place)));
        }
        self.decode(&form, &printed)
            .ok_or_else(|| wrong(&format!("the signer in {} printed no signature in the form {form:?}", profile.place)))
            .map_err(|error| {
                error.hint("set \"output\" in \"signer\" to what it prints: raw, der, base64 or base64url")
            })
    }

    fn decode(&self, form: &str, printed: &[u8]) -> Option<Vec<u8>> {
        let text = || Some(std::str::from_utf8(printed).ok()?.split_ascii_whitespace().collect::<String>());
        match form {
            "base64" => STANDARD.decode(text()?).ok(),
            "base64url" => URL_SAFE_NO_PAD.decode(text()?.trim_end_matches('=')).ok(),
            // ECDSA-Sig-Value { r INTEGER, s INTEGER } (RFC 3279, section 2.2.3).
            "der" => {
                let mut numbers = SliceReader::new(AnyRef::from_der(printed).ok()?.value()).ok()?;
                let (r, s): (UintRef, UintRef) = (numbers.decode().ok()?, numbers.decode().ok()?);
                ssh::fixed(r.as_bytes(), s.as_bytes(), self.public.kind)
            }
            _ => Some(printed.to_vec()),
        }
    }
}

fn by_agent(attempt: &Attempt, key: &SshKey, algorithm: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
    let (request, name) = key.request(algorithm, message).ok_or_else(|| {
        let failure = wrong(&format!("an ssh-agent makes no {algorithm} signatures"));
        failure.hint("choose RS256, RS512, ES256, ES384 or EdDSA as \"algorithm\" in \"jwt\"")
    })?;
    let socket = socket()?;
    let answer = ask_agent(&socket, &request, attempt.remaining())?;
    key.signature(&answer, name).ok_or_else(|| {
        wrong(&format!("the ssh-agent at {} does not sign with {SSH_AGENT}", socket.display())).hint(ADD_KEY)
    })
}

const ADD_KEY: &str = "compare the keys of ssh-add -L with it, and add the key with ssh-add";

fn socket() -> Result<PathBuf, Error> {
    environment::raw(SOCKET).map(PathBuf::from).ok_or_else(|| {
        let failure = wrong(&format!("the variable {SOCKET} is not set, so that no ssh-agent can sign"));
        failure.hint("start an agent and add the key: eval \"$(ssh-agent)\" && ssh-add KEY")
    })
}

fn ask_agent(socket: &Path, request: &[u8], wait: Duration) -> Result<Vec<u8>, Error> {
    sys::ask_ssh_agent(socket, request, wait).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            let text = format!("the ssh-agent at {} gave no answer in {}", socket.display(), spoken(wait));
            Error { kind: Kind::Unavailable, ..wrong(&text) }
                .hint("if the agent asks a person, allow more time, such as --timeout 60s")
        }
        _ => wrong(&format!("cannot ask the ssh-agent at {}: {error}", socket.display())),
    })
}

/// Another caller may have another agent, or another environment for the program.
fn wrong(text: &str) -> Error {
    Error::new(Kind::Setup, text).shared_by(SharedBy::NoOther)
}
