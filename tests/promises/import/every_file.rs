//! Every provider's file becomes a profile that gets a token from the sandbox, which applies Adobe's rules and checks
//! the signature.

use super::used_in_place::{COMPLETE, INCOMPLETE};
use crate::support::Home;
use crate::support::fixtures::{put, run, text};
use crate::support::sandbox::Served;

/// The options for what a file leaves to the user: which of several credentials, and which metascopes.
fn answered(fixture: &str, options: &str) -> String {
    let name = if fixture.starts_with("aio") { "aio-cli-plugin-cloudmanager" } else { "436001" };
    let options = options.replace("NAME", name).replace("--scopes LIST", "--scopes openid,AdobeID");
    options.replace("LIST", "ent_aem_cloud_api")
}

#[test]
fn every_importable_file_gets_a_token_at_the_sandbox() {
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
