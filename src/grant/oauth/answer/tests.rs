use serde_json::json;

use super::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECONDS: Format = Format {
    fields: &[(ACCESS_TOKEN, &[ACCESS_TOKEN])],
    types: &["bearer"],
    expires: &["expires_in"],
    expires_in: Unit::Seconds,
    longest: DAY,
    claimed: |_, _| None,
};
const MILLISECONDS: Format = Format { expires_in: Unit::Milliseconds, ..SECONDS };

#[test]
fn the_unit_belongs_to_the_endpoint() {
    let day = Lifetime::Stated(Duration::from_millis(86_399_999));
    assert_eq!(lifetime(Some(&json!(86_399_999)), &MILLISECONDS, None), day);
    assert_eq!(lifetime(Some(&json!(86_399)), &SECONDS, None), Lifetime::Stated(Duration::from_secs(86_399)));
}

#[test]
fn the_tokens_own_word_corrects_a_wrong_unit() {
    let claimed = Some(DAY);
    for (expires_in, format) in [(86_399, &MILLISECONDS), (86_399_999, &SECONDS)] {
        assert_eq!(lifetime(Some(&json!(expires_in)), format, claimed), Lifetime::Stated(DAY));
    }
    let hour = Lifetime::Stated(Duration::from_secs(3599));
    assert_eq!(lifetime(Some(&json!(3599)), &SECONDS, claimed), hour, "the shorter one else");
    assert_eq!(lifetime(Some(&json!(86_399)), &SECONDS, Some(Duration::from_secs(3599))), hour);
}

#[test]
fn a_life_that_cannot_be_believed_is_cut_or_not_told() {
    let unknown = Lifetime::Assumed(UNKNOWN);
    for odd in [json!(null), json!("soon"), json!(1.5), json!([]), json!({}), json!(true), json!("")] {
        assert_eq!(lifetime(Some(&odd), &SECONDS, None), unknown, "{odd}");
    }
    assert_eq!(lifetime(None, &SECONDS, None), unknown);
    for over in [json!(0), json!(-1), json!("-86400"), json!(i64::MIN)] {
        assert_eq!(lifetime(Some(&over), &SECONDS, None), Lifetime::Assumed(Duration::ZERO), "{over}");
    }
    for absurd in
        [json!(86_401), json!(9_007_199_254_740_993_u64), json!(u64::MAX), json!(i64::MAX), json!("999999999999")]
    {
        assert_eq!(lifetime(Some(&absurd), &SECONDS, None), Lifetime::Stated(DAY), "{absurd}");
    }
    assert_eq!(lifetime(Some(&json!("3599")), &SECONDS, None), Lifetime::Stated(Duration::from_secs(3599)));
}

#[test]
fn a_thousandfold_is_one_within_a_tenth() {
    let ms = Duration::from_millis;
    for (a, b, is) in [
        (1, 1_000, true),
        (1_000, 1, true),
        (1, 900, true),
        (1, 1_100, true),
        (1, 899, false),
        (1, 1_101, false),
        (0, 1_000, false),
        (1_000, 0, false),
        (5, 5, false),
    ] {
        assert_eq!(is_thousandfold(ms(a), ms(b)), is, "{a} {b}");
    }
}

#[test]
fn of_two_lives_the_shorter_holds() {
    let (hour, minute) = (Duration::from_secs(3600), Duration::from_secs(60));
    let stated = |expires_in: i64, claimed| lifetime(Some(&json!(expires_in)), &SECONDS, Some(claimed));
    assert_eq!(stated(3600, minute), Lifetime::Stated(minute));
    assert_eq!(stated(60, hour), Lifetime::Stated(minute));
    assert_eq!(stated(0, hour), Lifetime::Stated(hour), "the token's own word, where the answer's is none");
    assert_eq!(stated(200_000, DAY * 3), Lifetime::Stated(DAY));
    assert_eq!(stated(0, DAY * 3), Lifetime::Stated(DAY));
    assert_eq!(stated(300, DAY * 3), Lifetime::Stated(Duration::from_secs(300)));
    assert_eq!(stated(259, DAY * 3), Lifetime::Stated(DAY), "a thousandfold");
    assert_eq!(lifetime(None, &SECONDS, Some(hour)), Lifetime::Stated(hour));
}

/// What is read of this body.
fn of(body: &str, format: &Format) -> Result<(Fields, Lifetime), String> {
    let body = body.as_bytes().to_vec().into();
    let reply = Reply { status: 200, body, request_id: None, retry_after: None, location: None, date: Some(1_010) };
    read(&reply, format, &["the-secret"])
}

#[test]
fn a_token_is_taken_with_its_own_word_for_its_life() {
    let body = |more: &str| format!("\r\n {{\"access_token\":\"half\",\"token_type\":\"BEARER\"{more}}}");
    let format = Format { claimed: |_, now| now.map(|now| Duration::from_secs(1_060 - now)), ..SECONDS };
    for more in ["", ",\"expires_in\":3600,\"x\":[]", ",\"expires_in\":1e999"] {
        let (token, life) = of(&body(more), &format).ok().unwrap();
        let fifty = Lifetime::Stated(Duration::from_secs(50));
        assert_eq!((token.get(ACCESS_TOKEN).unwrap(), life), ("half", fifty), "{more}");
    }
}

#[test]
fn a_token_is_found_where_the_row_says() {
    let nested = Format { fields: &[(ACCESS_TOKEN, &["auth", "client_token"])], ..SECONDS };
    let token = |body| of(body, &nested).ok().map(|(token, _)| token.get(ACCESS_TOKEN).unwrap().to_owned());
    assert_eq!(token(r#"{"auth":{"client_token":"deep"},"token_type":"bearer"}"#).as_deref(), Some("deep"));
    for none in [r#"{"auth":"deep","token_type":"bearer"}"#, r#"{"client_token":"deep","token_type":"bearer"}"#] {
        assert_eq!(token(none), None, "{none}");
    }
}

#[test]
fn an_end_is_read_by_the_servers_clock() {
    // GitHub's names. The server's clock shows 1970-01-01T00:16:50Z.
    let ends = Format {
        fields: &[(ACCESS_TOKEN, &["token"])],
        types: &[""],
        expires: &["expires_at"],
        expires_in: Unit::EndsAt,
        ..SECONDS
    };
    let life = |end: &str| of(&format!(r#"{{"token":"t","expires_at":{end}}}"#), &ends).map(|(_, life)| life);
    for hour in [r#""1970-01-01T01:16:50Z""#, r#""1970-01-01T03:16:50+02:00""#] {
        assert_eq!(life(hour), Ok(Lifetime::Stated(Duration::from_secs(3600))), "{hour}");
    }
    assert_eq!(life(r#""1970-01-01T00:00:00Z""#), Ok(Lifetime::Assumed(Duration::ZERO)), "it has ended");
    for none in ["3600", "null", r#""soon""#] {
        assert_eq!(life(none), Ok(Lifetime::Assumed(UNKNOWN)), "{none}");
    }
    assert!(of(r#"{"token":"t","token_type":"dpop"}"#, &ends).is_err_and(|why| why.contains("DPoP")));
}

#[test]
fn what_is_no_token_is_said_without_the_token() {
    for (body, what) in [
        ("", "200 with an empty body"),
        (" \r\n", "200 with an empty body"),
        ("<html>", "200 with a web page in place of a token"),
        ("{\"access_token\":\"half", "with something that is not JSON"),
        ("half", "with something that is not JSON"),
        ("[]", "with JSON that is no token (RFC 6749, section 5.1)"),
        (
            "{\"access_token\":\"half\",\"access_token\":\"half\",\"token_type\":\"bearer\"}",
            "with JSON that is no token (RFC 6749, section 5.1)",
        ),
        ("{\"access_token\":\"half\"}", "with JSON that is no token (RFC 6749, section 5.1)"),
        ("{\"access_token\":\"\",\"token_type\":\"bearer\"}", "with an access token that is empty"),
        (
            "{\"access_token\":\"half\",\"token_type\":\"the-secret\"}",
            "with a token of the type [redacted], not Bearer",
        ),
        ("{\"access_token\":\"half\",\"token_type\":\"bearer\"}half", "with something that is not JSON"),
    ] {
        let Err(why) = of(body, &SECONDS) else { panic!("{body}") };
        assert_eq!(why, what, "{body}");
    }
}
