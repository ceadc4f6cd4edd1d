//! The snippets under `integrations/`, driven as they stand by the tool they are for.

use std::path::Path;
use std::time::Duration;

use super::support::endpoint::{Answer, Endpoint};
use super::support::{Home, Ran, has_client};

#[test]
fn curls_script_sends_the_headers_and_sends_nothing_where_minting_fails() {
    if !has_client("curl") {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations/curl/get.sh");
    let api = Endpoint::always(Answer::new(200, &[], "hello"));
    let home = Home::new();
    home.oauth_at(&Endpoint::tokens(86_399, Duration::ZERO));
    let get = |args: &[&str]| Ran::of(home.program(&script).args(args));
    assert_eq!(get(&["-p", "default", &api.origin()]).succeeds().stdout, "hello");
    assert_eq!(get(&[&api.origin(), "-X", "PUT"]).succeeds().stdout, "hello");
    let asked = api.asked();
    assert_eq!(asked[0].header("authorization"), Some("Bearer token-1"));
    assert!(asked[1].line.starts_with("PUT "));
    get(&["-p", "nobody", &api.origin()]).fails(125, &["no profile \"nobody\""]);
    assert_eq!(api.count(), 2);
}
