//! Each tool, driven by the very files of `integrations/`.

mod adobe;
mod ci;
