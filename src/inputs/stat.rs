//! What the file system says of entries without reading them.

use std::path::Path;
use std::time::SystemTime;

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File = 0,
    /// A folder.
    Directory = 1,
    /// A symbolic link.
    Link = 2,
    /// A named pipe or a device. (Sockets are never sent to BuildKit and are left out.)
    Special = 3,
}

/// What tells two versions of a file apart without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) kind: Kind,
    /// Permission bits, with setuid, setgid and sticky.
    pub(super) mode: u32,
    pub(super) inode: u64,
    /// In bytes; the number of a device.
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    pub(super) modified: i64,
    /// Nanoseconds since 1970 of the inode's last change; the modification time where there is no such thing.
    pub(super) changed: i64,
}

impl Stat {
    /// The stat as bytes, for hashing and for the index.
    pub(super) fn bytes(&self) -> [u8; 37] {
        let mut bytes = [0; 37];
        bytes[0] = self.kind as u8;
        bytes[1..5].copy_from_slice(&self.mode.to_le_bytes());
        bytes[5..13].copy_from_slice(&self.inode.to_le_bytes());
        bytes[13..21].copy_from_slice(&self.size.to_le_bytes());
        bytes[21..29].copy_from_slice(&self.modified.to_le_bytes());
        bytes[29..37].copy_from_slice(&self.changed.to_le_bytes());
        bytes
    }

    /// Whether BuildKit's transfer takes both for the same content although the inode changed: it compares nothing
    /// but size, modification time and mode (and of links the targets).
    pub(super) fn looks_like(&self, other: &[u8; 37]) -> bool {
        let own = self.bytes();
        self.kind != Kind::Link && own[0..5] == other[0..5] && own[13..29] == other[13..29]
    }
}

/// Calls `found` with name and stat of every entry of a folder, in the order of the file system.
#[cfg(target_os = "linux")]
pub(super) fn entries(folder: &Path, mut found: impl FnMut(&[u8], Stat)) -> std::io::Result<()> {
    use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir};

    // Two system calls a folder and one an entry, and no memory: this is what a build with nothing to do mostly does.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(folder, flags, Mode::empty())?;
    let mut buffer = [std::mem::MaybeUninit::uninit(); 16 << 10];
    let mut entries = RawDir::new(&folder, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") || entry.file_type() == FileType::Socket {
            continue;
        }
        match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                if let Some(stat) = of(&stat) {
                    found(name.to_bytes(), stat);
                }
            }
            // Gone between the two calls.
            Err(rustix::io::Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Calls `found` with name and stat of every entry of a folder, in the order of the file system.
#[cfg(not(target_os = "linux"))]
pub(super) fn entries(folder: &Path, mut found: impl FnMut(&[u8], Stat)) -> std::io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(metadata) => {
                if let Some(stat) = of(&metadata) {
                    found(entry.file_name().as_encoded_bytes(), stat);
                }
            }
            // Gone between the two calls.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn of(stat: &rustix::fs::Stat) -> Option<Stat> {
    use rustix::fs::FileType;

    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Link,
        FileType::Socket => return None,
        _ => Kind::Special,
    };
    let size = if kind == Kind::Special { stat.st_rdev } else { u64::try_from(stat.st_size).unwrap_or(0) };
    Some(Stat {
        kind,
        mode: stat.st_mode & 0o7777,
        inode: stat.st_ino,
        size,
        modified: time(stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or(0)),
        changed: time(stat.st_ctime, i64::try_from(stat.st_ctime_nsec).unwrap_or(0)),
    })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn of(metadata: &std::fs::Metadata) -> Option<Stat> {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

    let kind = match metadata.file_type() {
        t if t.is_file() => Kind::File,
        t if t.is_dir() => Kind::Directory,
        t if t.is_symlink() => Kind::Link,
        t if t.is_socket() => return None,
        _ => Kind::Special,
    };
    Some(Stat {
        kind,
        mode: metadata.mode() & 0o7777,
        inode: metadata.ino(),
        size: if kind == Kind::Special { metadata.rdev() } else { metadata.size() },
        modified: time(metadata.mtime(), metadata.mtime_nsec()),
        changed: time(metadata.ctime(), metadata.ctime_nsec()),
    })
}

#[cfg(not(unix))]
fn of(metadata: &std::fs::Metadata) -> Option<Stat> {
    let kind = match metadata.file_type() {
        t if t.is_dir() => Kind::Directory,
        t if t.is_symlink() => Kind::Link,
        _ => Kind::File,
    };
    let modified = metadata.modified().map_or(0, nanoseconds);
    Some(Stat { kind, mode: 0o755, inode: 0, size: metadata.len(), modified, changed: modified })
}

#[cfg(unix)]
fn time(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

/// Nanoseconds since 1970.
pub(super) fn now() -> i64 {
    nanoseconds(SystemTime::now())
}

fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
