//! The way to a profile's token endpoint, one token request, and the token.

use std::time::{Duration, Instant};

use super::finding::{Finding, Level, fail, ok, skipped, warn};
use super::profiles::{Examined, first_hint};
use crate::call::Call;
use crate::clock;
use crate::error::Error;
use crate::grant;
use crate::http::probe::{NoAnswer, Probe};
use crate::http::proxy;
use crate::jwt::Jwt;
use crate::local_time::rough;
use crate::profile::Profile;
use crate::profile_tokens::{self, Renewed};
use crate::store::CachedToken;
use crate::token::ACCESS_TOKEN;

/// In seconds. A signed assertion is back-dated a minute and valid for five.
const CLOCK_AGREES: u64 = 2;
const CLOCK_WARNS: u64 = 60;
const CLOCK_FAILS: u64 = 240;
const LOOPBACK: &str = "plain http to a loopback address";
/// Callers ask for a token that lives this long.
const SHORTEST_LIFE: Duration = Duration::from_secs(60);

pub(super) fn check(one: &Examined, call: &Call) -> Vec<Finding> {
    let Some(profile) = &one.profile else {
        return vec![skipped("token.exchange", one.name(), "the profile is broken")];
    };
    let mut findings = way(profile, call).unwrap_or_else(|error| vec![of_error("net.endpoint", profile, &error)]);
    findings.extend(exchange(profile, call));
    findings
}

/// With `--offline`: a cached token hides that the server has not seen the profile's new secret.
pub(super) fn untried_secret(one: &Examined) -> Option<Finding> {
    let profile = one.profile.as_ref()?;
    grant::server(profile).ok()??;
    let record = profile_tokens::store_of(profile.identity().ok()?).ok()??.load();
    let exchange =
        record.exchange.filter(|exchange| record.token.as_ref().is_some_and(|token| token.issued == exchange.at))?;
    let text = format!(
        "the cached token was requested with another secret or key; jwt-credential doctor {} tries this one",
        one.name()
    );
    (exchange.sent? != profile.sent(&record.salt)).then(|| skipped("token.exchange", one.name(), text))
}

fn of_error(id: &'static str, profile: &Profile, error: &Error) -> Finding {
    fail(id, profile.place.name(), error.text.as_str(), first_hint(error, "see jwt-credential status"))
}

fn way(profile: &Profile, call: &Call) -> Result<Vec<Finding>, Error> {
    let name = profile.place.name();
    let Some((key, origin)) = grant::server(profile)? else {
        return Ok(vec![skipped("net.endpoint", name, "no server is asked: the signed JWT is the token")]);
    };
    let proxy = match proxy::for_origin(&origin) {
        Ok(proxy) => proxy,
        Err(error) => return Ok(vec![of_error("net.proxy", profile, &error)]),
    };
    let mut findings = vec![match &proxy {
        Some(proxy) => ok("net.proxy", name, proxy.to_string()),
        None => ok("net.proxy", name, "no proxy"),
    }];
    let probe = Probe {
        origin: &origin,
        origin_key: key,
        proxy: proxy.as_ref(),
        ca_file: profile.ca_file(),
        wait: call.deadline.attempt(),
        log: &call.log,
    };
    findings.push(addresses(&probe, name));
    let roots = roots(&probe, profile);
    let can_connect = roots.level != Level::Fail;
    findings.push(roots);
    if !can_connect {
        return Ok(findings);
    }
    match probe.date() {
        Ok(date) => {
            findings.push(ok("net.connect", name, format!("{origin} answers")));
            findings.push(if origin.is_https() {
                ok("net.tls", name, format!("the certificate of {origin} is trusted"))
            } else {
                skipped("net.tls", name, LOOPBACK)
            });
            findings.push(clock(date, name));
        }
        Err(NoAnswer { is_certificate: true, error }) => {
            findings.push(ok("net.connect", name, format!("{origin} answers")));
            findings.push(of_error("net.tls", profile, &error));
        }
        Err(NoAnswer { error, .. }) => findings.push(of_error("net.connect", profile, &error)),
    }
    Ok(findings)
}

fn roots(probe: &Probe, profile: &Profile) -> Finding {
    let name = profile.place.name();
    if !probe.origin.is_https() {
        return skipped("net.ca", name, LOOPBACK);
    }
    match probe.trusted_roots() {
        Ok(0) => ok("net.ca", name, "this system has no CAs: those that are compiled in are used"),
        Ok(count) => ok("net.ca", name, format!("trusted CAs: {count}")),
        Err(error) => of_error("net.ca", profile, &error),
    }
}

fn addresses(probe: &Probe, name: &str) -> Finding {
    let host = probe.origin.host();
    if probe.proxy.is_some() {
        return skipped("net.name", name, format!("the proxy looks up {host}"));
    }
    match probe.addresses() {
        Ok(count) => {
            ok("net.name", name, format!("{host} has {count} {}", if count == 1 { "address" } else { "addresses" }))
        }
        Err(what) => {
            let fix = "check that this machine is online, and the endpoint in the profile";
            fail("net.name", name, format!("{host} could not be looked up: {what}"), fix)
        }
    }
}

fn clock(date: Option<u64>, name: &str) -> Finding {
    const FIX: &str = "set this machine's clock";
    let Some(server) = date else { return skipped("net.clock", name, "the server does not tell its time") };
    let here = clock::now().wall_ms / 1000;
    let apart = here.abs_diff(server);
    let direction = if here > server { "ahead of" } else { "behind" };
    let text = format!("this machine's clock is {apart} s {direction} the server's");
    if apart <= CLOCK_AGREES {
        ok("net.clock", name, "this machine's clock agrees with the server's")
    } else if apart <= CLOCK_WARNS {
        ok("net.clock", name, text)
    } else if apart <= CLOCK_FAILS {
        warn("net.clock", name, text, FIX)
    } else {
        fail("net.clock", name, text, FIX)
    }
}

fn exchange(profile: &Profile, call: &Call) -> Vec<Finding> {
    let name = profile.place.name();
    let began = Instant::now();
    match profile_tokens::renew(call, profile, &call.deadline.anew()) {
        Ok(Renewed { token, kept: None }) => {
            let took = began.elapsed().as_millis();
            vec![ok("token.exchange", name, format!("a token was issued in {took} ms")), claims(&token, name)]
        }
        Ok(Renewed { token, kept: Some(why) }) => {
            vec![skipped("token.exchange", name, format!("the cached token is used: {why}")), claims(&token, name)]
        }
        Err(error) => vec![of_error("token.exchange", profile, &error)],
    }
}

fn claims(token: &CachedToken, name: &str) -> Finding {
    let now = clock::now();
    let left = token.remaining(&now);
    let lives = rough(left).unwrap_or_else(|| "less than a second".into());
    if left < SHORTEST_LIFE {
        let text = format!("a new token lives only {lives}");
        return warn("token.claims", name, text, "have the provider issue tokens that live longer");
    }
    let Some(jwt) = token.fields.get(ACCESS_TOKEN).and_then(Jwt::parse) else {
        return skipped("token.claims", name, format!("the token is not a JWT; it expires in {lives}"));
    };
    // RFC 7519, section 4.1.4: seconds since 1970.
    let expired = jwt.claims.get("exp").and_then(serde_json::Value::as_u64).filter(|exp| *exp <= now.wall_ms / 1000);
    match expired {
        Some(exp) => fail(
            "token.claims",
            name,
            format!("the new token expired at {} by its own claim \"exp\"", clock::rfc3339(exp.saturating_mul(1000))),
            "set this machine's clock",
        ),
        None => ok("token.claims", name, format!("the token is a JWT; it expires in {lives}")),
    }
}
