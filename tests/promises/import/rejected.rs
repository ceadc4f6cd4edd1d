//! A file that is no credential is refused with a word on what it is. No profile is written or changed, and no file is
//! left behind.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::crowd::at_once;
use crate::support::downloads::Account;
use crate::support::endpoint::{DAY_MS, Endpoint};
use crate::support::files::{files_below, openssl, snapshot};
use crate::support::{BINARY, CERTIFICATE, Home, PRIVATE_KEY, Ran, has_client, jwt, oauth};

/// A home with a profile, a JWT credential of the console and its key pair.
fn bench() -> Home {
    let home = Home::new();
    home.profile("default", &oauth("http://127.0.0.1:1"));
    home.download("jwt.json", &Account::own().console_jwt());
    home.write("private.key", PRIVATE_KEY, 0o600);
    home.write("certificate_pub.crt", CERTIFICATE, 0o600);
    home
}

/// Asserts that the call fails with this code and these words and changes nothing, whether the profile exists or not.
#[track_caller]
fn is_refused(home: &Home, words: &str, code: i32, said: &[&str]) {
    let before = snapshot(&home.path("config"));
    for place in ["--as new", "--as default --force"] {
        home.import(&format!("{words} {place}")).fails(code, said);
        assert_eq!(snapshot(&home.path("config")), before, "{words} {place}");
    }
}

#[test]
fn a_truncated_file_is_reported_as_invalid_json() {
    let home = bench();
    for document in [Account::own().aem(), Account::own().console_oauth()] {
        let whole = format!("{document:#}");
        for tenths in 1..10 {
            home.write("cut.json", &whole[..whole.len() * tenths / 10], 0o600);
            is_refused(&home, "cut.json", 3, &["cut.json is not JSON: EOF while parsing "]);
        }
        home.write("cut.json", whole.trim_end().strip_suffix('}').unwrap(), 0o600);
        is_refused(&home, "cut.json", 3, &["cut.json is not JSON: "]);
    }
}

#[test]
fn a_duplicate_key_is_refused_at_any_depth() {
    let home = bench();
    let account = Account::own();
    let rows = [
        (account.console_oauth().to_string(), "\"ORG_ID\""),
        (account.aem().to_string(), "\"clientSecret\""),
        (account.project(&[("One", "id-1")]).to_string(), "\"ims_org_id\""),
    ];
    for (text, key) in rows {
        home.write("twice.json", &text.replacen(key, &format!("{key}: \"other\", {key}"), 1), 0o600);
        is_refused(&home, "twice.json", 3, &["twice.json has a key twice (line 1"]);
    }
}

#[test]
fn a_file_without_a_credential_is_named_or_called_unknown() {
    let home = bench();
    home.write("empty", "", 0o600);
    home.write("word", "Passw0rd", 0o600);
    home.write("text", "Lorem ipsum, dolor sit amet.\n", 0o600);
    home.write("variables", "EDITOR=vi\nSHELL=/bin/sh\n", 0o600);
    home.write("yaml.yml", "a: 1\nb: [x, y]\n", 0o600);
    home.write("two.yml", "a: 1\n---\nb: 2\n", 0o600);
    home.download("package.json", &json!({"name": "x", "version": "1.0.0", "dependencies": {"y": "^2"}}));
    home.download("list.json", &json!([Account::own().console_oauth()]));
    home.download("other.json", &json!({"tenant": "x", "key": PRIVATE_KEY}));
    fs::write(home.path("utf-16.json"), [0xff, 0xfe, b'{', 0, b'}', 0]).unwrap();
    let rows = [
        ("empty", "empty is empty"),
        ("word", "word is "),
        ("text", "text is "),
        ("variables", "variables is "),
        ("yaml.yml", "is not a recognised credentials file"),
        ("two.yml", "several documents"),
        ("package.json", "package.json is not a recognised credentials file"),
        ("list.json", "list.json is not a recognised credentials file"),
        ("other.json", "other.json is not a recognised credentials file"),
        ("utf-16.json", "is UTF-16; save it as UTF-8"),
        ("config", "cannot read config: is a directory"),
        ("none.json", "cannot read none.json: No such file"),
    ];
    let mut wrong = Vec::new();
    for (file, words) in rows {
        let before = snapshot(&home.path("config"));
        let ran = home.import(&format!("{file} --as new"));
        if ran.code != 3 || !ran.stderr.contains(words) || snapshot(&home.path("config")) != before {
            wrong.push((file, ran));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_profile_of_our_own_is_recognised() {
    let home = bench();
    let mut literal = jwt("http://127.0.0.1:1");
    literal["private_key"] = json!(PRIVATE_KEY);
    for profile in [oauth("http://127.0.0.1:1"), jwt("http://127.0.0.1:1"), literal] {
        home.download("own.json", &profile);
        is_refused(&home, "own.json", 3, &["own.json is a profile already", "-p 'own.json'"]);
    }
}

#[test]
fn an_archive_must_be_unpacked_first() {
    let home = bench();
    let unpack = ["jwt.zip is a zip archive", "unpack it"];
    home.write("jwt.zip", "PK\u{3}\u{4}\u{14}\0\0\0", 0o600);
    is_refused(&home, "jwt.zip", 3, &unpack);
    is_refused(&home, "jwt.json jwt.zip", 3, &unpack);
    // Small files are stored uncompressed, so their text is visible in the archive.
    home.write("jwt.zip", &format!("PK\u{3}\u{4}\u{14}\0\0\0{PRIVATE_KEY}PK\u{3}\u{4}{CERTIFICATE}"), 0o600);
    is_refused(&home, "jwt.zip", 3, &unpack);
    is_refused(&home, "jwt.json jwt.zip --private-key private.key --metascopes ent_user_sdk", 3, &unpack);
}

#[test]
fn a_wrong_file_in_a_keys_place_has_a_hint() {
    if !has_client("openssl") {
        return;
    }
    let home = bench();
    openssl(&home, "pkcs12 -export -inkey private.key -in certificate_pub.crt -passout pass:x -out store.p12");
    openssl(&home, "rsa -in private.key -traditional -aes128 -passout pass:x -out old.pem");
    openssl(&home, "pkey -in private.key -pubout -out public.pem");
    openssl(&home, "ecparam -name prime256v1 -genkey -noout -out ec.pem");
    openssl(&home, "genrsa -out short.pem 1024");
    home.write("two.pem", &format!("{PRIVATE_KEY}{PRIVATE_KEY}"), 0o600);
    let rows = [
        ("store.p12", "openssl pkcs12 -in "),
        ("old.pem", "openssl pkcs8 -topk8 -in "),
        ("public.pem", "is a public key"),
        ("ec.pem", "needs an RSA key"),
        ("short.pem", "shorter than 2048 bits"),
        ("two.pem", "contains two keys"),
    ];
    for (file, hint) in rows {
        for words in ["", "--private-key", "certificate_pub.crt --private-key"] {
            let words = format!("jwt.json --metascopes ent_user_sdk {words} {file}");
            is_refused(&home, &words, 3, &[&format!("the private key in {file} "), hint]);
        }
    }
    let words = "jwt.json private.key --metascopes ent_user_sdk --certificate public.pem";
    is_refused(&home, words, 3, &["public.pem holds no certificate in PEM"]);
}

#[test]
fn missing_or_duplicate_arguments_are_refused() {
    let home = bench();
    home.write("other.key", PRIVATE_KEY, 0o600);
    home.download("oauth.json", &Account::own().console_oauth());
    let rows = [
        ("", "no file was named"),
        ("private.key", "no file says whose key this is"),
        ("certificate_pub.crt", "no file says whose key this is"),
        ("--private-key private.key", "no file says whose key this is"),
        ("jwt.json oauth.json", "several files name a credential"),
        ("oauth.json oauth.json", "several files name a credential"),
        ("jwt.json private.key other.key", "are the same kind of file"),
        ("jwt.json private.key --private-key other.key", "are the same kind of file"),
        ("jwt.json certificate_pub.crt certificate_pub.crt", "are the same kind of file"),
    ];
    for (words, said) in rows {
        is_refused(&home, words, 2, &[said]);
    }
}

#[test]
fn an_invalid_option_value_is_a_command_line_error() {
    let home = bench();
    home.download("oauth.json", &Account::own().console_oauth());
    let rows = [
        ("oauth.json --ims http://ims.example", "--ims"),
        ("oauth.json --ims=", "--ims"),
        ("oauth.json --metascopes ent_user_sdk", "--metascopes"),
        ("jwt.json private.key --metascopes ent_user_sdk --scopes openid", "--scopes"),
        ("jwt.json private.key --metascopes=", "--metascopes"),
    ];
    for (words, option) in rows {
        is_refused(&home, words, 2, &[option]);
    }
}

#[test]
fn a_name_is_never_a_path() {
    let home = bench();
    let before = (snapshot(&home.path("")), snapshot(&home.path("config")));
    let long = "x".repeat(65);
    for name in ["a/b", "../a", "..", ".", "", ".hidden", "-x", "a b", "a\nb", "ä", "a\\b", "/tmp/a", "$HOME", &long] {
        for force in [false, true] {
            let mut command = home.importing("jwt.json private.key --metascopes ent_user_sdk");
            command.arg(format!("--as={name}")).args(force.then_some("--force"));
            Ran::of(&mut command).fails(2, &["hint: "]);
        }
    }
    assert_eq!((snapshot(&home.path("")), snapshot(&home.path("config"))), before);
}

/// Runs `import` of this file with limited memory, for at most two seconds.
#[track_caller]
fn is_too_large(home: &Home, file: &str) {
    let mut command = home.program("/bin/sh");
    let script = "ulimit -v 65536 2>/dev/null; exec \"$0\" import \"$1\" --as new";
    command.args(["-c", script, BINARY, file]);
    let began = Instant::now();
    let ran = Ran::of(command.current_dir(home.path("")));
    assert!(began.elapsed() < Duration::from_secs(2), "{file}: {:?}", began.elapsed());
    ran.fails(3, &[&format!("cannot read {file}: is larger than 64 KiB")]);
}

#[test]
fn endless_noise_costs_neither_time_nor_memory() {
    const LARGE: u64 = 100 * 1024 * 1024;
    let home = bench();
    File::create(home.path("sparse")).unwrap().set_len(LARGE).unwrap();
    let mut noise = vec![0; 1024 * 1024];
    File::open("/dev/urandom").unwrap().read_exact(&mut noise).unwrap();
    let mut written = File::create(home.path("noise")).unwrap();
    for _ in 0..100 {
        written.write_all(&noise).unwrap();
    }
    for file in ["sparse", "noise", "/dev/zero", "/dev/urandom"] {
        is_too_large(&home, file);
    }
    assert_eq!(files_below(&home.path("config")), ["profiles/default.json"]);
}

#[test]
fn endless_nesting_is_refused_at_once() {
    let home = bench();
    for text in ["[".repeat(65_000), "{\"a\":".repeat(13_000), "a: [".repeat(16_000), "- ".repeat(32_000)] {
        home.write("deep", &text, 0o600);
        let began = Instant::now();
        is_refused(&home, "deep", 3, &["deep "]);
        assert!(began.elapsed() < Duration::from_secs(3), "{}…: {:?}", &text[..8], began.elapsed());
    }
}

#[test]
fn a_silent_pipe_is_not_waited_for() {
    let home = bench();
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(home.path("pipe")).status().unwrap().success());
    for words in ["pipe", "jwt.json pipe", "jwt.json --private-key pipe"] {
        let began = Instant::now();
        let ran = home.import(&format!("{words} --metascopes ent_user_sdk --as new --timeout 1s"));
        assert!(began.elapsed() < Duration::from_secs(2), "{words}: {:?}", began.elapsed());
        ran.fails(3, &["cannot read pipe: its writer did not end in time"]);
    }
    assert_eq!(files_below(&home.path("config")), ["profiles/default.json"]);
}

#[test]
fn without_a_directory_for_profiles_nothing_is_written() {
    for place in ["file", "file/below"] {
        let home = Home::new();
        home.write("file", "mine", 0o600);
        home.download("aem.json", &Account::own().aem());
        let before = snapshot(&home.path(""));
        let mut command = home.importing("aem.json");
        Ran::of(command.env("JWT_CREDENTIAL_CONFIG_DIR", home.path(place))).fails(1, &["cannot write", "/file"]);
        assert_eq!(snapshot(&home.path("")), before);
    }
}

#[test]
fn of_many_imports_at_once_one_gets_the_name() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let account = Account::own();
    for document in [account.console_oauth(), account.aem()] {
        let path = home.download("download.json", &document);
        for _ in 0..5 {
            fs::remove_dir_all(home.path("config")).unwrap();
            let arguments = ["import", path.to_str().unwrap(), "--as", "default", "--ims", &endpoint.origin()];
            let (won, lost): (Vec<_>, Vec<_>) =
                at_once(&home, 20, &arguments).into_iter().map(|(ran, _)| ran).partition(|ran| ran.code == 0);
            assert_eq!(won.len(), 1, "{won:?}");
            for ran in lost {
                ran.fails(2, &["config/profiles/default.json already", "--as NAME"]);
            }
            let profile = home.profile_of("default");
            let named = ["certificate", "private_key"].map(|key| profile[key]["file"].as_str());
            let keys = named.into_iter().flatten().map(|path| path.trim_start_matches("../"));
            let mut files: Vec<_> = keys.chain(["profiles/default.json"]).collect();
            files.sort_unstable();
            assert_eq!(files_below(&home.path("config")), files, "only the winner's files");
            home.run(["token", "--refresh"]).succeeds();
        }
    }
}
