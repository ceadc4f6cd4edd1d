//! A downloaded file is untrusted. It runs no command, reads no variable, chooses no endpoint, and its secrets are not
//! quoted. A file that is no credential is refused with a word on what it is.

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, DAY_MS, Endpoint};
use crate::support::fixtures::{CLIENT_ID, ENDPOINTS, at, names, put, run, text};
use crate::support::{Home, Ran, SECRET};

/// The places of all strings in a document (JSON Pointer, RFC 6901).
fn texts(document: &Json, place: &str, found: &mut Vec<String>) {
    match document {
        Json::String(_) => found.push(place.to_owned()),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                texts(item, &format!("{place}/{index}"), found);
            }
        }
        Json::Object(object) => {
            for (key, value) in object {
                texts(value, &format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

/// The JSON fixtures, with this endpoint where they can name one.
fn documents(endpoint: &Endpoint) -> Vec<(String, Json)> {
    let here = |name: &str| ENDPOINTS.into_iter().find(|named| named.0 == name);
    let whole = |name: &str| here(name).map_or_else(|| text(name), |named| at(named, &endpoint.origin()));
    let json = names().into_iter().filter_map(|name| Some((name.clone(), serde_json::from_str(&whole(&name)).ok()?)));
    json.collect()
}

/// Shows a file, and requests a token if it still names the loopback endpoint; returns all output. Asserts that no
/// command was run and no variable read.
fn provoke(home: &Home, endpoint: &Endpoint, name: &str, text: &str) -> String {
    let path = put(home, name, text);
    let shown = Ran::of(home.command(["show", "-p", &path]).env("HTTPS_PROXY", "http://127.0.0.1:1"));
    assert!([0, 3].contains(&shown.code), "{text}\n{shown:?}");
    let mut said = shown.stdout.clone() + &shown.stderr;
    let is_here = shown.code == 0 && shown.json()["ims"] == json!(endpoint.origin());
    if is_here {
        let ran = Ran::of(&mut home.command(["token", "--no-cache", "--timeout", "1s", "-p", &path]));
        said += &(ran.stdout + &ran.stderr);
    }
    let value = format!("\"{}\"", home.directory.path().display());
    for word in ["\"command\"", "\"env\"", "secret command", "the variable", &value] {
        assert!(!said.contains(word), "{word} for {text}\n{said}");
    }
    assert!(!home.path("ran").exists(), "{text}");
    said
}

/// JSON that a profile would not take as a string.
fn references(home: &Home) -> [Json; 3] {
    [
        json!({"command": ["touch", home.path("ran")]}),
        json!({"env": "HOME"}),
        json!([{"command": ["touch", home.path("ran")]}]),
    ]
}

#[test]
fn an_object_in_place_of_any_string_is_no_reference() {
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::token("token", DAY_MS)));
    for (name, document) in documents(&endpoint) {
        let mut places = Vec::new();
        texts(&document, "", &mut places);
        for reference in references(&home) {
            let mut all = document.clone();
            for place in &places {
                *all.pointer_mut(place).unwrap() = reference.clone();
            }
            provoke(&home, &endpoint, &name, &all.to_string());
        }
        for place in &places {
            let mut one = document.clone();
            *one.pointer_mut(place).unwrap() = json!({"command": ["touch", home.path("ran")]});
            provoke(&home, &endpoint, &name, &one.to_string());
        }
    }
    assert!(endpoint.count() > 0, "some files were complete enough for a request");
}

#[test]
fn the_text_of_a_reference_is_no_reference() {
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::token("token", DAY_MS)));
    for (name, document) in documents(&endpoint) {
        let mut places = Vec::new();
        texts(&document, "", &mut places);
        for place in &places {
            let mut one = document.clone();
            *one.pointer_mut(place).unwrap() = json!(references(&home)[0].to_string());
            let path = put(&home, &name, &one.to_string());
            Ran::of(&mut home.command(["show", "-p", &path]));
            assert!(!home.path("ran").exists(), "{place} of {name}");
        }
    }
}

#[test]
fn yaml_variables_and_bare_keys_make_no_reference() {
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::token("token", DAY_MS)));
    let is_json = |name: &String| serde_json::from_str::<Json>(&text(name)).is_ok();
    for name in names().into_iter().filter(|name| !is_json(name)) {
        let named = ENDPOINTS.into_iter().find(|named| named.0 == name);
        let whole = named.map_or_else(|| text(&name), |named| at(named, &endpoint.origin()));
        let sign = if name.rsplit('.').next() == Some("env") { "=" } else { ": " };
        for (number, line) in whole.lines().enumerate() {
            let Some((before, value)) = line.split_once(sign).filter(|(_, value)| !value.is_empty()) else { continue };
            let comma = if value.ends_with(',') { "," } else { "" };
            let changed = format!("{before}{sign}{}{comma}", references(&home)[0]);
            let lines = whole.lines().enumerate().map(|(at, line)| if at == number { &changed } else { line });
            provoke(&home, &endpoint, &name, &(lines.collect::<Vec<_>>().join("\n") + "\n"));
        }
    }
}

/// A file, and words of its error.
fn refused(home: &Home, rows: &[(&str, impl AsRef<[u8]>, &str)]) {
    for (name, bytes, word) in rows {
        let path = put(home, name, "");
        std::fs::write(&path, bytes).unwrap();
        for command in ["show", "token"] {
            let ran = run(home, &[command, "-p", &path]).fails(3, &[&path, word]);
            assert!(ran.stderr.len() < 1_000 && !ran.stderr.contains("CANARY"), "{ran:?}");
        }
    }
}

#[test]
fn a_file_of_no_known_kind_is_refused_and_not_quoted() {
    let home = Home::new();
    let whole = text("console-credential.oauth.json").replace(CLIENT_ID, SECRET);
    let noise: Vec<u8> = (0..4096_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(whole.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let twice = format!(r#"{{"a": {{"b": [{{"{SECRET}": 1, "{SECRET}": 2}}]}}}}"#);
    let rows: [(&str, Vec<u8>, &str); 13] = [
        ("cut.json", whole[..whole.len() - 40].into(), "is not JSON: "),
        ("twice.json", twice.into(), "has a key twice (line 1"),
        ("list.json", "[".repeat(60_000).into(), "is not JSON: recursion limit exceeded at line 1"),
        ("deep.json", r#"{"ims":"#.repeat(8_000).into(), "is not JSON: recursion limit exceeded at line 1"),
        ("deep.yml", "- ".repeat(30_000).into(), "nested too deep"),
        ("empty.json", Vec::new(), "is empty"),
        ("empty.yml", "# CANARY\n".into(), "is empty"),
        ("noise.json", noise, "is not text"),
        ("utf16.json", utf16, "save it as UTF-8"),
        ("nul.json", "{\"ORG_ID\": \"CANARY\0\"}".into(), "is not JSON"),
        ("other.json", r#"{"CANARY": {"a": "CANARY"}}"#.into(), "has no \"provider\""),
        ("other.env", "CANARY=CANARY\nAIO_runtime_auth=CANARY\n".into(), "is not JSON"),
        ("large.json", " ".repeat(70_000).into(), "larger than 64 KiB"),
    ];
    refused(&home, &rows);
}

/// Broken versions of the User Sync Tool's file.
const BROKEN_YAML: [(&str, &str, &str); 5] = [
    ("twice.yml", "server:\nenterprise:\n  org_id: CANARY\n  org_id: CANARY\n", "has a key twice (line 4)"),
    ("two.yml", "enterprise:\n  org_id: CANARY\n---\nenterprise:\n", "holds several documents (line 3)"),
    ("bomb.yml", "a: &a [CANARY, CANARY]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n", "has an alias"),
    ("cut.yml", "enterprise:\n  org_id: \"CANARY\n", "is neither JSON nor YAML (line "),
    ("tab.yml", "enterprise:\n\torg_id: CANARY\n", "is neither JSON nor YAML (line 2)"),
];

#[test]
fn broken_yaml_is_refused_and_not_quoted() {
    refused(&Home::new(), &BROKEN_YAML.map(|(name, bytes, _)| (name, bytes, "")));
}

/// The error is about YAML, not about JSON.
#[test]
fn errors_in_yaml_are_reported_like_those_in_json() {
    refused(&Home::new(), &BROKEN_YAML);
}
