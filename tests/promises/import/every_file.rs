//! Every provider's file becomes a profile that gets a token from the mock, which applies Adobe's rules and checks
//! the signature.

use super::used_in_place::{COMPLETE, INCOMPLETE, tokens_of};
use crate::support::ca::{Ca, accept_connect};
use crate::support::fixtures::{CLIENT_ID, put, run, text};
use crate::support::mock::Served;
use crate::support::{Home, Ran};

/// The options for what a file leaves to the user: which of several credentials, and which metascopes.
fn answered(fixture: &str, options: &str) -> String {
    let name = if fixture.starts_with("aio") { "aio-cli-plugin-cloudmanager" } else { "436001" };
    let options = options.replace("NAME", name).replace("--scopes LIST", "--scopes openid,AdobeID");
    options.replace("LIST", "ent_aem_cloud_api")
}

#[test]
fn every_importable_file_gets_a_token_at_the_mock() {
    let home = Home::new();
    let served = Served::start(&home);
    let complete = COMPLETE.iter().map(|(fixture, ..)| (*fixture, String::new()));
    let incomplete = INCOMPLETE.iter().map(|(fixture, _, options)| (*fixture, answered(fixture, options)));
    let mut minted = 0;
    for (number, (fixture, options)) in complete.chain(incomplete).enumerate() {
        let (path, name) = (put(&home, fixture, &text(fixture)), format!("n{number}"));
        let options = options.replace("private.key", home.path("private.key").to_str().unwrap());
        let mut args = vec!["import", &path, "--as", &name, "--ims", &served.origin];
        args.extend(options.split_whitespace());
        let ran = run(&home, &args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{fixture}: {ran:?}");
        let token = home.run(["-p", &name, "--refresh", "token"]);
        assert_eq!((token.code, token.stdout.lines().count()), (0, 1), "{fixture}: {token:?}");
        minted += 1;
    }
    assert_eq!(minted, COMPLETE.len() + INCOMPLETE.len());
}

/// Its request goes to Adobe's own endpoint, whose place a proxy takes here.
#[test]
fn every_complete_file_gets_a_token_where_it_is() {
    let home = Home::new();
    let Some(ca) = Ca::of(&home, "adobe", "1") else { return };
    let adobe = ca.endpoint_after(accept_connect, tokens_of);
    for (number, (fixture, grant, _)) in COMPLETE.into_iter().enumerate() {
        let path = put(&home, fixture, &text(fixture));
        let mut command = home.command(["token", "--no-cache", "-p", &path]);
        let ran = Ran::of(command.env("HTTPS_PROXY", adobe.origin()).env("SSL_CERT_FILE", &ca.pem));
        assert_eq!(ran.succeeds().stdout, format!("token-by-{}\n", grant.strip_prefix("adobe-").unwrap()), "{fixture}");
        let asked = adobe.asked();
        assert_eq!(asked.len(), number + 1, "{fixture}");
        assert_eq!(asked[number].field("client_id").as_deref(), Some(CLIENT_ID), "{fixture}");
        assert!(text(fixture).contains(&asked[number].field("client_secret").unwrap()), "{fixture}");
    }
}
