//! An imitation of Adobe's token endpoint, over https on a loopback address.

use std::io::{Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::stage::CLIENT_ID;

/// A day, in Adobe's milliseconds.
const ADOBE_LIFETIME: u64 = 86_399_999;
/// An hour, in Google's seconds.
const GOOGLE_LIFETIME: u64 = 3600;

pub(crate) struct Endpoint {
    pub(crate) origin: String,
    state: Arc<State>,
}

struct State {
    tls: Arc<ServerConfig>,
    exchanges: AtomicUsize,
    delay_ms: AtomicU64,
}

impl Endpoint {
    /// Serves with `server.pem` and `server.key` of this directory.
    pub(crate) fn start(directory: &Path) -> Self {
        let certificate = CertificateDer::from_pem_file(directory.join("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(directory.join("server.key")).unwrap();
        let tls = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        let state = Arc::new(State { tls: Arc::new(tls), exchanges: AtomicUsize::new(0), delay_ms: AtomicU64::new(0) });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("https://{}", listener.local_addr().unwrap());
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                thread::spawn(move || state.serve(stream));
            }
        });
        Self { origin, state }
    }

    /// How many tokens it gave.
    pub(crate) fn exchanges(&self) -> usize {
        self.state.exchanges.load(Ordering::SeqCst)
    }

    /// How long each answer takes from now on.
    pub(crate) fn set_delay(&self, delay: Duration) {
        self.state.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl State {
    fn serve(&self, socket: TcpStream) -> Option<()> {
        // Otherwise the answer waits 40 ms for the client to acknowledge the session tickets.
        socket.set_nodelay(true).ok()?;
        let closer = socket.try_clone().ok()?;
        let mut stream = StreamOwned::new(ServerConnection::new(self.tls.clone()).ok()?, socket);
        let line = read_request(&mut stream)?;
        let is_google = line.split(' ').nth(1)?.ends_with("/google");
        let number = self.exchanges.fetch_add(1, Ordering::SeqCst) + 1;
        thread::sleep(Duration::from_millis(self.delay_ms.load(Ordering::SeqCst)));
        let (token_type, lifetime) = if is_google { ("Bearer", GOOGLE_LIFETIME) } else { ("bearer", ADOBE_LIFETIME) };
        let body = json!({"access_token": token(number), "token_type": token_type, "expires_in": lifetime}).to_string();
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json";
        let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).ok()?;
        stream.flush().ok()?;
        closer.shutdown(Shutdown::Write).ok()
    }
}

/// Reads a whole request; its first line.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let (mut request, mut buffer) = (String::new(), [0; 4096]);
    loop {
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let lengths = head.lines().filter_map(|line| line.split_once(": "));
            let length = lengths.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            if body.len() >= length.map_or(Some(0), |(_, value)| value.parse().ok())? {
                return head.lines().next().map(str::to_owned);
            }
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            read => request.push_str(str::from_utf8(&buffer[..read]).ok()?),
        }
    }
}

/// A token with the length and the claims of Adobe's: some programs read its expiry from them.
fn token(number: usize) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let header = json!({"alg": "RS256", "x5u": "ims_na1-key-at-1.cer", "kid": "ims_na1-key-at-1", "itt": "at"});
    let claims = json!({
        "id": format!("{now}_00000000-0000-4000-8000-{number:012}_ue1"), "type": "access_token",
        "client_id": CLIENT_ID, "user_id": "5F60718293A4B5C60A495E00@techacct.adobe.com",
        "as": "ims-na1", "aa_id": "5F60718293A4B5C60A495E00@techacct.adobe.com", "ctp": 0,
        "fg": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "moi": format!("{number:08x}"), "rtid": "none",
        "created_at": now.to_string(), "expires_in": (ADOBE_LIFETIME + 1).to_string(), "scope": "ent_aem_cloud_api",
    });
    let signature: Vec<u8> = (0_u8..=255).map(|byte| byte.wrapping_mul(151).wrapping_add(7)).collect();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    [part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()), part(&signature)].join(".")
}

/// The token in a program's output.
pub(crate) fn token_in(output: &str) -> Option<&str> {
    let start = &output[output.find("eyJ")?..];
    let end = start.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(start.len());
    let token = &start[..end];
    (token.split('.').count() == 3).then_some(token)
}
