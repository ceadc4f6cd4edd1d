//! Another program, such as a virus scanner, may have a file open for a moment. Until it closes it, Windows refuses to
//! open, replace or remove that file.

use std::io;
use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(2);

/// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`.
const IN_USE: [i32; 3] = [5, 32, 33];

/// Tries again while another program has the file open.
pub(super) fn patiently<T>(work: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let end = Instant::now() + LONGEST;
    loop {
        match work() {
            Err(error) if is_in_use(&error) && Instant::now() < end => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
}

fn is_in_use(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| IN_USE.contains(&code))
}

/// Tries again while another program has the file open exclusively. A file that the user may not open is reported at
/// once.
pub(super) fn open_patiently<T>(work: impl Fn() -> io::Result<T>) -> io::Result<T> {
    patiently(|| match work() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(Err(error)),
        done => done.map(Ok),
    })?
}
