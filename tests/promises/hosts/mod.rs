//! Which servers get a token, and from which profile.

mod by_tool;
mod forms;
mod hostile;
mod names;
mod selection;
