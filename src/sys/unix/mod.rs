//! Linux and macOS.

mod atomic_file;
mod base_dirs;
mod checked_file;
mod child;
mod clock;
mod dir_lock;
mod directories;
mod inherited_file;
mod metadata;
mod mode;
mod private_dir;
mod process;
mod stream;
mod terminal;

// Files and directories.
pub use atomic_file::{AtomicFile, create_private_file, open_to_append, rename_to_new};
pub use base_dirs::{SYSTEM_CONFIG, user_cache, user_config, user_runtime};
pub use checked_file::{CheckedFile, MAX_FILE_SIZE, read_checked, read_checked_up_to};
pub use dir_lock::DirLock;
pub use directories::{
    check_can_create, check_can_write, check_trusted_directory, create_directories, create_directory, is_on_network,
    temporary_directory,
};
pub use inherited_file::InheritedFile;
pub use metadata::{change_marks, symlink};
pub use private_dir::PrivateDir;

// Streams and the terminal.
pub use stream::{Input, TimedReader, stdin_until, write_stdout_until};
pub use terminal::{HiddenInput, foreground_terminal};

// Processes and the machine.
pub use child::{EndSignals, exit_code, give_own_group, kill_group};
pub use clock::{boot_id, host_name, time_since_boot};
pub use process::{become_program, refuse_to_be_dumped, survive_file_size_limit};
