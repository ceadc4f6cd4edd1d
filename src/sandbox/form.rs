//! Form fields as Adobe's own clients send them: URL-encoded, multipart (`@adobe/jwt-auth`, `aio-lib-ims`), or in the
//! query.

#[derive(Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(query: &str, content_type: &str, body: &[u8]) -> Self {
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let boundary = content_type.split_once("boundary=").map(|(_, boundary)| boundary.trim_matches('"'));
        match boundary.filter(|_| content_type.starts_with("multipart/form-data")) {
            Some(boundary) => fields.extend(multipart(boundary, &String::from_utf8_lossy(body))),
            None => fields.extend(form_urlencoded::parse(body).into_owned()),
        }
        Self(fields)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(had, _)| had == name).map(|(_, value)| value.as_str())
    }
}

/// The text fields of multipart/form-data (RFC 7578).
fn multipart(boundary: &str, body: &str) -> Vec<(String, String)> {
    let delimiter = format!("--{boundary}");
    let parts = body.split(delimiter.as_str()).filter_map(|part| part.split_once("\r\n\r\n"));
    parts
        .filter_map(|(head, value)| {
            let name = head.split_once("name=\"")?.1.split_once('"')?.0;
            Some((name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_wherever_they_were_sent() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1 2\r\n--X\r\nContent-Disposition: form-data; name=\"b\"\r\nContent-Type: text/plain\r\n\r\n\r\n--X--\r\n";
        let form = Form::parse("q=0", "multipart/form-data; boundary=\"X\"", body.as_bytes());
        assert_eq!(
            (form.get("q"), form.get("a"), form.get("b"), form.get("c")),
            (Some("0"), Some("1 2"), Some(""), None)
        );
        let form = Form::parse("", "application/x-www-form-urlencoded", b"a=1+2&b=%2C");
        assert_eq!((form.get("a"), form.get("b")), (Some("1 2"), Some(",")));
    }
}
