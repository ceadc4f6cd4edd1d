//! The canaries, and the ways in which the program gets a secret.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::endpoint::Endpoint;
use crate::support::files::openssl;
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, has_client, jwt, oauth};

/// With all characters that need an escape somewhere.
pub(super) const LITERAL: &str = r#"kX9/vQ2+Lm7=Zt4&Rw8"Ny5\Bc3"#;
pub(super) const BY_VARIABLE: &str = "Gd7+hT3/Jw9=Ks5&Mq1%Pv8*Xr2";
pub(super) const BY_FILE: &str = "Fc4/nB8+Dz6=Ht2&Yk9'Wm3`Lp7";
pub(super) const BY_COMMAND: &str = "Sj5+aQ1/Ve7=Ux3&Nb8$Tg4~Ri6";
pub(super) const IN_VARIABLE: &str = "Ol2/eC6+Zy8=Pw4&Hf1<Dk9>Js5";
pub(super) const PASSPHRASE: &str = "correct Hq8+zV5/ battery=Lt1";
pub(super) const PROXY_PASSWORD: &str = "Mn3zR7qW1xT5vB9kY2pD";
/// A credential that a tool wants to store; the program does not.
pub(super) const TYPED: &str = "Bw6+kE2/Fy4=Av9&Cs7_Gh1-Qz3";
pub(super) const TOKEN: &str = "tK4n-8Vd.2Lq_6Wx~1Zp+9Rm/3Hy7Bs5Gf0Jc==";
/// Begins like Adobe's.
pub(super) const ADOBES: &str = "s8e-Xc7vN3mQ9kLp2Zt5Rw8YjH4a";
pub(super) const PROXY_PASSWORD_NAME: &str = "the proxy's password";

/// The secret part of the private key: the certificate contains the modulus as well.
pub(super) fn secret_part_of_key() -> (Vec<u8>, String) {
    use base64::Engine as _;
    const LINES_OF_MODULUS: usize = 7;
    let lines: Vec<&str> = PRIVATE_KEY.lines().filter(|line| !line.starts_with("---")).collect();
    let secret = &lines[LINES_OF_MODULUS..];
    (base64::engine::general_purpose::STANDARD.decode(secret.concat()).unwrap(), secret.join("\n"))
}

/// A way to give the secrets.
pub(super) struct Way {
    pub(super) name: &'static str,
    /// The profile at this endpoint; its files are written into the home.
    profile: fn(&Home, &str) -> Json,
    /// Whether the profile is in a variable and not in a file.
    in_variable: bool,
}

pub(super) const WAYS: [Way; 9] = [
    Way::file("a secret in the profile", |_, ims| with(oauth(ims), json!(LITERAL))),
    Way::file("a secret by variable", |_, ims| with(oauth(ims), json!({"env": "BY_VARIABLE"}))),
    Way::file("a secret by file", |_, ims| with(oauth(ims), json!({"file": "../../input/by-file"}))),
    Way::file("a secret by command", |_, ims| with(oauth(ims), json!({"command": ["../../bin/pass", "adobe"]}))),
    Way::file("a key by file", |_, ims| with(with_key(ims, json!({"file": "private.key"})), json!(LITERAL))),
    Way::file("a key in the profile", |_, ims| with(with_key(ims, json!(PRIVATE_KEY)), json!({"env": "BY_VARIABLE"}))),
    Way::file("a key behind a passphrase", |home, ims| {
        let mut profile = with(with_key(ims, json!({"file": "private.key"})), json!(LITERAL));
        if lock(home) {
            profile["private_key"] = json!({"file": "../../input/locked.key"});
            profile["passphrase"] = json!({"env": "PASSPHRASE"});
        }
        profile
    }),
    Way::variable("a profile in a variable", |_, ims| with(oauth(ims), json!(IN_VARIABLE))),
    Way::variable("a profile with its key in a variable", |_, ims| {
        with(with_key(ims, json!(PRIVATE_KEY.replace('\n', "\\n"))), json!([IN_VARIABLE, {"env": "BY_VARIABLE"}]))
    }),
];

impl Way {
    const fn file(name: &'static str, profile: fn(&Home, &str) -> Json) -> Self {
        Self { name, profile, in_variable: false }
    }

    const fn variable(name: &'static str, profile: fn(&Home, &str) -> Json) -> Self {
        Self { name, profile, in_variable: true }
    }

    /// Writes it into the home; returns the variables it needs.
    pub(super) fn furnish(&self, home: &Home, endpoint: &Endpoint) -> Vec<(String, String)> {
        for directory in ["input", "bin", "tmp", "children"] {
            fs::create_dir_all(home.path(directory)).unwrap();
        }
        home.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
        home.write("input/certificate_pub.crt", CERTIFICATE, 0o644);
        home.write("input/by-file", BY_FILE, 0o600);
        home.write("input/by-command", BY_COMMAND, 0o600);
        let told = "{ tr '\\0' '\\n' </proc/$$/cmdline; env; } >\"${0%/bin/*}/children/${0##*/}.$$\"\n";
        let pass = "cat \"${0%/bin/*}/input/by-command\"";
        home.executable("bin/pass", &format!("#!/bin/sh\n{told}{pass} >&2\n{pass}\n"));
        home.executable("bin/child", &format!("#!/bin/sh\n{told}"));
        home.executable("bin/guest", &format!("#!/bin/sh\n{told}"));
        home.executable("bin/curl", &format!("#!/bin/sh\n{told}"));
        home.executable("bin/openssl", &format!("#!/bin/sh\n{told}PATH=${{PATH#*:}} exec openssl \"$@\"\n"));
        let mut profile = (self.profile)(home, &endpoint.origin());
        profile["hosts"] = json!(["registry.example"]);
        let mut variables: Vec<(String, String)> = [
            ("HTTPS_PROXY", format!("http://me:{PROXY_PASSWORD}@127.0.0.1:1")),
            ("JWT_CREDENTIAL_LOG", home.path("log").display().to_string()),
            ("RUST_BACKTRACE", "full".into()),
            ("RUST_LIB_BACKTRACE", "1".into()),
            ("RUST_LOG", "trace".into()),
            ("SSLKEYLOGFILE", home.path("tmp/tls-keys").display().to_string()),
            ("TMPDIR", home.path("tmp").display().to_string()),
            ("PATH", format!("{}:{}", home.path("bin").display(), std::env::var("PATH").unwrap())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        // The program cannot know that a variable holds a secret if no profile names it.
        for (name, secret) in [("BY_VARIABLE", BY_VARIABLE), ("PASSPHRASE", PASSPHRASE)] {
            if profile.to_string().contains(&format!("\"{name}\"")) {
                variables.push((name.into(), secret.into()));
            }
        }
        if self.in_variable {
            variables.push(("JWT_CREDENTIAL_PROFILE_JSON".into(), profile.to_string()));
        } else {
            home.profile("default", &profile);
        }
        variables
    }
}

fn with(mut profile: Json, secret: Json) -> Json {
    profile["client_secret"] = secret;
    profile
}

fn with_key(ims: &str, key: Json) -> Json {
    let mut profile = jwt(ims);
    profile["private_key"] = key;
    profile.as_object_mut().unwrap().remove("certificate");
    profile
}

/// Encrypts the key; `false` without openssl.
fn lock(home: &Home) -> bool {
    let can = has_client("openssl");
    if can {
        home.write("input/phrase", PASSPHRASE, 0o600);
        openssl(
            home,
            "pkcs8 -topk8 -v2 aes-256-cbc -in config/profiles/private.key -out input/locked.key -passout file:input/phrase",
        );
        crate::support::files::set_mode(&home.path("input/locked.key"), 0o600);
    }
    can
}
