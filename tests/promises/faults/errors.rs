//! The errors that a system call can return: those of its manual page, and those of network file systems, quotas,
//! limits and seccomp filters.

use super::stage::Call;

/// A row: system calls, and their errors.
const ROWS: &[(&[&str], &str)] = &[
    (&["open", "openat"], "ENOENT EACCES EPERM EMFILE ENFILE ENOMEM EIO ELOOP ENOTDIR EINTR ESTALE"),
    (&["read", "pread64", "readv"], "EIO EINTR EISDIR ESTALE ENOMEM EAGAIN"),
    (&["write", "writev"], "ENOSPC EIO EINTR EDQUOT EFBIG EPERM EAGAIN EPIPE"),
    (&["fstat"], "ENOMEM EIO EACCES ESTALE"),
    (&["newfstatat", "statx", "stat", "lstat"], "ENOMEM EIO EACCES ENOENT ESTALE ENOSYS"),
    (&["fchmod", "fchmodat", "chmod"], "EPERM EROFS EIO EACCES ENOSPC"),
    (&["utimensat"], "EPERM EROFS EACCES EIO ENOSYS"),
    (&["flock"], "ENOLCK EINTR EAGAIN EIO EBADF ENOSYS EOPNOTSUPP"),
    (&["mkdir", "mkdirat"], "ENOSPC EDQUOT EROFS EACCES EEXIST EIO ENOENT ENOMEM"),
    (&["unlink", "unlinkat"], "EACCES EROFS EIO EPERM EBUSY ENOENT"),
    (&["rename", "renameat", "renameat2"], "ENOSPC EDQUOT EROFS EACCES EIO EXDEV ENOENT EBUSY"),
    (&["access", "faccessat", "faccessat2"], "EACCES EROFS EIO ENOMEM"),
    (&["getdents64"], "EIO ENOENT ENOMEM EINTR"),
    (&["readlink", "readlinkat"], "ENOENT EACCES EIO"),
    (&["close"], "EIO EINTR ENOSPC EDQUOT"),
    (&["fcntl", "ioctl", "lseek"], "EINVAL EIO EPERM"),
    (&["socket"], "EMFILE ENFILE ENOBUFS ENOMEM EACCES EAFNOSUPPORT"),
    (&["connect"], "ECONNREFUSED ETIMEDOUT ENETUNREACH EHOSTUNREACH EINTR EADDRNOTAVAIL EPERM EAGAIN"),
    (&["getsockopt", "setsockopt", "getpeername", "getsockname"], "ENOBUFS ENOMEM EINVAL"),
    (&["poll", "ppoll"], "EINTR ENOMEM EINVAL"),
    (&["sendto", "sendmsg"], "ECONNRESET EPIPE ETIMEDOUT EAGAIN EINTR ENOBUFS ENOMEM EIO"),
    (&["recvfrom", "recvmsg"], "ECONNRESET ETIMEDOUT EAGAIN EINTR ENOMEM EIO ECONNREFUSED"),
    (&["getrandom"], "ENOSYS EINTR EPERM"),
    // Not brk: Linux answers with the old end of the heap in place of an error, and glibc takes an injected one for success.
    (&["mmap", "mremap", "mprotect", "munmap"], "ENOMEM"),
    (&["madvise"], "EAGAIN EINVAL"),
    (&["clone", "clone3"], "EAGAIN ENOMEM EPERM ENOSYS"),
    (&["vfork", "fork"], "EAGAIN ENOMEM EPERM"),
    (&["pipe", "pipe2", "dup", "dup2", "dup3", "eventfd2", "pidfd_open"], "EMFILE ENFILE ENOMEM"),
    (&["wait4", "waitid"], "EINTR ECHILD"),
    (&["kill", "pidfd_send_signal"], "ESRCH EPERM"),
    (&["futex"], "EINTR EAGAIN"),
    (&["prctl", "sched_getaffinity", "sysinfo", "prlimit64"], "EINVAL EPERM ENOSYS"),
];

/// Further errors of a call that creates a file.
const OF_CREATION: &str = "ENOSPC EDQUOT EROFS EEXIST";

/// The errors of one call; empty if it cannot fail.
pub(super) fn of(call: &Call) -> Vec<&'static str> {
    // Debug builds of std use this call only to check that a descriptor is open.
    if call.line.contains("F_GETFD") {
        return Vec::new();
    }
    let row = ROWS.iter().find(|(names, _)| names.contains(&call.name()));
    let creates = if call.line.contains("O_CREAT") { OF_CREATION } else { "" };
    row.map_or("", |(_, errors)| errors)
        .split(' ')
        .chain(creates.split(' '))
        .filter(|error| !error.is_empty())
        .collect()
}
