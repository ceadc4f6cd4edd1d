//! `import --force` replaces a profile of the same name only if the new one gets a token, and keeps the old one as a
//! backup.

use std::fs;

use serde_json::json;

use crate::support::downloads::Account;
use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::files::{files_below, mode, openssl, snapshot};
use crate::support::mock::Served;
use crate::support::{CERTIFICATE, Home, Ran, SECRET, has_client, jwt, oauth};

/// A home with the JWT profile `prod` at a mock, and the OAuth credential of the same account beside it.
fn migrating(options: &[&str]) -> (Home, Served, Account) {
    let home = Home::new();
    let served = Served::with(&home, options);
    let account = Account::of(&served);
    home.download("old.json", &account.aem());
    home.import(&format!("old.json --as prod --ims {}", served.origin)).succeeds();
    home.download("new.json", &account.console_oauth());
    (home, served, account)
}

fn token(home: &Home, args: &[&str]) -> Ran {
    home.run(["token", "-p", "prod"].iter().chain(args))
}

#[test]
fn jwt_is_replaced_by_oauth_if_only_the_new_grant_works() {
    let (home, served, account) = migrating(&["--without", "adobe-jwt"]);
    token(&home, &[]).fails(5, &["internal_error"]);
    let old = fs::read(home.path("config/profiles/prod.json")).unwrap();
    let ran = home.import("new.json --as prod --force").succeeds();
    for words in [
        "config/profiles/prod.json would change:\n",
        "  provider              adobe-jwt → adobe-oauth\n",
        "- metascopes            ent_aem_cloud_api\n",
        "+ scopes                openid, AdobeID",
        "the old one is kept; to have it back: mv ",
        "it works: a token was issued, valid until ",
        "jwt-credential json\n",
    ] {
        assert!(ran.stdout.contains(words), "{words:?} is not in {ran:?}");
    }
    assert_eq!(home.profile_of("prod"), account.as_oauth(&served.origin));
    assert_eq!(
        files_below(&home.path("config")),
        ["config.json", "keys/prod.crt", "keys/prod.key", "profiles/prod.json", "profiles/prod.json.bak"]
    );
    let backup = home.path("config/profiles/prod.json.bak");
    assert_eq!(
        (fs::read(&backup).unwrap(), mode(&backup), mode(&home.path("config/profiles/prod.json"))),
        (old, 0o600, 0o600)
    );
    token(&home, &[]).succeeds();
}

#[test]
fn the_old_profile_works_again_under_its_old_name() {
    let (home, _served, _) = migrating(&[]);
    let old_token = token(&home, &[]).succeeds().stdout;
    home.import("new.json --as prod --force").succeeds();
    let new_token = token(&home, &[]).succeeds().stdout;
    assert_ne!(new_token, old_token);
    fs::rename(home.path("config/profiles/prod.json.bak"), home.path("config/profiles/prod.json")).unwrap();
    assert_eq!(token(&home, &[]).succeeds().stdout, old_token, "the old token is still cached");
    token(&home, &["--refresh"]).succeeds();
}

#[test]
fn the_difference_shows_secrets_as_fingerprints_only() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut old = oauth(&endpoint.origin());
    old["headers"] = json!({"x-session": "header-CANARY-that-is-secret", "x-sandbox-name": "prod"});
    home.profile("default", &old);
    let mut account = Account::own();
    account.client_secret = "p8e-CANARY-the-next-secret".into();
    home.download("new.json", &account.console_oauth());
    let ran = home.import("new.json --force").succeeds();
    let line = ran.stdout.lines().find(|line| line.trim_start().starts_with("client_secret")).unwrap();
    let (before, after) = line.rsplit_once("client_secret").unwrap().1.trim().split_once(" → ").unwrap();
    for fingerprint in [before, after] {
        let digits = fingerprint.strip_prefix("sha256:").unwrap();
        assert!(digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{line}");
    }
    assert!(before != after && !ran.stdout.contains("CANARY"), "{ran:?}");
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some("p8e-CANARY-the-next-secret"));
}

#[test]
fn each_profile_is_tested_by_one_exchange() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.download("new.json", &Account::own().console_oauth());
    home.import(&format!("new.json --force --ims {}", endpoint.origin())).succeeds();
    assert_eq!(endpoint.count(), 1, "there was nothing to replace");
    home.profile("default", &jwt(&endpoint.origin()));
    home.import("new.json --force").succeeds();
    assert_eq!(endpoint.count(), 2);
    assert_eq!(endpoint.asked()[1].field("grant_type").as_deref(), Some("client_credentials"));
}

#[test]
fn the_users_own_settings_of_the_old_profile_stay() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.write("config/profiles/ca.pem", CERTIFICATE, 0o644);
    let mut old = jwt(&endpoint.origin());
    for (key, value) in [
        ("hosts", json!(["mc.adobe.io", "author-p1-e2.adobeaemcloud.com"])),
        ("headers", json!({"x-sandbox-name": "prod", "x-gw-ims-org-id": null, "x-by-variable": {"env": "X"}})),
        ("ca_file", json!("ca.pem")),
    ] {
        old[key] = value;
    }
    home.profile("default", &old);
    home.download("new.json", &Account::own().console_oauth());
    home.import("new.json --force").succeeds();
    let new = home.profile_of("default");
    for key in ["hosts", "headers", "ca_file", "ims"] {
        assert_eq!(new[key], old[key], "{key}");
    }
    for key in ["metascopes", "private_key", "certificate"] {
        assert_eq!(new.get(key), None, "{key}");
    }
    let other = Endpoint::tokens(DAY);
    home.import(&format!("new.json --force --ims {}", other.origin())).succeeds();
    assert_eq!(home.profile_of("default")["ims"], other.origin(), "the new value is used");
    assert_eq!((endpoint.count(), other.count()), (1, 1));
}

#[test]
fn a_broken_old_profile_is_no_obstacle() {
    let endpoint = Endpoint::tokens(DAY);
    let changed = |key: &str, value: serde_json::Value| {
        let mut profile = oauth(&endpoint.origin());
        profile[key] = value;
        profile.to_string()
    };
    let rows = [
        ("nothing", String::new()),
        ("no JSON", "{\"provider\": ".into()),
        ("no text", "\u{0}\u{1}".into()),
        ("a list", "[]".into()),
        ("a key twice", "{\"provider\": \"adobe-oauth\", \"provider\": \"adobe-oauth\"}".into()),
        ("no grant", json!({"client_id": "x"}).to_string()),
        ("another provider", changed("provider", json!("other"))),
        ("an unknown key", changed("client_secert", json!(SECRET))),
        ("an empty secret", changed("client_secret", json!(""))),
        ("a download that is not whole", Account::own().console_jwt().to_string()),
    ];
    for (what, old) in rows {
        let home = Home::new();
        home.write("config/profiles/default.json", &old, 0o600);
        home.download("new.json", &Account::own().console_oauth());
        let ran = home.import(&format!("new.json --force --ims {}", endpoint.origin())).succeeds();
        assert!(ran.stdout.contains("(the old one is broken: "), "{what}: {ran:?}");
        assert_eq!(fs::read_to_string(home.path("config/profiles/default.json.bak")).unwrap(), old, "{what}");
        home.run(["token"]).succeeds();
    }
}

/// A broken setting is not copied into the new profile: otherwise it could never be replaced.
#[test]
fn a_broken_setting_is_not_copied() {
    let endpoint = Endpoint::tokens(DAY);
    let rows = [("hosts", json!(["mc.adobe.io/path"])), ("headers", json!("x: y")), ("ca_file", json!(["ca.pem"]))];
    for (key, value) in rows {
        let home = Home::new();
        let mut old = oauth(&endpoint.origin());
        old[key] = value;
        home.profile("default", &old);
        home.run(["token"]).fails(3, &[key]);
        home.download("new.json", &Account::own().console_oauth());
        let ran = home.import(&format!("new.json --force --ims {}", endpoint.origin()));
        assert_eq!(ran.code, 0, "{key}: {ran:?}");
    }
}

#[test]
fn the_same_import_again_changes_nothing() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.download("aem.json", &Account::own().aem());
    home.import(&format!("aem.json --ims {}", endpoint.origin())).succeeds();
    let before = snapshot(&home.path("config"));
    let ran = home.import("aem.json --force").succeeds();
    assert!(
        ran.stdout.contains("config/profiles/default.json has these values already: nothing was changed\n"),
        "{ran:?}"
    );
    assert_eq!((snapshot(&home.path("config")), endpoint.count()), (before, 1));
}

#[test]
fn each_old_profile_has_a_backup_of_its_own() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut account = Account::own();
    let mut texts = Vec::new();
    for number in 1..=4 {
        account.client_secret = format!("p8e-the-secret-number-{number}");
        home.download("new.json", &account.console_oauth());
        home.import(&format!("new.json --force --ims {}", endpoint.origin())).succeeds();
        texts.push(fs::read_to_string(home.path("config/profiles/default.json")).unwrap());
    }
    let backups = ["profiles/default.json.bak", "profiles/default.2.json.bak", "profiles/default.3.json.bak"];
    for (backup, text) in backups.iter().zip(&texts) {
        assert_eq!(fs::read_to_string(home.path("config").join(backup)).unwrap(), *text);
    }
    assert_eq!(files_below(&home.path("config")).len(), 4);
    assert!(home.run(["list"]).succeeds().stdout.contains("\n* default "));
}

#[test]
fn a_new_key_has_a_new_file_and_the_old_one_stays() {
    if !has_client("openssl") {
        return;
    }
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::token("t", DAY_MS)));
    let account = Account::own();
    home.download("old.json", &account.aem());
    home.import(&format!("old.json --ims {}", endpoint.origin())).succeeds();
    openssl(&home, "req -x509 -newkey rsa:2048 -nodes -subj /CN=n -keyout private.key -out certificate_pub.crt");
    let ran = home.import("old.json private.key certificate_pub.crt --force").succeeds();
    let line = ran.stdout.lines().find(|line| line.contains("private_key")).unwrap();
    assert!(line.contains("/default.key → ") && line.ends_with("/default.2.key"), "{ran:?}");
    let file_text = |file: &str| fs::read_to_string(home.path("config").join(file)).unwrap();
    assert_eq!(file_text("keys/default.key"), account.private_key.trim_end());
    assert_eq!(file_text("keys/default.crt"), account.certificate.trim_end());
    assert_eq!(file_text("keys/default.2.key"), fs::read_to_string(home.path("private.key")).unwrap());
    assert_eq!(home.profile_of("default")["certificate"], json!({"file": "../keys/default.2.crt"}));
    assert_eq!(
        (mode(&home.path("config/keys/default.2.key")), mode(&home.path("config/keys/default.key"))),
        (0o600, 0o600)
    );
    fs::rename(home.path("config/profiles/default.json.bak"), home.path("config/profiles/default.json")).unwrap();
    home.run(["token", "--refresh"]).succeeds();
}

#[test]
fn after_a_migration_the_old_keys_removal_is_shown() {
    let (home, _served, account) = migrating(&[]);
    let rm = |ran: &Ran| {
        let note = ran.stdout.lines().find(|line| line.starts_with("note: the old private key stays in "));
        note.map(|note| note.split_once("any more: ").unwrap().1.to_owned())
    };
    let ran = home.import("new.json --as prod --force").succeeds();
    Ran::of(home.program("/bin/sh").args(["-c", &rm(&ran).expect("a line")])).succeeds();
    assert!(!home.path("config/keys/prod.key").exists() && home.path("config/profiles/prod.json.bak").exists());
    token(&home, &["--refresh"]).succeeds();
    assert_eq!(
        rm(&home.import("new.json --as prod --force --no-check --hosts api.example.com")),
        None,
        "OAuth by OAuth"
    );

    // A key that another profile uses is not mentioned; one that is in the old profile itself is in its backup.
    let old = jwt("http://127.0.0.1:1");
    home.write("config/profiles/private.key", &account.private_key, 0o600);
    home.profile("one", &old);
    home.profile("two", &old);
    assert_eq!(rm(&home.import("new.json --as one --force --no-check").succeeds()), None);
    let mut literal = old;
    literal["private_key"] = json!(account.private_key);
    home.profile("three", &literal);
    let line = rm(&home.import("new.json --as three --force --no-check").succeeds()).unwrap();
    assert!(line.ends_with("/profiles/three.json.bak'"), "{line}");
}
