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
    Told(u64),
    /// This many milliseconds; no expiry is printed.
    Untold(u64),
    /// Expired before it can be printed.
    Over,
}
use Life::{Over, Told, Untold};

const DAY: u64 = 86_400_000;
const HOUR: u64 = 3_600_000;
const SHORT: u64 = 300_000;

/// The value, and the lifetime at the endpoint that counts in seconds and at the other one.
const TABLE: [(&str, Life, Life); 70] = [
    // What Adobe sends.
    ("86399", Told(86_399_000), Told(86_399)),
    ("86400", Told(DAY), Told(86_400)),
    ("3599", Told(3_599_000), Told(3_599)),
    ("86399999", Told(DAY), Told(86_399_999)),
    ("86400000", Told(DAY), Told(DAY)),
    ("3600000", Told(DAY), Told(3_600_000)),
    ("300000", Told(DAY), Told(300_000)),
    ("\"86400\"", Told(DAY), Told(86_400)),
    ("\"86399999\"", Told(DAY), Told(86_399_999)),
    // At and near the limits.
    ("1", Told(1_000), Over),
    ("60", Told(60_000), Told(60)),
    ("86401", Told(DAY), Told(86_401)),
    ("86400001", Told(DAY), Told(DAY)),
    ("172800", Told(DAY), Told(172_800)),
    ("31536000", Told(DAY), Told(31_536_000)),
    ("31536000000", Told(DAY), Told(DAY)),
    ("1000000000", Told(DAY), Told(DAY)),
    ("1800000000", Told(DAY), Told(DAY)),
    ("1800000000000", Told(DAY), Told(DAY)),
    ("2147483647", Told(DAY), Told(DAY)),
    ("2147483648", Told(DAY), Told(DAY)),
    ("4294967295", Told(DAY), Told(DAY)),
    ("4294967296", Told(DAY), Told(DAY)),
    ("9007199254740991", Told(DAY), Told(DAY)),
    ("9007199254740992", Told(DAY), Told(DAY)),
    ("9007199254740993", Told(DAY), Told(DAY)),
    ("9223372036854775807", Told(DAY), Told(DAY)),
    ("9223372036854775808", Told(DAY), Told(DAY)),
    ("18446744073709551615", Told(DAY), Told(DAY)),
    ("18446744073709551616", Untold(SHORT), Untold(SHORT)),
    ("100000000000000000000000000000", Untold(SHORT), Untold(SHORT)),
    // No value.
    ("0", Untold(0), Untold(0)),
    ("-0", Untold(SHORT), Untold(SHORT)),
    ("-1", Untold(0), Untold(0)),
    ("-86400", Untold(0), Untold(0)),
    ("-2147483649", Untold(0), Untold(0)),
    ("-9223372036854775808", Untold(0), Untold(0)),
    ("-9223372036854775809", Untold(SHORT), Untold(SHORT)),
    ("\"0\"", Untold(0), Untold(0)),
    ("\"-1\"", Untold(0), Untold(0)),
    // Not a whole number.
    ("86399.0", Untold(SHORT), Untold(SHORT)),
    ("86399.5", Untold(SHORT), Untold(SHORT)),
    ("0.5", Untold(SHORT), Untold(SHORT)),
    ("1e3", Untold(SHORT), Untold(SHORT)),
    ("8.64e4", Untold(SHORT), Untold(SHORT)),
    ("1e9", Untold(SHORT), Untold(SHORT)),
    ("1e300", Untold(SHORT), Untold(SHORT)),
    ("1e400", Untold(SHORT), Untold(SHORT)),
    ("-1e400", Untold(SHORT), Untold(SHORT)),
    ("1e-400", Untold(SHORT), Untold(SHORT)),
    // A string.
    ("\" 86400 \"", Told(DAY), Told(86_400)),
    ("\"+86400\"", Told(DAY), Told(86_400)),
    ("\"086400\"", Told(DAY), Told(86_400)),
    ("\"9223372036854775807\"", Told(DAY), Told(DAY)),
    ("\"9223372036854775808\"", Untold(SHORT), Untold(SHORT)),
    ("\"86399.0\"", Untold(SHORT), Untold(SHORT)),
    ("\"1e3\"", Untold(SHORT), Untold(SHORT)),
    ("\"0x15180\"", Untold(SHORT), Untold(SHORT)),
    ("\"86,400\"", Untold(SHORT), Untold(SHORT)),
    ("\"1 day\"", Untold(SHORT), Untold(SHORT)),
    ("\"soon\"", Untold(SHORT), Untold(SHORT)),
    ("\"\"", Untold(SHORT), Untold(SHORT)),
    ("\"2026-11-25T07:00:00Z\"", Untold(SHORT), Untold(SHORT)),
    ("\"\\u0662\\u0664\"", Untold(SHORT), Untold(SHORT)),
    // Another type.
    ("null", Untold(SHORT), Untold(SHORT)),
    ("true", Untold(SHORT), Untold(SHORT)),
    ("[86400]", Untold(SHORT), Untold(SHORT)),
    ("{\"seconds\": 86400}", Untold(SHORT), Untold(SHORT)),
    ("[]", Untold(SHORT), Untold(SHORT)),
    ("", Untold(SHORT), Untold(SHORT)),
];

#[test]
fn every_value_of_expires_in_gives_the_expected_lifetime() {
    let mut wrongs = Vec::new();
    for (said, in_seconds, in_milliseconds) in TABLE {
        for (is_jwt, expected) in [(false, in_seconds), (true, in_milliseconds)] {
            let had = life(said, is_jwt);
            let is_right = match (expected, had) {
                // The exchange itself took some time, more on a busy machine.
                (Told(expected), Told(had)) | (Untold(expected), Untold(had)) => {
                    had <= expected && expected - had < 8_000
                }
                // Nothing may be left of such a short lifetime.
                (Told(..=5_000), Over) => true,
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
    (r#"{"expires_in": "60000", "expires_in": "1"}"#, "", HOUR),
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
    let kept = home.record()["token"].clone();
    let (lives, stated) = (kept["lifetime_ms"].as_u64().unwrap(), kept["stated"].as_bool().unwrap());
    if ran.code != 0 {
        ran.fails(5, &["ended before it could be handed out"]);
        return Over;
    }
    let end = ran.succeeds().json()["expires_at"].as_str().map(|end| humantime::parse_rfc3339(end).unwrap());
    assert_eq!(end.is_some(), stated, "{said:?}");
    if let Some(end) = end {
        let minted =
            std::time::UNIX_EPOCH + std::time::Duration::from_millis(kept["minted"]["wall_ms"].as_u64().unwrap());
        let told = end.duration_since(minted).unwrap_or_default().as_millis();
        assert!(u128::from(lives).abs_diff(told) <= 1_000, "{said:?}: {told} ms are printed, not {lives}");
    }
    if stated { Told(lives) } else { Untold(lives) }
}
