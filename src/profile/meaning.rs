//! What each key means: for `providers`, for the help of `init`, and for the JSON schema of profiles.

use super::schema::Field;

impl Field {
    /// What the key holds, in a few words: the row's own question, else what the key means in every row.
    pub fn meaning(&self) -> &'static str {
        self.question.map_or_else(|| of(self.name), |question| question.text)
    }
}

/// What a key means in every row that has it; empty if it is not in the table.
pub fn of(key: &str) -> &'static str {
    MEANINGS.iter().find(|(name, _)| *name == key).map_or("", |(_, meaning)| meaning)
}

const MEANINGS: &[(&str, &str)] = &[
    // Every profile.
    ("provider", "whose credential it is"),
    ("grant", "how a token is requested at a server that has no provider"),
    ("hosts", "servers that may get the token; without it, none"),
    ("headers", "headers to add, to change or, by null, to remove"),
    ("ca_file", "path of a PEM file with further CAs"),
    ("username", "user name beside a token that is used as a password"),
    ("credential_expires", "last day of the secret or the key, such as 2027-08-27"),
    ("shared_cache", "URL of the Redis server through which machines share tokens"),
    ("shared_cache_key", "key that seals the shared tokens"),
    // The key.
    ("private_key", "private key that signs the JWT"),
    ("passphrase", "passphrase of the private key"),
    ("certificate", "certificate of the private key"),
    ("signer.command", "program that signs in place of private_key, and its arguments"),
    ("signer.ssh_agent", "OpenSSH public key whose private key an ssh-agent holds"),
    ("signer.public_key", "public key or certificate of the signer"),
    ("signer.input", "what the signer reads: message or digest"),
    ("signer.output", "what the signer writes: raw, der, base64 or base64url"),
    // The JWT.
    ("jwt.algorithm", "algorithm of the signature"),
    ("jwt.key_id", "\"kid\" in the header"),
    ("jwt.thumbprint", "digest of the certificate in the header: x5t, x5t#S256 or none"),
    ("jwt.typ", "\"typ\" in the header"),
    ("jwt.iss", "issuer of the JWT"),
    ("jwt.sub", "subject of the JWT"),
    ("jwt.aud", "audience of the JWT"),
    ("jwt.claims", "further claims, which replace the others"),
    ("jwt.scope_in", "where the scopes are sent: form, claim, both or none"),
    ("jwt.scope_separator", "what separates the scopes in the claim"),
    ("jwt.lifetime", "how long the JWT is valid: seconds, or a duration such as 5m"),
    ("jwt.backdate", "how far in the past the JWT begins: seconds, or a duration"),
    ("jwt.exp", "whether the JWT says when it expires"),
    ("jwt.iat", "whether the JWT says when it was issued"),
    ("jwt.nbf", "whether the JWT says from when it is valid"),
    ("jwt.jti", "whether the JWT has an ID, a new one for each request"),
    // The client.
    ("client_id", "client ID"),
    ("client_secret", "client secret"),
    ("client_auth", "how the client proves itself: basic, post, private_key_jwt, assertion, none"),
    ("assertion", "token of another issuer that proves the client"),
    ("subject_token", "token of another issuer that is exchanged"),
    ("subject_token_type", "type of that token, a URN"),
    ("requested_token_type", "type of the token that is requested, a URN"),
    // The endpoint, and what the token is for.
    ("token_url", "token endpoint"),
    ("token_path", "path of the token endpoint"),
    ("issuer", "issuer's URL; its metadata name the token endpoint"),
    ("revocation_url", "endpoint where tokens are ended"),
    ("scopes", "scopes, separated by commas"),
    ("audience", "what the token is for, such as the identifier of an API"),
    ("target_audience", "audience of an ID token, which is requested in place of an access token"),
    ("resource", "resources that the token is for (RFC 8707)"),
    ("form", "further fields of the request"),
    ("session_life", "how long a token lives if the issuer does not say it"),
    // Of one provider or a few.
    ("ims", "token server"),
    ("technical_account_id", "technical account ID (not its email)"),
    ("repository", "OWNER/REPOSITORY that finds the installation"),
    ("installation_id", "number of the installation; owner or repository finds it"),
    ("repositories", "repositories that the token is for (default: all of the installation)"),
    ("permissions", "permissions of the token, such as {\"contents\": \"read\"}"),
    ("api_url", "URL of the API"),
    ("iam_url", "URL of the IAM service, which gives the service account's token"),
    ("service_account", "email address of the service account to act as"),
    ("authority", "login server of the cloud"),
    ("domain", "domain of the organisation"),
    ("instance", "domain of the instance"),
    ("user", "user that the token is for"),
    ("key_id", "key ID"),
    ("login", "login server: another one for a sandbox or a domain of your own"),
    ("server", "account server: another one for the developer environment"),
    ("session_name", "name of the session, which the logs show"),
    ("duration", "how long the credentials are valid, up to 12h"),
    ("mount", "path of the JWT method"),
    ("namespace", "namespace"),
];
