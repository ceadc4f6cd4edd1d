//! terraform gets a module from a registry with `integrations/terraform/terraformrc`. `headers.tf` or a variable gives
//! a token to the rest of a configuration.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, Asked};
use crate::support::pages::{integration, readme_block, shows_as_in_readme};
use crate::support::registry::{PLACEHOLDER, Registry, download, no_entry, path};
use crate::support::{CLIENT_ID, ORG_ID, Ran, package};

/// A registry that requires the token, and the module's URL, for which terraform sends none.
fn modules(asked: &Asked, _: usize) -> Answer {
    match (path(asked), asked.header("authorization")) {
        ("/archive/network.tar.gz?archive=tar.gz" | "/archive/network.tar.gz", _) => {
            download(&package::tarball("main.tf", "output \"greeting\" {\n  value = \"hello\"\n}\n").unwrap())
        }
        ("/modules/team/network/aws/versions", Some("Bearer token-1")) => {
            Answer::json(200, &json!({"modules": [{"versions": [{"version": "1.0.0"}]}]}))
        }
        ("/modules/team/network/aws/1.0.0/download", Some("Bearer token-1")) => {
            Answer::new(204, &[("X-Terraform-Get", "/archive/network.tar.gz")], "")
        }
        _ => no_entry(),
    }
}

/// The profile lists the registry by its name, and terraform is told its address.
fn listing(registry: Option<Registry>, host: &str) -> Option<Registry> {
    let registry = registry?;
    registry.lists("default", host);
    let home = &registry.home;
    let here = format!("services = {{ \"modules.v1\" = \"https://{}/modules/\" }}", registry.host());
    let config = fs::read_to_string(integration("terraform/terraformrc")).unwrap();
    home.write(".terraformrc", &format!("{config}\nhost \"{PLACEHOLDER}\" {{ {here} }}\n"), 0o600);
    let plugins = home.path(".terraform.d/plugins");
    fs::create_dir_all(&plugins).unwrap();
    home.run(["link", plugins.to_str().unwrap(), "--only", "terraform-credentials-jwt"]).succeeds();
    fs::create_dir(home.path("work")).unwrap();
    let source = format!("source  = \"{PLACEHOLDER}/team/network/aws\"\n  version = \"1.0.0\"");
    home.write("work/main.tf", &format!("module \"network\" {{\n  {source}\n}}\n"), 0o600);
    Some(registry)
}

fn in_work(registry: &Registry, program: &str, args: &[&str]) -> Command {
    let mut command = registry.tool(program);
    command.args(args).env("CHECKPOINT_DISABLE", "1").current_dir(registry.home.path("work"));
    command
}

fn init(registry: &Registry) -> Command {
    in_work(registry, "terraform", &["init", "-no-color", "-input=false"])
}

#[test]
fn terraform_shows_the_token_to_the_registry_only() {
    let Some(registry) = listing(Registry::new("terraform", modules), PLACEHOLDER) else { return };
    let ran = Ran::of(&mut init(&registry)).succeeds();
    assert!(ran.stdout.contains("Terraform has been successfully initialized!"), "{ran:?}");
    let shown = registry.shown();
    assert_eq!(shown[..2], ["Bearer token-1", "Bearer token-1"]);
    assert!(shown.len() > 2 && shown[2..].iter().all(|had| had == "-"), "{shown:?}");
}

#[test]
fn terraform_logout_drops_the_token() {
    let Some(registry) = listing(Registry::new("terraform", modules), PLACEHOLDER) else { return };
    Ran::of(&mut init(&registry)).succeeds();
    assert!(registry.home.record_path().is_some());
    Ran::of(&mut in_work(&registry, "terraform", &["logout", PLACEHOLDER])).succeeds();
    assert!(registry.home.record()["token"].is_null());
}

#[test]
fn terraform_sends_no_token_to_an_unlisted_registry() {
    let Some(registry) = listing(Registry::new("terraform", modules), "other.example.com") else { return };
    let ran = Ran::of(&mut init(&registry));
    assert!(ran.code == 1 && ran.stderr.contains("401 Unauthorized"), "{ran:?}");
    assert_eq!((registry.shown(), registry.ims.count()), (vec!["-".to_owned()], 0));
}

#[test]
fn terraform_sends_no_token_if_the_endpoint_refuses() {
    let Some(registry) = listing(Registry::refused("terraform", modules), PLACEHOLDER) else { return };
    let ran = Ran::of(&mut init(&registry));
    assert_eq!((ran.code, registry.shown()), (1, vec!["-".to_owned()]));
    shows_as_in_readme("terraform", 0, &ran.stderr);
    let ran = Ran::of(init(&registry).env("TF_LOG", "WARN"));
    assert_eq!((ran.code, registry.shown()), (1, vec!["-".to_owned(), "-".to_owned()]));
    shows_as_in_readme("terraform", 1, &ran.stderr);
}

/// Does what the provider `external` does, which only terraform's own registry offers. It runs the program with an
/// empty query on standard input, and accepts only one flat JSON object of strings.
fn external(registry: &Registry) -> Ran {
    let text = fs::read_to_string(registry.paste("terraform", "headers.tf", "work/headers.tf")).unwrap();
    let program = text.lines().find_map(|line| line.trim().strip_prefix("program = ")).unwrap();
    let program: Vec<String> = serde_json::from_str(program).unwrap();
    let mut command = in_work(registry, &program[0], &[]);
    let mut child = command
        .args(&program[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program does not read it, and may have ended already.
    let _ = child.stdin.take().unwrap().write_all(b"{}");
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn the_data_source_external_gets_all_headers_as_strings() {
    let Some(registry) = listing(Registry::new("terraform", modules), PLACEHOLDER) else { return };
    registry.lists("default", &registry.host());
    let expected = json!({"Authorization": "Bearer token-1", "x-api-key": CLIENT_ID, "x-gw-ims-org-id": ORG_ID});
    assert_eq!(external(&registry).succeeds().json(), expected);
    Ran::of(&mut in_work(&registry, "terraform", &["fmt", "-check", "-diff", "headers.tf"])).succeeds();
    registry.lists("default", "other.example.com");
    external(&registry).fails(3, &["no token for https://localhost:"]);
}

#[test]
fn the_data_source_external_fails_if_the_endpoint_refuses() {
    let Some(registry) = Registry::refused("terraform", modules) else { return };
    fs::create_dir(registry.home.path("work")).unwrap();
    external(&registry).fails(4, &["Adobe rejected the client credentials"]);
}

#[test]
fn a_token_in_an_ephemeral_variable_is_not_in_the_state() {
    let Some(registry) = Registry::new("terraform", modules) else { return };
    let home = &registry.home;
    fs::create_dir(home.path("work")).unwrap();
    let readme = readme_block("terraform", "hcl", 0);
    let output = "output \"has_token\" {\n  value = ephemeralasnull(var.access_token) == null\n}\n";
    let check = "  validation {\n    condition     = var.access_token == \"token-1\"\n    error_message = \"another\"\n  }\n}\n";
    let variable = readme.trim_end().strip_suffix('}').unwrap().to_owned() + check;
    home.write("work/main.tf", &format!("{variable}\n{output}"), 0o600);
    let line = readme_block("terraform", "sh", 1);
    let line = line.lines().find(|line| line.contains("TF_VAR")).unwrap();
    let apply = line.replace("terraform plan", "terraform apply -auto-approve -no-color");
    assert_ne!(line, apply);
    Ran::of(&mut in_work(&registry, "/bin/sh", &["-c", &apply])).succeeds();
    let state: Json = serde_json::from_str(&fs::read_to_string(home.path("work/terraform.tfstate")).unwrap()).unwrap();
    assert_eq!(state["outputs"]["has_token"]["value"], json!(true));
    assert!(!state.to_string().contains("token-1"));
}
