//! The program's command line, standard input and standard output.

mod command_line;
mod completions;
mod formats;
mod help;
#[cfg(target_os = "linux")]
mod input;
mod messages;
mod output;
mod progress;
mod refused;
mod schemas;
mod status;
mod transcripts;
mod variables;
mod whoami;
