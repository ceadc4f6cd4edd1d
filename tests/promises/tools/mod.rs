//! One file for each tool that `integrations/` serves: the real tool, driven by the very files of that directory.

mod bruno;
mod curl;
mod httpie;
mod httpyac;
mod postman;
mod wget;
mod xh;
