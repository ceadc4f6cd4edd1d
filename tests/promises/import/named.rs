//! What a new profile is called, which one is the default, and `--dry-run`.

use std::fs;

use serde_json::json;

use crate::support::downloads::Account;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::files::{files_below, snapshot};
use crate::support::{Home, PRIVATE_KEY, Ran, SECRET};

/// `import --no-check` with these words.
fn import(home: &Home, words: &str) -> Ran {
    Ran::of(home.importing_tested(words).arg("--no-check"))
}

/// The profiles of a home by name, and the default that `use` prints.
fn profiles(home: &Home) -> Vec<String> {
    let names = home.run(["list", "--names"]).succeeds().stdout;
    names.lines().map(str::to_owned).collect()
}

#[test]
fn a_profile_is_named_by_its_provider_and_project() {
    let home = Home::new();
    let mut project = Account::own().project(&[("One", "id-1")]);
    home.download("project.json", &project);
    home.download("oauth.json", &Account::own().console_oauth());
    let mut google: serde_json::Value =
        serde_json::from_str(include_str!("../issuers/google-service-account.json")).unwrap();
    google["project_id"] = json!("acme-prod");
    home.download("google.json", &google);
    for file in ["project.json", "oauth.json", "google.json"] {
        import(&home, file).succeeds();
    }
    project["project"]["name"] = json!("../Other Project");
    home.download("project.json", &project);
    import(&home, "project.json").succeeds();
    assert_eq!(profiles(&home), ["adobe", "adobe-Other-Project", "adobe-P", "google-acme-prod"]);
    import(&home, "project.json --as other").succeeds();
    assert!(profiles(&home).contains(&"other".to_owned()));
}

#[test]
fn the_first_profile_becomes_the_default_and_stays_it() {
    for (words, name) in [("", "adobe"), ("--as prod", "prod")] {
        let home = Home::new();
        home.download("oauth.json", &Account::own().console_oauth());
        let ran = import(&home, &format!("oauth.json {words}")).succeeds();
        assert!(ran.stdout.ends_with("to test it: jwt-credential json --refresh\n"), "{ran:?}");
        let ran = import(&home, "oauth.json --as second").succeeds();
        assert!(ran.stdout.ends_with("to test it: jwt-credential -p second json --refresh\n"), "{ran:?}");
        assert_eq!(home.run(["use"]).succeeds().stdout, format!("{name}\n"));
        home.run(["delete", name, "--yes"]).succeeds();
        import(&home, "oauth.json --as third").succeeds();
        assert_ne!(home.run(["use"]).stdout, "third\n", "it is not the first");
    }
}

#[test]
fn a_choice_of_the_user_stays() {
    let home = Home::new();
    home.write("config/config.json", r#"{"default": "later"}"#, 0o600);
    home.download("oauth.json", &Account::own().console_oauth());
    import(&home, "oauth.json").succeeds();
    assert_eq!(fs::read_to_string(home.path("config/config.json")).unwrap(), r#"{"default": "later"}"#);
}

#[test]
fn the_same_name_needs_force() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.download("oauth.json", &Account::own().console_oauth());
    import(&home, &format!("oauth.json --ims {}", endpoint.origin())).succeeds();
    let before = snapshot(&home.path("config"));
    for words in ["oauth.json", "oauth.json --as adobe"] {
        import(&home, words).fails(2, &["config/profiles/adobe.json already", "--as NAME", "--force"]);
    }
    let dry = import(&home, "oauth.json --dry-run").succeeds();
    assert!(dry.stdout.contains("note: there is a profile adobe already: --as NAME"), "{dry:?}");
    assert_eq!(snapshot(&home.path("config")), before);
    Ran::of(&mut home.importing_tested("oauth.json --force --hosts api.example.com")).succeeds();
    assert_eq!(home.profile_of("adobe")["hosts"], json!(["api.example.com"]));
    Ran::of(home.command(["import", "-p", "other", "oauth.json"]).current_dir(home.path("")))
        .fails(2, &["import takes no --profile", "--as NAME"]);
}

#[test]
fn a_dry_run_shows_the_profile_and_writes_nothing() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.download("aem.json", &Account::own().aem());
    let before = snapshot(home.directory.path());
    let dry =
        |words: &str| Ran::of(&mut home.importing_tested(&format!("aem.json --ims {} {words}", endpoint.origin())));
    let ran = dry("--as prod --dry-run").succeeds();
    assert!(ran.stdout.starts_with("would write "), "{ran:?}");
    for part in ["config/profiles/prod.json", "config/keys/prod.key", "client_secret         sha256:", "note: "] {
        assert!(ran.stdout.contains(part), "{part:?} is not in {ran:?}");
    }
    assert!(!ran.stdout.contains(SECRET) && !ran.stdout.contains(PRIVATE_KEY.lines().nth(1).unwrap()));
    assert_eq!((snapshot(home.directory.path()), endpoint.count()), (before, 0));

    dry("--as prod").succeeds();
    assert_eq!(
        files_below(&home.path("config")),
        ["config.json", "keys/prod.crt", "keys/prod.key", "profiles/prod.json"]
    );
    let before = snapshot(&home.path("config"));
    let ran = dry("--as prod --force --dry-run --metascopes ent_user_sdk").succeeds();
    for part in ["would change:\n", "metascopes            ent_aem_cloud_api → ent_user_sdk", "would write "] {
        assert!(ran.stdout.contains(part), "{part:?} is not in {ran:?}");
    }
    let ran = dry("--as prod --force --dry-run").succeeds();
    assert!(ran.stdout.ends_with("has these values already: nothing was changed\n"), "{ran:?}");
    assert_eq!((snapshot(&home.path("config")), endpoint.count()), (before, 1));
}

#[test]
fn a_dry_run_has_the_errors_of_an_import() {
    let home = Home::new();
    home.download("jwt.json", &Account::own().console_jwt());
    import(&home, "jwt.json --dry-run")
        .fails(3, &["has no \"metascopes\"", "jwt.json --dry-run --no-check --metascopes"]);
    import(&home, "none.json --dry-run").fails(3, &["cannot read none.json"]);
    assert!(files_below(&home.path("config")).is_empty());
}
