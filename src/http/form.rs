//! A form (`application/x-www-form-urlencoded`) that is wiped after use.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serializer as _;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The name of a field.
type Name = Cow<'static, str>;

/// Names, values, and whether a value is secret.
#[derive(Default)]
pub struct Form(Vec<(Name, Zeroizing<String>, bool)>);

impl Form {
    pub fn plain(mut self, name: impl Into<Name>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), Zeroizing::new(value.into()), false));
        self
    }

    /// Adds a field that is never shown, even if the server repeats it.
    pub fn secret(mut self, name: &'static str, value: &Secret) -> Self {
        self.0.push((name.into(), Zeroizing::new(value.reveal().to_owned()), true));
        self
    }

    pub fn secrets(&self) -> Vec<&str> {
        self.0.iter().filter(|(.., is_secret)| *is_secret).map(|(_, value, _)| value.as_str()).collect()
    }

    pub(super) fn values(&self) -> Vec<&str> {
        self.0.iter().map(|(_, value, _)| value.as_str()).collect()
    }

    /// The form as it is sent. ureq's own encoder would leave copies of the secrets behind.
    pub(super) fn encoded(&self) -> Zeroizing<String> {
        // A byte becomes three at most: a buffer that grew would leave a copy behind.
        let room = self.0.iter().map(|(name, value, _)| 3 * (name.len() + value.len()) + 2).sum();
        let mut body = Zeroizing::new(String::with_capacity(room));
        let pairs = self.0.iter().map(|(name, value, _)| (name, value.as_str()));
        form_urlencoded::Serializer::new(&mut *body).extend_pairs(pairs);
        body
    }

    /// The fields as a JSON object.
    pub(super) fn as_json(&self) -> Zeroizing<String> {
        // An escaped byte becomes six at most (RFC 8259, section 7).
        let room = self.0.iter().map(|(name, value, _)| 6 * (name.len() + value.len()) + 8).sum::<usize>() + 2;
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        let pairs = self.0.iter().map(|(name, value, _)| (name, value.as_str()));
        // Writing to memory does not fail.
        let _ = serde_json::Serializer::new(&mut *body).collect_map(pairs);
        Zeroizing::new(String::from_utf8(std::mem::take(&mut *body)).unwrap_or_default())
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986, section 2.3). Servers decode `%20` in client names and secrets
/// where some of them do not decode `+` (RFC 6749, section 2.3.1).
pub fn percent_encoded(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_without_growing_its_buffer() {
        for form in [&[][..], &[("a", "b")], &[("client_secret", "ä+&= \u{1f511}"), ("x", "")]] {
            let usual = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            let form = form.iter().fold(Form::default(), |all, (name, value)| all.plain(*name, *value));
            assert_eq!(*form.encoded(), usual);
        }
        let form = Form::default().plain("\u{e4}", "\u{e4}\u{e4}").plain("&", "=");
        assert!(form.encoded().capacity() <= 3 * 8 + 4 && form.encoded().len() == 3 * 8 + 3);
    }

    #[test]
    fn a_form_is_json_as_well() {
        let form = Form::default().plain("role", "c\"i").secret("jwt", &Secret::new("a\u{1}\u{e4}".into()));
        assert_eq!(form.as_json().as_str(), r#"{"role":"c\"i","jwt":"a\u0001ä"}"#);
        assert_eq!(Form::default().as_json().as_str(), "{}");
    }

    #[test]
    fn only_secret_values_are_listed_as_secrets() {
        let form = Form::default().plain("a", "shown").secret("b", &Secret::new("hidden".into()));
        assert_eq!((form.secrets(), form.values()), (vec!["hidden"], vec!["shown", "hidden"]));
    }
}
