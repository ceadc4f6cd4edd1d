//! Files and directories: their modes and owners, and what happens when one cannot be used.

mod full_disk;
mod in_the_way;
mod modes;
mod trust;
mod unusable;
