//! A file or answers become a draft, the draft is checked, and the profile is written: what `import` and `init` share.

pub mod answers;
mod command_line;
mod rollback_files;
pub mod input;
pub mod install;
pub mod key_pair;
mod left_over;
pub mod key_material;
pub mod write;
