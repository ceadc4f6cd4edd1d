//! The page for fleets: the server's command and access list as they are, and what the page quotes.

use std::fs;

use super::{Fleet, on};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::pages::{integration, readme_block, shows_as_in_readme};
use crate::support::redis::Closed;
use crate::support::{Home, Ran};

#[test]
fn the_servers_command_and_access_list_are_enough() {
    let endpoint = Endpoint::tokens(DAY);
    let yaml = fs::read_to_string(integration("fleet/redis.yaml")).unwrap();
    let (_, users) = yaml.split_once("users.acl: |\n").unwrap();
    let user = users.lines().next().unwrap().trim();
    assert!(user.ends_with(readme_block("fleet", "text", 0).trim()), "{user}");
    let (_, command) = yaml.split_once("command: [redis-server, ").unwrap();
    let words = command.split(']').next().unwrap().split(", ").map(|word| word.trim_matches('"'));
    let home = Home::new();
    let acl = home.write("users.acl", &format!("{user}\n"), 0o600).display().to_string();
    let arguments: Vec<&str> = words.map(|word| if word.ends_with("users.acl") { &acl } else { word }).collect();
    let Some(fleet) = Fleet::with(home, &endpoint, &arguments) else { return };
    for machine in 0..2 {
        assert_eq!(Ran::of(&mut fleet.on(machine, &["token"])).succeeds().stdout, "token-1\n");
    }
    shows_as_in_readme("fleet", 1, &Ran::of(&mut fleet.on(0, &["status"])).stdout);
    Ran::of(&mut fleet.on(0, &["forget"])).succeeds();
    assert_eq!(Ran::of(&mut fleet.on(2, &["token"])).succeeds().stdout, "token-2\n");
    assert!(fleet.redis.cli(&["keys", "*"]).contains("NOPERM"), "no other command is allowed");
}

#[test]
fn the_page_shows_what_goes_wrong() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    let closed = Closed::new();
    let run = |args: &[&str]| Ran::of(&mut on(&home, &closed.url(), 0, args)).succeeds().stdout;
    run(&["token"]);
    shows_as_in_readme("fleet", 2, &run(&["status"]));
    let page = fs::read_to_string(integration("fleet/README.md")).unwrap();
    for said in ["would send its password in plain text", "did not answer in time"] {
        assert!(page.contains(said), "{said}");
    }
}
