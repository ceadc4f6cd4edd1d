//! Real client tools, driven by the files of `integrations/`, against servers on this machine.

mod adobe;
mod bazel;
mod bruno;
mod cargo;
mod ci;
mod curl;
mod docker;
mod git;
mod git_push;
mod go;
mod http_files;
mod httpie;
mod httpyac;
mod hurl;
mod kubectl;
mod link;
mod pages;
mod pip;
mod pnpm;
mod postman;
mod rclone;
mod snippets;
mod terraform;
mod uv;
mod wget;
mod xh;
