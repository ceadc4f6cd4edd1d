//! A request to the mock, and the answer to it.

use std::io::{self, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use tiny_http::{Header, Method, Request as Incoming};

const LONGEST_BODY: u64 = 64 * 1024;

pub(super) struct Request {
    pub(super) method: Method,
    /// Without a trailing slash, which some of Adobe's clients send.
    pub(super) path: String,
    fields: Fields,
    headers: Vec<Header>,
}

type Fields = Vec<(String, String)>;

/// A status and a JSON body.
pub(super) type JsonAnswer = (u16, Json);

impl Request {
    pub(super) fn read(incoming: &mut Incoming) -> io::Result<Self> {
        let mut body = Vec::new();
        incoming.as_reader().take(LONGEST_BODY).read_to_end(&mut body)?;
        let (path, query) = incoming.url().split_once('?').unwrap_or((incoming.url(), ""));
        let headers = incoming.headers().to_vec();
        let fields = fields(query, value_of(&headers, "Content-Type").unwrap_or_default(), &body);
        let method = incoming.method().clone();
        Ok(Self { method, path: path.trim_end_matches('/').to_owned(), fields, headers })
    }

    /// A field of the form.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        value_of(&self.headers, name)
    }

    /// The token of `Authorization: Bearer` (RFC 6750, section 2.1).
    pub(super) fn bearer(&self) -> Option<&str> {
        self.authorization("bearer")
    }

    /// The client's id and secret: fields of the form, or `Authorization: Basic` (RFC 6749, section 2.3.1).
    pub(super) fn client(&self) -> (Option<String>, Option<String>) {
        let owned = |name: &str| self.field(name).map(str::to_owned);
        let basic = self.authorization("basic").and_then(|encoded| STANDARD.decode(encoded).ok());
        let basic = basic.and_then(|bytes| String::from_utf8(bytes).ok());
        match basic.as_deref().and_then(|text| text.split_once(':')) {
            Some((id, secret)) => (Some(unescaped(id)), Some(unescaped(secret))),
            None => (owned("client_id"), owned("client_secret")),
        }
    }

    fn authorization(&self, wanted: &str) -> Option<&str> {
        let (scheme, value) = self.header("Authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case(wanted).then_some(value.trim())
    }
}

/// Id and secret are form-encoded before they are joined (RFC 6749, section 2.3.1).
fn unescaped(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}

fn value_of<'a>(headers: &'a [Header], name: &'static str) -> Option<&'a str> {
    headers.iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str())
}

/// Form fields as Adobe's own clients send them: in the query, URL-encoded, or multipart (`@adobe/jwt-auth`,
/// `aio-lib-ims`).
fn fields(query: &str, content_type: &str, body: &[u8]) -> Fields {
    let mut fields: Fields = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let multipart_boundary =
        content_type.strip_prefix("multipart/form-data").and_then(|rest| rest.split_once("boundary="));
    match multipart_boundary {
        Some((_, boundary)) => fields.extend(multipart(boundary.trim_matches('"'), &String::from_utf8_lossy(body))),
        None => fields.extend(form_urlencoded::parse(body).into_owned()),
    }
    fields
}

/// The text fields of multipart/form-data (RFC 7578).
fn multipart(boundary: &str, body: &str) -> Fields {
    let delimiter = format!("--{boundary}");
    let field = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let name = head.split_once("name=\"")?.1.split_once('"')?.0;
        Some((name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
    };
    body.split(&delimiter).filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(fields: &[(&str, &str)]) -> Fields {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn fields_are_read_from_the_query_and_both_kinds_of_body() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1 2\r\n--X\r\nContent-Disposition: form-data; name=\"b\"\r\nContent-Type: text/plain\r\n\r\n\r\n--X--\r\n";
        let found = fields("q=0", "multipart/form-data; boundary=\"X\"", body.as_bytes());
        assert_eq!(found, owned(&[("q", "0"), ("a", "1 2"), ("b", "")]));
        let found = fields("", "application/x-www-form-urlencoded", b"a=1+2&b=%2C");
        assert_eq!(found, owned(&[("a", "1 2"), ("b", ",")]));
    }
}
