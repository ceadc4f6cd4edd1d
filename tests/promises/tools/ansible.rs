//! Ansible sends the headers with `integrations/ansible/playbook.yml`.

use std::fs;

use crate::support::endpoint::{Answer, Endpoint};
use crate::support::pages::integration;
use crate::support::{CLIENT_ID, Ran, has_client, oauth_home};

#[test]
fn ansible_sends_all_headers_and_shows_none() {
    if !has_client("ansible-playbook") {
        return;
    }
    let (home, _ims) = oauth_home();
    let api = Endpoint::always(Answer::new(200, &[], "hello"));
    let text = fs::read_to_string(integration("ansible/playbook.yml")).unwrap();
    assert!(text.contains("https://api.example.com"), "{text}");
    home.write("playbook.yml", &text.replace("https://api.example.com", &api.origin()), 0o600);
    let own_python = "ansible_python_interpreter={{ ansible_playbook_python }}";
    let mut ansible = home.program("ansible-playbook");
    let ran = Ran::of(
        ansible
            .args(["-i", "localhost,", "-c", "local", "-vvv", "playbook.yml", "-e", own_python])
            .current_dir(home.path("")),
    );
    assert!(ran.code == 0 && ran.stdout.contains("hello"), "{ran:?}");
    assert!(!ran.stdout.contains("token-1") && !ran.stderr.contains("token-1"), "{ran:?}");
    let asked = &api.asked()[0];
    assert_eq!(asked.header("authorization"), Some("Bearer token-1"));
    assert_eq!(asked.header("x-api-key"), Some(CLIENT_ID));
}
