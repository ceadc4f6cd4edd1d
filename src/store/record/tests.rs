use super::*;
use crate::error::Kind;
use crate::token::SecretText;

const HOUR: Duration = Duration::from_secs(3600);

fn at(wall_ms: u64) -> Timestamp {
    Timestamp { wall_ms, boot_ms: 0, boot_id: String::new() }
}

fn cached(lifetime: Lifetime) -> CachedToken {
    let fields = Fields::of_token(SecretText::parse("token".into()).unwrap());
    CachedToken::new(
        Token { fields, headers: Vec::new(), details: Vec::new(), lifetime, choices: Vec::new() },
        at(1_000_000),
        at(1_000_000),
    )
}

fn failure(at: Timestamp, cool_down_ms: u64) -> Failure {
    let (text, hints) = ("no luck".into(), vec!["try".into(), "again".into()]);
    let stamp = Stamp { sent: String::new(), surroundings: None };
    Failure { at, kind: Kind::Refused, text, hints, budget_ms: 4_000, cool_down_ms, stamp }
}

#[test]
fn a_record_is_of_this_form_and_this_identity() {
    let record = Record::empty("one");
    assert!(record.is_for("one") && !record.is_for("two") && !record.is_for(""));
    let other = Record { version: VERSION + 1, ..record };
    assert!(!other.is_for("one") && !other.is_for("two"));
}

#[test]
fn the_rest_of_a_life_ends_to_the_millisecond() {
    let stated = cached(Lifetime::Stated(HOUR));
    assert_eq!((stated.lifetime(), stated.remaining(&at(1_000_000))), (HOUR, HOUR));
    assert_eq!(stated.remaining(&at(4_599_999)), Duration::from_millis(1));
    assert!(
        !stated.has_expired(&at(4_599_999)) && stated.has_expired(&at(4_600_000)) && stated.has_expired(&at(u64::MAX))
    );
    assert!(stated.has_expired(&at(0)), "from the future: no clock can say what is left");
    assert!(!cached(Lifetime::Assumed(HOUR)).has_expired(&at(u64::MAX)));
}

#[test]
fn the_end_counts_from_the_issue_unless_a_clock_was_set() {
    let issued = Timestamp { wall_ms: 1_000_000, boot_ms: 5_000, boot_id: "a".into() };
    let stated = CachedToken { issued, ..cached(Lifetime::Stated(HOUR)) };
    // Ten seconds later by the boot clock, and this much more by the wall clock.
    let after = |more: i64| Timestamp {
        wall_ms: 1_010_000_u64.saturating_add_signed(more),
        boot_ms: 15_000,
        boot_id: "a".into(),
    };
    for (more, end) in [
        (0, 4_600_000),
        (-1_999, 4_600_000),
        (-2_000, 4_598_000),
        (-60_000, 4_540_000),
        // Set forward.
        (1_999, 4_600_000),
        (60_000, 4_600_000),
    ] {
        assert_eq!(stated.expires_at(&after(more)), Some(end), "{more}");
    }
    assert_eq!(cached(Lifetime::Assumed(HOUR)).expires_at(&at(1_000_000)), None);
}

#[test]
fn failures_make_longer_pauses_and_a_token_ends_them() {
    let mut record = Record::empty("one");
    assert!(!record.is_backing_off(&at(1_000)));
    for (number, pause) in [(1, 30), (2, 60), (3, 120), (4, 240), (5, 300), (6, 300), (40, 300)] {
        let failures = number - 1;
        record.back_off = (number > 1).then(|| BackOff { since: at(0), pause_ms: 0, failures });
        record.note_failure(failure(at(1_000), 0));
        let end = 1_000 + pause * 1_000;
        assert!(record.is_backing_off(&at(1_000)) && record.is_backing_off(&at(end - 1)), "{number}");
        assert!(!record.is_backing_off(&at(end)), "{number}");
        assert_eq!(record.back_off.as_ref().map(|back_off| back_off.failures), Some(number));
    }
    record.note_failure(failure(at(1_000), 400_000));
    assert!(record.is_backing_off(&at(400_999)), "the endpoint asked for longer");
    record.note_token(cached(Lifetime::Stated(HOUR)), Duration::from_millis(1_234));
    assert!(!record.is_backing_off(&at(1_000)) && record.token.is_some());
    assert_eq!(record.exchange.map(|exchange| (exchange.at, exchange.took_ms)), Some((at(1_000_000), 1_234)));
    assert_eq!(record.failures.len(), 1, "for status");
}

#[test]
fn a_failure_cools_down_and_gives_the_same_error() {
    let failed = failure(at(1_000), 10_000);
    assert!(failed.is_cooling_down(&at(1_000)) && failed.is_cooling_down(&at(10_999)));
    assert!(!failed.is_cooling_down(&at(11_000)) && !failed.is_cooling_down(&at(0)));
    let error = failed.to_error();
    assert_eq!((error.kind, error.text.as_str()), (Kind::Refused, "no luck"));
    assert_eq!(error.hints, ["try", "again"]);
}

#[test]
fn a_record_holds_the_last_four_failures_one_for_each_stamp() {
    let mut record = Record::empty("one");
    for (number, sent) in ["a", "b", "a", "c", "d", "e"].into_iter().enumerate() {
        let stamp = Stamp { sent: sent.into(), surroundings: None };
        record.note_failure(Failure { stamp, ..failure(at(number as u64), 0) });
    }
    let sent: Vec<_> = record.failures.iter().map(|failure| failure.stamp.sent.as_str()).collect();
    assert_eq!(sent, ["e", "d", "c", "a"]);
}
