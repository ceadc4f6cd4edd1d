//! Values of `expires_in`, and the lifetime that the token then has, to the millisecond.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::support::endpoint::{Answer, Endpoint};
use crate::support::{Home, jwt, oauth};

/// The lifetime that is used.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    /// This many milliseconds; the expiry is printed.
    Stated(u64),
    /// This many milliseconds; no expiry is printed.
    Unstated(u64),
    /// Expired before it can be printed.
    Expired,
}
use Life::{Expired, Stated, Unstated};

const DAY: u64 = 86_400_000;
const HOUR: u64 = 3_600_000;
const SHORT: u64 = 300_000;

/// The value, and the lifetime at the endpoint that counts in seconds and at the other one.
const TABLE: [(&str, Life, Life); 70] = [
    // What Adobe sends.
    ("86399", Stated(86_399_000), Stated(86_399)),
    ("86400", Stated(DAY), Stated(86_400)),
    ("3599", Stated(3_599_000), Stated(3_599)),
    ("86399999", Stated(DAY), Stated(86_399_999)),
    ("86400000", Stated(DAY), Stated(DAY)),
    ("3600000", Stated(DAY), Stated(3_600_000)),
    ("300000", Stated(DAY), Stated(300_000)),
    ("\"86400\"", Stated(DAY), Stated(86_400)),
    ("\"86399999\"", Stated(DAY), Stated(86_399_999)),
    // At and near the limits.
    ("1", Stated(1_000), Expired),
    ("60", Stated(60_000), Stated(60)),
    ("86401", Stated(DAY), Stated(86_401)),
    ("86400001", Stated(DAY), Stated(DAY)),
    ("172800", Stated(DAY), Stated(172_800)),
    ("31536000", Stated(DAY), Stated(31_536_000)),
    ("31536000000", Stated(DAY), Stated(DAY)),
    ("1000000000", Stated(DAY), Stated(DAY)),
    ("1800000000", Stated(DAY), Stated(DAY)),
    ("1800000000000", Stated(DAY), Stated(DAY)),
    ("2147483647", Stated(DAY), Stated(DAY)),
    ("2147483648", Stated(DAY), Stated(DAY)),
    ("4294967295", Stated(DAY), Stated(DAY)),
    ("4294967296", Stated(DAY), Stated(DAY)),
    ("9007199254740991", Stated(DAY), Stated(DAY)),
    ("9007199254740992", Stated(DAY), Stated(DAY)),
    ("9007199254740993", Stated(DAY), Stated(DAY)),
    ("9223372036854775807", Stated(DAY), Stated(DAY)),
    ("9223372036854775808", Stated(DAY), Stated(DAY)),
    ("18446744073709551615", Stated(DAY), Stated(DAY)),
    ("18446744073709551616", Unstated(SHORT), Unstated(SHORT)),
    ("100000000000000000000000000000", Unstated(SHORT), Unstated(SHORT)),
    // No value.
    ("0", Unstated(0), Unstated(0)),
    ("-0", Unstated(SHORT), Unstated(SHORT)),
    ("-1", Unstated(0), Unstated(0)),
    ("-86400", Unstated(0), Unstated(0)),
    ("-2147483649", Unstated(0), Unstated(0)),
    ("-9223372036854775808", Unstated(0), Unstated(0)),
    ("-9223372036854775809", Unstated(SHORT), Unstated(SHORT)),
    ("\"0\"", Unstated(0), Unstated(0)),
    ("\"-1\"", Unstated(0), Unstated(0)),
    // Not a whole number.
    ("86399.0", Unstated(SHORT), Unstated(SHORT)),
    ("86399.5", Unstated(SHORT), Unstated(SHORT)),
    ("0.5", Unstated(SHORT), Unstated(SHORT)),
    ("1e3", Unstated(SHORT), Unstated(SHORT)),
    ("8.64e4", Unstated(SHORT), Unstated(SHORT)),
    ("1e9", Unstated(SHORT), Unstated(SHORT)),
    ("1e300", Unstated(SHORT), Unstated(SHORT)),
    ("1e400", Unstated(SHORT), Unstated(SHORT)),
    ("-1e400", Unstated(SHORT), Unstated(SHORT)),
    ("1e-400", Unstated(SHORT), Unstated(SHORT)),
    // A string.
    ("\" 86400 \"", Stated(DAY), Stated(86_400)),
    ("\"+86400\"", Stated(DAY), Stated(86_400)),
    ("\"086400\"", Stated(DAY), Stated(86_400)),
    ("\"9223372036854775807\"", Stated(DAY), Stated(DAY)),
    ("\"9223372036854775808\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"86399.0\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"1e3\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"0x15180\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"86,400\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"1 day\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"soon\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"2026-11-25T07:00:00Z\"", Unstated(SHORT), Unstated(SHORT)),
    ("\"\\u0662\\u0664\"", Unstated(SHORT), Unstated(SHORT)),
    // Another type.
    ("null", Unstated(SHORT), Unstated(SHORT)),
    ("true", Unstated(SHORT), Unstated(SHORT)),
    ("[86400]", Unstated(SHORT), Unstated(SHORT)),
    ("{\"seconds\": 86400}", Unstated(SHORT), Unstated(SHORT)),
    ("[]", Unstated(SHORT), Unstated(SHORT)),
    ("", Unstated(SHORT), Unstated(SHORT)),
];

#[test]
fn every_value_of_expires_in_gives_the_expected_lifetime() {
    let mut wrongs = Vec::new();
    for (said, in_seconds, in_milliseconds) in TABLE {
        for (is_jwt, expected) in [(false, in_seconds), (true, in_milliseconds)] {
            let had = life(said, is_jwt);
            let is_right = match (expected, had) {
                // The exchange itself took some time, more on a busy machine.
                (Stated(expected), Stated(had)) | (Unstated(expected), Unstated(had)) => {
                    had <= expected && expected - had < 8_000
                }
                // Nothing may be left of such a short lifetime.
                (Stated(..=5_000), Expired) => true,
                _ => had == expected,
            };
            if !is_right {
                wrongs.push(format!("{said:?}, JWT {is_jwt}: {expected:?} was expected, not {had:?}"));
            }
        }
    }
    eprintln!("{} values of expires_in, at both endpoints", TABLE.len());
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

/// A token's own claims as JSON, with NOW for the current time in milliseconds, and the server's date. The answer says
/// one hour, in seconds.
const CLAIMS: [(&str, &str, u64); 22] = [
    (r#"{"created_at": "NOW", "expires_in": "86400000"}"#, "", HOUR),
    (r#"{"created_at": "NOW", "expires_in": "60000"}"#, "", 60_000),
    (r#"{"created_at": "NOW", "expires_in": 60000}"#, "", 60_000),
    (r#"{"expires_in": "60000"}"#, "", 60_000),
    (r#"{"expires_in": "3600"}"#, "", 3_600),
    (r#"{"created_at": "NOW", "expires_in": "0"}"#, "", HOUR),
    (r#"{"created_at": "NOW", "expires_in": "-1"}"#, "", HOUR),
    (r#"{"created_at": "NOW", "expires_in": "9223372036854775807"}"#, "", HOUR),
    (r#"{"created_at": "NOW", "expires_in": 18446744073709551615}"#, "", HOUR),
    (r#"{"created_at": "NOW", "expires_in": 1e400}"#, "", HOUR),
    (r#"{"created_at": "NOW", "expires_in": [60000]}"#, "", HOUR),
    // RFC 7519, section 4: the last of equal names counts.
    (r#"{"expires_in": "1", "expires_in": "60000"}"#, "", 60_000),
    (r#"{"created_at": "-9223372036854775808", "expires_in": "60000"}"#, "", 60_000),
    (r#"{"created_at": "9223372036854775807", "expires_in": "60000"}"#, "", 60_000),
    (r#"{"created_at": "soon", "expires_in": "60000"}"#, "", 60_000),
    (r#"{"created_at": "NOW", "expires_in": "86400000"}"#, "Fri, 31 Dec 9999 23:59:59 GMT", HOUR),
    (r#"{"created_at": "NOW", "expires_in": "86400000"}"#, "Thu, 01 Jan 1970 00:00:00 GMT", HOUR),
    (r#"{"created_at": "0", "expires_in": "86400000"}"#, "Tue, 24 Nov 2026 07:00:00 GMT", HOUR),
    ("not JSON", "", HOUR),
    ("[]", "", HOUR),
    ("null", "", HOUR),
    ("DEEP", "", HOUR),
];

#[test]
fn claims_in_a_token_never_extend_its_lifetime() {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis().to_string();
    for (claims, date, expected) in CLAIMS {
        let claims = claims.replace("NOW", &now).replace("DEEP", &"[".repeat(9_000));
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        let body = json!({"access_token": token, "token_type": "bearer", "expires_in": 3600}).to_string();
        let headers = [("Date", date)];
        let headers = if date.is_empty() { &[][..] } else { &headers[..] };
        let (home, endpoint) = (Home::new(), Endpoint::always(Answer::new(200, headers, &body)));
        home.oauth_at(&endpoint);
        home.run(["json"]).succeeds();
        let had = home.record()["token"]["lifetime_ms"].as_u64().unwrap();
        assert!(had <= expected && expected - had < 8_000, "{body:.200}, {date:?}: {had} ms");
    }
    eprintln!("{} tokens with claims", CLAIMS.len());
}

/// The expected lifetime, and the printed expiry; empty if none is printed.
fn life(said: &str, is_jwt: bool) -> Life {
    let more = if said.is_empty() { String::new() } else { format!(r#", "expires_in": {said}"#) };
    let body = format!(r#"{{"access_token": "token", "token_type": "bearer"{more}}}"#);
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::new(200, &[], &body)));
    home.jwt_at(&endpoint);
    home.profile("default", &if is_jwt { jwt } else { oauth }(&endpoint.origin()));
    let ran = home.run(["json"]);
    let cached = home.record()["token"].clone();
    let (lives, stated) = (cached["lifetime_ms"].as_u64().unwrap(), cached["stated"].as_bool().unwrap());
    if ran.code != 0 {
        ran.fails(5, &["expired before it could be printed"]);
        return Expired;
    }
    let end = ran.succeeds().json()["expires_at"].as_str().map(|end| humantime::parse_rfc3339(end).unwrap());
    assert_eq!(end.is_some(), stated, "{said:?}");
    if let Some(end) = end {
        let obtained =
            std::time::UNIX_EPOCH + std::time::Duration::from_millis(cached["issued"]["wall_ms"].as_u64().unwrap());
        let printed = end.duration_since(obtained).unwrap_or_default().as_millis();
        assert!(u128::from(lives).abs_diff(printed) <= 1_000, "{said:?}: {printed} ms are printed, not {lives}");
    }
    if stated { Stated(lives) } else { Unstated(lives) }
}
