//! Real client tools, each against a server of its own kind on this machine.

mod bazel;
mod cargo;
mod docker;
mod git;
mod go;
mod kubectl;
mod link;
mod pip;
mod pnpm;
mod rclone;
mod snippets;
mod terraform;
mod uv;
//! Each tool, driven by the very files of `integrations/`.
mod adobe;
mod ci;
