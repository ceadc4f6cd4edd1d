//! What can be wrong with a private key, and what to do.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Complaint {
    Empty,
    TwoKeys,
    NoPassphrase,
    OldEncryption,
    Pkcs12,
    NotRsa,
    Certificate,
    PublicKey,
    Request,
    OpenSsh,
    Path,
    ClientSecret,
    Broken,
    Unknown,
    UnreadEncryption,
    WrongPassphrase,
}

impl Complaint {
    /// What is wrong, to follow on the key's place, and what to do; in commands `KEY ` is the key's file.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Complaint::Empty => ("is empty", "put the key there that openssl req wrote: private.key"),
            Complaint::TwoKeys => ("is two keys", "keep the one whose certificate was uploaded"),
            Complaint::NoPassphrase => (
                "is behind a passphrase, and the profile has no \"passphrase\"",
                r#"give it there, best as {"env": NAME}, {"file": PATH} or {"command": [ARGV0, …]}"#,
            ),
            Complaint::OldEncryption => (
                "is encrypted in OpenSSL's old way (Proc-Type: 4,ENCRYPTED), which is not read",
                "openssl pkcs8 -topk8 -in KEY -out converted.key asks for its passphrase and for one for the new file, which is read; \
     then chmod 600 converted.key",
            ),
            Complaint::Pkcs12 => (
                "is a PKCS#12 store (.p12, .pfx)",
                "openssl pkcs12 -in KEY -nocerts -nodes -out converted.key asks for its password and writes the key; \
     then chmod 600 converted.key",
            ),
            Complaint::NotRsa => {
                ("is no RSA key", "RS256 needs an RSA key: it must be the one whose certificate was uploaded")
            }
            Complaint::Certificate => {
                ("is a certificate", "the private key is the other file that openssl req wrote: private.key")
            }
            Complaint::PublicKey => ("is a public key", "the private key is what signs: private.key"),
            Complaint::Request => ("is a certificate request", "the private key is the file that it was made with"),
            Complaint::OpenSsh => (
                "is in OpenSSH's own form, which is not read",
                "ssh-keygen -p -m PEM -f KEY rewrites the file in place: make a copy of it first",
            ),
            Complaint::Path => (
                "is no key",
                r#"a string in a profile is the value itself, never a path: for a file write "private_key": {"file": "private.key"}"#,
            ),
            Complaint::ClientSecret => (
                "is a client secret",
                r#"that goes into "client_secret"; the private key is the file that openssl req wrote: private.key"#,
            ),
            Complaint::Broken => ("is cut off or garbled", "take it from where it was made once more, whole"),
            Complaint::Unknown => (
                "is no key that can be read",
                "it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----",
            ),
            Complaint::UnreadEncryption => (
                "is encrypted in a way that is not read (PBES2 with PBKDF2 and AES-CBC is)",
                "openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out converted.key asks for both passphrases and converts it; \
     then chmod 600 converted.key",
            ),
            Complaint::WrongPassphrase => {
                ("is not opened by its passphrase", "openssl pkey -noout -in KEY asks for it and tries it")
            }
        }
    }
}
