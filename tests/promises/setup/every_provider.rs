//! `init` takes by options what each provider requires, and names what is missing.

use std::fs;

use jwt_credential::profile::schema::{Field, ValueKind};
use jwt_credential::provider::{self, Provider};
use serde_json::Value as Json;

use super::questions::files;
use crate::support::files::openssl;
use crate::support::terminal::Person;
use crate::support::{BINARY, Home, PRIVATE_KEY, Ran, has_client};

/// The required keys of a row that have a question, and the value of each in the row's example.
fn required(row: &Provider) -> Vec<(&'static Field, String)> {
    let example: Json = serde_json::from_str(row.example).unwrap();
    let value = |field: &Field| match (&example[field.name], field.kind) {
        (_, ValueKind::Secret) => "env:OUR_SECRET".to_owned(),
        (Json::Array(items), _) => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(","),
        (value, _) => value.as_str().unwrap_or_else(|| panic!("{}: {}", row.schema.name, field.name)).to_owned(),
    };
    let asked = row.schema.all().filter(|field| field.required && field.question.is_some());
    asked.map(|field| (field, value(field))).collect()
}

/// `init` without a test, with options for these keys.
fn init(home: &Home, row: &Provider, given: &[(&Field, String)]) -> Ran {
    let mut command = home.command(["init", row.schema.name, "--no-check", "--as", row.schema.name]);
    for (field, value) in given {
        command.arg(format!("--{}", field.question.unwrap().option)).arg(value);
    }
    if row.schema.field("private_key").is_some_and(|field| field.required) {
        let key = home.write("my.key", PRIVATE_KEY, 0o600);
        let curve = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key";
        if row.schema.algorithm == "ES256" && !home.path("ec.key").exists() {
            openssl(home, curve);
        }
        command.arg("--private-key").arg(if row.schema.algorithm == "ES256" { home.path("ec.key") } else { key });
    }
    Ran::of(command.env("OUR_SECRET", "s8e-CANARY-secret"))
}

/// All rows for which this machine can make a key.
fn usable() -> Vec<&'static Provider> {
    provider::ALL.into_iter().filter(|row| row.schema.algorithm != "ES256" || has_client("openssl")).collect()
}

#[test]
fn each_provider_is_set_up_by_options() {
    let home = Home::new();
    let rows = usable();
    for row in &rows {
        let name = row.schema.name;
        let given = required(row);
        let ran = init(&home, row, &given);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}: {ran:?}");
        let path = home.path(format!("config/profiles/{name}.json"));
        let profile: Json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        for (field, _) in &given {
            assert!(!profile[field.name].is_null(), "{name}: {}", field.name);
        }
        let hosts: Vec<&str> = row.schema.hosts.to_vec();
        assert_eq!(profile["hosts"], if hosts.is_empty() { Json::Null } else { hosts.into() }, "{name}");
        home.run(["show", name]).succeeds();
    }
    assert_eq!(home.run(["list", "--names"]).succeeds().stdout.lines().count(), rows.len());
}

#[test]
fn each_missing_option_is_named_and_nothing_is_written() {
    let home = Home::new();
    for row in usable() {
        let given = required(row);
        for missing in 0..given.len() {
            let mut others = given.clone();
            let (field, _) = others.remove(missing);
            let option = format!("these are missing: --{}\n", field.question.unwrap().option);
            init(&home, row, &others).fails(2, &[&option]);
        }
    }
    assert!(crate::support::files::files_below(&home.path("config")).is_empty());
}

/// What `providers NAME` lists as required, `init` asks for.
#[test]
fn a_required_key_has_a_question_or_is_the_private_key() {
    for row in provider::ALL {
        let keys = row.schema.all().filter(|field| field.required && field.name != "private_key");
        let silent: Vec<&str> = keys.filter(|field| field.question.is_none()).map(|field| field.name).collect();
        assert!(silent.is_empty(), "{}: {silent:?}", row.schema.name);
    }
}

#[test]
fn a_secret_is_given_by_file_variable_or_command() {
    let home = Home::new();
    let zoom = |name: &str, secret: &str| {
        let ids = ["--account-id", "an-account", "--client-id", "a-client"];
        let words = ["init", "zoom", "--no-check", "--as", name, "--client-secret", secret];
        home.run(words.into_iter().chain(ids)).succeeds();
        home.profile_of(name)["client_secret"].clone()
    };
    assert_eq!(zoom("a", "env:ZOOM_SECRET"), serde_json::json!({"env": "ZOOM_SECRET"}));
    assert_eq!(zoom("b", "file:/run/secrets/zoom"), serde_json::json!({"file": "/run/secrets/zoom"}));
    assert_eq!(zoom("c", "command:pass show zoom"), serde_json::json!({"command": ["pass", "show", "zoom"]}));
}

#[test]
fn a_terminal_asks_what_is_required() {
    let home = Home::new();
    let Some(person) = Person::runs(&home, &[BINARY, "init", "zoom", "--no-check"]) else { return };
    let person = person.answers("account ID", "an-account").answers("client ID", "a-client");
    let person = person.answers("client secret (not shown), or env:NAME", "command:pass show zoom");
    let seen = person.leaves().ends(0, &["to test it: jwt-credential json --refresh"]);
    assert!(!seen.screen.contains("pass show"), "{seen:?}");
    let expected = serde_json::json!({"provider": "zoom", "account_id": "an-account", "client_id": "a-client",
        "client_secret": {"command": ["pass", "show", "zoom"]}, "hosts": ["api.zoom.us"]});
    assert_eq!(home.profile_of("zoom"), expected);
}

/// Providers give one option to different keys, and write the same value in their own way.
#[test]
fn an_option_is_read_as_its_provider_has_it() {
    let home = Home::new();
    let key = home.write("my.key", PRIVATE_KEY, 0o600).display().to_string();
    for (name, words, key_of_value, value) in [
        ("salesforce", "--client-id c --user Me@acme.example", "user", "Me@acme.example"),
        ("snowflake", "--account acme-data1 --user me", "user", "ME"),
    ] {
        let own = ["init", name, "--no-check", "--as", name, "--private-key", &key];
        home.run(own.into_iter().chain(words.split(' '))).succeeds();
        assert_eq!(home.profile_of(name)[key_of_value], value);
    }
    home.run(["init", "zoom", "--user", "me", "--as", "z"]).fails(2, &["--user is not for zoom"]);
}

/// A client with a secret needs no key.
#[test]
fn a_key_is_made_only_where_one_is_required() {
    let home = Home::new();
    let words = "init okta --no-check --domain acme.okta.com --client-id c --client-secret env:S --scopes a";
    home.run(words.split(' ')).succeeds();
    assert!(!home.path("config/keys").exists());
    let Some(person) = Person::runs(&home, &[BINARY, "init", "okta", "--no-check", "--as", "b"]) else { return };
    let person = person.answers("private key: its path, or Enter for none", "").answers("domain", "acme.okta.com");
    let person = person.answers("client ID", "c").answers("client secret, if it has no key (Enter for none)", "env:S");
    person.answers("scopes", "").leaves().ends(0, &["profiles/b.json"]);
    assert_eq!(home.profile_of("b")["client_secret"], serde_json::json!({"env": "S"}));
}

/// GitHub makes the key of an App and takes none, and a key of Snowflake has no certificate.
#[test]
fn nothing_is_asked_that_the_provider_does_not_have() {
    let home = Home::new();
    let key = home.write("my.key", PRIVATE_KEY, 0o600).display().to_string();
    for (provider, answers) in [
        (
            "github-app",
            &[("private key: its path\n", ""), ("that is empty", &key), ("client ID", "a"), ("user or", "")][..],
        ),
        ("snowflake", &[("or Enter to make a new one", &key), ("account identifier", "a"), ("user name", "b")]),
    ] {
        let Some(person) = Person::runs(&home, &[BINARY, "init", provider, "--no-check"]) else { return };
        let seen = answers.iter().fold(person, |person, (question, answer)| person.answers(question, answer)).leaves();
        let seen = seen.ends(0, &["to test it: jwt-credential"]);
        assert!(!seen.screen.contains("certificate"), "{seen:?}");
    }
    assert_eq!(
        files(&home),
        ["keys/github.pem", "keys/snowflake.key", "profiles/github.json", "profiles/snowflake.json"]
    );
    home.run(["init", "github-app", "--as", "b"]).fails(2, &["these are missing: --client-id, --private-key\n"]);
    home.run(["init", "github-app", "--private-key", "env:KEY"]).fails(3, &["--private-key takes the path of a file"]);
}
