//! Formats that only a command's name asks for. The input is the headers of a profile, one `name: value` a line, and
//! the answer must contain exactly these.

use serde_json::Value as Json;

use super::recorder::TOKEN;
use super::{Conversation, Said};

type Headers = Vec<(String, String)>;

const SEEDS: &[&str] =
    &["x-api-key: a key\nx-gw-ims-org-id: A@AdobeOrg\nx-sandbox-name: prod", "a: \"\\\nb: it's $(x) `y`"];
const NAMES: &[&str] = &["TOKEN", "A_1", "a b", "1A", "A'B"];

/// A command with the headers.
const fn row(
    row: &'static str,
    says: fn(u8, &str) -> Option<Said>,
    reads: fn(&Said, &str) -> Option<String>,
) -> Conversation {
    Conversation { row, long_runs: 1_000_000, says, means: |_| None, reads, seeds: SEEDS }
}

pub const CONVERSATIONS: &[Conversation] = &[
    row(
        "json",
        |_, input| with_headers(&[], input),
        |said, answer| {
            let answer: Json = serde_json::from_str(answer).ok()?;
            is_as_said(said, of_object(&answer["headers"])?)?;
            answer["access_token"].as_str().map(str::to_owned)
        },
    ),
    row("token", |_, input| with_headers(&[], input), |_, answer| Some(answer.strip_suffix('\n')?.to_owned())),
    row(
        "header",
        |_, input| with_headers(&[], input),
        |_, answer| Some(answer.strip_suffix('\n')?.strip_prefix("Authorization: Bearer ")?.to_owned()),
    ),
    row(
        "headers",
        |number, input| with_headers([&[][..], &["--json"]][usize::from(number % 2)], input),
        |said, answer| {
            let headers = if said.args.is_empty() {
                let lines = answer.strip_suffix('\n')?.split('\n').map(|line| line.split_once(": "));
                lines.map(|pair| pair.map(|(name, value)| (name.into(), value.into()))).collect::<Option<_>>()?
            } else {
                of_object(&serde_json::from_str(answer).ok()?)?
            };
            is_as_said(said, headers)
        },
    ),
    row(
        "curl",
        |_, input| with_headers(&[], input),
        |said, answer| {
            let lines = answer.strip_suffix('\n')?.split('\n').map(of_config);
            is_as_said(said, lines.collect::<Option<_>>()?)
        },
    ),
    row(
        "postman",
        |_, input| with_headers(&[], input),
        |_, answer| {
            let answer: Json = serde_json::from_str(answer).ok()?;
            let mut values = answer["values"].as_array()?.iter();
            values.find(|value| value["key"] == "ACCESS_TOKEN")?["value"].as_str().map(str::to_owned)
        },
    ),
    row(
        "pnpm",
        |_, input| with_headers(&[], input),
        |_, answer| Some(answer.strip_suffix('\n')?.strip_prefix("Bearer ")?.to_owned()),
    ),
    // The recorder's token is none of AWS: the program may only say so.
    row("aws", |_, input| with_headers(&[], input), |_, _| None),
    row(
        "google-executable",
        |_, input| with_headers(&[], input),
        |_, answer| {
            let answer: Json = serde_json::from_str(answer).ok()?;
            (answer["success"] == true && answer["version"] == 1)
                .then(|| answer["id_token"].as_str())?
                .map(str::to_owned)
        },
    ),
    row("rclone", |_, input| with_headers(&[], input), |_, answer| Some(answer.strip_suffix('\n')?.to_owned())),
    Conversation {
        seeds: NAMES,
        ..row(
            "env",
            |number, input| {
                let shell =
                    ["--shell=sh", "--shell=fish", "--shell=powershell", "--shell=dotenv"][usize::from(number % 4)];
                Some(Said::args(&[shell, &format!("--name={input}")]))
            },
            of_shell,
        )
    },
    // There is no command to run here: it may only say so.
    Conversation {
        seeds: NAMES,
        ..row("exec", |_, input| Some(Said::args(&[&format!("--name={input}")])), |_, _| None)
    },
];

/// The valid headers of a profile: names and values by RFC 9110, each name once.
fn with_headers(args: &[&str], input: &str) -> Option<Said> {
    let mut headers: Headers = Vec::new();
    for line in input.split('\n') {
        let (name, value) = line.split_once(": ")?;
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let is_new = |(had, _): &(String, String)| !had.eq_ignore_ascii_case(name);
        let fits = !name.is_empty() && name.bytes().all(is_name) && !value.chars().any(char::is_control);
        if !fits || name.eq_ignore_ascii_case("authorization") || !headers.iter().all(is_new) {
            return None;
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    Some(Said { headers, ..Said::args(args) })
}

/// The token, if the headers are those of the profile and the token's own.
fn is_as_said(said: &Said, mut headers: Headers) -> Option<String> {
    let at = headers.iter().position(|(name, _)| name == "Authorization")?;
    let (_, token) = headers.remove(at);
    let mut expected = said.headers.clone();
    headers.sort();
    expected.sort();
    (headers == expected).then(|| token.strip_prefix("Bearer ").map(str::to_owned))?
}

fn of_object(json: &Json) -> Option<Headers> {
    json.as_object()?.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// A line of curl's config: within quotes a backslash keeps the next character, except for five letters.
fn of_config(line: &str) -> Option<(String, String)> {
    let mut letters = line.strip_prefix("header = \"")?.chars();
    let mut text = String::new();
    loop {
        match letters.next()? {
            '"' => break,
            '\\' => text.push(match letters.next()? {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                'v' => '\u{b}',
                other => other,
            }),
            other => text.push(other),
        }
    }
    let (name, value) = text.split_once(": ").filter(|_| letters.next().is_none())?;
    Some((name.to_owned(), value.to_owned()))
}

/// Two lines that set the named variables, and nothing that a shell would run.
fn of_shell(said: &Said, answer: &str) -> Option<String> {
    let name = said.args[1].strip_prefix("--name=")?;
    let is_plain =
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.as_bytes().first()?.is_ascii_digit();
    let set = |name: &str, value: &str| match said.args[0].as_str() {
        "--shell=sh" => format!("export {name}='{value}'\n"),
        "--shell=fish" => format!("set -gx {name} '{value}'\n"),
        "--shell=powershell" => format!("$env:{name} = '{value}'\n"),
        _ => format!("{name}={value}\n"),
    };
    let end = format!("{name}_EXPIRES_AT");
    let unset = match said.args[0].as_str() {
        "--shell=sh" => format!("unset {end}\n"),
        "--shell=fish" => format!("set -e {end}\n"),
        "--shell=powershell" => format!("$env:{end} = $null\n"),
        _ => String::new(),
    };
    let rest = answer.strip_prefix(&set(name, TOKEN))?;
    (is_plain && (rest == unset || rest == set(&end, "2026-11-25T07:00:00Z"))).then(|| TOKEN.to_owned())
}
