//! Answers in XML, as the JSON with the same names.

use roxmltree::{Document, Node};
use serde_json::{Map, Value as Json};
use zeroize::Zeroizing;

/// Deeper elements are left out.
const DEEPEST: usize = 16;

/// The root element's members in JSON; `None` if this is no XML. Attributes and namespaces are dropped, and of elements
/// with the same name the first counts. A document type, which could define entities, is refused.
pub(super) fn as_json(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(body).ok()?;
    let document = Document::parse(text.trim_start()).ok()?;
    serde_json::to_vec(&value(document.root_element(), 0)).ok().map(Zeroizing::new)
}

fn value(node: Node, depth: usize) -> Json {
    let mut members = Map::new();
    for child in node.children().filter(|child| child.is_element() && depth < DEEPEST) {
        members.entry(child.tag_name().name()).or_insert_with(|| value(child, depth + 1));
    }
    if members.is_empty() { node.text().unwrap_or_default().trim().into() } else { members.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(xml: &str) -> Option<String> {
        as_json(xml.as_bytes()).map(|json| String::from_utf8(json.to_vec()).unwrap())
    }

    #[test]
    fn elements_become_members_and_text() {
        let answer = "<?xml version=\"1.0\"?>\n<R xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><C>\n\
                      <K>a&amp;b+/=</K><E a=\"1\"/><E>second</E></C></R>";
        assert_eq!(json(answer).as_deref(), Some(r#"{"C":{"E":"","K":"a&b+/="}}"#));
        assert_eq!(json("<R>text</R>").as_deref(), Some("\"text\""));
    }

    #[test]
    fn what_is_no_plain_xml_is_refused() {
        let bomb = "<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><r>&b;</r>";
        for none in ["", "{}", "<a>", "<a></b>", "<html><p>one<p>two</html>", bomb] {
            assert_eq!(json(none), None, "{none}");
        }
        assert!(as_json(&[0xff, b'<']).is_none());
        let deep = format!("{}x{}", "<a>".repeat(3000), "</a>".repeat(3000));
        assert!(json(&deep).is_none_or(|json| json.len() < 200));
    }
}
