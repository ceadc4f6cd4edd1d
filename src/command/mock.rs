//! The row of the mock, which is a module of its own.

use clap::Arg;

use super::{Command, switch, text};
use crate::command_spec::{CommandSpec, Example, example};
use crate::{clock, mock};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec {
        ignores_settings: true,
        ..CommandSpec::new("mock", mock::ABOUT)
            .with(options)
            .taking(&["profile", "min-ttl", "refresh", "no-cache"])
            .and_rest("CMD ARGS")
            .showing(EXAMPLES)
    },
    run: mock::run,
};

const EXAMPLES: &[Example] = &[
    example("Print one token", "jwt-credential mock"),
    example("Run a program against it", "jwt-credential mock -- jwt-credential headers"),
];

fn options() -> Vec<Arg> {
    vec![
        switch("serve", "Stay up until interrupted, and print how to use it"),
        text("port", "N")
            .value_parser(clap::value_parser!(u16))
            .default_value("0")
            .hide_default_value(true)
            .help("The loopback port (default: any free one)"),
        text("ttl", "DURATION")
            .value_parser(clock::parse_duration)
            .default_value("24h")
            .help("The life of its tokens, to see one expire"),
        text("without", "GRANT").value_parser(mock::GRANTS).help(mock::WITHOUT),
    ]
}
