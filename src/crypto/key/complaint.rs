//! What can be wrong with a private key, and how to fix it.

/// What is wrong, for a message that begins with the key's place, and a hint. In the hint the word `KEY` is replaced by the file.
pub(super) type Complaint = (&'static str, &'static str);

pub(super) const EMPTY: Complaint = ("is empty", "copy the private key there; openssl req names it private.key");
pub(super) const TWO_KEYS: Complaint = ("contains two keys", "keep the one whose certificate was uploaded");
pub(super) const NO_PASSPHRASE: Complaint = (
    "is encrypted, and the profile has no \"passphrase\"",
    r#"add "passphrase" to the profile, such as {"env": NAME}, {"file": PATH} or {"command": [ARGV0, …]}"#,
);
pub(super) const OLD_ENCRYPTION: Complaint = (
    "is encrypted in OpenSSL's old format (Proc-Type: 4,ENCRYPTED), which is not supported",
    "convert it: openssl pkcs8 -topk8 -in KEY -out converted.key && chmod 600 converted.key",
);
pub(super) const PKCS12: Complaint = (
    "is a PKCS#12 store (.p12, .pfx)",
    "extract the key: openssl pkcs12 -in KEY -nocerts -nodes -out converted.key && chmod 600 converted.key",
);
pub(super) const OTHER_ALGORITHM: Complaint = (
    "is of an unsupported kind",
    "an RSA key, an EC key on P-256 or P-384, or an Ed25519 key can be used; openssl pkey -noout -text -in KEY shows \
     what it is",
);
pub(super) const OTHER_CURVE: Complaint = (
    "is an EC key on another curve than P-256 and P-384",
    "register a key on P-256 (ES256): openssl ecparam -genkey -noout -name prime256v1 -out new.key",
);
pub(super) const NO_PUBLIC_HALF: Complaint = (
    "is an EC key without its public half",
    "add it: openssl ec -in KEY -out converted.key && chmod 600 converted.key",
);
pub(super) const NO_JWK: Complaint = (
    "is JSON, but not a JWK",
    "a JWK has \"kty\"; the credentials file of a provider is read with jwt-credential import FILE",
);
pub(super) const CERTIFICATE: Complaint =
    ("is a certificate", "name the private key instead: the other file that openssl req wrote, private.key");
pub(super) const PUBLIC_KEY: Complaint = ("is a public key", "name the private key instead: private.key");
pub(super) const REQUEST: Complaint =
    ("is a certificate request", "name the private key instead: the file that the request was made with");
pub(super) const OPENSSH: Complaint = (
    "is in OpenSSH's own format, which is not supported",
    "copy the file, then convert the copy: ssh-keygen -p -m PEM -f KEY",
);
pub(super) const PATH: Complaint = (
    "is not a key",
    r#"write "private_key": {"file": "private.key"} for a file: a string in a profile is the value itself"#,
);
pub(super) const CLIENT_SECRET: Complaint = (
    "is a client secret",
    r#"move it to "client_secret"; the private key is the file that openssl req wrote, private.key"#,
);
pub(super) const BROKEN: Complaint = ("is incomplete or damaged", "copy the whole key again from where it was made");
pub(super) const UNKNOWN: Complaint = (
    "is not a key in a known format",
    "use a file that begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----",
);
pub(super) const UNREAD_ENCRYPTION: Complaint = (
    "is encrypted in an unsupported way (supported: PBES2 with PBKDF2 and AES or triple DES in CBC mode)",
    "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out converted.key && chmod 600 converted.key",
);
pub(super) const WRONG_PASSPHRASE: Complaint =
    ("is not decrypted by its passphrase", "try the passphrase: openssl pkey -noout -in KEY");
