//! One file for each tool that `integrations/` serves: the real tool, driven by the very files of that directory.

mod curl;
mod httpie;
mod postman;
mod wget;
mod xh;
