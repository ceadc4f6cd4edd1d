//! One file for each tool that `integrations/` serves: the real tool, driven by the very files of that directory.

mod bruno;
mod curl;
mod http_files;
mod httpie;
mod httpyac;
mod hurl;
mod postman;
mod wget;
mod xh;
