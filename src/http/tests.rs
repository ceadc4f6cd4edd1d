use super::*;
use std::time::SystemTime;

#[test]
fn retry_after_is_seconds_or_a_date() {
    assert_eq!(retry_after("5", None), Some(Duration::from_secs(5)));
    let date = http_date("Tue, 24 Nov 2026 07:00:00 GMT");
    assert_eq!(retry_after("Tue, 24 Nov 2026 07:00:30 GMT", date), Some(Duration::from_secs(30)));
    assert_eq!(retry_after("Tue, 24 Nov 2026 06:00:00 GMT", date), Some(Duration::ZERO));
    assert_eq!(retry_after("soon", date), None);
    assert_eq!(retry_after("-1", date), None);
}

static ENDPOINT: Endpoint = Endpoint {
    origin_key: "ims",
    request_id: "x-id",
    accepted: &[200],
    retried: &[503],
    longest: Endpoint::USUAL_LENGTH,
};

fn with_http<T>(left: Duration, retries: bool, test: impl FnOnce(&Http) -> T) -> T {
    let (origin, log) = (Origin::parse("http://127.0.0.1:9").unwrap(), Log::default());
    test(&Http {
        origin: &origin,
        endpoint: &ENDPOINT,
        ca_file: None,
        end: Instant::now() + left,
        timeout: left,
        retries,
        is_written: true,
        log: &log,
    })
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
fn a_pause_leaves_time_for_an_exchange() {
    let second = Some(Duration::from_secs(1));
    assert!(with_http(Duration::from_secs(1), true, |http| http.pause(0, second)).is_none());
    assert!(with_http(Duration::from_millis(1_250), true, |http| http.pause(0, second)).is_none());
    assert!(with_http(Duration::from_secs(31), true, |http| http.pause(0, second)).is_some());
    assert!(with_http(Duration::from_secs(31), false, |http| http.pause(0, second)).is_none());
    assert!(with_http(Duration::ZERO, true, |http| http.remaining().is_zero()));
}

#[test]
fn without_the_servers_clock_ours_is_used() {
    let later = SystemTime::UNIX_EPOCH + UNIX_EPOCH.elapsed().unwrap() + Duration::from_secs(3600);
    let asked = retry_after(&httpdate::fmt_http_date(later), None).unwrap();
    assert!(asked > Duration::from_secs(3500) && asked <= Duration::from_secs(3600), "{asked:?}");
}

#[test]
fn each_try_sends_a_new_form() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let server = std::thread::spawn(move || {
        let answer = |status: &str| {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !(request.ends_with(b"try=1") || request.ends_with(b"try=2")) {
                let mut piece = [0; 1024];
                let read = connection.read(&mut piece).unwrap();
                request.extend_from_slice(&piece[..read]);
            }
            write!(connection, "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}").unwrap();
            String::from_utf8(request).unwrap().rsplit("try=").next().unwrap().to_owned()
        };
        [answer("503 Busy"), answer("200 OK")]
    });
    let (tries, log) = (std::cell::Cell::new(0), Log::default());
    let http = Http {
        origin: &origin,
        endpoint: &ENDPOINT,
        ca_file: None,
        end: Instant::now() + Duration::from_secs(10),
        timeout: Duration::from_secs(10),
        retries: true,
        is_written: true,
        log: &log,
    };
    let build = || {
        tries.set(tries.get() + 1);
        Ok(Form::default().plain("try", tries.get().to_string()).into())
    };
    let (request, reply) = http.send("/token", &build).unwrap_or_else(|error| panic!("{}", error.text));
    assert_eq!((reply.status, request.values()), (200, vec!["2"]));
    assert_eq!(server.join().unwrap(), ["1", "2"]);
}
