//! What the platform gives, and the only module that knows which platform it is. Each platform has a folder with the
//! items that `unix/mod.rs` lists; the files beside it build on these items. Where an item returns [`std::io::Error`],
//! its callers know what it means to the user.

mod agent_message;
mod atomic_file;
mod dir_lock;
mod limited_read;
mod lock;
mod path;
mod process;
mod socket;
mod terminal;
mod trusted_file;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub use atomic_file::{AtomicFile, create_private_file, is_temporary};
pub use dir_lock::DirLock;
pub use limited_read::MAX_FILE_SIZE;
pub use lock::try_lock;
pub use path::check_path;
pub use process::prepare_process;
pub use socket::Socket;
pub use terminal::Terminal;
pub use trusted_file::CheckedFile;
#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
pub use windows::*;
