//! Text for a program that this process becomes.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

use rustix::io::{Errno, FdFlags};
use rustix::pipe::PipeFlags;

/// Text that the next program reads from a path, and that no other process can read: a pipe that it inherits.
pub struct InheritedFile(OwnedFd);

impl InheritedFile {
    /// Fills the pipe. A text that is longer than the pipe's capacity is an error: only the next program reads from it.
    pub fn holding(text: &str) -> io::Result<Self> {
        let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC.union(PipeFlags::NONBLOCK))?;
        match rustix::io::write(&writer, text.as_bytes()) {
            Ok(written) if written == text.len() => {}
            Ok(_) | Err(Errno::AGAIN) => return Err(io::Error::other("the text is longer than a pipe holds")),
            Err(error) => return Err(error.into()),
        }
        rustix::io::fcntl_setfd(&reader, FdFlags::empty())?;
        Ok(Self(reader))
    }

    /// The path by which the program opens it.
    pub fn path(&self) -> String {
        format!("/dev/fd/{}", self.0.as_raw_fd())
    }
}
