//! The emulator of others for GitHub's API, which verifies the App's JWT.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Home, PRIVATE_KEY, has_client};

struct Emulator(Child);

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(home: &Home) -> (Emulator, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let repositories =
        ["one", "two"].map(|name| json!({"owner": "acme", "name": name, "private": true, "auto_init": true}));
    let app = json!({"app_id": 12345, "slug": "my-app", "name": "My App", "private_key": PRIVATE_KEY,
        "permissions": {"contents": "read", "metadata": "read"}, "events": ["push"],
        "installations": [{"installation_id": 100, "account": "acme", "repository_selection": "all"}]});
    let seed = json!({"github": {"users": [{"login": "octocat", "name": "Octo"}], "orgs": [{"login": "acme"}],
        "repos": repositories, "apps": [app]}});
    // YAML takes JSON.
    let seed = home.write("seed.yaml", &seed.to_string(), 0o600);
    let mut emulator = home.program("issuer-emulate");
    emulator.args(["start", "--service", "github", "--port", &port.to_string(), "--seed"]).arg(seed);
    let emulator = Emulator(emulator.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "emulate does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    (emulator, format!("http://127.0.0.1:{port}"))
}

#[test]
fn emulate_takes_the_jwt_of_a_github_app() {
    if !has_client("issuer-emulate") || !has_client("openssl") {
        return;
    }
    let home = Home::new();
    let (_emulator, origin) = start(&home);
    home.write("config/profiles/app.pem", PRIVATE_KEY, 0o600);
    let app = json!({"provider": "github-app", "client_id": "12345", "private_key": {"file": "app.pem"},
        "api_url": origin, "repository": "acme/one"});
    home.profile("default", &app);
    let token = home.run(["token"]).succeeds().stdout;
    assert!(token.starts_with("ghs_"), "{token}");
    let mut narrowed = app.clone();
    narrowed["installation_id"] = json!("100");
    narrowed["repositories"] = json!(["two"]);
    narrowed["permissions"] = json!({"contents": "read"});
    home.profile("default", &narrowed);
    assert_ne!(home.run(["token"]).succeeds().stdout, token);
    narrowed["repositories"] = json!(["other"]);
    home.profile("default", &narrowed);
    home.run(["token"]).fails(4, &["\"repositories\""]);
    let mut unknown = app.clone();
    unknown["installation_id"] = json!("7");
    home.profile("default", &unknown);
    home.run(["token"]).fails(4, &["installation_id"]);
    crate::support::files::openssl(&home, "genrsa -traditional -out config/profiles/other.pem 2048");
    let mut other = app.clone();
    other["private_key"] = json!({"file": "other.pem"});
    home.profile("default", &other);
    home.run(["token", "--refresh"]).fails(4, &["GitHub rejected the JWT of the App"]);
}
