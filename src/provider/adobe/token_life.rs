//! The lifetime of an IMS access token, from its claims.

use std::time::Duration;

use serde_json::{Map, Value as Json};

use crate::grant::oauth::answer::whole;
use crate::jwt::Jwt;

/// The remaining lifetime. `server` is the time by the server's clock, in seconds since 1970.
pub(super) fn remaining(token: &str, server: Option<u64>) -> Option<Duration> {
    by_claims(&Jwt::parse(token)?.claims, server)
}

/// Both claims are in milliseconds, as strings.
fn by_claims(claims: &Map<String, Json>, server: Option<u64>) -> Option<Duration> {
    let millis = |claim: &str| u64::try_from(whole(claims.get(claim)?)?).ok();
    let life = millis("expires_in")?;
    let age = match (millis("created_at"), server) {
        (Some(created), Some(now)) => now.saturating_mul(1000).saturating_sub(created),
        _ => 0,
    };
    Some(Duration::from_millis(life.saturating_sub(age))).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_token_says_of_its_own_life_is_what_is_left_of_it() {
        let claims = |created_at: Option<Json>, expires_in: Option<Json>| {
            let both = [("created_at", created_at), ("expires_in", expires_in)];
            both.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>()
        };
        let life = |life: &str| Some(json!(life));
        let left = |claims: Map<String, Json>, now| by_claims(&claims, now).map(|left| left.as_millis());
        assert_eq!(left(claims(life("1000000"), life("60000")), Some(1_010)), Some(50_000));
        assert_eq!(left(claims(life("1000000"), life("60000")), Some(999)), Some(60_000), "a server that is behind");
        assert_eq!(left(claims(life("1000000"), life("60000")), None), Some(60_000));
        assert_eq!(left(claims(None, life("60000")), Some(1_010)), Some(60_000));
        assert_eq!(left(claims(life("1000000"), life("60000")), Some(1_060)), None, "over");
        assert_eq!(left(claims(life("1000000"), life("60000")), Some(u64::MAX)), None);
        for odd in [life("-1"), life("soon"), life("0"), None, Some(json!([]))] {
            assert_eq!(left(claims(None, odd), None), None);
        }
    }

    #[test]
    fn the_claims_are_those_of_the_token() {
        let token = "e30.eyJjcmVhdGVkX2F0IjoiMTAwMDAwMCIsImV4cGlyZXNfaW4iOiI2MDAwMCJ9.c2ln"; // 1000000, 60000
        let left = |token: &str| remaining(token, Some(1_010));
        assert_eq!(left(token), Some(Duration::from_secs(50)));
        assert_eq!(left("opaque"), None);
    }
}
