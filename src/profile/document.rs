//! A file as people have it, as JSON: JSON itself, or YAML, which the JSON with bare keys is as well that the aio CLI
//! writes. Every key stands once: with two `client_id`s, nobody could say which one holds.

use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

/// How deep a document may go: no file of a provider is half as deep, and what is dropped recursively could
/// exhaust the stack.
const DEEPEST: usize = 64;

/// Takes JSON whose keys stand once each, at every depth.
pub(super) fn json(bytes: &[u8]) -> Result<Json, serde_json::Error> {
    // A byte order mark, which Windows writes, is no JSON, and YAML would have `false` for text.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::from_slice::<Strict>(bytes).map(|Strict(json)| json)
}

/// Takes JSON or YAML; the error says what it is not, and where it ends to be so.
pub(super) fn parse(bytes: &[u8]) -> Result<Json, String> {
    let refused = match json(bytes) {
        Ok(json) => return Ok(json),
        Err(error) => error,
    };
    let at = format!("line {}, column {}", refused.line(), refused.column());
    if refused.is_data() {
        return Err(format!("has a key twice ({at})"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not text")?;
    let text = text.trim_start_matches('\u{feff}');
    match yaml(text) {
        Ok(json @ Json::Object(_)) => Ok(json),
        Err(what) if !text.trim_start().starts_with(['{', '[']) => Err(what),
        _ => Err(format!("is not JSON ({at})")),
    }
}

/// JSON whose keys stand once each.
struct Strict(Json);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values).map(Strict)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, _>()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(object.into())
    }
}

/// What is open while YAML is read.
enum Open {
    Sequence(Vec<Json>),
    Mapping(Map<String, Json>, Option<String>),
}

/// One document of YAML 1.2 whose scalars are all text, but for null: nothing that is taken from it is anything else.
fn yaml(text: &str) -> Result<Json, String> {
    let mut open: Vec<Open> = Vec::new();
    let mut document = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| at("is neither JSON nor YAML", error.marker().line()))?;
        let line = span.start.line();
        let closed = match event {
            Event::Alias(_) => return Err(at("has an alias, which is not followed", line)),
            Event::SequenceStart(..) => {
                open.push(Open::Sequence(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Mapping(Map::new(), None));
                None
            }
            Event::Scalar(text, style, ..) => Some(scalar(&text, style)),
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            Event::DocumentStart(_) if document.is_some() => return Err(at("holds several documents", line)),
            _ => None,
        };
        if open.len() > DEEPEST {
            return Err(at("is nested too deep", line));
        }
        let Some(value) = closed else { continue };
        match open.last_mut() {
            None => document = Some(value),
            Some(container) => container.take(value).map_err(|what| at(what, line))?,
        }
    }
    document.ok_or_else(|| "is empty".into())
}

impl Open {
    fn take(&mut self, value: Json) -> Result<(), &'static str> {
        match self {
            Open::Sequence(items) => items.push(value),
            Open::Mapping(object, key) => match (key.take(), value) {
                (Some(key), value) => {
                    if object.insert(key, value).is_some() {
                        return Err("has a key twice");
                    }
                }
                (None, Json::String(name)) => *key = Some(name),
                (None, _) => return Err("has a key that is no text"),
            },
        }
        Ok(())
    }

    fn close(self) -> Json {
        match self {
            Open::Sequence(items) => items.into(),
            Open::Mapping(object, _) => object.into(),
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Json {
    let is_null = style == ScalarStyle::Plain && matches!(text, "" | "~" | "null");
    if is_null { Json::Null } else { text.into() }
}

fn at(what: &str, line: usize) -> String {
    format!("{what} (line {line})")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_yaml_and_json_with_bare_keys_are_one_document() {
        let expected = json!({"ims": {"contexts": {"$cli": {"id": "a:b", "list": ["x", "y"], "none": null}}}});
        for text in [
            r#"{"ims": {"contexts": {"$cli": {"id": "a:b", "list": ["x", "y"], "none": null}}}}"#,
            "{\n  ims: {\n    contexts: {\n      $cli: {\n        id: \"a:b\",\n        list: [\n \"x\",\n \"y\"\n],\n none: null\n}\n}\n}\n}",
            "# comment\nims:\n  contexts:\n    $cli:\n      id: a:b\n      list: [x, 'y']\n      none: ~\n",
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_one_document_is_refused() {
        let deep = "[".repeat(60_000);
        let cases = [
            (r#"{"a": {"b": 1, "b": 2}}"#, "a key twice"),
            ("a: 1\na: 2\n", "a key twice"),
            ("a: &x [1]\nb: *x\n", "alias"),
            ("a: 1\n---\nb: 2\n", "several documents"),
            ("? [a]\n: 1\n", "no text"),
            ("a: [", "neither JSON nor YAML"),
            (r#"{"a": "#, "is not JSON (line 1, column 6)"),
            (r#"{"a": "\n"#, "is not JSON (line 1, column 9)"),
            (r#"{"a": "b\"#, "is not JSON (line 1, column 9)"),
            (r#"{"a": "\n"} "b""#, "is not JSON (line 1, column 13)"),
            (r#"{"a": "\n"} "\"#, "is not JSON (line 1, column 13)"),
            (r#"{"a": "\n", "a": 1}"#, "a key twice"),
            ("", "empty"),
            (&deep, "is not JSON"),
        ];
        for (text, words) in cases {
            let refused = parse(text.as_bytes()).unwrap_err();
            assert!(refused.contains(words), "{refused} for {}", &text[..text.len().min(40)]);
        }
        assert_eq!(parse(b"\xff\xfe").unwrap_err(), "is not text");
    }
}
