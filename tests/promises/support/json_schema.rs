//! Validates JSON by a JSON schema, with Python's `jsonschema`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use super::clients::is_met;
use super::has_client;

const SCRIPT: &str = "
import json, sys
from jsonschema import validators
work = json.load(sys.stdin)
kind = validators.validator_for(work['schema'])
kind.check_schema(work['schema'])
found = [f'{error.json_path}: {error.message}' for instance in work['instances']
         for error in kind(work['schema'], format_checker=kind.FORMAT_CHECKER).iter_errors(instance)]
print(json.dumps(found))
";

pub(crate) fn has_validator() -> bool {
    let imports = || Command::new("python3").args(["-c", "import jsonschema"]).output();
    has_client("python3") && is_met(imports().is_ok_and(|ran| ran.status.success()), "Python's jsonschema")
}

/// What is wrong with these values by the schema.
pub(crate) fn errors(schema: &Json, instances: &[Json]) -> Vec<String> {
    let mut python = Command::new("python3");
    let mut child = python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let work = json!({"schema": schema, "instances": instances}).to_string();
    child.stdin.take().unwrap().write_all(work.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}
