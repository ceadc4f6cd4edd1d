//! A CA for tests, and servers with its certificates.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::endpoint::{Answer, Asked, Endpoint};
use super::{Home, PRIVATE_KEY, Ran, has_client};

/// The sections of the certificates.
const OPENSSL: &str = "[req]\ndistinguished_name = name\n[name]\n[ca]\nbasicConstraints = critical, CA:TRUE
[here]\nsubjectAltName = IP:127.0.0.1, IP:::1, IP:198.18.0.1, DNS:localhost\n[authority]\nbasicConstraints = critical, CA:TRUE
subjectAltName = IP:127.0.0.1\n[elsewhere]\nsubjectAltName = DNS:ims.example, IP:127.0.0.2
[adobe]
subjectAltName = DNS:ims-na1.adobelogin.com, DNS:ims-na1-stg1.adobelogin.com, DNS:localhost
[office]\ndatabase = index.txt\nrand_serial = yes\nnew_certs_dir = .\ndefault_md = sha256\npolicy = any
[any]\ncommonName = optional\n";

/// The CA, which is `config/profiles/ca.pem` in its home, and the configuration of a server with its certificate.
pub(crate) struct Ca {
    pub(crate) pem: PathBuf,
    pub(crate) config: Arc<ServerConfig>,
}

impl Ca {
    /// With a certificate for this machine, valid until tomorrow.
    pub(crate) fn new(home: &Home) -> Option<Self> {
        Self::of(home, "here", "1")
    }

    /// With a certificate for `section`, valid for this many days.
    pub(crate) fn of(home: &Home, section: &str, days: &str) -> Option<Self> {
        let how = "x509 -req -in own.csr -CA ca.pem -CAkey ca.key -set_serial 2 -extfile openssl.cnf -out own.pem";
        Self::signing(home, &format!("{how} -extensions {section} -days {days}"))
    }

    /// With a certificate for this machine that becomes valid in 2098.
    pub(crate) fn of_tomorrow(home: &Home) -> Option<Self> {
        home.write("config/profiles/index.txt", "", 0o600);
        let how = "ca -batch -notext -config openssl.cnf -name office -cert ca.pem -keyfile ca.key -in own.csr";
        let dates = "-startdate 20980101000000Z -enddate 20991231235959Z";
        Self::signing(home, &format!("{how} -out own.pem -extensions here {dates}"))
    }

    /// With a self-signed certificate for this machine.
    pub(crate) fn of_itself(home: &Home) -> Option<Self> {
        let how = "x509 -req -in own.csr -signkey own.key -extfile openssl.cnf -extensions here -days 1 -out own.pem";
        Self::signing(home, how)
    }

    /// With a self-signed CA certificate as the server's own, as `openssl req -x509` makes it.
    pub(crate) fn as_server(home: &Home) -> Option<Self> {
        let how = "x509 -req -in own.csr -signkey own.key -extfile openssl.cnf -extensions authority -days 1";
        Self::signing(home, &format!("{how} -out own.pem"))
    }

    /// With the certificate that this openssl command makes.
    fn signing(home: &Home, how: &str) -> Option<Self> {
        if !has_client("openssl") {
            return None;
        }
        home.write("config/profiles/openssl.cnf", OPENSSL, 0o600);
        let openssl = |args: &str| {
            let ran = Ran::of(home.program("openssl").args(args.split(' ')).current_dir(home.path("config/profiles")));
            assert_eq!(ran.code, 0, "{args}: {ran:?}");
        };
        let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config openssl.cnf";
        openssl(&format!("req -x509 {new} -extensions ca -subj /CN=ca -days 2 -keyout ca.key -out ca.pem"));
        openssl(&format!("req {new} -subj /CN=endpoint -keyout own.key -out own.csr"));
        openssl(how);
        let pem = |name: &str| fs::read(home.path("config/profiles").join(name)).unwrap();
        let certificate = CertificateDer::from_pem_slice(&pem("own.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(&pem("own.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Some(Self { pem: home.path("config/profiles/ca.pem"), config: Arc::new(config) })
    }

    /// A server that speaks TLS.
    pub(crate) fn endpoint(&self, answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Endpoint {
        self.endpoint_after(Some, answer)
    }

    /// The same at this address.
    pub(crate) fn endpoint_at(
        &self,
        address: &'static str,
        answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> Endpoint {
        let config = self.config.clone();
        Endpoint::at(address, answer, move |stream| {
            Some(StreamOwned::new(ServerConnection::new(config.clone()).ok()?, stream))
        })
    }

    /// The same, after what comes before TLS on a connection.
    pub(crate) fn endpoint_after(
        &self,
        before: fn(TcpStream) -> Option<TcpStream>,
        answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> Endpoint {
        let config = self.config.clone();
        Endpoint::over(answer, move |stream| {
            Some(StreamOwned::new(ServerConnection::new(config.clone()).ok()?, before(stream)?))
        })
    }
}

/// Takes the place of every server that a client wants to reach by this proxy.
pub(crate) fn accept_connect(mut stream: TcpStream) -> Option<TcpStream> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"CONNECT ims-na1"), "{}", String::from_utf8_lossy(&head));
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    Some(stream)
}

/// A certificate for the tests' key that expires at this time (YYYYMMDDHHMMSSZ, or two digits for the year).
pub(crate) fn certificate_ending(home: &Home, end: &str) -> String {
    home.write("key.pem", PRIVATE_KEY, 0o600);
    home.write("index.txt", "", 0o600);
    home.write(
        "ca.cnf",
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\npolicy=p\nunique_subject=no\nserial=serial\n[p]\n",
        0o600,
    );
    let script = "openssl req -new -key key.pem -subj /CN=me -out req.pem && \
        openssl ca -batch -selfsign -config ca.cnf -keyfile key.pem -in req.pem -md sha256 -create_serial \
        -startdate 20200101000000Z -enddate \"$0\" -notext -out cert.pem && cat cert.pem";
    let made = Command::new("/bin/sh").args(["-c", script, end]).current_dir(home.path("")).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    String::from_utf8(made.stdout).unwrap()
}
