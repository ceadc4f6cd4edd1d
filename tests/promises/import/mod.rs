//! `import`: from a downloaded file to a profile, and from an old profile to a new one.

mod downloads;
mod every_file;
mod hostile;
mod incomplete;
mod keys;
mod named;
mod odd;
mod rejected;
mod replacing;
mod replacing_safely;
mod tested;
mod used_in_place;
