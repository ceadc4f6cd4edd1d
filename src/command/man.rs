//! Man pages, made from the command line's tree: one for the program and one for each command.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Arg, Command as Clap};
use clap_mangen::Man;

use super::Command;
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, argument, example};
use crate::error::{Error, Kind};
use crate::sys::shell_word;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec {
        ignores_settings: true,
        ..CommandSpec::new("man", "Print the man page, or write all pages into DIR")
            .with(options)
            .taking(&[])
            .showing(EXAMPLES)
    },
    run,
};

const EXAMPLES: &[Example] = &[
    example("Read it", "jwt-credential man | man -l -"),
    example("Install all pages", "jwt-credential man ~/.local/share/man/man1"),
];

const PROGRAM: &str = env!("CARGO_PKG_NAME");

const EXIT_CODES: [(&str, &str); 11] = [
    ("0", "The token was written completely."),
    ("1", "Another error."),
    ("2", "The command line is wrong."),
    ("3", "The profile, the key, the CAs or the proxy of this machine are wrong."),
    ("4", "The server rejected the credential."),
    ("5", "The server is unreachable, too slow, failing or limiting requests; try again."),
    ("6", "The answer could not be written."),
    ("7", "--min-ttl cannot be kept."),
    ("8", "status --within or doctor found something to fix."),
    ("125, 126, 127", "With exec --, curl -- and mock --: our own error; CMD cannot be run; CMD is not found."),
    ("130", "Ctrl-C ended a question."),
];

const VARIABLES: [(&str, &str); 6] = [
    ("JWT_CREDENTIAL_PROFILE_JSON", "A whole profile as JSON, or its base64, for CI. Its paths must be absolute."),
    ("JWT_CREDENTIAL_ALLOW_LOOSE_MODES", "1 accepts files with secrets that other users can read or write."),
    ("JWT_CREDENTIAL_SHARED_CACHE", "The URL of a Redis or Valkey server through which machines share a token."),
    ("JWT_CREDENTIAL_CA_FILE", "A PEM file of CAs that are trusted beside the system's."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "The CAs in place of the system's."),
    ("HTTPS_PROXY, ALL_PROXY, NO_PROXY", "The proxy, and the servers that are reached without it."),
];

const SEE_ALSO: &str = ".SH SEE ALSO\njwt\\-credential(1)\n";

const FILES: [(&str, &str); 3] = [
    (
        "~/.config/jwt-credential/profiles/NAME.json",
        "A profile. JWT_CREDENTIAL_CONFIG_DIR and XDG_CONFIG_HOME change the directory.",
    ),
    ("/etc/jwt-credential/profiles/NAME.json", "A profile for all users."),
    (
        "~/.cache/jwt-credential/",
        "The cached tokens. JWT_CREDENTIAL_CACHE_DIR and XDG_CACHE_HOME change the directory.",
    ),
];

fn options() -> Vec<Arg> {
    let directory = argument("dir", "DIR").value_parser(clap::value_parser!(PathBuf));
    vec![directory.help("The directory for jwt-credential.1 and a page for each command")]
}

fn run(call: &Call) -> Result<u8, Error> {
    let mut tree = (call.tree)().subcommand_help_heading("COMMANDS");
    tree.build();
    let main = main_page(&tree)?;
    let Some(directory) = call.path("dir")? else { return call.answer(&main) };
    write_page(directory, PROGRAM, &main)?;
    for command in tree.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("{PROGRAM}-{}", command.get_name());
        let page = start(command.clone().display_name(&name))? + SEE_ALSO;
        write_page(directory, &name, &page)?;
    }
    Ok(0)
}

fn main_page(tree: &Clap) -> Result<String, Error> {
    let mut page = start(tree.clone())?;
    for (heading, entries) in [("ENVIRONMENT", &VARIABLES[..]), ("FILES", &FILES), ("EXIT STATUS", &EXIT_CODES)] {
        let _ = writeln!(page, ".SH {heading}");
        for (term, text) in entries {
            let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", escaped(term), escaped(text));
        }
    }
    Ok(page)
}

/// What all pages begin with.
fn start(mut command: Clap) -> Result<String, Error> {
    let usage = command.render_usage().to_string();
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_commands = command.has_subcommands();
    let man = Man::new(command).source(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    let written = man.render_title(&mut page).and_then(|()| man.render_name_section(&mut page));
    let _ = writeln!(page, ".SH SYNOPSIS\n{}", escaped(usage.trim_start_matches("Usage: ")));
    let written = written.and_then(|()| man.render_options_section(&mut page));
    let written = written.and_then(|()| if has_commands { man.render_subcommands_section(&mut page) } else { Ok(()) });
    written.map_err(|error| Error::new(Kind::Other, error.to_string()))?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if let Some((_, lines)) = examples.split_once('\n') {
        let _ = writeln!(page, ".SH EXAMPLES\n.nf");
        for line in lines.lines() {
            let _ = writeln!(page, "{}", escaped(line.trim()));
        }
        page += ".fi\n";
    }
    Ok(page)
}

/// roff(7): a backslash and a hyphen are special, and so are a dot and a quote that begin a line.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[expect(clippy::disallowed_methods, reason = "a page is no secret: its mode follows the umask")]
fn write_page(directory: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = directory.join(format!("{name}.1"));
    std::fs::write(&path, text).map_err(|error| {
        let failure = Error::new(Kind::Output, format!("cannot write {}: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::NotFound => failure.hint(format!("mkdir -p {}", shell_word(&directory.to_string_lossy()))),
            _ => failure,
        }
    })
}
