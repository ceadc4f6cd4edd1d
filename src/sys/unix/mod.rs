//! Linux and macOS.

mod agent;
mod base_dirs;
mod checked_file;
mod child;
mod clock;
mod directories;
mod inherited_file;
mod metadata;
mod mode;
mod network;
mod new_file;
mod private_dir;
mod process;
mod program_link;
mod shell;
mod stream;
mod terminal;

// Files and directories.
pub use base_dirs::{SYSTEM_CONFIG, user_cache, user_config, user_runtime};
pub use checked_file::{read_checked, read_checked_up_to};
pub use directories::{
    check_can_create, check_can_write, check_trusted_directory, create_directories, create_directory, is_on_network,
    temporary_directory,
};
pub use inherited_file::InheritedFile;
pub use metadata::{change_marks, is_executable};
pub(super) use mode::make_private;
pub(super) use new_file::{open_directory_lock, private_options, rename_over};
pub use new_file::{open_to_append, rename_to_new, sync_directory};
pub use private_dir::PrivateDir;
pub use program_link::{is_link_to, is_program_link, link_program};
#[cfg(test)]
pub use std::os::unix::fs::symlink as link_directory;

// Streams, the terminal and the shell.
pub use shell::{PATH_SEPARATOR, close_command, make_private_command, set_variable, shell_word, variable};
pub use stream::{Input, TimedReader, is_stdout_null, stdin_until, write_stdout_until};
pub use terminal::{HiddenInput, Tty, foreground_terminal, is_interrupted, read_terminal, terminal_input};

// Processes, the machine and the network.
pub use agent::ask_ssh_agent;
pub use child::{EndSignals, ProcessGroup, exit_code};
pub use clock::{boot_id, host_name, time_since_boot};
pub use network::{connect_local, is_lookup_failure};
pub use process::become_program;
pub(super) use process::protect_process;
