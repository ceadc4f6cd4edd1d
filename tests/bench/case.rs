//! Who is measured, and at what.

/// A program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    /// `/bin/true`: what it costs to start anything at all.
    Nothing,
    /// The least that an ordinary Rust program does.
    Floor,
    Ours,
    /// Another program, by the name of its script.
    Peer(String),
}

/// What it is asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Task {
    /// `json`, or whatever a peer prints its cached token with.
    Cached,
    /// `json` with an option, so that there is something to take apart.
    WithOption,
    Token,
    Git,
    Kubectl,
    /// `json`, where 10,000 other identities have their records.
    Crowded,
    ColdHttp,
    ColdHttps,
}

/// How it is linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Build {
    Dynamic,
    Static,
    /// As its maker does.
    Theirs,
}

/// One thing that is measured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Case {
    pub(crate) who: Who,
    pub(crate) task: Task,
    pub(crate) build: Build,
}

impl Case {
    pub(crate) fn new(who: Who, task: Task, build: Build) -> Self {
        Self { who, task, build }
    }

    pub(crate) fn peer(name: &str, task: Task) -> Self {
        Self::new(Who::Peer(name.to_owned()), task, Build::Theirs)
    }

    /// `/bin/true`, beside which all others are put.
    pub(crate) fn nothing() -> Self {
        Self::new(Who::Nothing, Task::Cached, Build::Theirs)
    }

    pub(crate) fn is_cold(&self) -> bool {
        matches!(self.task, Task::ColdHttp | Task::ColdHttps)
    }

    /// As tables and the picture name it.
    pub(crate) fn name(&self) -> String {
        let what = match (&self.who, self.task) {
            (Who::Nothing, _) => return "/bin/true".into(),
            (Who::Peer(name), _) => return name.clone(),
            (Who::Floor, Task::ColdHttp) => "the floor, http",
            (Who::Floor, Task::ColdHttps) => "the floor, https",
            (Who::Floor, _) => "the floor",
            (Who::Ours, Task::Cached) => "jwt-credential json",
            (Who::Ours, Task::WithOption) => "jwt-credential json -p NAME",
            (Who::Ours, Task::Token) => "jwt-credential token",
            (Who::Ours, Task::Git) => "jwt-credential git get",
            (Who::Ours, Task::Kubectl) => "jwt-credential kubectl",
            (Who::Ours, Task::Crowded) => "jwt-credential json beside 10,000 records",
            (Who::Ours, Task::ColdHttp) => "jwt-credential json, http",
            (Who::Ours, Task::ColdHttps) => "jwt-credential json, https",
        };
        format!("{what}{}", if self.build == Build::Static { ", static" } else { "" })
    }
}
