//! A secret in the wrong place is never repeated in an error.

use serde_json::{Value as Json, json};

use jwt_credential::provider;

use super::calls::Call;
use super::lookout::{Lookout, Stage};
use super::ways::{ADOBES, LITERAL, TOKEN, WAYS};
use crate::support::endpoint::{Answer, DAY_MS};
use crate::support::{PRIVATE_KEY, jwt, oauth};

/// Commands that a user tries with a profile that does not work.
const CALLS: [&str; 5] = ["show -v", "list -v", "status -v", "docker -v get", "curl -v"];

/// All forms of a value in a profile.
fn forms(secret: &str, field: &str) -> Vec<Json> {
    let mut forms = vec![
        json!(secret),
        json!([secret]),
        json!([secret, [secret]]),
        json!({"env": secret}),
        json!({"file": secret}),
        json!({"command": [secret]}),
        json!({"command": ["true", secret]}),
        json!({"command": secret}),
        json!({secret: secret}),
        json!({"env": secret, "file": secret}),
        json!({"env": {"env": secret}}),
    ];
    if ["ims", "hosts", "ca_file", "token_path"].contains(&field) {
        forms.push(json!(format!("https://me:{secret}@ims.invalid/")));
        forms.push(json!(format!("/{secret}")));
    }
    forms
}

/// A working profile, except for the paths of its files.
fn usual(grant: &str, ims: &str) -> Json {
    let example = provider::every().find(|row| row.schema.name == grant).unwrap().example;
    let mut profile = match grant {
        "adobe-jwt" => jwt(ims),
        "adobe-oauth" => oauth(ims),
        _ => return serde_json::from_str(example).unwrap(),
    };
    if grant == "adobe-jwt" {
        profile["certificate"] = json!({"file": "../../input/certificate_pub.crt"});
    }
    profile["client_secret"] = json!(LITERAL);
    profile
}

fn stage() -> Stage {
    Stage::new(&WAYS[0], "misplaced", |_, _| Answer::token(TOKEN, DAY_MS))
}

/// Two calls with this profile, one of them changing in turn.
fn tried(lookout: &mut Lookout, stage: &mut Stage, what: &str, profile: &[u8]) {
    what.clone_into(&mut stage.name);
    let path = stage.home.write("config/profiles/default.json", "", 0o600);
    std::fs::write(path, profile).unwrap();
    stage.settle();
    for words in ["json -v", CALLS[lookout.calls / 2 % CALLS.len()]] {
        lookout.watch(stage, &Call::new(true, words, "registry.example"));
    }
}

/// Every n-th form in every field, for secrets that do not look like a name or a path. Of others, the program cannot
/// know that they are secrets.
fn in_the_wrong_field(nth: usize, at_least: usize) {
    let (mut lookout, mut stage, mut turn) = (Lookout::new(), stage(), 0);
    let ims = stage.endpoint.origin();
    for (what, secret) in [("a client secret", ADOBES), ("a key", PRIVATE_KEY)] {
        for schema in provider::CATALOG.schemas {
            // A header's value is meant to be printed.
            for field in schema.all().filter(|field| field.name != "headers") {
                for form in forms(secret, field.name) {
                    turn += 1;
                    if turn % nth != 0 {
                        continue;
                    }
                    let mut profile = usual(schema.name, &ims);
                    let shape = form.to_string().replace(json!(secret).to_string().trim_matches('"'), "IT");
                    match field.name.split_once('.') {
                        Some((object, member)) => profile[object][member] = form,
                        None => profile[field.name] = form,
                    }
                    let what = format!("{what} as {} {}: {shape}", schema.name, field.name);
                    tried(&mut lookout, &mut stage, &what, profile.to_string().as_bytes());
                }
            }
        }
    }
    lookout.found_nothing("a secret in the wrong field", at_least);
}

#[test]
fn a_secret_in_the_wrong_field_is_not_repeated() {
    in_the_wrong_field(19, 200);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_secret_in_the_wrong_field_is_not_repeated_in_any_form() {
    in_the_wrong_field(1, 1000);
}

#[test]
fn a_secret_as_a_key_is_not_repeated() {
    let (mut lookout, mut stage) = (Lookout::new(), stage());
    let ims = stage.endpoint.origin();
    for (what, secret) in [("a client secret", ADOBES), ("a key", PRIVATE_KEY)] {
        for grant in ["adobe-oauth", "adobe-jwt"] {
            let mut as_key = usual(grant, &ims);
            as_key[secret] = json!("client_secret");
            let mut as_header = usual(grant, &ims);
            as_header["headers"] = json!({secret: "x"});
            let mut twice = usual(grant, &ims).to_string();
            twice.insert_str(1, &format!("{}: 1, {0}: 2, ", json!(secret)));
            for (shape, profile) in
                [("a key", as_key.to_string()), ("a header's name", as_header.to_string()), ("two keys", twice)]
            {
                let what = format!("{what} as {shape} of {grant}");
                tried(&mut lookout, &mut stage, &what, profile.as_bytes());
            }
        }
    }
    lookout.found_nothing("a secret as a key", 24);
}

#[test]
fn a_truncated_or_garbled_profile_is_not_repeated() {
    let (mut lookout, mut stage) = (Lookout::new(), stage());
    let ims = stage.endpoint.origin();
    let mut with_key = usual("adobe-jwt", &ims);
    with_key["private_key"] = json!(PRIVATE_KEY);
    for profile in [usual("adobe-oauth", &ims).to_string(), with_key.to_string()] {
        for length in (1..profile.len()).step_by(profile.len() / 40) {
            tried(&mut lookout, &mut stage, "cut off", &profile.as_bytes()[..length]);
        }
        let with = |from: &str, to: &str| profile.replace(from, to).into_bytes();
        let garbled: [Vec<u8>; 7] = [
            with("{", "["),
            with("\":", "\" "),
            with("\"", ""),
            with(",", "\n"),
            with(LITERAL, "x\u{0}"),
            [b"\xff\xfe", profile.as_bytes()].concat(),
            [profile.as_bytes(), profile.as_bytes()].concat(),
        ];
        for garbled in garbled {
            tried(&mut lookout, &mut stage, "garbled", &garbled);
        }
    }
    lookout.found_nothing("a profile that is cut off", 150);
}

#[test]
fn a_secret_on_the_command_line_is_not_repeated() {
    let (mut lookout, mut stage) = (Lookout::new(), stage());
    stage.settle();
    let lines = [
        "token --client-secret IT",
        "token --client-secret=IT",
        "--client-secret IT token",
        "init --as new --client-secret IT",
        "init --as new --client-secret=IT --client-id x --scopes x",
        "init --as new --client-secret secret:IT",
        "init --as new --passphrase IT",
        "import --client-secret IT",
        "token --for https://me:IT@registry.example/",
        "token --for https://registry.example/?secret=IT",
        "go https://me:IT@registry.example/",
        "keyring get https://me:IT@registry.example/ me",
    ];
    let by_look = [
        "IT",
        "token IT",
        "token -p IT",
        "token -p ./IT",
        "-p IT.json token",
        "token --min-ttl IT",
        "token --timeout=IT",
        "token --for IT",
        "init --as new --client-id IT --client-secret env:X --scopes x",
        "init --as new --client-id x --client-secret env:X --scopes IT",
        "init IT",
        "import IT",
        "import --select IT",
        "env --name IT",
        "env --shell IT",
        "terraform IT registry.example",
        "docker IT",
        "git IT",
        "bazel IT",
        "mock -p IT",
        "mock --without IT",
        "mock --port IT",
        "link links --only IT",
        "status --within IT",
    ];
    let all = lines.iter().map(|line| (line, LITERAL)).chain(lines.iter().chain(&by_look).map(|line| (line, ADOBES)));
    for (line, secret) in all {
        (*line).clone_into(&mut stage.name);
        let mut call = Call::new(true, line, "registry.example");
        for word in &mut call.said.words {
            *word = word.replace("IT", secret);
        }
        lookout.watch(&mut stage, &call);
    }
    lookout.found_nothing("a secret on the command line", 45);
}

/// Contents of files where a path or a name is expected: if it cannot be one, only its length is printed.
#[test]
fn contents_in_the_place_of_a_path_are_not_repeated() {
    let (mut lookout, mut stage) = (Lookout::new(), stage());
    stage.settle();
    let json = usual("adobe-oauth", "https://ims.invalid").to_string();
    let body: String = PRIVATE_KEY.lines().filter(|line| !line.starts_with("---")).collect();
    let dotenv = format!("CLIENT_ID=x\nCLIENT_SECRET={LITERAL}\n");
    let long = format!("{LITERAL}{}", "x".repeat(300));
    let lines = [
        "-p IT token",
        "token -p IT",
        "import IT",
        "import x.json --private-key IT",
        "import x.json --private-key=IT",
        "import x.json --certificate IT",
        "init --as new adobe-jwt --private-key=IT",
        "show -p IT",
        "status -p IT",
        "link IT",
        "postman -o IT",
    ];
    let anywhere = [
        "IT",
        "--IT",
        "token IT",
        "exec IT",
        "curl -v IT",
        "token --min-ttl IT",
        "status --within=IT",
        "env --name IT",
        "docker IT",
        "terraform IT registry.example",
        "keyring IT https://registry.example/",
        "keyring --mode IT get https://registry.example/",
        "link links --only IT",
        "mock --port IT",
        "import --from IT",
        "init IT",
    ];
    let (quoted, marked, assigned) = (format!("'{json}'"), format!("\u{feff}{json}"), format!("x={json}"));
    let wrapped: Vec<&str> = (0..body.len()).step_by(76).map(|at| &body[at..body.len().min(at + 76)]).collect();
    let (lines_of_body, by_file) = (wrapped.join("\n"), format!("file:{body}"));
    let contents = [
        json.as_str(),
        &quoted,
        &marked,
        &assigned,
        PRIVATE_KEY,
        &body,
        &lines_of_body,
        wrapped[10],
        &by_file,
        &dotenv,
        &long,
    ];
    let rows: Vec<(&str, &str)> = lines
        .iter()
        .chain(&anywhere)
        .flat_map(|line| contents.iter().map(move |contents| (*line, *contents)))
        .collect();
    for (line, contents) in &rows {
        stage.name = format!("{line} with {} bytes", contents.len());
        let mut call = Call::new(true, line, "registry.example");
        for word in &mut call.said.words {
            *word = word.replace("IT", contents);
        }
        lookout.watch(&mut stage, &call);
    }
    for contents in contents {
        for words in ["token -v", "status", "show", "docker get"] {
            stage.name = format!("{words}, in the variable, with {} bytes", contents.len());
            let mut call = Call::new(true, words, "registry.example");
            call.said.variables.push(("JWT_CREDENTIAL_PROFILE".into(), contents.into()));
            lookout.watch(&mut stage, &call);
        }
    }
    lookout.found_nothing("contents in the place of a path", rows.len());
}
