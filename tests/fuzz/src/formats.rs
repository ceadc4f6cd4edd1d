//! The files of consoles and other tools: a target for each row of the program's table.

use std::time::Instant;

use jwt_credential::profile::ProfileLocation;
use jwt_credential::profile::draft::Draft;
use jwt_credential::profile::format::{self, Found, ImportFormat};
use jwt_credential::provider::{self, FORMATS};
use serde_json::{Map, Value as Json};

use crate::oracle;
use crate::target::{Target, files};
use crate::text::is_harmless;

pub fn targets() -> impl Iterator<Item = Target> {
    FORMATS.iter().copied().flatten().map(|format| Target {
        name: format!("format-{}", format.name),
        long_runs: 1_000_000,
        seeds: Box::new(move || {
            files("import/files", |path| {
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(format.name))
            })
        }),
        run: Box::new(move |bytes| run(format, bytes)),
    })
}

/// A draft from a file names no endpoint that the user did not name, runs nothing, and becomes a profile or an error.
fn run(format: &'static ImportFormat, bytes: &[u8]) {
    if let Ok(document) = serde_json::from_slice::<Json>(bytes) {
        judge((format.read)(&document));
    }
    let lines = std::str::from_utf8(bytes).unwrap_or_default().lines();
    let pairs = lines.filter_map(|line| line.split_once('='));
    let variables: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    judge(format::of_variables(format, &variables).map(|recognised| recognised.found));
    let recognised = match format::recognise(bytes, FORMATS) {
        Ok(recognised) => recognised,
        Err(what) => return assert!(is_harmless(&what.to_string())),
    };
    if let Ok(drafts) = &recognised.found {
        drafts.iter().cloned().for_each(judge_draft);
    }
    match recognised.complete(&["FILE".into()]) {
        Ok(settings) => judge_settings(settings),
        Err(error) => assert!(error.lines().lines().all(is_harmless)),
    }
}

fn judge(found: Option<Found>) {
    let Some(Ok(drafts)) = found else { return };
    assert!(!drafts.is_empty());
    for draft in drafts {
        judge_draft(draft);
    }
}

fn judge_draft(draft: Draft) {
    if let Some(ims) = draft.get("ims") {
        let ims = ims.as_str().expect("an endpoint is text");
        let origin = oracle::origin(ims.as_bytes()).expect("an endpoint is an origin");
        let host = origin.split("://").nth(1).unwrap_or_default();
        let is_here = host.starts_with("127.") || host.starts_with('[');
        assert!(is_here || origin == "https://ims-na1-stg1.adobelogin.com", "{origin}");
    }
    if draft.foreign_endpoint.is_some() {
        assert!(draft.get("ims").is_none());
        assert!(draft.check_complete(&["private_key"], &[]).is_err(), "the file's endpoint is accepted");
    }
    assert!(draft.notes.iter().all(|note| !note.is_empty()));
    judge_settings(draft.into_profile(None));
}

fn judge_settings(settings: Map<String, Json>) {
    assert_eq!(settings.get("hosts"), Some(&Json::from(provider::USUAL.schema.hosts)));
    for (key, value) in &settings {
        judge_value(key, value);
    }
    let place = ProfileLocation::Environment(String::new().into());
    match provider::CATALOG.profile(settings, place, Instant::now()) {
        Ok(profile) => assert!(!profile.runs_commands()),
        Err(error) => assert!(error.lines().lines().all(is_harmless)),
    }
}

/// Strings and lists of strings; an object is for headers or for a key's file.
fn judge_value(key: &str, value: &Json) {
    match value {
        Json::Object(object) if key == "headers" => assert!(object.values().all(Json::is_string), "{object:?}"),
        Json::Object(object) => {
            assert!(key == "private_key" && object.len() == 1 && object["file"].is_string(), "{key}: {object:?}");
        }
        Json::Array(items) => assert!(items.iter().all(Json::is_string), "{key}"),
        other => assert!(other.is_string(), "{key}"),
    }
}
