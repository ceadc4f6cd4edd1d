//! All ways to call the program, taken from its own tables.

use jwt_credential::registry::{self, Entry};
use serde_json::json;

use super::ways::{BY_VARIABLE, LITERAL, TOKEN, TYPED};
use crate::support::Home;
use crate::support::conversation::Conversation;
use crate::support::downloads::Account;

/// A call and its permitted standard output.
pub(super) struct Call {
    pub(super) said: Conversation,
    /// Whether it prints a token if it succeeds.
    pub(super) prints_token: bool,
}

impl Call {
    pub(super) fn new(prints_token: bool, words: &str, stdin: &str) -> Self {
        let words = words.split_whitespace().map(str::to_owned).collect();
        Self { said: Conversation { words, variables: Vec::new(), stdin: stdin.into() }, prints_token }
    }

    /// With the highest verbosity. `mock` passes the option to no program, so it keeps none for it.
    fn verbosely(mut self) -> Self {
        let words = &mut self.said.words;
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        if words[0] != "mock" {
            words.insert(end, "-v".into());
        }
        self
    }

    pub(super) fn words(&self) -> String {
        self.said.words.join(" ")
    }
}

/// Each row once, as its tool or a user calls it.
pub(super) fn of_all_rows(home: &Home, ims: &str) -> Vec<Call> {
    let rows = registry::groups().into_iter().flat_map(|(_, rows)| rows);
    let calls = rows.flat_map(|row| match row {
        Entry::Protocol(protocol) => {
            vec![Call { said: Conversation::of(protocol.spec.name), prints_token: true }]
        }
        Entry::Command(command) => of_command(command.spec.name, home, ims),
    });
    calls.map(Call::verbosely).collect()
}

/// What a user types.
fn of_command(name: &str, home: &Home, ims: &str) -> Vec<Call> {
    let call = |words: &str| Call::new(false, words, "");
    match name {
        "import" => {
            let mut account = Account::own();
            account.client_secret = LITERAL.into();
            home.write("input/console.json", &account.console_oauth().to_string(), 0o600);
            home.write("input/aem.json", &account.aem().to_string(), 0o600);
            let file = |name: &str| home.path(format!("input/{name}.json")).display().to_string();
            vec![
                call(&format!("import {} --as imported --ims {ims}", file("console"))),
                call(&format!("import {} --as imported --ims {ims} --force", file("aem"))),
                call(&format!("import {} --as imported", file("aem"))),
            ]
        }
        "init" => {
            let answers = "--client-id someone --client-secret env:BY_VARIABLE --org-id 0A1B@AdobeOrg";
            let jwt = "adobe-jwt --technical-account-id 5F@techacct.adobe.com --metascopes ent_user_sdk";
            let key = home.path("config/profiles/private.key").display().to_string();
            let mut calls = vec![
                call(&format!("init --as made --scopes openid --ims {ims} {answers}")),
                call(&format!("init --as signed --ims {ims} {jwt} {answers} --private-key {key}")),
            ];
            for call in &mut calls {
                call.said.variables.push(("BY_VARIABLE".into(), BY_VARIABLE.into()));
            }
            calls
        }
        "mock" => vec![Call::new(false, "mock -- guest", "")],
        "providers" => vec![call("providers"), call("providers google --json")],
        "list" => vec![call("list"), call("list --json")],
        "show" => vec![call("show"), call("show made"), call("show --json")],
        "use" => vec![call("use made"), call("use")],
        "hosts" => vec![call("hosts"), call("hosts add api.example.com -p made"), call("hosts remove api.example.com")],
        "rename" => vec![call("rename imported renamed")],
        "delete" => vec![call("delete signed --yes"), call("delete renamed")],
        "status" => vec![call("status"), call("status --json"), call("status --within 30d")],
        "whoami" => vec![call("whoami"), call("whoami --json"), Call::new(false, "whoami -", TOKEN)],
        "doctor" => vec![call("doctor"), call("doctor --json --offline")],
        "completions" => vec![call("completions bash")],
        "man" => vec![call("man")],
        "forget" => vec![call("forget"), call("forget --all")],
        "revoke" => vec![call("revoke made --yes"), call("revoke --all --yes"), call("revoke made")],
        "keep" => vec![call(&format!("keep --once {}", home.path("tmp/kept").display()))],
        "link" => vec![call(&format!("link {}", home.path("links").display()))],
        other => panic!("the test has no call for {other}"),
    }
}

/// More ways to call the same rows.
pub(super) fn of_options(home: &Home) -> Vec<Call> {
    let token = |words: &str| Call::new(true, words, "");
    let registry = json!({"index-url": "sparse+https://registry.example/index/", "name": "my"});
    let login = json!({"v": 1, "registry": registry, "kind": "login", "token": TYPED, "args": []});
    let store = json!({"ServerURL": "registry.example", "Username": "me", "Secret": TYPED}).to_string();
    let git = format!("protocol=https\nhost=registry.example\nusername=me\npassword={TYPED}\n\n");
    let postman = home.path("tmp/environment.json");
    let calls = [
        token("headers --json"),
        token("env --shell fish --name OTHER"),
        token("env --shell powershell"),
        token("env --shell dotenv"),
        token("token --no-cache"),
        token("token --refresh"),
        token("token --for https://registry.example/path"),
        token("token --for https://me:secret@registry.example/path"),
        token("json --min-ttl 25h"),
        token("json --timeout 1ms --refresh"),
        token("exec -- child with words"),
        token("exec -- no-such-program"),
        token("curl -- -s https://registry.example/"),
        token(&format!("postman -o {}", postman.display())),
        Call::new(false, "git store", &git),
        Call::new(false, "git erase", &git),
        Call::new(true, "git get", &git),
        Call::new(false, "docker store", &store),
        Call::new(false, "docker erase", "registry.example"),
        Call::new(false, "docker list", ""),
        Call::new(false, "cargo --cargo-plugin", &format!("{login}\n")),
        Call::new(false, "cargo --cargo-plugin", &format!("{{\"v\":1,\"kind\":\"get\",\"token\":\"{TYPED}\"\n")),
        Call::new(false, "terraform store registry.example", &json!({"token": TYPED}).to_string()),
        Call::new(false, "terraform forget registry.example", ""),
        Call::new(false, "bazel get", &json!({"uri": TYPED}).to_string()),
        Call::new(false, "keyring set https://registry.example/simple/ me", TYPED),
        Call::new(true, "go https://registry.example/", &format!("HTTP/1.1 401 {TYPED}\n\n")),
        Call::new(false, "token --no-such-option", ""),
        Call::new(false, "--help", ""),
        Call::new(false, "--version", ""),
    ];
    calls.into_iter().map(Call::verbosely).collect()
}
