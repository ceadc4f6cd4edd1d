//! Real client tools, each against a server of its own kind on this machine.

mod bazel;
mod go;
mod pip;
mod pnpm;
mod rclone;
mod snippets;
mod terraform;
mod uv;
