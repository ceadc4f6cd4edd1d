//! A program that this process starts and waits for.

use std::io;
use std::os::windows::io::AsRawHandle as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use win32job::Job;

/// Ctrl-C, caught so that this process can clean up first.
pub struct EndSignals {
    came: Arc<AtomicBool>,
}

impl EndSignals {
    /// Catches it from now on.
    pub fn catch() -> io::Result<Self> {
        let came = Arc::new(AtomicBool::new(false));
        let seen = came.clone();
        ctrlc::set_handler(move || seen.store(true, Ordering::SeqCst)).map_err(io::Error::other)?;
        Ok(Self { came })
    }

    /// Waits for it.
    pub fn wait(&mut self) {
        const LOOK: Duration = Duration::from_millis(50);
        while !self.came.load(Ordering::SeqCst) {
            std::thread::sleep(LOOK);
        }
    }

    /// The console sends Ctrl-C to the child as well.
    pub fn pass_on_to(self, _: &Child) {
        drop(self);
    }
}

/// All processes of a command: a job object.
pub struct ProcessGroup {
    job: Option<Job>,
}

impl ProcessGroup {
    pub fn of(_: &mut Command) -> Self {
        Self { job: Job::create().ok() }
    }

    /// Takes the child that the command started. Its own children belong to the same job.
    pub fn take(&mut self, child: &Child) {
        self.job.take_if(|job| job.assign_process(child.as_raw_handle() as isize).is_err());
    }

    /// Ends them. Otherwise what the command left in the background goes on.
    pub fn kill(self) {
        if let Some(job) = self.job
            && let Ok(mut limits) = job.query_extended_limit_info()
        {
            limits.limit_kill_on_job_close();
            let _ = job.set_extended_limit_info(&limits);
        }
    }
}

/// The exit code of a child, if it fits.
pub fn exit_code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
