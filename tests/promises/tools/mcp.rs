//! mcp-remote connects to an MCP server with the lines of `integrations/mcp/README.md`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use crate::support::clients::{find, has_client};
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::pages::readme_block;
use crate::support::registry::path;
use crate::support::{Home, Ran, oauth};

const PAGES_SERVER: &str = "https://mcp.example.com";

/// An MCP server that accepts the token, and answers each request with its own description.
fn server() -> Endpoint {
    Endpoint::new(|asked: &Asked, _| {
        if !path(asked).starts_with("/mcp") || asked.line.starts_with("GET ") {
            return Answer::new(404, &[], "");
        }
        if asked.header("authorization") != Some("Bearer token-1") {
            return Answer::new(401, &[], "");
        }
        let request: Json = serde_json::from_str(&asked.body).unwrap_or_default();
        let result = json!({"protocolVersion": request["params"]["protocolVersion"], "capabilities": {},
            "serverInfo": {"name": "the test's server", "version": "1"}});
        match &request["id"] {
            Json::Null => Answer::new(202, &[], ""),
            id => Answer::json(200, &json!({"jsonrpc": "2.0", "id": id, "result": result})),
        }
    })
}

/// The command of the page for this server.
fn command(home: &Home, server: &Endpoint) -> Command {
    let page = readme_block("mcp", "json", 1).replace(PAGES_SERVER, &server.origin());
    let page: Json = serde_json::from_str(&page).unwrap();
    let row = &page["mcpServers"]["example"];
    let mut command = home.program(row["command"].as_str().unwrap());
    command.args(row["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()));
    // npx runs a program of the directory that it is in.
    let tree = find("mcp-remote").unwrap();
    command.current_dir(tree.ancestors().nth(3).unwrap()).env("npm_config_offline", "true");
    command
}

fn profile(home: &Home, ims: &Endpoint, host: &str) {
    let mut profile = oauth(&ims.origin());
    profile["hosts"] = json!([host]);
    home.profile("default", &profile);
}

#[test]
fn mcp_remote_sends_the_token_of_the_page() {
    if !has_client("mcp-remote") {
        return;
    }
    let (home, ims, server) = (Home::new(), Endpoint::tokens(DAY), server());
    profile(&home, &ims, &server.origin());
    let mut command = command(&home, &server);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let about = json!({"protocolVersion": "2025-03-26", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}});
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about});
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{request}").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let answer = lines.find(|line| line.contains("\"result\""));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answer.is_some_and(|answer| answer.contains("the test's server")));
    let sent = server.authorizations();
    assert!(!sent.is_empty() && sent.iter().all(|had| had == "Bearer token-1"), "{sent:?}");
}

#[test]
fn mcp_remote_does_not_run_for_an_unlisted_server() {
    if !has_client("mcp-remote") {
        return;
    }
    let (home, ims, server) = (Home::new(), Endpoint::tokens(DAY), server());
    profile(&home, &ims, "mcp.example.com");
    Ran::of(&mut command(&home, &server)).fails(125, &["no token for http://127.0.0.1"]);
    assert_eq!((server.count(), ims.count()), (0, 0));
}
