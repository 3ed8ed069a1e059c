//! Folders as they are now, and what the stat index remembers of them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use super::Error;
use super::digest::Digest;

/// A file whose inode changed less than this before it was hashed may have been written again within the same tick of
/// the file system's clock: its digest is not trusted next time (git calls such an entry racily clean). Two seconds
/// is the coarsest clock in use (FAT).
const TICK: i64 = 2_000_000_000;

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
    /// but size, modification time and mode.
    fn looks_like(&self, other: &[u8; 37]) -> bool {
        let own = self.bytes();
        own[0..5] == other[0..5] && own[13..29] == other[13..29]
    }
}

/// An entry of a folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: Box<[u8]>,
    pub(super) stat: Stat,
    /// The content's digest, once it is known.
    digest: OnceLock<Digest>,
    /// The digest that the index had for a file of this name that BuildKit could not tell from this one.
    lookalike: Option<Digest>,
    /// The digest may be used next time too.
    settled: AtomicBool,
}

/// A folder as it is now.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) path: PathBuf,
    /// Sorted by name.
    pub(super) entries: Vec<Entry>,
    /// The index has another opinion, or none.
    dirty: AtomicBool,
}

impl Listing {
    /// Reads a folder; `row` is what the index has for it.
    pub(super) fn read(path: &Path, row: Option<&[u8]>) -> Result<Self, Error> {
        let failed = |source| Error::Unreadable { path: path.to_owned(), source };
        let mut entries = Vec::new();
        for entry in fs_err::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                // Gone between the two calls.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => return Err(Error::Unreadable { path: entry.path(), source }),
            };
            if let Some(stat) = stat(&metadata) {
                entries.push(Entry {
                    name: entry.file_name().as_encoded_bytes().into(),
                    stat,
                    digest: OnceLock::new(),
                    lookalike: None,
                    settled: AtomicBool::new(false),
                });
            }
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let mut listing = Self { path: path.to_owned(), entries, dirty: AtomicBool::new(false) };
        listing.recall(row.unwrap_or_default());
        Ok(listing)
    }

    /// Takes over the digests of files that did not change. Both sides are sorted.
    fn recall(&mut self, row: &[u8]) {
        let mut known = Row(row).peekable();
        let mut dirty = false;
        for entry in &mut self.entries {
            while known.next_if(|known| known.name < &*entry.name).is_some() {}
            let known = known.next_if(|known| known.name == &*entry.name);
            if entry.stat.kind == Kind::Directory {
                // Only its mode counts, and BuildKit sees a change of that when something else changes in it.
                let _set = entry.digest.set(mode_digest(entry.stat.mode));
                dirty |= known.as_ref().is_none_or(|known| known.digest != mode_digest(entry.stat.mode));
                entry.lookalike = known.map(|known| known.digest);
                continue;
            }
            let Some(known) = known else { continue };
            if known.settled && known.stat == entry.stat.bytes() {
                let _set = entry.digest.set(known.digest);
                entry.settled.store(true, Ordering::Relaxed);
            } else if entry.stat.looks_like(&known.stat) {
                entry.lookalike = Some(known.digest);
            }
        }
        self.dirty.store(dirty, Ordering::Relaxed);
    }

    /// The digest of a regular file's content, read now unless it is known.
    pub(super) fn digest(&self, entry: &Entry) -> Result<Digest, Error> {
        if let Some(digest) = entry.digest.get() {
            return Ok(*digest);
        }
        let begun = now();
        let path = self.child(&entry.name);
        let digest = match super::digest::of_file(&path) {
            Ok(digest) => digest,
            // A file that goes while it is looked at is like no other: whatever is built now is not remembered.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(super::digest::of_bytes(&begun.to_le_bytes()));
            }
            Err(source) => return Err(Error::Unreadable { path, source }),
        };
        entry.settled.store(entry.stat.changed.saturating_add(TICK) < begun, Ordering::Relaxed);
        self.dirty.store(true, Ordering::Relaxed);
        Ok(*entry.digest.get_or_init(|| digest))
    }

    /// The path of an entry.
    pub(super) fn child(&self, name: &[u8]) -> PathBuf {
        self.path.join(os_string(name))
    }

    /// The row for the index, when it has to be written.
    pub(super) fn row(&self) -> Option<Vec<u8>> {
        if !self.dirty.load(Ordering::Relaxed) {
            return None;
        }
        let mut row = Vec::with_capacity(self.entries.len() * 96);
        for entry in &self.entries {
            let (Some(digest), Ok(length)) = (entry.digest.get(), u16::try_from(entry.name.len())) else {
                continue;
            };
            row.extend_from_slice(&length.to_le_bytes());
            row.extend_from_slice(&entry.name);
            row.extend_from_slice(&entry.stat.bytes());
            row.push(u8::from(entry.settled.load(Ordering::Relaxed)));
            row.extend_from_slice(digest);
        }
        Some(row)
    }
}

impl Entry {
    /// Its content changed, and BuildKit's transfer cannot see it.
    pub(super) fn is_disguised(&self) -> bool {
        matches!((self.lookalike, self.digest.get()), (Some(before), Some(now)) if before != *now)
    }
}

/// A file as the index has it.
struct Known<'a> {
    name: &'a [u8],
    stat: [u8; 37],
    settled: bool,
    digest: Digest,
}

/// The files of a row, in the order of their names. A row that is cut off or garbled ends early.
struct Row<'a>(&'a [u8]);

impl<'a> Iterator for Row<'a> {
    type Item = Known<'a>;

    fn next(&mut self) -> Option<Known<'a>> {
        let (length, rest) = self.0.split_first_chunk::<2>()?;
        let (name, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let (stat, rest) = rest.split_first_chunk::<37>()?;
        let (settled, rest) = rest.split_first()?;
        let (digest, rest) = rest.split_first_chunk::<32>()?;
        self.0 = rest;
        Some(Known { name, stat: *stat, settled: *settled == 1, digest: *digest })
    }
}

/// What stands for a folder in the index.
fn mode_digest(mode: u32) -> Digest {
    let mut digest = [0; 32];
    digest[..4].copy_from_slice(&mode.to_le_bytes());
    digest
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    nanoseconds(SystemTime::now())
}

fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(unix)]
fn stat(metadata: &std::fs::Metadata) -> Option<Stat> {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    let file_type = metadata.file_type();
    let kind = match file_type {
        t if t.is_file() => Kind::File,
        t if t.is_dir() => Kind::Directory,
        t if t.is_symlink() => Kind::Link,
        t if t.is_socket() => return None,
        _ => Kind::Special,
    };
    let time =
        |seconds: i64, nanoseconds: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds);
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
fn stat(metadata: &std::fs::Metadata) -> Option<Stat> {
    let file_type = metadata.file_type();
    let kind = match file_type {
        t if t.is_dir() => Kind::Directory,
        t if t.is_symlink() => Kind::Link,
        _ => Kind::File,
    };
    let modified = metadata.modified().map_or(0, nanoseconds);
    Some(Stat { kind, mode: 0o755, inode: 0, size: metadata.len(), modified, changed: modified })
}

#[cfg(unix)]
pub(super) fn os_string(name: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(name.to_vec())
}

#[cfg(not(unix))]
pub(super) fn os_string(name: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(name).into_owned().into()
}
