//! The pages of clouds: their profiles and commands, with servers and programs of this machine in place of the clouds'.

use std::fs;

use serde_json::{Deserializer, Value as Json, json};

use crate::issuers::subject_tokens::jwt;
use crate::support::ca::Ca;
use crate::support::clients::has_clients;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::files::openssl;
use crate::support::pages::{fenced, integration, shows_as};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, has_client};

/// An issuer that rejects every request with these words.
fn rejecting(code: &str, description: &str) -> Endpoint {
    Endpoint::always(Answer::json(400, &json!({"error": code, "error_description": description})))
}

/// Writes the page's profile under a name, with these values of its own.
fn page_profile(home: &Home, file: &str, name: &str, own: &Json) {
    let mut profile: Json = serde_json::from_slice(&fs::read(integration(file)).unwrap()).unwrap();
    for (key, value) in own.as_object().unwrap() {
        profile[key] = value.clone();
    }
    home.profile(name, &profile);
}

/// The n-th script of a page.
fn script(page: &str, number: usize) -> String {
    fenced(&fs::read_to_string(integration(page)).unwrap(), "sh").remove(number)
}

/// Runs a script in the directory `work`, after programs of the home's own `bin`.
fn run_script(home: &Home, script: &str) -> Ran {
    let script = script.replace("~/.config/jwt-credential", "$JWT_CREDENTIAL_CONFIG_DIR");
    let script = format!("export PATH={}:$PATH\n{script}", home.path("bin").display());
    Ran::of(home.program("/bin/sh").args(["-ec", &script]).current_dir(home.path("work")))
}

fn home() -> Home {
    let home = Home::new();
    fs::create_dir(home.path("work")).unwrap();
    fs::create_dir(home.path("bin")).unwrap();
    home
}

/// Google's file of a service account at this token endpoint.
fn google_file(endpoint: &Endpoint) -> String {
    let mut file: Json = serde_json::from_str(include_str!("../issuers/google-service-account.json")).unwrap();
    file["token_uri"] = json!(format!("{}/token", endpoint.origin()));
    file.to_string()
}

#[test]
fn gcloud_and_terraform_get_googles_token() {
    if !has_client("curl") {
        return;
    }
    let home = home();
    let google = Endpoint::always(Answer::token("ya29.token", 3599));
    let api = Endpoint::always(Answer::new(200, &[], "buckets"));
    home.write("work/key.json", &google_file(&google), 0o600);
    home.executable("bin/gcloud", "#!/bin/sh\necho \"$1 $CLOUDSDK_AUTH_ACCESS_TOKEN\"\n");
    home.executable("bin/terraform", "#!/bin/sh\necho \"$1 $GOOGLE_OAUTH_ACCESS_TOKEN\"\n");
    let commands = script("google/README.md", 0).replace("https://storage.googleapis.com", &api.origin());
    let ran = run_script(&home, &commands);
    assert_eq!(ran.code, 0, "{ran:?}");
    for line in ["projects ya29.token", "plan ya29.token", "buckets"] {
        assert!(ran.stdout.contains(line), "{ran:?}");
    }
    assert_eq!((google.count(), api.asked()[0].header("authorization")), (1, Some("Bearer ya29.token")));
    let wrong = rejecting("invalid_grant", "Invalid JWT Signature.");
    let file = home.write("wrong.json", &google_file(&wrong), 0o600);
    let failed = home.run(["token", "-p", file.to_str().unwrap()]).fails(4, &["invalid_grant"]);
    shows_as("google/README.md", 0, &failed.stderr);
}

#[test]
fn snowflakes_api_gets_the_jwt_and_its_header() {
    if !has_clients(&["curl", "openssl"]) {
        return;
    }
    let home = home();
    let api = Endpoint::always(Answer::new(200, &[], "statement"));
    home.write("work/rsa_key.p8", PRIVATE_KEY, 0o600);
    page_profile(&home, "snowflake/profile.json", "snowflake", &json!({}));
    let commands = script("snowflake/README.md", 0).replace("https://acme-data1.snowflakecomputing.com", &api.origin());
    let ran = run_script(&home, &commands);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "statement"), "{ran:?}");
    let asked = api.asked().pop().unwrap();
    assert_eq!(asked.header("x-snowflake-authorization-token-type"), Some("KEYPAIR_JWT"));
    assert!(asked.header("authorization").unwrap().starts_with("Bearer ey"));
    assert_eq!(asked.body, r#"{"statement": "select 1"}"#);
    assert!(home.run(["whoami", "-p", "snowflake"]).succeeds().stdout.contains("ACME-DATA1.DBT_LOADER"));
    openssl(&home, "pkcs8 -topk8 -in work/rsa_key.p8 -passout pass:phrase -out config/keys/rsa_key.p8");
    let failed = home.run(["token", "-p", "snowflake", "--refresh"]).fails(3, &["is encrypted"]);
    shows_as("snowflake/README.md", 0, &failed.stderr);
}

#[test]
fn graph_gets_the_token_of_a_certificate() {
    if !has_client("curl") {
        return;
    }
    let home = home();
    let entra = Endpoint::tokens(DAY);
    let api = Endpoint::always(Answer::new(200, &[], "organization"));
    home.write("work/entra.key", PRIVATE_KEY, 0o600);
    home.write("work/entra.crt", CERTIFICATE, 0o600);
    page_profile(&home, "azure/entra.json", "entra", &json!({"token_url": format!("{}/token", entra.origin())}));
    let commands = script("azure/entra.md", 0).replace("https://graph.microsoft.com", &api.origin());
    let ran = run_script(&home, &commands);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "organization"), "{ran:?}");
    let asked = entra.asked().pop().unwrap();
    assert_eq!(asked.field("scope").as_deref(), Some("https://graph.microsoft.com/.default"));
    assert!(asked.field("client_assertion").is_some());
    let wrong = rejecting("invalid_client", "AADSTS700027: The certificate is not registered.");
    page_profile(&home, "azure/entra.json", "entra", &json!({"token_url": format!("{}/token", wrong.origin())}));
    let failed = home.run(["token", "-p", "entra"]).fails(4, &["AADSTS700027"]);
    shows_as("azure/entra.md", 0, &failed.stderr);
}

#[test]
fn kubectl_uses_the_clouds_token() {
    if !has_clients(&["kubectl", "openssl"]) {
        return;
    }
    let home = home();
    let Some(ca) = Ca::new(&home) else { return };
    let google = Endpoint::always(Answer::token("ya29.token", 3599));
    let api = ca.endpoint(|asked, _| match asked.header("authorization") {
        Some("Bearer ya29.token") => Answer::new(200, &[], "hello"),
        _ => Answer::new(401, &[], "Unauthorized"),
    });
    let file = home.write("key.json", &google_file(&google), 0o600);
    home.run(["import", file.to_str().unwrap(), "--as", "google-acme"]);
    let get = format!(
        "kubectl --server https://127.0.0.1:{} --certificate-authority {} get --raw /echo",
        api.port(),
        ca.pem.display()
    );
    let commands = "kubectl config set-context here\nkubectl config use-context here\n".to_owned()
        + &script("kubectl/clouds.md", 0)
        + &get;
    let ran = run_script(&home, &commands);
    assert!(ran.code == 0 && ran.stdout.ends_with("hello"), "{ran:?}");
    // EKS: the same with the aws command.
    let set = run_script(&home, &(script("kubectl/clouds.md", 1) + "kubectl config view --raw -o json"));
    let view: Json = serde_json::from_str(&set.stdout[set.stdout.find('{').unwrap()..]).unwrap();
    let users = view["users"].as_array().unwrap();
    let eks = &users.iter().find(|user| user["name"] == "eks").unwrap()["user"]["exec"];
    assert_eq!(eks["args"], json!(["--profile", "ci", "eks", "get-token", "--cluster-name", "NAME"]));
    let wrong = rejecting("invalid_grant", "Invalid JWT Signature.");
    let path = home.path("config/profiles/google-acme.json");
    let mut profile: Json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    profile["token_url"] = json!(format!("{}/token", wrong.origin()));
    home.profile("google-acme", &profile);
    let failed = run_script(&home, &get);
    shows_as("kubectl/clouds.md", 0, &failed.stderr);
}

#[test]
fn a_job_without_a_stored_secret_calls_google() {
    if !has_client("curl") {
        return;
    }
    let home = home();
    let servers = Endpoint::new(|asked, _| match asked.line.split(' ').nth(1).unwrap() {
        path if path.starts_with("/idtoken") => Answer::json(200, &json!({"value": jwt("repo:acme/infra", 300)})),
        "/v1/token" => Answer::token("federated", 3600),
        path if path.ends_with(":generateAccessToken") => {
            let end =
                humantime::format_rfc3339_seconds(std::time::SystemTime::now() + std::time::Duration::from_secs(3600));
            Answer::json(200, &json!({"accessToken": "ya29.account", "expireTime": end.to_string()}))
        }
        _ => Answer::new(200, &[], asked.header("authorization").unwrap_or_default()),
    });
    let origin = servers.origin();
    let workflow = fs::read_to_string(integration("github-actions/oidc.yml")).unwrap();
    let at = workflow.find("{\"provider\"").unwrap();
    let mut profile: Json = Deserializer::from_str(&workflow[at..]).into_iter().next().unwrap().unwrap();
    profile["token_url"] = json!(format!("{origin}/v1/token"));
    profile["iam_url"] = json!(origin);
    let run = workflow.split_once("- run: ").unwrap().1;
    assert_eq!(run, script("github-actions/oidc.md", 0));
    let job = |has_permission: bool| {
        let mut shell = home.program("/bin/sh");
        shell
            .args(["-ec", run])
            .env("API_URL", format!("{origin}/b"))
            .env("JWT_CREDENTIAL_PROFILE_JSON", profile.to_string());
        if has_permission {
            shell.env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{origin}/idtoken?v=2"));
            shell.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-token");
        }
        Ran::of(&mut shell)
    };
    assert_eq!(job(true).succeeds().stdout, "Bearer ya29.account");
    let refused = job(false);
    assert_eq!(refused.code, 125, "{refused:?}");
    shows_as("github-actions/oidc.md", 0, &refused.stderr);
}
