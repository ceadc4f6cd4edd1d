//! Directories that the user owns, and whether files can be created there.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::{Access, FileType, Mode, Stat, StatVfsMountFlags, access, stat};
use rustix::io::Errno;
use tempfile::TempDir;

use super::mode::{check_private, is_foreign, is_ours};

/// Creates a directory for the user's files with its parents, 0700, or checks the existing one.
pub fn create_directory(path: &Path) -> io::Result<()> {
    match stat(path) {
        Ok(existing) => check_directory(&existing),
        Err(_) => create_directories(path),
    }
}

/// Checks that files can be created in a directory, which may have to be created first.
pub fn check_can_write(path: &Path) -> io::Result<()> {
    match stat(path) {
        Ok(existing) => {
            check_directory(&existing)?;
            Ok(access(path, Access::WRITE_OK)?)
        }
        Err(_) => check_can_create(path),
    }
}

/// After sudo, `HOME` may be another user's.
fn check_directory(existing: &Stat) -> io::Result<()> {
    match FileType::from_raw_mode(existing.st_mode) {
        FileType::Directory => check_private(existing, is_ours(existing)),
        _ => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Checks that only the user and root can change what a directory holds. One that does not exist or cannot be examined
/// passes: nothing is read from it.
pub fn check_trusted_directory(path: &Path) -> io::Result<()> {
    let Ok(stat) = stat(path) else { return Ok(()) };
    // Kubernetes mounts secrets read-only, in a directory of mode 1777.
    let is_read_only =
        || rustix::fs::statvfs(path).is_ok_and(|system| system.f_flag.contains(StatVfsMountFlags::RDONLY));
    check_private(&stat, !is_foreign(&stat))
        .or_else(|error| if !is_foreign(&stat) && is_read_only() { Ok(()) } else { Err(error) })
}

/// Checks that this user can create a directory: nothing is created in another user's.
pub fn check_can_create(path: &Path) -> io::Result<()> {
    let root = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/"));
    if is_foreign(&stat(root)?) {
        let what = format!("{} belongs to another user", root.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
    }
    Ok(access(root, Access::WRITE_OK)?)
}

/// Whether a path, or the directory in which it would be created, is on a file system whose locks may not work or may
/// reach other machines (statfs(2)).
#[cfg(target_os = "linux")]
pub fn is_on_network(path: &Path) -> bool {
    // NFS, SMB, CIFS, SMB2, FUSE, 9P, AFS, Ceph, Lustre, GPFS.
    const REMOTE: [u32; 10] = [
        0x6969,
        0x517b,
        0xff53_4d42,
        0xfe53_4d42,
        0x6573_5546,
        0x0102_1997,
        0x6b41_4653,
        0x00c3_6400,
        0x0bd0_0bd0,
        0x4750_4653,
    ];
    let existing = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/"));
    rustix::fs::statfs(existing)
        .is_ok_and(|system| u32::try_from(system.f_type).is_ok_and(|kind| REMOTE.contains(&kind)))
}

/// Other systems do not tell by a number.
#[cfg(not(target_os = "linux"))]
pub fn is_on_network(_: &Path) -> bool {
    false
}

/// Creates a directory for temporary files, 0700 from the start, which is removed when this is dropped.
pub fn temporary_directory(prefix: &str) -> io::Result<TempDir> {
    let owner_only = Permissions::from_mode(0o700);
    let directory = tempfile::Builder::new().prefix(prefix).permissions(owner_only.clone()).tempdir()?;
    // The umask may have removed the owner's own rights.
    std::fs::set_permissions(directory.path(), owner_only)?;
    Ok(directory)
}

/// Creates the directories of a path that are missing, 0700.
pub fn create_directories(path: &Path) -> io::Result<()> {
    check_can_create(path)?;
    let missing: Vec<&Path> = path.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    for directory in missing.iter().rev() {
        match rustix::fs::mkdir(*directory, Mode::RWXU) {
            // Restore the owner's rights that the umask removed.
            Ok(()) => rustix::fs::chmod(*directory, Mode::RWXU)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
