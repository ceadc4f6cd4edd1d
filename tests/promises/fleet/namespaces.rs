//! Machines that have a network each: network namespaces at a bridge. Only root can make them.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::Fleet;
use super::crowds::{at_once, line, longest};
use crate::support::ca::Ca;
use crate::support::clients::{has_clients, is_met, skip};
use crate::support::endpoint::{Answer, DAY};
use crate::support::files::is_root;
use crate::support::redis::Redis;
use crate::support::{Home, Ran, alone, oauth};

/// The machine with the servers. The network is the one for measurements (RFC 2544, appendix C.2.2).
const SERVER: &str = "198.18.0.1";

/// Deleted on drop.
struct Network {
    bridge: String,
    namespaces: Vec<String>,
}

impl Network {
    /// `None` where it cannot be made.
    fn new(machines: usize) -> Option<Self> {
        let bridge = format!("jwtc{}", std::process::id());
        let mut network = Self { bridge: bridge.clone(), namespaces: Vec::new() };
        let is_made = ip(&format!("link add {bridge} type bridge"))
            && ip(&format!("addr add {SERVER}/16 dev {bridge}"))
            && ip(&format!("link set {bridge} up"))
            && (0..machines).all(|machine| network.connect(machine));
        is_met(is_made, "network namespaces").then_some(network)
    }

    fn connect(&mut self, machine: usize) -> bool {
        let (bridge, namespace) = (&self.bridge, format!("{}-{machine}", self.bridge));
        let (outside, inside) = (format!("{bridge}p{machine}"), "eth0");
        let address = format!("198.18.{}.{}/16", 1 + machine / 250, 1 + machine % 250);
        self.namespaces.push(namespace.clone());
        ip(&format!("netns add {namespace}"))
            && ip(&format!("link add {outside} type veth peer name {inside} netns {namespace}"))
            && ip(&format!("link set {outside} master {bridge} up"))
            && ip(&format!("-n {namespace} addr add {address} dev {inside}"))
            && ip(&format!("-n {namespace} link set {inside} up"))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in &self.namespaces {
            ip(&format!("netns delete {namespace}"));
        }
        ip(&format!("link delete {}", self.bridge));
    }
}

/// Runs a command of iproute2. Whether it succeeded.
fn ip(command: &str) -> bool {
    let mut ip = Command::new("ip");
    let ran = ip.args(command.split(' ')).stdin(Stdio::null()).stderr(Stdio::null()).status();
    ran.is_ok_and(|status| status.success())
}

/// The kernel has no room for the neighbours of many more, unless its settings are changed.
#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn two_hundred_network_namespaces_make_one_exchange() {
    let _machine = alone();
    let home = Home::in_memory();
    if !is_root() {
        return skip("root");
    }
    if !has_clients(&["ip", "nsenter"]) {
        return;
    }
    let (Some(ca), Some(network)) = (Ca::new(&home), Network::new(200)) else { return };
    let token = |number| Answer::token(&format!("token-{number}"), DAY).after(Duration::from_millis(500));
    let endpoint = ca.endpoint_at(SERVER, move |_, number| token(number));
    let mut profile = oauth(&format!("https://{SERVER}:{}", endpoint.port()));
    profile["ca_file"] = json!("ca.pem");
    home.profile("default", &profile);
    let arguments = ["--bind", "127.0.0.1", SERVER, "--protected-mode", "no"];
    let Some(redis) = Redis::start_with(&home, &arguments) else { return };
    let url = format!("redis://{SERVER}:{}", redis.port);
    let fleet = Fleet { home, redis };
    // The process has no other interface than its machine's: without a name, it cannot reach the servers.
    let outside = Ran::of(fleet.home.program("nsenter").args(inside(&network, 0)).args(["ip", "-brief", "link"]));
    assert!(!outside.succeeds().stdout.contains(&network.bridge));
    let lines: Vec<_> = (0..network.namespaces.len())
        .map(|machine| {
            let enter = std::iter::once("nsenter".to_owned()).chain(inside(&network, machine));
            enter.chain(line(&fleet, machine, &url)).collect()
        })
        .collect();
    let ended = at_once(&fleet, &lines);
    eprintln!(
        "MEASURED: {} network namespaces: {} exchanges of 500 ms, {:.1?}",
        lines.len(),
        endpoint.count(),
        longest(&ended)
    );
    for (ran, _) in ended {
        assert_eq!(ran.succeeds().stdout, "token-1\n");
    }
    assert_eq!(endpoint.count(), 1);
}

/// The arguments of nsenter that run a program on this machine.
fn inside(network: &Network, machine: usize) -> [String; 2] {
    [format!("--net=/run/netns/{}", network.namespaces[machine]), "--".into()]
}
