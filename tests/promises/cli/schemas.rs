//! Every JSON object for programs has a schema in `docs/json`, and is what its schema says.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value as Json, json};

use super::help::commands;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::json_schema::{errors, has_validator};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, SECRET, jwt, oauth, repository};

fn schema(command: &str) -> Json {
    let text = fs::read_to_string(repository(&format!("docs/json/{command}.schema.json")));
    serde_json::from_str(&text.unwrap_or_else(|_| panic!("{command} has no schema"))).unwrap()
}

/// The commands that print an object for programs. `headers --json` prints headers, whose names are the API's.
fn with_json() -> Vec<String> {
    let home = Home::new();
    let takes = |command: &String| home.run([command, "--help"]).succeeds().stdout.contains("--json");
    let mut found: Vec<String> = commands(&home).into_iter().filter(takes).collect();
    found.retain(|command| command != "headers");
    found.push("json".into());
    found
}

/// A home with a good profile, one that is refused, one that expires, and broken ones.
fn home(tokens: &Endpoint, refusing: &Endpoint) -> Home {
    let home = Home::new();
    let mut rotated = oauth(&tokens.origin());
    rotated["client_secret"] = json!(["p8e-rejected-secret", SECRET]);
    rotated["hosts"] = json!(["a.example"]);
    home.profile("default", &rotated);
    let mut refused = oauth(&refusing.origin());
    refused["shared_cache"] = json!("redis://127.0.0.1:1");
    home.profile("refused", &refused);
    home.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
    home.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o644);
    let mut signed = jwt(&refusing.origin());
    signed["metascopes"] = json!(["unknown_metascope"]);
    signed["credential_expires"] = json!("2050-08-27");
    home.profile("signed", &signed);
    signed["certificate"] = json!({"file": "none.crt"});
    home.profile("uncertified", &signed);
    home.profile("broken", &json!({"provider": "adobe-oauth", "client_secert": SECRET}));
    home.write("config/profiles/garbled.json", "{", 0o600);
    home
}

#[test]
fn every_object_is_what_its_schema_says() {
    if !has_validator() {
        return;
    }
    let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln";
    let tokens = Endpoint::new(move |asked, number| match asked.field("client_secret").as_deref() {
        Some("p8e-rejected-secret") => Answer::refusal(400, "invalid_client", "invalid client_secret parameter"),
        _ if number > 3 => Answer::token("opaque", DAY),
        _ => Answer::token(token, DAY),
    });
    let refusing = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
    let home = home(&tokens, &refusing);
    let mut printed: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    let mut run = |home: &Home, args: &[&'static str]| {
        let ran = Ran::of(&mut home.command(args));
        printed.entry(args[0]).or_default().push(ran.json());
    };
    for command in ["list", "status"] {
        run(&home, &[command, "--json"]);
    }
    run(&home, &["providers", "--json"]);
    for name in ["google", "self-signed"] {
        run(&home, &["providers", "--json", name]);
    }
    run(&home, &["json"]);
    run(&home, &["whoami", "--json"]);
    home.run(["terraform", "get", "unlisted.example"]).succeeds();
    home.run(["token", "-p", "refused"]).fails(4, &[]);
    for command in ["list", "show", "status", "doctor"] {
        run(&home, &[command, "--json"]);
    }
    run(&home, &["status", "--json", "--within", "1d"]);
    run(&home, &["doctor", "--json", "refused", "signed", "broken"]);
    run(&home, &["show", "--json", "broken"]);
    run(&home, &["json", "--refresh"]);
    run(&home, &["whoami", "--json"]);
    let empty = Home::new();
    empty.write("cache", "no directory", 0o600);
    for command in ["list", "status", "doctor"] {
        run(&empty, &[command, "--json"]);
    }
    let expected = with_json();
    for command in &expected {
        let instances = printed.get(command.as_str()).unwrap_or_else(|| panic!("{command} was not run"));
        let schema = schema(command);
        assert_eq!(errors(&schema, instances), [""; 0], "{command}: {instances:#?}");
        assert!(!errors(&schema, &[json!({"version": 2}), json!([])]).is_empty(), "{command} accepts anything");
        unseen(command, &schema, instances);
    }
    assert_eq!(expected.len(), printed.len(), "{expected:?}");
}

/// Asserts that each property of the schema was printed at least once, except those that this home cannot show.
fn unseen(command: &str, schema: &Json, instances: &[Json]) {
    const ELSEWHERE: [&str; 1] = ["json.fields"];
    let text = Json::from(instances.to_vec()).to_string();
    let mut names = Vec::new();
    properties(schema, &mut names);
    for name in names {
        let is_seen = text.contains(&format!("\"{name}\":")) || ELSEWHERE.contains(&&*format!("{command}.{name}"));
        assert!(is_seen, "{command} never printed {name}");
    }
}

fn properties(schema: &Json, names: &mut Vec<String>) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        names.push(name.clone());
        properties(inner, names);
    }
    if schema["items"].is_object() {
        properties(&schema["items"], names);
    }
}
