//! `status`: tokens, what expires, and the last exchanges of each profile.

use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, Ran, oauth, oauth_home};

fn profile_called(name: &str, endpoint: &Endpoint) -> Json {
    let mut profile = oauth(&endpoint.origin());
    profile["client_id"] = json!(name);
    profile
}

fn is_now(time: &Json) -> bool {
    let time = humantime::parse_rfc3339(time.as_str().unwrap()).unwrap();
    SystemTime::now().duration_since(time).is_ok_and(|age| age < Duration::from_secs(30))
}

#[test]
fn status_shows_the_state_of_each_profile() {
    let (home, refusing) = (Home::new(), Endpoint::always(Answer::refusal(401, "invalid_client", "client_secret?")));
    let endpoint = Endpoint::tokens(DAY);
    home.profile("broken", &json!({"provider": "adobe-oath"}));
    for (name, endpoint) in [("fresh", &endpoint), ("never", &endpoint), ("refused", &refusing)] {
        home.profile(name, &profile_called(name, endpoint));
    }
    let end = home.run(["-p", "fresh", "json"]).succeeds().json()["expires_at"].clone();
    home.run(["-p", "refused", "json"]).fails(4, &["invalid_client"]);
    let failed = home.run(["-p", "refused", "json"]).fails(4, &["not asked again before "]);
    let ran = home.run(["status", "--json"]).succeeds();
    let rows = ran.json()["profiles"].as_array().unwrap().clone();
    let [broken, fresh, never, refused] = <[Json; 4]>::try_from(rows).unwrap();
    let path = |name: &str| home.path(format!("config/profiles/{name}.json")).display().to_string();
    assert_eq!((&broken["cached"], broken.get("provider")), (&json!(false), None));
    assert!(broken["error"].as_str().unwrap().contains(&path("broken")), "{broken}");
    assert_eq!(never, json!({"profile": "never", "path": path("never"), "provider": "adobe-oauth", "cached": false}));
    assert_eq!((&fresh["cached"], &fresh["expires_at"]), (&json!(true), &end));
    assert!((DAY - 30..=DAY).contains(&fresh["remaining_seconds"].as_u64().unwrap()), "{fresh}");
    assert!(fresh["last_exchange"]["took_ms"].is_u64() && is_now(&fresh["last_exchange"]["at"]), "{fresh}");
    assert_eq!((fresh.get("last_failure"), fresh.get("error"), refused.get("last_exchange")), (None, None, None));
    let failure = &refused["last_failure"];
    assert!(failure["exit_code"] == 4 && is_now(&failure["at"]), "{failure}");
    let hints = failure["hints"].as_array().unwrap().iter().map(|hint| hint.as_str().unwrap());
    let mut lines = format!("jwt-credential: error: {}\n", failure["error"].as_str().unwrap());
    lines.extend(hints.clone().map(|hint| format!("jwt-credential: hint: {hint}\n")));
    assert_eq!(lines, failed.stderr, "the same words as on standard error");

    let text = home.run(["status"]).succeeds().stdout;
    let has = |part: &str| assert!(text.contains(part), "{part:?} is not in {text}");
    has(&format!("broken  {}\n  broken         ", path("broken")));
    has(&format!("fresh  adobe-oauth  {}\n  token          cached, expires ", path("fresh")));
    has(&format!("never  adobe-oauth  {}\n  token          not cached\nrefused  ", path("never")));
    has(&format!(": {}\n", failure["error"].as_str().unwrap()));
    hints.for_each(|hint| has(&format!("\n                 hint: {hint}\n")));
    has(&format!("\ncache            {}\n", home.path("cache").display()));
    assert!(!text.contains("token-1") && !ran.stdout.contains("token-1"));
    assert_eq!((endpoint.count(), refusing.count()), (1, 1), "status sends no request");
    let shown = text.split("cached, expires ").nth(1).unwrap().split(" (").next().unwrap();
    let list = home.run(["list"]).succeeds().stdout;
    assert!(list.contains(&format!("valid until {shown} (in ")), "list and status show times alike: {list}");
    home.run(["status", "-p", "nevr"]).fails(3, &["did you mean \"never\"?"]);
}

#[test]
fn status_without_profiles_says_so() {
    let home = Home::new();
    let cache = home.path("cache").display().to_string();
    assert_eq!(
        home.run(["status"]).succeeds().stdout,
        format!(
            "no profiles found: make one with jwt-credential import FILE or jwt-credential init\ncache            {cache}\n"
        )
    );
    let expected =
        json!({"version": 1, "profiles": [], "cache": {"usable": true, "directory": cache}, "refused_servers": []});
    assert_eq!(home.run(["status", "--json"]).succeeds().json(), expected);
    assert_eq!(home.run(["status", "--within", "1d"]).code, 8, "perhaps cron runs as another user");
}

#[test]
fn times_are_in_the_users_zone_and_counted_from_now() {
    let (home, _endpoint) = oauth_home();
    let end = home.run(["json"]).succeeds().json()["expires_at"].as_str().unwrap().to_owned();
    let end = humantime::parse_rfc3339(&end).unwrap();
    for (zone, shift, offset) in [
        ("UTC0", 0_i64, "+00:00"),
        ("XYZ-5:30", 19_800, "+05:30"),
        ("XYZ3", -10_800, "-03:00"),
        ("no zone", 0, "+00:00"),
    ] {
        let text = Ran::of(home.command(["status"]).env("TZ", zone)).succeeds().stdout;
        let local = if shift < 0 {
            end - Duration::from_secs(shift.unsigned_abs())
        } else {
            end + Duration::from_secs(shift.unsigned_abs())
        };
        let local = humantime::format_rfc3339_seconds(local).to_string().replace('T', " ").replace('Z', "");
        assert!(
            text.contains(&format!("  token          cached, expires {local} {offset} (in 23 h 59 min)\n")),
            "{text}"
        );
        assert!(text.contains("  last exchange  ") && text.contains(&format!(" {offset} (")), "{text}");
        let json = Ran::of(home.command(["status", "--json"]).env("TZ", zone)).succeeds().json();
        assert!(json["profiles"][0]["expires_at"].as_str().unwrap().ends_with('Z'), "JSON has UTC: {json}");
    }
}

#[test]
fn an_expired_token_and_one_without_expiry_are_told_apart() {
    let (home, _endpoint) = oauth_home();
    home.run(["token"]).succeeds();
    let mut record = home.record();
    // By the wall clock alone, as after a restart.
    record["token"]["issued"]["boot_id"] = json!("another start");
    let issued = record["token"]["issued"]["wall_ms"].as_u64().unwrap();
    record["token"]["issued"]["wall_ms"] = json!(issued - 2 * DAY * 1000);
    std::fs::write(home.record_path().unwrap(), record.to_string()).unwrap();
    let text = home.run(["status"]).succeeds().stdout;
    assert!(text.contains("  token          not cached; the last one expired "), "{text}");
    assert!(text.contains(" (23 h 59 min ago)\n") || text.contains(" (24 h 0 min ago)\n"), "{text}");

    let endpoint = Endpoint::always(Answer::json(200, &json!({"access_token": "t", "token_type": "bearer"})));
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["token"]).succeeds();
    let text = home.run(["status"]).succeeds().stdout;
    assert!(text.contains("cached for another 4 min; the server gave no expiry"), "{text}");
}

#[test]
fn status_shows_the_profile_in_the_environment() {
    let (home, endpoint) = oauth_home();
    let profile = profile_called("env", &endpoint).to_string();
    let with = |args: &[&str]| Ran::of(home.command(args).env("JWT_CREDENTIAL_PROFILE_JSON", &profile)).succeeds();
    with(&["token"]);
    let rows = with(&["status", "--json"]).json()["profiles"].clone();
    assert_eq!((rows[0]["profile"].as_str(), rows[0].get("path")), (Some("JWT_CREDENTIAL_PROFILE_JSON"), None));
    assert_eq!(
        (&rows[0]["cached"], &rows[1]["profile"], &rows[1]["cached"]),
        (&json!(true), &json!("default"), &json!(false))
    );
    let by_name = with(&["status", "default", "--json"]).json();
    assert_eq!(by_name, with(&["status", "-p", "default", "--json"]).json());
    home.run(["status", "default", "-p", "default"]).fails(2, &["default"]);
    assert_eq!(with(&["status", "-p", "default", "--json"]).json()["profiles"].as_array().unwrap().len(), 1);
}

#[test]
fn status_says_why_it_exits_with_8() {
    let home = Home::new();
    let mut profile = oauth(&Endpoint::tokens(DAY).origin());
    profile["client_secret"] = json!({"env": "NO_SUCH_VARIABLE"});
    profile["credential_expires"] = json!("2020-01-31");
    home.profile("default", &profile);
    home.profile("broken", &json!({"provider": "adobe-oath"}));
    home.run(["json"]).fails(3, &["NO_SUCH_VARIABLE"]);
    let ran = home.run(["status", "--within", "1d"]);
    assert_eq!(ran.code, 8, "{ran:?}");
    let why = ["the credential expired on 2020-01-31", "the last request failed"];
    assert!(ran.stdout.contains(&format!("  needs care     {}\n", why.join("; "))), "{ran:?}");
    assert!(ran.stdout.contains("  needs care     the profile is broken\n"), "{ran:?}");
    let ran = home.run(["status", "--within", "1d", "--json"]);
    assert_eq!((ran.code, &ran.json()["profiles"][1]["needs_care"]), (8, &json!(why)), "{ran:?}");
    assert!(!home.run(["status"]).succeeds().stdout.contains("needs care"));
}

/// The second profile has another secret, and the account's cached token hides that.
#[test]
fn profiles_of_one_account_are_told_with_whose_secret_was_sent() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    for (name, secret) in [("right", "one"), ("wrong", "two")] {
        let mut profile = profile_called("same", &endpoint);
        profile["client_secret"] = json!(secret);
        home.profile(name, &profile);
    }
    home.profile("other", &profile_called("other", &endpoint));
    home.run(["-p", "right", "token"]).succeeds();
    let rows = || home.run(["status", "--json"]).succeeds().json()["profiles"].clone();
    let [other, right, wrong] = [0, 1, 2].map(|row| rows()[row].clone());
    assert_eq!((&right["shared_with"], &wrong["shared_with"]), (&json!(["wrong"]), &json!(["right"])));
    assert_eq!((other.get("shared_with"), &wrong["cached"]), (None, &json!(true)));
    let is_of_another = |row: &Json| row["last_exchange"]["of_another"].as_bool().unwrap();
    assert!(!is_of_another(&right) && is_of_another(&wrong), "{right} {wrong}");
    let text = home.run(["status", "wrong"]).succeeds().stdout;
    assert!(text.contains("\n  shared with    right: the same account has one token\n"), "{text}");
    assert!(text.contains(" (with another secret or key than this profile's)\n"), "{text}");
    home.run(["-p", "wrong", "token", "--refresh"]).succeeds();
    assert!(is_of_another(&rows()[1]) && !is_of_another(&rows()[2]), "the last one counts");
}

#[test]
fn a_refusal_is_shown_for_the_profile_that_was_refused() {
    let home = Home::new();
    let endpoint = Endpoint::always(Answer::refusal(401, "invalid_client", "client_secret?"));
    let with = |secret: Json| {
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = secret;
        profile
    };
    home.profile("refused", &with(json!("WrongSecret")));
    home.profile("untried", &with(json!("SecretThatWasNotSent")));
    home.profile("unset", &with(json!({"env": "NO_SUCH_VARIABLE"})));
    home.profile("unset-too", &with(json!({"env": "NO_OTHER_VARIABLE"})));
    home.run(["json", "-p", "refused"]).fails(4, &["invalid_client"]);
    home.run(["json", "-p", "unset"]).fails(3, &["NO_SUCH_VARIABLE"]);
    let rows = home.run(["list", "--json"]).succeeds().json()["profiles"].clone();
    let tokens: Vec<&Json> = rows.as_array().unwrap().iter().map(|row| &row["token"]).collect();
    assert_eq!(tokens, ["refused", "none", "none", "none"]);
    let rows = home.run(["status", "--json"]).succeeds().json()["profiles"].clone();
    let of_another: Vec<&Json> =
        rows.as_array().unwrap().iter().map(|row| &row["last_failure"]["of_another"]).collect();
    assert_eq!(of_another, [false, false, true, true].map(Json::from).iter().collect::<Vec<_>>());
}
