//! The names by which tools call the program: hard links, or copies on another drive. A symbolic link needs a privilege
//! that users do not have.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::path::Path;

/// Found in each of our programs, and in no other.
const MARK: &[u8] = b"jwt-credential may replace this program by a newer jwt-credential";

/// Gives the program another name. It is an error if a file has it.
pub fn link_program(program: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (program, link) = (program.as_ref(), link.as_ref());
    match std::fs::hard_link(program, link) {
        Err(error) if !link.exists() && error.kind() != io::ErrorKind::NotFound => {
            let mut copy = File::options().write(true).create_new(true).open(link)?;
            let copied = File::open(program).and_then(|mut program| io::copy(&mut program, &mut copy));
            drop(copy);
            copied.map(drop).inspect_err(|_| drop(std::fs::remove_file(link)))
        }
        linked => linked,
    }
}

/// Whether a file is the program under another name.
pub fn is_link_to(link: &Path, program: &Path) -> bool {
    let size = |path: &Path| path.metadata().map(|meta| meta.len()).ok();
    size(link) == size(program) && std::fs::read(link).ok() == std::fs::read(program).ok()
}

/// Whether a file is the program under another name, or an earlier version of it.
pub fn is_program_link(link: &Path, program: &Path) -> bool {
    let is_ours = |bytes: Vec<u8>| bytes.windows(MARK.len()).any(|part| part == black_box(MARK));
    is_link_to(link, program) || std::fs::read(link).is_ok_and(is_ours)
}
