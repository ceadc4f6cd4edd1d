//! `docs/profile.schema.json` says what the tables of the code say. `UPDATE_SCHEMAS=1` writes it anew.

use std::fs;
use std::sync::LazyLock;

use jwt_credential::profile::schema::{Field, NAMING, Schema, ValueKind};
use jwt_credential::provider;
use serde_json::{Map, Value as Json, json};

use crate::support::json_schema::{errors, has_validator};
use crate::support::{jwt, oauth, repository};

const PATH: &str = "docs/profile.schema.json";

/// What a key means and may hold. Where both are the same in most rows, a definition has them.
fn described(field: &Field) -> Json {
    let own = key(field);
    if USUAL_KEYS.get(field.name) == Some(&own) {
        json!({"$ref": format!("#/definitions/key-{}", field.name)})
    } else {
        own
    }
}

/// The definitions of keys, each as the first row has it that gives it no meaning of its own.
static USUAL_KEYS: LazyLock<Map<String, Json>> = LazyLock::new(|| {
    let mut usual = Map::new();
    for field in provider::every().flat_map(|row| row.schema.all()).filter(|field| field.question.is_none()) {
        usual.entry(field.name).or_insert_with(|| key(field));
    }
    usual
});

fn key(field: &Field) -> Json {
    // A validator ignores what stands beside a reference (draft 7).
    let mut json = match value(field) {
        json if json.get("$ref").is_some() => json!({"allOf": [json]}),
        json => json,
    };
    json["description"] = field.meaning().into();
    json
}

/// What a key may hold, as a reference to a definition of the schema.
fn value(field: &Field) -> Json {
    let name = match field.kind {
        ValueKind::Text => "text",
        ValueKind::Secret if field.principal => "principal",
        ValueKind::Secret if field.rotates => "secrets",
        ValueKind::Secret => "secret",
        ValueKind::List => "list",
        ValueKind::Path => "path",
        ValueKind::Headers => "headers",
        ValueKind::Object => return json!({"type": "object"}),
        ValueKind::Number => "number",
        ValueKind::Switch => "switch",
        ValueKind::Command => return json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
    };
    json!({"$ref": format!("#/definitions/{name}")})
}

fn definitions() -> Json {
    let form = |key: &str, value: &Json| json!({"type": "object", "properties": {key: value}, "required": [key], "additionalProperties": false});
    let text = json!({"type": "string", "minLength": 1});
    let env = form("env", &json!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}));
    let file = form("file", &text);
    let mut command = form("command", &json!({"type": "array", "items": {"type": "string"}, "minItems": 1}));
    command["properties"]["interactive"] = json!({"type": "boolean"});
    let to = |name: &str| json!({"$ref": format!("#/definitions/{name}")});
    json!({
        "text": {"description": "The value, or where it stands.", "anyOf": [text, env, file]},
        "secret": {"description": "The value, or where it stands.", "anyOf": [text, env, file, command]},
        "secrets": {
            "description": "A secret, a list of secrets that are tried in this order, or the lines of one PEM.",
            "anyOf": [to("secret"), {"type": "array", "items": to("secret"), "minItems": 1}],
        },
        "principal": {
            "description": "A token of another issuer, or where it comes from.",
            "anyOf": [to("secret"), form("profile", &text), form("github_actions", &json!({
                "type": "object", "properties": {"audience": text}, "additionalProperties": false,
            }))],
        },
        "number": {"description": "Seconds, or a duration such as 5m.", "anyOf": [to("text"), {"type": "integer", "minimum": 0}]},
        "switch": {"anyOf": [to("text"), {"type": "boolean"}]},
        "list": {
            "description": "Values, or one text with commas.",
            "anyOf": [to("text"), {"type": "array", "items": to("text"), "minItems": 1}],
        },
        "path": {"description": "The path of a file, relative to the profile.", "type": "string", "minLength": 1},
        "headers": {
            "description": "Headers that are added, changed or, by null, removed.",
            "type": "object",
            "additionalProperties": {"anyOf": [to("text"), {"type": "null"}]},
        },
    })
}

fn of_provider(schema: &Schema, about: &str) -> Json {
    let named_by = |key: &str| NAMING.contains(&key) && key != schema.named_by;
    let fields: Vec<(&str, &Field)> =
        schema.all().filter(|field| !named_by(field.name)).map(|field| (field.name, field)).collect();
    let mut object = object_of(&fields);
    object["properties"][schema.named_by] = json!({"const": schema.name});
    object["properties"]["$schema"] = json!({"description": "Ignored: for editors."});
    object["properties"]["description"] = json!({"description": "Ignored: for people."});
    object["properties"]["version"] = json!({"const": 1});
    object["required"].as_array_mut().unwrap().push(schema.named_by.into());
    object["title"] = schema.name.into();
    object["description"] = about.into();
    object
}

/// An object with these keys. A key with a dot is a member of an object in it.
fn object_of(fields: &[(&str, &Field)]) -> Json {
    let mut properties = Map::new();
    let mut required: Vec<&str> = Vec::new();
    for (key, field) in fields {
        let Some((object, _)) = key.split_once('.') else {
            properties.insert((*key).into(), described(field));
            required.extend((field.required && field.replaced_by.is_none()).then_some(*key));
            continue;
        };
        let members = fields.iter().filter_map(|(key, field)| {
            let member = key.split_once('.').filter(|(had, _)| *had == object)?.1;
            Some((member, *field))
        });
        properties.insert(object.into(), object_of(&members.collect::<Vec<_>>()));
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn schema() -> Json {
    let providers: Vec<Json> = provider::every().map(|row| of_provider(row.schema, row.about)).collect();
    let mut definitions = definitions();
    for (name, key) in USUAL_KEYS.iter() {
        definitions[format!("key-{name}")] = key.clone();
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A profile of jwt-credential",
        "oneOf": providers,
        "definitions": definitions,
    })
}

#[test]
fn the_profile_schema_says_what_the_code_says() {
    let path = repository(PATH);
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, format!("{:#}\n", schema())).unwrap();
    }
    let written: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert!(
        written == schema(),
        "{PATH} is not what the code says: UPDATE_SCHEMAS=1 cargo test --test promises -- profile_schema"
    );
}

#[test]
fn the_profile_schema_accepts_profiles_and_no_mistakes() {
    if !has_validator() {
        return;
    }
    let mut by_reference = jwt("https://ims.example");
    by_reference["client_secret"] = json!([{"command": ["pass", "show", "a"]}, {"env": "SECRET"}]);
    by_reference["headers"] = json!({"x-sandbox-name": "prod", "x-gw-ims-org-id": null});
    by_reference["hosts"] = json!(["*.adobe.io"]);
    let mut as_text = oauth("https://ims.example");
    as_text["scopes"] = json!("openid, AdobeID");
    let mut described = oauth("https://ims.example");
    for (key, value) in [
        ("$schema", json!("profile.schema.json")),
        ("description", json!("for CI")),
        ("version", json!(1)),
        ("username", json!("ci")),
        ("credential_expires", json!("2027-08-27")),
    ] {
        described[key] = value;
    }
    let good = [jwt("https://ims.example"), oauth("https://ims.example"), by_reference, as_text, described];
    assert_eq!(errors(&schema(), &good), [""; 0]);
    for (key, value) in [
        ("provider", json!("adobe-oath")),
        ("scope", json!("openid")),
        ("version", json!(2)),
        ("client_id", Json::Null),
        ("client_id", json!({"command": ["pass"]})),
        ("client_secret", json!({"envv": "A"})),
        ("headers", json!(["x-api-key"])),
    ] {
        let mut bad = oauth("https://ims.example");
        bad[key] = value;
        assert!(!errors(&schema(), &[bad]).is_empty(), "{key}");
    }
    let mut incomplete = oauth("https://ims.example");
    incomplete.as_object_mut().unwrap().remove("client_secret");
    assert!(!errors(&schema(), &[incomplete]).is_empty());
}
