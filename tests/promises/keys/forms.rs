//! A private key signs in every form that users have, verified by openssl. Another key is refused with the name of its
//! form.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

use crate::support::endpoint::{DAY_MS, Endpoint};
use crate::support::{Home, Ran, has_client, jwt};

/// A home with keys made by openssl, and an endpoint that accepts any signature.
struct Bench {
    home: Home,
    endpoint: Endpoint,
}

impl Bench {
    fn new() -> Option<Self> {
        has_client("openssl").then(|| {
            let bench = Self { home: Home::new(), endpoint: Endpoint::tokens(DAY_MS) };
            bench.openssl("genrsa -out rsa.pem 2048");
            bench.openssl("pkey -in rsa.pem -pubout -out public.pem");
            bench
        })
    }

    /// Runs openssl in the home; returns what it printed.
    fn openssl(&self, args: &str) -> Vec<u8> {
        let ran =
            Command::new("openssl").args(args.split_whitespace()).current_dir(self.home.path("")).output().unwrap();
        assert!(ran.status.success(), "openssl {args}: {ran:?}");
        ran.stdout
    }

    fn text(&self, args: &str) -> String {
        String::from_utf8(self.openssl(args)).unwrap()
    }

    /// Calls the program with this private key in the profile.
    fn call(&self, private_key: &Json) -> Ran {
        let mut profile = jwt(&self.endpoint.origin());
        profile["private_key"] = private_key.clone();
        profile.as_object_mut().unwrap().remove("certificate");
        self.home.profile("default", &profile);
        self.home.run(["token", "--no-cache"])
    }

    /// Whether the last assertion was signed with the private key of the public key in this file.
    fn is_verified(&self, public: &str) -> bool {
        let assertion = self.endpoint.asked().last().unwrap().field("jwt_token").unwrap();
        let (message, signature) = assertion.rsplit_once('.').unwrap();
        fs::write(self.home.path("message"), message).unwrap();
        fs::write(self.home.path("signature"), URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let args = ["dgst", "-sha256", "-verify", public, "-signature", "signature", "message"];
        Command::new("openssl").args(args).current_dir(self.home.path("")).output().unwrap().status.success()
    }

    #[track_caller]
    fn signs(&self, form: &str, private_key: &Json, public: &str) {
        let ran = self.call(private_key);
        assert_eq!(ran.code, 0, "{form}: {ran:?}");
        assert!(self.is_verified(public), "{form}");
    }
}

#[test]
fn a_key_signs_in_every_form_that_users_have() {
    let Some(bench) = Bench::new() else { return };
    let pkcs8 = bench.text("pkey -in rsa.pem");
    let pkcs1 = bench.text("rsa -in rsa.pem -traditional");
    let (der8, der1) =
        (bench.openssl("pkey -in rsa.pem -outform DER"), bench.openssl("rsa -in rsa.pem -traditional -outform DER"));
    let certificate = bench.text("req -x509 -key rsa.pem -subj /CN=me -days 1");
    let body: String = pkcs8.lines().filter(|line| !line.starts_with("-----")).collect();
    let wrapped = |bytes: &[u8]| {
        let text = STANDARD.encode(bytes);
        text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\n")
    };
    let lines: Vec<&str> = pkcs8.lines().collect();
    let forms = [
        ("PKCS#8", pkcs8.clone()),
        ("PKCS#1", pkcs1.clone()),
        ("no line end at the end", pkcs8.trim_end().into()),
        ("CRLF", pkcs8.replace('\n', "\r\n")),
        ("bare CR", pkcs8.replace('\n', "\r")),
        ("literal \\n", pkcs8.replace('\n', "\\n")),
        ("literal \\r\\n", pkcs8.replace('\n', "\\r\\n")),
        ("PKCS#1, literal \\n", pkcs1.replace('\n', "\\n")),
        ("one line, spaces for line ends", pkcs8.replace('\n', " ")),
        ("one line, nothing for line ends", pkcs8.replace('\n', "")),
        ("one long line of base64", format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")),
        ("in double quotes", format!("\"{}\"", pkcs8.trim_end())),
        ("in single quotes", format!("'{}'", pkcs8.trim_end())),
        ("in quotes, literal \\n", format!("\"{}\"", pkcs8.replace('\n', "\\n"))),
        ("indented, as in YAML", pkcs8.replace('\n', "\n    ")),
        ("byte order mark", format!("\u{feff}{pkcs8}")),
        ("blank lines before and after", format!("\n\n{pkcs8}\n\n")),
        ("words before it", format!("Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n{pkcs8}")),
        ("a certificate before it", format!("{certificate}{pkcs8}")),
        ("a certificate after it", format!("{pkcs1}{certificate}")),
        ("base64 of the PEM", STANDARD.encode(&pkcs8)),
        ("base64 of the PEM, in lines", wrapped(pkcs1.as_bytes())),
        ("base64 of DER", STANDARD.encode(&der8)),
        ("base64 of DER without padding", STANDARD.encode(&der1).trim_end_matches('=').into()),
        ("base64 of DER, in lines", wrapped(&der1)),
        ("a JSON array of lines", json!(lines).to_string()),
        ("a JSON string", json!(pkcs8).to_string()),
    ];
    bench.signs("a list of lines in the profile", &json!(lines), "public.pem");
    let mut shown = 1;
    for (form, text) in &forms {
        bench.signs(form, &json!(text), "public.pem");
        bench.home.write("config/profiles/key", text, 0o600);
        bench.signs(form, &json!({"file": "key"}), "public.pem");
        shown += 1;
    }
    for (form, der) in [("PKCS#8 in DER", &der8), ("PKCS#1 in DER", &der1)] {
        fs::write(bench.home.path("config/profiles/key"), der).unwrap();
        bench.signs(form, &json!({"file": "key"}), "public.pem");
        bench.signs(form, &json!({"command": ["cat", "key"]}), "public.pem");
        shown += 1;
    }
    for bits in [3072, 4096] {
        bench.openssl(&format!("genrsa -out long.pem {bits}"));
        bench.openssl("pkey -in long.pem -pubout -out long-public.pem");
        bench.signs("a longer key", &json!(bench.text("pkey -in long.pem")), "long-public.pem");
        shown += 1;
    }
    assert!(!bench.is_verified("public.pem"), "a signature does not verify with another key");
    eprintln!("{shown} forms of a key sign, each verified by openssl");
}

#[test]
fn a_passphrase_is_read_only_for_an_encrypted_key() {
    let Some(bench) = Bench::new() else { return };
    let phrase = "correct horse";
    bench.home.write("config/profiles/phrase", &format!("{phrase}\n"), 0o600);
    let encrypt =
        |args: &str| bench.text(&format!("pkcs8 -topk8 -in rsa.pem -passout file:config/profiles/phrase {args}"));
    let mut profile = jwt(&bench.endpoint.origin());
    let mut call = |key: &str, passphrase: &Json| {
        profile["private_key"] = json!(key);
        profile["passphrase"] = passphrase.clone();
        bench.home.profile("default", &profile);
        Ran::of(bench.home.command(["token", "--no-cache"]).env("PHRASE", phrase))
    };
    let forms = [
        ("as openssl writes it", encrypt("")),
        ("AES-128", encrypt("-v2 aes-128-cbc")),
        ("AES-192", encrypt("-v2 aes-192-cbc")),
        ("triple DES", encrypt("-v2 des3")),
        ("triple DES and HMAC-SHA1", encrypt("-v2 des3 -v2prf hmacWithSHA1")),
        ("HMAC-SHA1", encrypt("-v2 aes-256-cbc -v2prf hmacWithSHA1")),
        ("HMAC-SHA512", encrypt("-v2 aes-256-cbc -v2prf hmacWithSHA512")),
        ("many iterations", encrypt("-iter 100000")),
        ("literal \\n", encrypt("").replace('\n', "\\n")),
        ("base64 of DER", {
            bench.openssl("pkcs8 -topk8 -in rsa.pem -passout file:config/profiles/phrase -outform DER -out enc.der");
            STANDARD.encode(fs::read(bench.home.path("enc.der")).unwrap())
        }),
    ];
    let references =
        [json!(phrase), json!({"env": "PHRASE"}), json!({"file": "phrase"}), json!({"command": ["cat", "phrase"]})];
    for (form, key) in &forms {
        for passphrase in &references {
            let ran = call(key, passphrase);
            assert_eq!(ran.code, 0, "{form}: {ran:?}");
            assert!(bench.is_verified("public.pem"), "{form}");
        }
    }
    let asked = bench.endpoint.count();
    call(&forms[0].1, &json!("wrong")).fails(3, &["is not decrypted by its passphrase", "openssl pkey"]);
    call(&forms[0].1, &json!({"file": "none"})).fails(3, &["\"passphrase\"", "config/profiles/none"]);
    bench.openssl("ecparam -name prime256v1 -genkey -noout -out ec.pem");
    let of_ec = encrypt("-v1 PBE-SHA1-3DES -in ec.pem");
    for unread in [encrypt("-scrypt"), encrypt("-v1 PBE-SHA1-3DES"), of_ec] {
        call(&unread, &json!(phrase)).fails(3, &["an unsupported way", "openssl pkcs8 -topk8 -v2 aes-256-cbc"]);
    }
    assert_eq!(bench.endpoint.count(), asked);
    // A key without encryption: the command would leave its mark.
    let marks = json!({"command": ["touch", bench.home.path("asked")]});
    assert_eq!(call(&bench.text("pkey -in rsa.pem"), &marks).code, 0);
    assert!(!bench.home.path("asked").exists());
}

#[test]
fn a_key_that_cannot_sign_is_refused_by_its_name() {
    let Some(bench) = Bench::new() else { return };
    bench.openssl("ecparam -name prime256v1 -genkey -noout -out ec.pem");
    bench.openssl("genpkey -algorithm ed25519 -out ed.pem");
    bench.openssl("genrsa -out short.pem 1024");
    bench.openssl("req -x509 -key rsa.pem -subj /CN=me -days 1 -out cert.pem");
    bench.openssl("pkcs12 -export -inkey rsa.pem -in cert.pem -passout pass:x -out store.p12");
    let key = bench.text("pkey -in rsa.pem");
    let base64 = |args: &str| STANDARD.encode(bench.openssl(args));
    let rows = [
        ("an EC key", bench.text("ec -in ec.pem"), "needs an RSA key"),
        ("an EC key in PKCS#8", bench.text("pkey -in ec.pem"), "needs an RSA key"),
        ("an EC key in DER", base64("pkey -in ec.pem -outform DER"), "needs an RSA key"),
        ("an EC key in SEC1 DER", base64("ec -in ec.pem -outform DER"), "needs an RSA key"),
        ("an Ed25519 key", bench.text("pkey -in ed.pem"), "needs an RSA key"),
        ("an Ed25519 key in DER", base64("pkey -in ed.pem -outform DER"), "needs an RSA key"),
        ("a short key", bench.text("pkey -in short.pem"), "shorter than 2048 bits"),
        ("a short key in PKCS#1", bench.text("rsa -in short.pem -traditional"), "shorter than 2048 bits"),
        ("a public key", bench.text("pkey -in rsa.pem -pubout"), "is a public key"),
        ("a public key in DER", base64("pkey -in rsa.pem -pubout -outform DER"), "is a public key"),
        ("a certificate", bench.text("x509 -in cert.pem"), "is a certificate"),
        ("a certificate in DER", base64("x509 -in cert.pem -outform DER"), "is a certificate"),
        ("a request", bench.text("req -new -key rsa.pem -subj /CN=me"), "is a certificate request"),
        ("no passphrase", bench.text("pkcs8 -topk8 -in rsa.pem -passout pass:x"), "the profile has no \"passphrase\""),
        (
            "the old encryption",
            bench.text("rsa -in rsa.pem -traditional -aes128 -passout pass:x"),
            "openssl pkcs8 -topk8 -in KEY",
        ),
        ("a PKCS#12 store", STANDARD.encode(fs::read(bench.home.path("store.p12")).unwrap()), "openssl pkcs12 -in "),
        ("two keys", format!("{key}{}", bench.text("rsa -in rsa.pem -traditional")), "contains two keys"),
        ("cut off before its end", key[..key.len() / 2].into(), "incomplete or damaged"),
        ("cut in the middle", key.replacen(key.lines().nth(9).unwrap(), "", 1), "incomplete or damaged"),
        (
            "other characters in it",
            key.replacen(key.lines().nth(9).unwrap(), "*** not base64 ***", 1),
            "incomplete or damaged",
        ),
        (
            "OpenSSH's form",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n".into(),
            "ssh-keygen",
        ),
        ("a path", "private.key".into(), r#"{"file": "private.key"}"#),
        ("words", "lorem ipsum ".repeat(40), "is not a key in a known format"),
    ];
    for (what, text, words) in rows {
        let ran = bench.call(&json!(text));
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{what}: {ran:?}");
        assert!(ran.stderr.contains(words) && ran.stderr.contains("default.json"), "{what}: {ran:?}");
    }
    assert_eq!(bench.endpoint.count(), 0);
}
