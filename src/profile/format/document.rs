//! Reads a file in JSON or YAML; the aio CLI's JSON with bare keys is YAML. A key that occurs twice is an error: it is
//! unknown which of two `client_id`s counts.

use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

/// The maximum nesting. Dropping a deeper document recursively could exhaust the stack; real files have half of it.
const DEEPEST: usize = 64;

/// Reads JSON in which no object has a key twice.
pub(crate) fn json(bytes: &[u8]) -> Result<Json, serde_json::Error> {
    // Windows writes a byte order mark. It is not JSON, and YAML would read `false` as text.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::from_slice::<Strict>(bytes).map(|Strict(json)| json)
}

/// Reads JSON or YAML. The error says where it is neither.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json, String> {
    let refused = match json(bytes) {
        Ok(json) => return Ok(json),
        Err(error) => error,
    };
    if refused.is_data() {
        return Err(format!("has a key twice (line {}, column {})", refused.line(), refused.column()));
    }
    if is_utf_16(bytes) {
        return Err("is not a recognised credentials file: it is UTF-16; save it as UTF-8".into());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not text")?;
    let text = text.trim_start_matches('\u{feff}');
    match yaml(text) {
        Ok(json @ Json::Object(_)) => Ok(json),
        // The parser's error of syntax quotes nothing.
        _ if begins_as_json(text) => Err(format!("is not JSON: {refused}")),
        Err(what) => Err(what),
        Ok(_) => Err("is not a recognised credentials file: it is not JSON".into()),
    }
}

/// Editors on Windows write it, with a byte order mark or without.
fn is_utf_16(bytes: &[u8]) -> bool {
    let is_ascii = |unit: u8| (1..=0x7f).contains(&unit);
    match *bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, one, 0, two, ..] | [one, 0, two, 0, ..] => is_ascii(one) && is_ascii(two),
        _ => false,
    }
}

/// Whether a text is JSON, as far as its beginning tells. `[name]` is a section of an INI file.
pub(super) fn begins_as_json(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('{') || text.strip_prefix('[').is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
}

/// JSON in which no object has a key twice.
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

/// An event of the parser, and its line.
type Located<'a> = Result<(Event<'a>, usize), String>;

/// Reads one document of YAML 1.2. All scalars except null become text; no format needs anything else.
fn yaml(text: &str) -> Result<Json, String> {
    let mut events = Parser::new_from_str(text)
        .map(|event| match event {
            Ok((event, span)) => Ok((event, span.start.line())),
            Err(error) => {
                Err(at("is not a recognised credentials file: it is neither JSON nor YAML", error.marker().line()))
            }
        })
        .filter(|event| !matches!(event, Ok((Event::StreamStart | Event::DocumentEnd | Event::StreamEnd, _))));
    // The start of the document.
    events.next().ok_or("is empty")??;
    let first = events.next().ok_or("is empty")??;
    let document = node(first, &mut events, 0)?;
    match events.next().transpose()? {
        None => Ok(document),
        Some((_, line)) => Err(at("holds several documents", line)),
    }
}

/// Reads the node that begins with this event, inside as many others as `depth` says.
fn node<'a>(
    (event, line): (Event<'a>, usize),
    rest: &mut dyn Iterator<Item = Located<'a>>,
    depth: usize,
) -> Result<Json, String> {
    match event {
        Event::Scalar(text, style, ..) => Ok(scalar(&text, style)),
        Event::SequenceStart(..) | Event::MappingStart(..) if depth == DEEPEST => Err(at("is nested too deep", line)),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match rest.next().ok_or("is cut off")?? {
                    (Event::SequenceEnd, _) => return Ok(items.into()),
                    item => items.push(node(item, rest, depth + 1)?),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut object = Map::new();
            loop {
                let (key, line) = rest.next().ok_or("is cut off")??;
                if key == Event::MappingEnd {
                    return Ok(object.into());
                }
                let Json::String(key) = node((key, line), rest, depth + 1)? else {
                    return Err(at("has a key that is no text", line));
                };
                let value = node(rest.next().ok_or("is cut off")??, rest, depth + 1)?;
                if object.insert(key, value).is_some() {
                    return Err(at("has a key twice", line));
                }
            }
        }
        _ => Err(at("has an alias, which is not followed", line)),
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
            (r#"{"a": "#, "is not JSON: EOF while parsing a value at line 1 column 6"),
            (r#"{"a": "\n"#, "at line 1 column 9"),
            (r#"{"a": "b\"#, "at line 1 column 9"),
            (r#"{"a": "\n"} "b""#, "at line 1 column 13"),
            (r#"{"a": "\n"} "\"#, "at line 1 column 13"),
            (r#"{"a": "\n", "a": 1}"#, "a key twice"),
            ("", "empty"),
            (&deep, "is not JSON"),
        ];
        for (text, words) in cases {
            let refused = parse(text.as_bytes()).unwrap_err();
            assert!(refused.contains(words), "{refused} for {}", &text[..text.len().min(40)]);
        }
        assert_eq!(parse(b"\xff").unwrap_err(), "is not text");
        for utf_16 in [&b"\xff\xfe{\0"[..], b"\xfe\xff\0{", b"{\0}\0", b"\0{\0}"] {
            assert!(parse(utf_16).unwrap_err().contains("save it as UTF-8"));
        }
    }
}
