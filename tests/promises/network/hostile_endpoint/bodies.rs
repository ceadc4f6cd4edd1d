//! Answers with status 200 and a wrong body.

use std::process::{Command, Stdio};

use serde_json::json;

use super::{Row, TOKEN, answer, says, token};
use crate::support::has_client;

pub(super) fn rows() -> Vec<Row> {
    [pages(), encodings(), gzipped(), json()].into_iter().flatten().collect()
}

fn ok(name: &str, code: i32, body: impl AsRef<[u8]>) -> Row {
    says(name, code, answer("200 OK", "Content-Type: application/json\r\n", body))
}

fn pages() -> Vec<Row> {
    let script = "<script>location='http://127.0.0.1:1/'</script>";
    vec![
        ok("nothing", 5, ""),
        ok("white space", 5, " \r\n\t ".repeat(1_000)),
        ok("a captive portal", 5, format!("<!DOCTYPE html><html>{script}<form action=/login method=post>")),
        ok("a page after a byte order mark", 5, "\u{feff}<html>"),
        ok("a page that holds a token", 5, format!("<pre>{}</pre>", token())),
        ok("XML", 5, format!("<?xml version=\"1.0\"?><access_token>{TOKEN}</access_token>")),
        ok("a form", 5, format!("access_token={TOKEN}&token_type=bearer&expires_in=3600")),
        ok("a bare token", 5, TOKEN),
        ok("a guard against JSON hijacking", 5, format!(")]}}',\n{}", token())),
        ok("JSONP", 5, format!("callback({})", token())),
        ok("server-sent events", 5, format!("data: {}\n\n", token())),
        ok("a PDF", 5, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"),
        ok("an executable", 5, [b"\x7fELF\x02\x01\x01", &[0_u8; 4_000][..]].concat()),
    ]
}

/// The gzip of a command's output.
fn gzip(of: &str, input: &str) -> Vec<u8> {
    let script = format!("{of} | gzip -9");
    Command::new("/bin/sh").args(["-c", &script, &script, input]).stdin(Stdio::null()).output().unwrap().stdout
}

fn encoded(encoding: &str, body: &[u8]) -> Vec<u8> {
    answer("200 OK", &format!("Content-Encoding: {encoding}\r\n"), body)
}

/// Bodies with gzip; empty if gzip is not installed.
fn gzipped() -> Vec<Row> {
    if !has_client("gzip") {
        return Vec::new();
    }
    let bomb = gzip("head -c 48000000 /dev/zero", "");
    let zipped = gzip("printf %s \"$1\"", &token());
    vec![
        says("a gzip bomb", 5, encoded("gzip", &bomb)),
        ok("a gzip bomb that is not said to be one", 5, &bomb),
        says("a gzip bomb, gzipped again", 5, encoded("gzip, gzip", &bomb)),
        says("gzip, which was not asked for", 5, encoded("gzip", &zipped)),
    ]
}

fn encodings() -> Vec<Row> {
    let wide = |low: usize, high: usize| {
        let pair = |unit: u16| [unit.to_be_bytes()[low], unit.to_be_bytes()[high]];
        token().encode_utf16().flat_map(pair).collect::<Vec<u8>>()
    };
    vec![
        says("deflate that is none", 5, encoded("deflate", b"\x78\xda\xed\xc1")),
        says("brotli that is none", 5, encoded("br", b"\x8b\x05\x80")),
        says("zstd that is none", 5, encoded("zstd", b"\x28\xb5\x2f\xfd")),
        says("gzip that is plain", 0, encoded("gzip", token().as_bytes())),
        says("an unknown encoding that is plain", 0, encoded("zebra", token().as_bytes())),
        ok("a byte order mark", 5, "\u{feff}".to_owned() + &token()),
        ok("UTF-16, big end first", 5, wide(0, 1)),
        ok("UTF-16, little end first", 5, [&[0xff, 0xfe][..], &wide(1, 0)].concat()),
        ok("UTF-16 in place of the type's UTF-8, with NULs", 5, token().replace('a', "a\0")),
        ok("bytes that are no UTF-8", 5, [br#"{"access_token":""#, TOKEN.as_bytes(), b"\xc3\x28\"}"].concat()),
        ok(
            "UTF-8 that is longer than need be",
            5,
            token().replace('/', "").into_bytes().into_iter().chain(*b"\xc0\xaf").collect::<Vec<_>>(),
        ),
        ok("white space before and after", 0, format!("\r\n\t {} \n\n", token())),
    ]
}

fn json() -> Vec<Row> {
    let whole = token();
    let inside = |more: &str| whole.replacen('{', &format!("{{{more},"), 1);
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    vec![
        ok("nested 200,000 deep", 5, "[".repeat(200_000)),
        ok("nested 32,000 deep", 5, deep(32_000)),
        ok("objects, nested 12,000 deep", 5, r#"{"a":"#.repeat(12_000)),
        ok("a token beside what is nested 30,000 deep", 0, inside(&format!("\"x\":{}", deep(30_000)))),
        ok("a token beside 5,000 other keys", 0, inside(&vec!["\"x\":1"; 5_000].join(","))),
        ok("two tokens", 5, inside(&format!("\"access_token\":\"other-{TOKEN}\""))),
        ok("two token types", 5, inside("\"token_type\":\"mac\"")),
        ok("two lives", 5, inside("\"expires_in\":1")),
        ok("the same key twice, once escaped", 5, inside(r#""access\u005ftoken":"other""#)),
        ok("a key in other letters", 5, whole.replace("access_token", "Access_Token")),
        ok("garbage at the end", 5, whole.clone() + "garbage"),
        ok("another object at the end", 5, whole.repeat(2)),
        ok("NUL at the end", 5, whole.clone() + "\0"),
        ok("a comma too many", 5, whole.replace('}', ",}")),
        ok("single quotes", 5, whole.replace('"', "'")),
        ok("a comment", 5, format!("/* a token */{whole}")),
        ok("NaN", 5, inside("\"x\":NaN")),
        ok("Infinity", 5, whole.replace("3600000", "Infinity")),
        ok("a lone surrogate beside the token", 0, inside(r#""x":"\ud800""#)),
        ok("half of it", 5, &whole[..whole.len() / 2]),
        ok("an array", 5, format!("[{whole}]")),
        ok("a string", 5, json!(whole).to_string()),
        ok("null", 5, "null"),
        ok("true", 5, "true"),
        ok("a number", 5, "1e999999999"),
        ok("a number of 60,000 digits", 5, "9".repeat(60_000)),
        ok("a life of 60,000 digits", 0, whole.replace("3600000", &"9".repeat(60_000))),
        ok("an empty object", 5, "{}"),
        ok("the token one level too deep", 5, format!("{{\"data\":{whole}}}")),
        ok("an error with status 200", 4, r#"{"error":"invalid_client","error_description":"no"}"#),
        ok("an error beside a token", 0, inside("\"error\":\"invalid_client\"")),
    ]
}
