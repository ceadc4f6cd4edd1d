//! What the platform gives, and the only module that knows which platform it is. Each platform has a folder with the
//! items that `unix/mod.rs` lists. A reader or writer here reports what failed as [`std::io::Error`]; the callers know
//! what it means to the user.

mod lock;
#[cfg(unix)]
mod unix;

pub use lock::try_lock;
#[cfg(unix)]
pub use unix::*;
