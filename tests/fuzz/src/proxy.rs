//! The URL of a proxy and the exceptions from it, in the environment.

use jwt_credential::host::Origin;
use jwt_credential::http::proxy;

use crate::environment;
use crate::target::texts;
use crate::text::CANARY;

pub fn seeds() -> Vec<Vec<u8>> {
    texts(&[
        "http://proxy.example:3128\nlocalhost,.adobe.io",
        "http://user:C4n4ry-1@proxy.example:3128\n*",
        "https://[::1]:3128\nims-na1.adobelogin.com",
        "socks5://proxy.example\n",
        "proxy.example:3128\n",
        "http://proxy.example:C4n4ry-1\n",
    ])
}

/// The value, a newline, the exceptions. The result is a proxy or an error; neither shows the password that the value
/// may contain.
pub fn run(bytes: &[u8]) {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')) else { return };
    let (url, exceptions) = text.split_once('\n').unwrap_or((text, ""));
    environment::set("https_proxy", url);
    environment::set("no_proxy", exceptions);
    let endpoint = Origin::parse("ims-na1.adobelogin.com").expect("an origin");
    let told = match proxy::for_origin(&endpoint) {
        Ok(None) => String::new(),
        Ok(Some(proxy)) => proxy.to_string(),
        Err(error) => error.lines(),
    };
    // Only the host of the URL may be shown: the text after the last @ of its authority.
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    assert!(host.contains(CANARY) || !told.contains(CANARY), "{told}");
    let own = Origin::parse("http://127.0.0.1:1").expect("an origin");
    assert!(proxy::for_origin(&own).is_ok_and(|proxy| proxy.is_none()), "a request to this machine uses a proxy");
}
