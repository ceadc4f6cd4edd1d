//! The user-level configuration of other tools: whether the helper that they name can be found, and whether a profile
//! allows the server. A new tool is a file and a row. No tool is run, and only names and hosts are read.

mod cargo;
mod docker;
mod git;
mod kubectl;
mod lines;
mod pip;
mod terraform;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::finding::{Finding, fail, ok, skipped, warn};
use super::hosts;
use super::program::{self, Found};
use crate::call::Call;
use crate::environment;
use crate::host::{Origin, Pattern};
use crate::profile::locate;
use crate::protocol;
use crate::sys;

/// A larger file is not read.
const LARGEST: u64 = 1024 * 1024;

/// A tool whose configuration may name this program.
pub struct Tool {
    pub name: &'static str,
    /// Its user-level files, whether they exist or not.
    files: fn() -> Vec<PathBuf>,
    /// The helpers that a file names; an error says why it cannot be read.
    read: fn(&str) -> Result<Vec<Helper>, String>,
    /// Where it looks for a helper.
    directories: fn() -> Vec<PathBuf>,
}

pub static ALL: [&Tool; 6] = [&git::TOOL, &docker::TOOL, &kubectl::TOOL, &cargo::TOOL, &terraform::TOOL, &pip::TOOL];

/// A program that a configuration names.
struct Helper {
    program: String,
    args: Vec<String>,
    /// The server that it is configured for, where the file names one.
    server: Option<Origin>,
}

impl Helper {
    fn new(program: impl Into<String>, args: impl IntoIterator<Item = String>) -> Self {
        Self { program: program.into(), args: args.into_iter().collect(), server: None }
    }

    /// Words separated by spaces: the program and its arguments.
    fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut words = words.into_iter().map(str::to_owned);
        Some(Self::new(words.next()?, words))
    }

    fn at(self, server: Option<Origin>) -> Self {
        Self { server, ..self }
    }

    /// Whether its name is one of this program's.
    fn is_ours(&self) -> bool {
        let is_itself = Path::new(&self.program).file_stem().is_some_and(|name| name == env!("CARGO_PKG_NAME"));
        is_itself || protocol::called(self.program.as_ref()).is_some()
    }

    /// The profile that it selects, by an argument or by its name.
    fn profile(&self) -> Option<String> {
        let by_name = || protocol::called(self.program.as_ref()).and_then(|(_, profile)| profile);
        self.option("-p", "--profile").or_else(by_name)
    }

    fn option(&self, short: &str, long: &str) -> Option<String> {
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            if arg == short || arg == long {
                return args.next().cloned();
            }
            if let Some(value) = arg.strip_prefix(long).and_then(|rest| rest.strip_prefix('=')) {
                return Some(value.to_owned());
            }
        }
        None
    }
}

pub(super) fn check(call: &Call) -> Vec<Finding> {
    let profiles = hosts::all(call);
    ALL.iter().flat_map(|tool| of_tool(tool, &profiles, call)).collect()
}

fn of_tool(tool: &Tool, profiles: &BTreeMap<String, Vec<Pattern>>, call: &Call) -> Vec<Finding> {
    let files: Vec<PathBuf> = (tool.files)().into_iter().filter(|path| path.exists()).collect();
    if files.is_empty() {
        return vec![skipped("tool.config", tool.name, "no user-level configuration was found")];
    }
    let mut findings = Vec::new();
    for path in files {
        match helpers(tool, &path, call) {
            Ok(helpers) if helpers.is_empty() => {
                findings.push(skipped(
                    "tool.config",
                    tool.name,
                    format!("{} does not name this program", path.display()),
                ));
            }
            Ok(helpers) => findings.extend(helpers.iter().flat_map(|helper| of_helper(tool, helper, profiles))),
            Err(what) => findings.push(warn(
                "tool.config",
                tool.name,
                format!("{} cannot be read: {what}", path.display()),
                format!("check {} with {} itself", path.display(), tool.name),
            )),
        }
    }
    findings
}

fn helpers(tool: &Tool, path: &Path, call: &Call) -> Result<Vec<Helper>, String> {
    let file = sys::read_checked_up_to(LARGEST, path, call.deadline.remaining()).map_err(|error| error.to_string())?;
    let text = std::str::from_utf8(&file.bytes).map_err(|_| "it is not UTF-8 text")?;
    let mut helpers = (tool.read)(text)?;
    helpers.retain(Helper::is_ours);
    Ok(helpers)
}

fn of_helper(tool: &Tool, helper: &Helper, profiles: &BTreeMap<String, Vec<Pattern>>) -> Vec<Finding> {
    let directories = (tool.directories)();
    let program = &helper.program;
    let mut findings = vec![match program::find(program, &directories) {
        Found::Ours(path) => ok("tool.helper", tool.name, format!("{program} is {}", path.display())),
        Found::Other(path) => warn(
            "tool.helper",
            tool.name,
            format!("{program} is {}, which is another program", path.display()),
            format!("put the directory of the right {program} earlier on the PATH"),
        ),
        Found::Dangling(_) | Found::Missing => fail(
            "tool.helper",
            tool.name,
            format!("{program} was not found in {}", place(&directories)),
            link(helper, &directories),
        ),
    }];
    let profile = helper.profile();
    if let Some(name) = profile.as_ref().filter(|name| locate::is_name(name) && !profiles.contains_key(*name)) {
        findings.push(fail(
            "tool.profile",
            tool.name,
            format!("the configuration selects the profile \"{name}\", which does not exist or cannot be read"),
            "jwt-credential list",
        ));
        return findings;
    }
    let asked = helper.option("--for", "--for").and_then(|url| Origin::of_url(&url).ok());
    if let Some(server) = helper.server.as_ref().or(asked.as_ref()) {
        findings.extend(of_server(tool, server, profile.as_ref(), profiles));
    }
    findings
}

fn of_server(
    tool: &Tool,
    server: &Origin,
    profile: Option<&String>,
    profiles: &BTreeMap<String, Vec<Pattern>>,
) -> Option<Finding> {
    let is_meant = |name: &String| profile.is_none_or(|profile| profile == name);
    if profile.is_some_and(|name| !profiles.contains_key(name)) {
        // A profile by its path.
        return None;
    }
    let found = profiles.iter().find(|(name, hosts)| is_meant(name) && hosts::allow(hosts, server));
    let option = profile.map(|name| format!(" -p {name}")).unwrap_or_default();
    Some(match (found, profile) {
        (Some((name, _)), _) => ok("tool.host", tool.name, format!("{server} is allowed by the profile \"{name}\"")),
        (None, profile) => {
            let who = profile
                .map_or_else(|| "no profile lists".into(), |name| format!("the profile \"{name}\" does not list"));
            let fix = format!("jwt-credential hosts add {}{option}", server.as_host());
            fail("tool.host", tool.name, format!("{who} {}", server.as_host()), fix)
        }
    })
}

fn place(directories: &[PathBuf]) -> String {
    if directories == program::path() {
        return "the directories of PATH".into();
    }
    directories.iter().map(|directory| directory.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// The command that makes the missing name.
fn link(helper: &Helper, directories: &[PathBuf]) -> String {
    let name = Path::new(&helper.program).file_name().unwrap_or_default().to_string_lossy();
    if name == env!("CARGO_PKG_NAME") {
        return "put the directory of jwt-credential on the PATH".into();
    }
    let directory = if directories == program::path() { None } else { directories.first() };
    let directory = directory.map_or_else(|| "~/.local/bin".into(), |directory| directory.display().to_string());
    format!("jwt-credential link {directory} --only {name}")
}

/// A file below the user's home.
fn at_home(parts: &str) -> Option<PathBuf> {
    dirs::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(parts))
}

/// A file below a directory that a variable names, else below another one in the user's home.
fn below(variable: &str, otherwise: &str, file: &str) -> Option<PathBuf> {
    environment::path_if_absolute(variable).or_else(|| at_home(otherwise)).map(|directory| directory.join(file))
}
