//! The pages of Adobe's APIs: each page's command line, unchanged except for the server's name.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::support::clients::has_clients;
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::pages::integration;
use crate::support::{CLIENT_ID, Home, ORG_ID, Ran, oauth};

/// All pages except the README: names and texts.
fn pages() -> Vec<(String, String)> {
    let entries = fs::read_dir(integration("adobe")).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let pages: Vec<_> = entries
        .map(|path| (name(&path), fs::read_to_string(&path).unwrap()))
        .filter(|(name, _)| name != "README.md")
        .collect();
    assert!(pages.len() >= 11, "{} pages", pages.len());
    pages
}

/// The text of a fenced block of this kind.
fn block<'a>(page: &'a str, kind: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("```{kind}\n"))?;
    rest.split_once("\n```").map(|(text, _)| text)
}

/// The code spans in the table's row of this name.
fn row<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let row = page.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")));
    row.into_iter().flat_map(|row| row.split('`').skip(1).step_by(2)).collect()
}

/// The first origin in a line.
fn origin(line: &str) -> &str {
    let url = &line[line.find("https://").unwrap()..];
    let end = url["https://".len()..].find(['/', '\'', ' ', '\n', '?']).map_or(url.len(), |at| at + "https://".len());
    &url[..end]
}

/// The profile that the page describes: its hosts and additions.
fn profile(page: &str, ims: &Endpoint) -> Json {
    let mut profile = oauth(&ims.origin());
    profile["hosts"] = json!([row(page, "`hosts`")[0]]);
    if let Some(addition) = block(page, "json") {
        let addition: Json = serde_json::from_str(addition).unwrap();
        profile.as_object_mut().unwrap().extend(addition.as_object().unwrap().clone());
    }
    profile
}

/// Runs the page's line with this server in place of Adobe's.
fn run(home: &Home, page: &str, api: &Endpoint) -> Ran {
    let line = block(page, "sh").unwrap();
    let line = line.replace(origin(line), &api.origin());
    Ran::of(home.program("/bin/sh").args(["-c", &line]))
}

fn promised(asked: &Asked, header: &str) -> bool {
    match header.split_once(": ") {
        Some((name, value)) => asked.header(name) == Some(value),
        None => match header {
            "Authorization" => asked.header(header) == Some("Bearer token-1"),
            "x-api-key" => asked.header(header) == Some(CLIENT_ID),
            "x-gw-ims-org-id" => asked.header(header) == Some(ORG_ID),
            _ => false,
        },
    }
}

#[test]
fn every_pages_line_sends_the_headers_of_the_page() {
    if !has_clients(&["curl", "bash"]) {
        return;
    }
    for (name, page) in pages() {
        let (ims, api) = (Endpoint::tokens(DAY), Endpoint::always(Answer::new(200, &[], "hello")));
        let home = Home::new();
        home.profile("default", &profile(&page, &ims));
        assert_eq!(run(&home, &page, &api).succeeds().stdout, "hello", "{name}");
        let asked = &api.asked()[0];
        let headers = [row(&page, "headers"), row(&page, "own headers")].concat();
        assert!(headers.contains(&"Authorization"), "{name} {headers:?}");
        for header in headers {
            assert!(promised(asked, header), "{name}: {header} is not in {asked:?}");
        }
        for header in row(&page, "not sent") {
            assert_eq!(asked.header(header), None, "{name}: {asked:?}");
        }
    }
}

#[test]
fn every_pages_line_is_for_the_servers_of_the_page() {
    for (name, page) in pages() {
        let line = block(&page, "sh").unwrap();
        let host = origin(line).strip_prefix("https://").unwrap();
        assert!(row(&page, "base URL").iter().any(|url| url.starts_with(origin(line))), "{name}");
        assert_eq!(row(&page, "`hosts`")[0], host, "{name}");
        let (ims, home) = (Endpoint::tokens(DAY), Home::new());
        home.profile("default", &profile(&page, &ims));
        // Placeholders are in capitals; in lower case they are valid names.
        let url = origin(line).to_ascii_lowercase();
        home.run(["token", "--for", &url]).succeeds();
        home.run(["token", "--for", &format!("{url}.evil.example")]).fails(3, &["no token for "]);
        assert_eq!(ims.count(), 1);
        assert!(page.contains("**Unverified"), "{name}");
    }
}

#[test]
fn if_the_endpoint_refuses_the_user_reads_what_the_page_quotes() {
    if !has_clients(&["curl", "bash"]) {
        return;
    }
    let readme =
        fs::read_to_string(integration("adobe").join("README.md")).unwrap().replace("`\n`", " ").replace('\n', " ");
    for (name, page) in pages() {
        let ims = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
        let api = Endpoint::always(Answer::new(200, &[], "hello"));
        let home = Home::new();
        home.profile("default", &profile(&page, &ims));
        let ran = run(&home, &page, &api).fails(125, &["invalid_client"]);
        assert_eq!(api.count(), 0, "{name}");
        let said = ran.stderr.replace(&ims.origin(), "https://ims-na1.adobelogin.com");
        let said = said.split("; x-debug-id").next().unwrap();
        assert!(readme.contains(said), "{said}");
    }
}

#[test]
fn an_error_of_the_gateway_is_as_the_page_says() {
    if !has_clients(&["curl", "bash"]) {
        return;
    }
    let readme = fs::read_to_string(integration("adobe").join("README.md")).unwrap();
    for (status, code, message) in [
        (401, "401013", "Oauth token is not valid"),
        (403, "403003", "Api Key is invalid"),
        (403, "403025", "Profile is not valid"),
        (429, "429050", "Too many requests"),
    ] {
        assert!(readme.contains(&format!("| {status} `{code}` {message} |")), "{code}");
        let body = json!({"error_code": code, "message": message}).to_string();
        let (ims, api) = (Endpoint::tokens(DAY), Endpoint::always(Answer::new(status, &[], &body)));
        let home = Home::new();
        home.oauth_at(&ims);
        let ran = home.run(["curl", "--", "-sS", "--fail-with-body", &api.origin()]);
        let error = format!("The requested URL returned error: {status}");
        assert!(ran.code == 22 && ran.stdout == body && ran.stderr.contains(&error), "{ran:?}");
        // What the page tells the user to do about an invalid token.
        home.run(["forget"]).succeeds();
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
    }
    assert!(readme.contains("`The requested URL returned error: 401`"));
}

#[test]
fn the_table_links_every_page_with_its_base_and_metascope() {
    let readme = fs::read_to_string(integration("adobe").join("README.md")).unwrap();
    for (name, page) in pages() {
        let line = readme.lines().find(|line| line.contains(&format!("]({name})"))).unwrap();
        let base = row(&page, "base URL")[0].strip_prefix("https://").unwrap();
        assert!(line.contains(&format!("`{base}`")), "{name}");
        for metascope in row(&page, "metascope").iter().take(1) {
            assert!(line.contains(&format!("`{metascope}`")), "{name}");
        }
    }
}
