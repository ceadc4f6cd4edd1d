use super::*;

#[test]
fn retry_after_is_seconds_or_a_date() {
    assert_eq!(retry_after("5", None), Some(Duration::from_secs(5)));
    let date = http_date("Tue, 24 Nov 2026 07:00:00 GMT");
    assert_eq!(retry_after("Tue, 24 Nov 2026 07:00:30 GMT", date), Some(Duration::from_secs(30)));
    assert_eq!(retry_after("Tue, 24 Nov 2026 06:00:00 GMT", date), Some(Duration::ZERO));
    assert_eq!(retry_after("soon", date), None);
    assert_eq!(retry_after("-1", date), None);
}

fn with_http<T>(left: Duration, retries: bool, test: impl FnOnce(&Http) -> T) -> T {
    let (origin, log) = (Origin::parse("http://127.0.0.1:9").unwrap(), Log::default());
    test(&Http { origin: &origin, ca_file: None, end: Instant::now() + left, retries, log: &log })
}

#[test]
fn pauses_grow_threefold_within_a_half_and_one_and_a_half() {
    let ms = Duration::from_millis;
    with_http(Duration::from_secs(60), true, |http| {
        for (tries, usual) in [(0, 150), (1, 450)] {
            let pauses: Vec<_> = (0..400).map(|_| http.pause(tries, None).unwrap()).collect();
            let (least, most) = (*pauses.iter().min().unwrap(), *pauses.iter().max().unwrap());
            assert!(least >= ms(usual / 2) && least < ms(usual * 6 / 10), "{least:?}");
            assert!(most <= ms(usual * 3 / 2) && most > ms(usual * 14 / 10), "{most:?}");
        }
        assert_eq!(http.pause(2, None), None, "the third try is the last");
        assert_eq!(http.pause(0, Some(ms(5_000))), Some(ms(5_000)), "as the endpoint asks");
        assert_eq!(http.pause(0, Some(Duration::MAX)), None);
    });
}

#[test]
fn no_pause_is_made_that_leaves_no_time_for_an_exchange() {
    let second = Some(Duration::from_secs(1));
    assert!(with_http(Duration::from_secs(1), true, |http| http.pause(0, second)).is_none());
    assert!(with_http(Duration::from_millis(1_250), true, |http| http.pause(0, second)).is_none());
    assert!(with_http(Duration::from_secs(31), true, |http| http.pause(0, second)).is_some());
    assert!(with_http(Duration::from_secs(31), false, |http| http.pause(0, second)).is_none());
    assert!(with_http(Duration::ZERO, true, |http| http.remaining().is_zero()));
}

#[test]
fn without_the_servers_clock_a_date_is_seen_from_ours() {
    let later = SystemTime::UNIX_EPOCH + UNIX_EPOCH.elapsed().unwrap() + Duration::from_secs(3600);
    let asked = retry_after(&httpdate::fmt_http_date(later), None).unwrap();
    assert!(asked > Duration::from_secs(3500) && asked <= Duration::from_secs(3600), "{asked:?}");
}

#[test]
fn a_form_is_encoded_in_the_room_that_was_made_for_it() {
    for form in [&[][..], &[("a", "b")], &[("client_secret", "ä+&= \u{1f511}"), ("x", "")]] {
        let usual = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        assert_eq!(*encoded(form), usual);
    }
    // Every byte becomes three: a buffer that grew would have left a copy behind.
    let form = [("\u{e4}", "\u{e4}\u{e4}"), ("&", "=")];
    assert!(encoded(&form).capacity() <= 3 * 8 + 4 && encoded(&form).len() == 3 * 8 + 3);
}
