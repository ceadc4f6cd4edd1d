//! Snowflake: key-pair authentication. The JWT is the token, and its issuer contains the key's fingerprint.
//! <https://docs.snowflake.com/en/developer-guide/sql-api/authenticating#using-key-pair-authentication>

use super::shared::{JWT, KEY, REQUIRED_KEY, filled, lifetime_up_to, schema, switched};
use super::{KeyUpload, Provider, revocation};
use crate::grant::jwt::JwtTemplate;
use crate::grant::self_signed::SelfSigned;
use crate::profile::schema::{Field, Schema, ValueKind, word};

pub(super) static PROVIDER: Provider = Provider {
    about: "a Snowflake user's key pair, for the SQL API and drivers",
    schema: &Schema {
        endpoint_key: "",
        algorithm: "RS256",
        ..schema(
            "snowflake",
            "Snowflake",
            &[
                &[
                    Field::required("account", ValueKind::Text)
                        .spelled(account)
                        .asked("account", "account identifier, such as ACME-DATA1"),
                    Field::required("user", ValueKind::Text).spelled(upper_case).asked("user", "user name"),
                    filled("jwt.iss", "{account}.{user}.SHA256:{fingerprint}"),
                    filled("jwt.sub", "{account}.{user}"),
                    lifetime_up_to::<3600>(),
                    switched("jwt.jti", "false"),
                ],
                REQUIRED_KEY,
                KEY,
                JWT,
            ],
            &["*.snowflakecomputing.com"],
        )
    },
    // An hour from `iat`, whatever `exp` says.
    grant: &SelfSigned {
        headers: &[("X-Snowflake-Authorization-Token-Type", "KEYPAIR_JWT")],
        ..SelfSigned::new(JwtTemplate { claims: &[], life: 3480, backdated: 60 })
    },
    revocation: revocation::none("take the public key from the user: ALTER USER … UNSET RSA_PUBLIC_KEY"),
    key_upload: KeyUpload::PublicKey("Snowflake takes the public key: ALTER USER … SET RSA_PUBLIC_KEY='…'"),
    claims: &[],
    example: r#"{"provider": "snowflake", "account": "ACME-DATA1", "user": "DBT_LOADER",
  "private_key": {"file": "../keys/rsa_key.p8"}, "passphrase": {"env": "SNOWFLAKE_PASSPHRASE"}}"#,
};

fn upper_case(text: &str) -> Result<String, String> {
    word(text).map(|text| text.to_ascii_uppercase())
}

/// The account as the JWT has it: without a region, and without the part that a `.global` address adds.
fn account(text: &str) -> Result<String, String> {
    let text = upper_case(text)?;
    let text = text.strip_suffix(".SNOWFLAKECOMPUTING.COM").unwrap_or(&text);
    let short = match text.strip_suffix(".GLOBAL") {
        Some(global) => global.rsplit_once('-').map(|(account, _)| account),
        None => text.split_once('.').map(|(account, _)| account),
    };
    Ok(short.unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows are those of Snowflake's own drivers (gosnowflake#1033).
    #[test]
    fn an_account_has_no_region_in_a_jwt() {
        for (given, expected) in [
            ("acme-data1", "ACME-DATA1"),
            ("xy12345.eu-west-1", "XY12345"),
            ("xy12345.eu-west-1.privatelink", "XY12345"),
            ("acme-x.global", "ACME"),
            ("acme.global", "ACME.GLOBAL"),
            ("acme-data1.snowflakecomputing.com", "ACME-DATA1"),
        ] {
            assert_eq!(account(given), Ok(expected.into()), "{given}");
        }
        assert!(account("a b").is_err());
    }
}
