//! bao calls the program as its token helper, as `integrations/vault/` says.

use std::fs;

use serde_json::json;

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::pages::{readme_block, shows_as_in_readme};
use crate::support::{Home, Ran, has_client, oauth};

/// A home whose profile may send its token to this server, with the helper as the page sets it up.
fn home(tokens: &Endpoint, host: &str) -> Home {
    let home = Home::new();
    let mut profile = oauth(&tokens.origin());
    profile["hosts"] = json!([host]);
    home.profile("default", &profile);
    fs::create_dir_all(home.path(".local/bin")).unwrap();
    let script = readme_block("vault", "sh", 0).replace(".vault", ".bao");
    Ran::of(home.program("/bin/sh").args(["-ec", &script])).succeeds();
    home
}

fn bao(home: &Home, server: &str, args: &[&str]) -> Ran {
    Ran::of(home.program("bao").args(args).env("BAO_ADDR", server))
}

#[test]
fn bao_sends_the_token_of_the_helper() {
    if !has_client("bao") {
        return;
    }
    let tokens = Endpoint::tokens(DAY);
    let body = json!({"data": {"colour": "blue"}});
    let server = Endpoint::always(Answer::json(200, &body));
    let home = home(&tokens, &server.origin());
    let ran = bao(&home, &server.origin(), &["read", "-field=colour", "cubbyhole/x"]).succeeds();
    assert_eq!(ran.stdout.trim(), "blue");
    assert_eq!(server.asked()[0].header("x-vault-token"), Some("token-1"));
    // Another server gets no token, and bao asks without one.
    let other = Endpoint::always(Answer::json(403, &json!({"errors": ["permission denied"]})));
    let _ = bao(&home, &other.origin(), &["read", "cubbyhole/x"]);
    assert!(other.asked().iter().all(|asked| asked.header("x-vault-token").is_none_or(str::is_empty)));
    assert_eq!(tokens.count(), 1);
}

#[test]
fn bao_cannot_store_a_token_of_its_own() {
    if !has_client("bao") {
        return;
    }
    let tokens = Endpoint::tokens(DAY);
    let answer = json!({"data": {"id": "typed", "ttl": 0, "policies": ["root"]}, "auth": null});
    let server = Endpoint::always(Answer::json(200, &answer));
    let home = home(&tokens, &server.origin());
    let ran = bao(&home, &server.origin(), &["login", "typed"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    shows_as_in_readme("vault", 0, &ran.stderr);
}

#[test]
fn the_helper_prints_the_token_alone_and_drops_it() {
    let tokens = Endpoint::tokens(DAY);
    let home = home(&tokens, "vault.example.com:8200");
    let helper = |operation: &str, server: &[(&str, &str)]| {
        let mut command = home.program(home.path(".local/bin/vault-token-helper-jwt"));
        Ran::of(command.arg(operation).envs(server.iter().copied()))
    };
    let vault = [("VAULT_ADDR", "https://vault.example.com:8200/")];
    assert_eq!(helper("get", &vault).succeeds().stdout, "token-1");
    assert_eq!(helper("get", &[("BAO_ADDR", "https://other.example"), vault[0]]).succeeds().stdout, "");
    assert_eq!(helper("get", &[]).succeeds().stdout, "", "the usual server is on this machine");
    helper("erase", &vault).succeeds();
    assert_eq!(helper("get", &vault).succeeds().stdout, "token-2");
    helper("store", &vault).fails(2, &["stores no token of a login"]);
    helper("list", &vault).fails(2, &["\"list\""]);
}
