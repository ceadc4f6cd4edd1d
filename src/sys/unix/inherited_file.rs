//! Text for a program that this process becomes.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

use rustix::io::{Errno, FdFlags};
#[cfg(target_os = "linux")]
use rustix::pipe::PipeFlags;

/// Text that the next program reads from a path, and that no other process can read: a pipe that it inherits.
pub struct InheritedFile(OwnedFd);

impl InheritedFile {
    /// Fills the pipe. A text that is longer than the pipe's capacity is an error: only the next program reads from it.
    pub fn holding(text: &str) -> io::Result<Self> {
        let (reader, writer) = pipe()?;
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

/// A pipe that no program inherits, and whose writes fail when it is full.
#[cfg(target_os = "linux")]
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::pipe::pipe_with(PipeFlags::CLOEXEC.union(PipeFlags::NONBLOCK))?)
}

/// macOS has no pipe2(2).
#[cfg(not(target_os = "linux"))]
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    rustix::io::ioctl_fionbio(&writer, true)?;
    Ok((reader.into(), writer.into()))
}
