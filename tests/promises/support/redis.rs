//! A Redis server of a test's own.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::net::{AddressFamily, SocketType};
use rustix::process::{Pid, Signal};

use super::process::{signal, wait_until};
use super::{Home, has_client};

/// A port that refuses connections as long as this lives: it is bound, and nothing listens there.
pub(crate) struct Closed(OwnedFd);

impl Closed {
    pub(crate) fn new() -> Self {
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self(socket)
    }

    pub(crate) fn url(&self) -> String {
        let address = rustix::net::getsockname(&self.0).unwrap();
        format!("redis://{}", SocketAddr::try_from(address).unwrap())
    }
}

/// Ends with the test.
pub(crate) struct Redis {
    child: Child,
    pub(crate) port: u16,
    directory: PathBuf,
    arguments: Vec<String>,
}

impl Redis {
    /// Without a password, and nothing on disk. `None` if the machine has no `redis-server`.
    pub(crate) fn start(home: &Home) -> Option<Self> {
        Self::start_with(home, &[])
    }

    /// The same with further arguments of redis-server.
    pub(crate) fn start_with(home: &Home, arguments: &[&str]) -> Option<Self> {
        if !has_client("redis-server") || !has_client("redis-cli") {
            return None;
        }
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        let directory = home.directory.path().to_owned();
        // Another test may take the port first.
        let started = (0..5).find_map(|_| {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let child = serve(&directory, port, &arguments);
            let mut redis = Self { child, port, directory: directory.clone(), arguments: arguments.clone() };
            redis.is_up().then_some(redis)
        });
        Some(started.expect("redis-server starts"))
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What redis-cli prints for this command.
    pub(crate) fn cli(&self, words: &[&str]) -> String {
        let mut cli = Command::new("redis-cli");
        cli.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).args(words).stdin(Stdio::null());
        String::from_utf8_lossy(&cli.output().unwrap().stdout).trim_end().to_owned()
    }

    /// The names of all keys.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.cli(&["keys", "*"]).lines().map(str::to_owned).collect();
        keys.retain(|key| !key.is_empty());
        keys.sort();
        keys
    }

    /// Lets it go before the processes of a crowd, as if it had a machine of its own. Only root may do so.
    pub(crate) fn go_first(&self) {
        let _ = rustix::process::setpriority_process(Some(Pid::from_child(&self.child)), -15);
    }

    pub(crate) fn stop(&self) {
        signal(&self.child, Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        signal(&self.child, Signal::CONT);
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills it, and starts another at the same port, which is empty.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.child = serve(&self.directory, self.port, &self.arguments);
        assert!(self.is_up());
    }

    /// Whether this server, and no other, answers at the port.
    fn is_up(&mut self) -> bool {
        let own = format!("process_id:{}\r", self.child.id());
        let mut is_up = false;
        wait_until(|| {
            let answer = self.cli(&["info", "server"]);
            is_up = answer.contains(&own) || answer.starts_with("NOAUTH") || answer.starts_with("NOPERM");
            is_up || self.child.try_wait().unwrap().is_some()
        });
        is_up
    }
}

fn serve(directory: &PathBuf, port: u16, arguments: &[String]) -> Child {
    let mut server = Command::new("redis-server");
    server.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
    // Its backlog; a crowd connects at once.
    server.args(["--tcp-backlog", "4096"]).args(arguments).current_dir(directory);
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
