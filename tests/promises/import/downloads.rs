//! From a file downloaded from a console to a profile, and to a token.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::downloads::Account;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::files::{files_below, snapshot};
use crate::support::mock::Served;
use crate::support::{Home, PRIVATE_KEY, Ran, SECRET};

/// Asserts that the profile is this one, that only these keys came with it, and that all are private.
#[track_caller]
fn is_written(home: &Home, name: &str, profile: &Json, beside: &[(&str, &str)]) {
    assert_eq!(home.profile_of(name), *profile);
    let mut files = snapshot(&home.path("config"));
    files.retain(|file, _| !home.path("config").join(file).is_dir());
    for (file, (mode, _)) in &files {
        assert_eq!(*mode, 0o600, "{file}");
    }
    files.remove(&format!("profiles/{name}.json"));
    let files: Vec<_> = files.into_iter().map(|(file, (_, bytes))| (file, String::from_utf8(bytes).unwrap())).collect();
    let beside: Vec<_> = beside.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    assert_eq!(files, beside);
}

#[test]
fn aem_service_credentials_are_enough_for_a_token() {
    let home = Home::new();
    let served = Served::start(&home);
    let account = Account::of(&served);
    home.download("service-credentials.json", &account.aem());
    let ran = home.import(&format!("service-credentials.json --ims {}", served.origin)).succeeds();
    let (key, certificate) = (account.private_key.trim_end(), account.certificate.trim_end());
    let profile = account.as_jwt("default", &served.origin);
    is_written(&home, "default", &profile, &[("keys/default.crt", certificate), ("keys/default.key", key)]);
    for words in
        ["config/profiles/default.json (0600) from service-credentials.json", "sha256:", "note: to call AEM itself"]
    {
        assert!(ran.stdout.contains(words), "{ran:?}");
    }
    let secret_line = account.private_key.lines().nth(5).unwrap();
    assert!(!ran.stdout.contains(&account.client_secret) && !ran.stdout.contains(secret_line), "{ran:?}");
    let next = ran.stdout.lines().last().unwrap().strip_prefix("to test it: ").unwrap();
    Ran::of(home.program("/bin/sh").args(["-c", next])).succeeds().json();
}

#[test]
fn an_oauth_credential_of_the_console_is_enough() {
    let home = Home::new();
    let served = Served::with(&home, &["--without", "adobe-jwt"]);
    let account = Account::of(&served);
    home.download("oauth.json", &account.console_oauth());
    home.import(&format!("oauth.json --ims {}", served.origin)).succeeds();
    let ran = home.import(&format!("oauth.json --as prod --ims {}", served.origin)).succeeds();
    fs::remove_file(home.path("config/profiles/default.json")).unwrap();
    is_written(&home, "prod", &account.as_oauth(&served.origin), &[]);
    assert!(!ran.stdout.contains(&account.client_secret), "{ran:?}");
    let next = ran.stdout.lines().last().unwrap().strip_prefix("to test it: ").unwrap();
    assert_eq!(next, "jwt-credential -p prod json --refresh");
    Ran::of(home.program("/bin/sh").args(["-c", next])).succeeds().json();
}

#[test]
fn a_jwt_credential_takes_key_and_certificate_in_any_order() {
    let served = Served::start(&Home::new());
    let account = Account::of(&served);
    let rows = [
        "jwt.json private.key certificate_pub.crt",
        "jwt.json certificate_pub.crt private.key",
        "private.key jwt.json certificate_pub.crt",
        "private.key certificate_pub.crt jwt.json",
        "certificate_pub.crt jwt.json private.key",
        "certificate_pub.crt private.key jwt.json",
        "jwt.json --private-key private.key --certificate certificate_pub.crt",
        "--certificate certificate_pub.crt private.key jwt.json",
        "certificate_pub.crt jwt.json --private-key private.key",
    ];
    for row in rows {
        let home = Home::new();
        home.download("jwt.json", &account.console_jwt());
        home.write("private.key", &account.private_key, 0o600);
        home.write("certificate_pub.crt", &account.certificate, 0o600);
        home.import(&format!("{row} --metascopes ent_aem_cloud_api --ims {}", served.origin)).succeeds();
        let mut profile = account.as_jwt("default", &served.origin);
        profile["metascopes"] = json!(["ent_aem_cloud_api"]);
        let (key, certificate) =
            (("keys/default.key", &*account.private_key), ("keys/default.crt", &*account.certificate));
        is_written(&home, "default", &profile, &[certificate, key]);
        home.run(["token"]).succeeds();
    }
}

#[test]
fn for_any_name_the_line_to_try_it_works() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.download("oauth.json", &Account::own().console_oauth());
    for name in ["prod", "prod.eu", "2", "PROD_eu-1", "prod.json"] {
        let ran = home.import(&format!("oauth.json --as {name} --ims {}", endpoint.origin()));
        // A name that cannot be used later may be refused, but not accepted.
        if ran.code == 2 {
            ran.fails(2, &["name"]);
            continue;
        }
        let ran = ran.succeeds();
        let next = ran.stdout.lines().last().unwrap().strip_prefix("to test it: ").unwrap();
        let tried = Ran::of(home.program("/bin/sh").args(["-c", next]));
        assert_eq!(tried.code, 0, "{next}: {tried:?}");
    }
}

#[test]
fn one_of_several_credentials_is_selected_by_name_or_client_id() {
    let (home, account) = (Home::new(), Account::own());
    home.download("project.json", &account.project(&[("One", "id-1"), ("Two", "id-2"), ("Two", "id-3")]));
    let refused = home.import("project.json").fails(3, &["holds several credentials", "--select NAME"]);
    for words in ["One, id-1, 17 (adobe-oauth)", "Two, id-2", "Two, id-3"] {
        assert!(refused.stderr.contains(words), "{refused:?}");
    }
    let refused = home.import("project.json --select Three").fails(3, &["no credential of that name", "One, id-1"]);
    assert!(!refused.stderr.contains("--select Three"), "the option may be used once: {refused:?}");
    home.import("project.json --select Two").fails(3, &["several credentials of that name", "client id", "id-3"]);
    assert!(files_below(&home.path("config")).is_empty());
    for (selected, client_id) in [("One", "id-1"), ("id-1", "id-1"), ("id-2", "id-2"), ("id-3", "id-3")] {
        home.import(&format!("project.json --select {selected} --as of-{selected}")).succeeds();
        assert_eq!(home.profile_of(&format!("of-{selected}"))["client_id"], client_id);
    }
    home.download("project.json", &account.project(&[("One", "id-1")]));
    home.import("project.json --as only").succeeds();
}

/// The variables of the aio CLI, and the profile that they describe.
fn aio(endpoint: &Endpoint) -> (Vec<(&'static str, String)>, Json) {
    let account = Account::own();
    let variables = vec![
        ("AIO_ims_contexts_prod_client__id", account.client_id.clone()),
        ("AIO_ims_contexts_prod_client__secret", account.client_secret.clone()),
        ("AIO_ims_contexts_prod_technical__account__id", account.technical_account_id.clone()),
        ("AIO_ims_contexts_prod_ims__org__id", account.org_id.clone()),
        ("AIO_ims_contexts_prod_meta__scopes", "[\"ent_aem_cloud_api\"]".into()),
        ("AIO_ims_contexts_prod_private__key", PRIVATE_KEY.replace('\n', "\\n")),
        ("AIO_cli_telemetry", "off".into()),
    ];
    let mut profile = account.as_jwt("default", &endpoint.origin());
    profile.as_object_mut().unwrap().remove("certificate");
    (variables, profile)
}

#[test]
fn the_aio_clis_variables_come_from_the_environment_or_a_file() {
    let endpoint = Endpoint::tokens(DAY);
    let (variables, profile) = aio(&endpoint);
    let lines = |quote: &str| {
        variables.iter().map(|(name, value)| format!("{name}={quote}{value}{quote}\n")).collect::<Vec<_>>().concat()
    };
    for (file, text) in [
        (None, String::new()),
        (Some(".env"), lines("")),
        (Some("env-file"), format!("# of the CLI\n\n{}", lines("'"))),
        (Some("env.sh"), lines("\"").replace("AIO_", "export AIO_")),
    ] {
        let home = Home::new();
        let mut command = home.command(["import", "--as", "default", "--ims", &endpoint.origin()]);
        match file {
            Some(file) => {
                home.write(file, &text, 0o600);
                command.arg(file);
            }
            None => drop(command.args(["--from", "aio-env"]).envs(variables.iter().map(|(name, value)| (name, value)))),
        }
        Ran::of(command.current_dir(home.path(""))).succeeds();
        is_written(
            &home,
            "default",
            &profile,
            &[("keys/default.key", if file == Some("env.sh") { PRIVATE_KEY.trim_end() } else { PRIVATE_KEY })],
        );
        home.run(["token"]).succeeds();
    }
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some(SECRET));
}

#[test]
fn without_variables_or_with_a_file_too_nothing_is_imported() {
    let home = Home::new();
    home.download("oauth.json", &Account::own().console_oauth());
    home.import("--from aio-env").fails(3, &["no variables AIO_", "aio CLI"]);
    home.import("--from other").fails(2, &["--from"]);
    home.import("oauth.json --from aio-env").fails(2, &["--from"]);
    assert!(files_below(&home.path("config")).is_empty());
}

#[test]
fn another_endpoint_than_adobes_comes_from_the_user_only() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut aem = Account::own().aem();
    for foreign in ["ims.evil.example", "https://ims-na1.adobelogin.com.evil.example", "http://ims-na1.adobelogin.com"]
    {
        aem["integration"]["imsEndpoint"] = json!(foreign);
        home.download("aem.json", &aem);
        home.import("aem.json").fails(3, &[foreign, "not Adobe's", "--ims ORIGIN"]);
    }
    assert!(files_below(&home.path("config")).is_empty());
    home.import(&format!("aem.json --ims {}", endpoint.origin())).succeeds();
    assert_eq!(home.profile_of("default")["ims"], endpoint.origin());
    home.run(["token"]).succeeds();
}

#[test]
fn an_option_with_a_few_values_names_them() {
    Home::new().import("--from other").fails(2, &["--from", "aio-env"]);
}
