//! What can be wrong with a private key, and how to fix it.

/// What is wrong, for a message that begins with the key's place, and a hint. In the hint `KEY ` is replaced by the file.
pub(super) type Complaint = (&'static str, &'static str);

pub(super) const EMPTY: Complaint = ("is empty", "put the key there that openssl req wrote: private.key");
pub(super) const TWO_KEYS: Complaint = ("is two keys", "keep the one whose certificate was uploaded");
pub(super) const NO_PASSPHRASE: Complaint = (
    "is behind a passphrase, and the profile has no \"passphrase\"",
    r#"give it there, best as {"env": NAME}, {"file": PATH} or {"command": [ARGV0, …]}"#,
);
pub(super) const OLD_ENCRYPTION: Complaint = (
    "is encrypted in OpenSSL's old way (Proc-Type: 4,ENCRYPTED), which is not read",
    "openssl pkcs8 -topk8 -in KEY -out converted.key asks for its passphrase and for one for the new file, which is read; \
     then chmod 600 converted.key",
);
pub(super) const PKCS12: Complaint = (
    "is a PKCS#12 store (.p12, .pfx)",
    "openssl pkcs12 -in KEY -nocerts -nodes -out converted.key asks for its password and writes the key; \
     then chmod 600 converted.key",
);
pub(super) const OTHER_ALGORITHM: Complaint = (
    "is of a kind that signs no JWT here",
    "an RSA key, an EC key on P-256 or P-384, or an Ed25519 key can be used; openssl pkey -noout -text -in KEY shows \
     what it is",
);
pub(super) const OTHER_CURVE: Complaint = (
    "is an EC key on another curve than P-256 and P-384",
    "register a key on P-256 (ES256): openssl ecparam -genkey -noout -name prime256v1 -out new.key",
);
pub(super) const NO_PUBLIC_HALF: Complaint = (
    "is an EC key without its public half",
    "openssl ec -in KEY -out converted.key adds it; then chmod 600 converted.key",
);
pub(super) const NO_JWK: Complaint = (
    "is JSON, and no JWK",
    "a JWK has \"kty\"; the credentials file of a provider is read with jwt-credential import FILE",
);
pub(super) const CERTIFICATE: Complaint =
    ("is a certificate", "the private key is the other file that openssl req wrote: private.key");
pub(super) const PUBLIC_KEY: Complaint = ("is a public key", "the private key is what signs: private.key");
pub(super) const REQUEST: Complaint = ("is a certificate request", "the private key is the file that it was made with");
pub(super) const OPENSSH: Complaint = (
    "is in OpenSSH's own form, which is not read",
    "ssh-keygen -p -m PEM -f KEY rewrites the file in place: make a copy of it first",
);
pub(super) const PATH: Complaint = (
    "is no key",
    r#"a string in a profile is the value itself, never a path: for a file write "private_key": {"file": "private.key"}"#,
);
pub(super) const CLIENT_SECRET: Complaint = (
    "is a client secret",
    r#"that goes into "client_secret"; the private key is the file that openssl req wrote: private.key"#,
);
pub(super) const BROKEN: Complaint = ("is cut off or garbled", "take it from where it was made once more, whole");
pub(super) const UNKNOWN: Complaint =
    ("is no key that can be read", "it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----");
pub(super) const UNREAD_ENCRYPTION: Complaint = (
    "is encrypted in a way that is not read (PBES2 with PBKDF2 and AES or triple DES in CBC mode is)",
    "openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out converted.key asks for both passphrases and converts it; \
     then chmod 600 converted.key",
);
pub(super) const WRONG_PASSPHRASE: Complaint =
    ("is not opened by its passphrase", "openssl pkey -noout -in KEY asks for it and tries it");
