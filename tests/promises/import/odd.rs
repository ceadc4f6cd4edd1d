//! Files that differ from what their provider writes today: edited by hand, older, with unusual names, or of another
//! tool.

use std::process::Command;

use serde_json::{Value as Json, json};

use crate::support::fixtures::{CLIENT_ID, CLIENT_SECRET, put, run, text};
use crate::support::{Home, SECRET};

fn document(fixture: &str) -> Json {
    serde_json::from_str(&text(fixture)).unwrap()
}

/// What `show` prints for a complete file.
#[track_caller]
fn shown(home: &Home, name: &str, text: &str) -> Json {
    let path = put(home, name, text);
    run(home, &["show", "-p", &path]).succeeds().json()
}

#[test]
fn files_changed_by_editors_and_systems_are_read() {
    let home = Home::new();
    let whole = text("console-credential.oauth.json");
    let expected = shown(&home, "plain.json", &whole);
    assert_eq!(shown(&home, "bom.json", &format!("\u{feff}{whole}")), expected);
    assert_eq!(shown(&home, "crlf.json", &whole.replace('\n', "\r\n")), expected);
    assert_eq!(shown(&home, "without an ending", &whole), expected);
    let variables = text("aio-config.oauth.env");
    assert_eq!(shown(&home, "crlf.env", &variables.replace('\n', "\r\n")), expected);
    assert_eq!(shown(&home, "upper.env", &variables.replace("AIO_ims_contexts", "AIO_IMS_CONTEXTS")), expected);
    assert_eq!(shown(&home, "export.env", &variables.replace("AIO_", "export AIO_")), expected);
}

#[test]
fn a_byte_order_mark_before_variables_is_ignored() {
    let home = Home::new();
    let without_comments = text("aio-config.oauth.env").split_once("\nAIO_").unwrap().1.to_owned();
    shown(&home, "bom.env", &format!("\u{feff}AIO_{without_comments}"));
}

#[test]
fn no_line_is_offered_if_no_option_helps() {
    let home = Home::new();
    for fixture in ["aem-service-credentials.local-token.json", "aio-config.person.json", "console-project.aio.json"] {
        let path = put(&home, fixture, &text(fixture));
        let ran = run(&home, &["show", "-p", &path]).fails(3, &[]);
        assert!(!ran.stderr.contains("jwt-credential import '"), "{ran:?}");
    }
}

#[test]
fn a_secret_in_the_keyring_is_reported_as_such() {
    let home = Home::new();
    let path = put(&home, "connector-umapi.yml", &text("umapi-connector.keyring.yml"));
    let ran = run(&home, &["show", "-p", &path]).fails(3, &["keyring"]);
    assert!(!ran.stderr.contains("take the file from where it came"), "the file is complete: {ran:?}");
}

#[test]
fn the_line_can_be_pasted_for_any_file_name() {
    let home = Home::new();
    for name in ["it's mine.json", "$(touch ran).json", "a\"b.json", "-p.json"] {
        let path = put(&home, name, &text("console-project.jwt.json"));
        let ran = run(&home, &["show", "-p", &path]).fails(3, &[]);
        let line = ran.stderr.lines().find_map(|line| line.strip_prefix("jwt-credential: hint: ")).unwrap();
        let script = format!("set -- {line}; printf %s \"$3\"");
        let pasted = Command::new("/bin/sh").args(["-c", &script]).current_dir(home.path("")).output().unwrap();
        assert_eq!(String::from_utf8(pasted.stdout).unwrap(), path, "{line}");
    }
}

#[test]
fn an_invalid_expiry_date_costs_no_profile() {
    let home = Home::new();
    let mut file = document("console-credential.completed.json");
    for end in ["27/08/2027", "08/27/27", "08/27/2027 23:59", "soon", "", "//", "2027-08-27"] {
        file["PUBLIC_KEYS_WITH_EXPIRY"] = json!({"0123456789abcdef0123456789abcdef01234567": end});
        shown(&home, "end.json", &file.to_string());
    }
    file["PUBLIC_KEYS_WITH_EXPIRY"] = json!({"a": "8/7/2027", "b": "12/31/2026"});
    assert_eq!(shown(&home, "end.json", &file.to_string())["credential_expires"], "2027-08-07");
}

#[test]
fn contexts_beside_a_project_without_secrets_are_found() {
    let home = Home::new();
    let mut file = document("aio-config.jwt.json");
    file["project"] = document("console-project.apikey.json")["project"].clone();
    assert_eq!(shown(&home, "aio.json", &file.to_string())["client_id"], CLIENT_ID);
}

/// The console's JWT credentials have ended. If a context has both kinds, as a project's file may, OAuth is used.
#[test]
fn a_context_that_was_moved_to_oauth_is_oauth() {
    let home = Home::new();
    let mut file = document("aio-config.oauth.json");
    let context = &mut file["ims"]["contexts"]["aio-cli-plugin-cloudmanager"];
    context["meta_scopes"] = json!(["ent_cloudmgr_sdk"]);
    context["client_secret"] = json!(CLIENT_SECRET);
    let had = shown(&home, "moved.json", &file.to_string());
    assert_eq!(had["provider"], "adobe-oauth");
    assert!(had["client_secret"].is_string(), "the same secret under both names counts once: {had}");
}

/// aepp's `configs.py` has these names.
#[test]
fn aepps_older_name_of_the_client_id_is_read() {
    let home = Home::new();
    let mut file = document("aepp.oauth.json");
    file["environment"] = json!("stage");
    assert_eq!(shown(&home, "stage.json", &file.to_string())["ims"], "https://ims-na1-stg1.adobelogin.com");
    let old = text("aepp.oauth.json").replace("\"client_id\"", "\"api_key\"");
    assert_eq!(shown(&home, "old.json", &old)["client_id"], CLIENT_ID);
}

/// Many tools use `clientId` and `clientSecret`: a secret that is not Adobe's is not sent to Adobe.
#[test]
fn another_providers_client_is_not_taken_for_imsclis() {
    let home = Home::new();
    let azure = json!({
        "clientId": "11111111-2222-4333-8444-555555555555", "clientSecret": SECRET,
        "subscriptionId": "11111111-2222-4333-8444-555555555556", "tenantId": "11111111-2222-4333-8444-555555555557",
        "activeDirectoryEndpointUrl": "https://login.example", "scopes": ["https://management.example/.default"],
    });
    let path = put(&home, "azure.json", &azure.to_string());
    run(&home, &["show", "-p", &path]).fails(3, &["has no \"provider\""]);
}

/// The text in place of a key's path may be the secret itself.
#[test]
fn a_secret_in_place_of_a_keys_path_is_not_quoted() {
    let home = Home::new();
    for (fixture, place) in [
        ("aio-config.jwt.json", "/ims/contexts/my_jwt/private_key"),
        ("adobe-jwt-auth.complete.json", "/privateKey"),
        ("console-credential.completed.json", "/PRIVATE_Key"),
    ] {
        let mut file = document(fixture);
        *file.pointer_mut(place).unwrap() = json!(SECRET);
        let path = put(&home, fixture, &file.to_string());
        // Every `Ran` is searched for it.
        for command in ["show", "token", "status"] {
            run(&home, &[command, "--timeout", "1s", "-p", &path]);
        }
    }
}

/// A file may hold a key between lines that are other secrets.
#[test]
fn only_the_key_of_a_file_with_more_is_copied() {
    const OTHER: &str = "DB_PASSWORD=made-up-auth";
    let home = Home::new();
    let document = put(&home, "jwt.json", &text("console-project.jwt.json"));
    let key = std::fs::read_to_string(home.path("private.key")).unwrap();
    let certificate = std::fs::read_to_string(home.path("certificate_pub.crt")).unwrap();
    let files = [
        format!("{OTHER}\nKEY=\"{key}\"\n"),
        format!("{OTHER}\nKEY=\"{}\"\n", key.replace('\n', "\\n")),
        format!("{key}{OTHER}\n{certificate}"),
        format!("Bag Attributes\n    {OTHER}\n{certificate}{key}"),
    ];
    for (number, file) in files.iter().enumerate() {
        let path = home.write("x.env", file, 0o600).into_os_string().into_string().unwrap();
        for (option, ending) in [(&[][..], "a"), (&["--private-key"][..], "b")] {
            let name = format!("n{number}{ending}");
            let args = [&["import", &document, "--as", &name, "--no-check"], option, &[&path]].concat();
            run(&home, &args).succeeds();
            assert_eq!(std::fs::read_to_string(home.path(format!("config/keys/{name}.key"))).unwrap(), key, "{file}");
        }
    }
}

/// Others have the same names: their secrets are not sent to Adobe.
#[test]
fn a_file_that_is_not_adobes_gets_the_list_and_the_line() {
    let home = Home::new();
    let id = json!({"client_id": "an-id", "client_secret": SECRET, "scopes": ["openid"]});
    let camel = json!({"clientId": "an-id", "clientSecret": SECRET, "orgId": "acme", "organization": "acme"});
    let rows = [
        ("other.json", id.to_string()),
        ("camel.json", camel.to_string()),
        ("tool.ini", format!("[ims]\nclient_id = an-id\nclient_secret = {SECRET}\norg_id = acme\n")),
        ("plain.ini", format!("; a comment\nclient_id = an-id\nclient_secret: {SECRET}\n")),
        ("app.properties", format!("# a comment\nims.client.id=an-id\nims.client.secret={SECRET}\n")),
        ("app.env", format!("GITHUB_CLIENT_ID=an-id\nGITHUB_CLIENT_SECRET={SECRET}\nGITHUB_ORG_ID=acme\n")),
    ];
    for (name, text) in rows {
        let path = put(&home, name, &text);
        let ran = run(&home, &["import", &path]).fails(3, &[&path, "is not a recognised credentials file"]);
        for words in ["import reads: ", "a private key", "jwt-credential init adobe-oauth --client-id ID"] {
            assert!(ran.stderr.contains(words), "{words} is not in {ran:?}");
        }
    }
    let bytes: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(home.path("utf-16.json"), bytes).unwrap();
    run(&home, &["import", home.path("utf-16.json").to_str().unwrap()])
        .fails(3, &["is not a recognised credentials file", "save it as UTF-8"]);
}

/// npm's dotenv takes these lines, and so a file with them is read as without them.
#[test]
fn a_line_that_dotenv_takes_changes_nothing() {
    let home = Home::new();
    let whole = text("aio-config.oauth.env");
    let expected = shown(&home, "plain.env", &whole);
    for line in [
        "KEY=\"-----BEGIN X-----\nMIIE\n-----END X-----\"",
        "A = b",
        "a.b=1",
        "no sign",
        "A=b # c",
        "A=`b\nc`",
        "A: b",
        "=x",
    ] {
        assert_eq!(shown(&home, "more.env", &format!("{line}\n{whole}")), expected, "{line}");
        assert_eq!(shown(&home, "more.env", &format!("{whole}\n{line}\n")), expected, "{line}");
    }
}

#[test]
fn the_client_of_a_web_app_is_passed_over() {
    let home = Home::new();
    let whole = text("console-credential.starter-kit.env");
    let org_id = document("console-credential.oauth.json")["ORG_ID"].as_str().unwrap().to_owned();
    let web = format!(
        "WEB_CLIENT_ID=other\nWEB_CLIENT_SECRET={SECRET}\nWEB_ORG_ID={org_id}\nWEB_REDIRECT_URI=https://x.example/\n"
    );
    assert_eq!(shown(&home, "web.env", &format!("{web}{whole}")), shown(&home, "one.env", &whole));
    let mut file = document("console-credential.oauth.json");
    file["REDIRECT_URI"] = json!("https://x.example/");
    let path = put(&home, "web.json", &file.to_string());
    run(&home, &["show", "-p", &path]).fails(3, &["is for the login of a person"]);
}

/// An app's author chooses the prefix, and a library's author the spelling.
#[test]
fn a_console_credential_is_read_by_its_other_names() {
    let home = Home::new();
    let whole = text("console-credential.starter-kit.env");
    let expected = shown(&home, "plain.env", &whole);
    for prefix in ["", "ADOBE_", "ims_", "AIO_COMMERCE_IMS_", "MY.APP_"] {
        assert_eq!(shown(&home, "x.env", &whole.replace("OAUTH_", prefix)), expected, "{prefix}");
    }
    assert_eq!(shown(&home, "x.env", &whole.replace("_ORG_ID", "_IMS_ORG_ID")), expected);
    let mut command = home.command(["import", "--from", "console-env", "--as", "by-env", "--no-check"]);
    let variables = whole.lines().filter_map(|line| line.split_once('='));
    crate::support::Ran::of(command.envs(variables)).succeeds();
    assert_eq!(run(&home, &["show", "-p", "by-env"]).succeeds().json(), expected);
    let whole = text("adobe-jwt-auth.oauth.json");
    for (name, other) in [("orgId", "imsOrgId"), ("orgId", "organizationId"), ("clientId", "apiKey")] {
        assert_eq!(shown(&home, "x.json", &whole.replace(name, other)), expected, "{other}");
    }
}
