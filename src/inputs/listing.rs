//! Folders as they are now, and what the stat index remembers of them.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Error;
use super::digest::{self, Digest};
use super::stat::{self, Kind, Stat, now};

/// A file whose inode changed less than this before it was hashed may have been written again within the same tick of
/// the file system's clock: its digest is not trusted next time (git calls such an entry racily clean). Two seconds
/// is the coarsest clock in use (FAT).
const TICK: i64 = 2_000_000_000;

/// An entry of a folder.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where its name is among the folder's names.
    name: Range<u32>,
    pub(super) stat: Stat,
    /// The digest of the content, of the link's target or of a folder the mode, once it is known.
    digest: OnceLock<Digest>,
    /// The digest that the index had for something of this name that BuildKit could not tell from this.
    lookalike: Option<Box<Digest>>,
    /// The digest may be used next time too.
    settled: AtomicBool,
}

/// A folder as it is now.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) path: PathBuf,
    /// Sorted by name.
    pub(super) entries: Vec<Entry>,
    /// All names in one piece: most folders of a tree are only looked at to see that nothing has changed.
    names: Vec<u8>,
    /// The index has another opinion, or none.
    dirty: AtomicBool,
}

impl Listing {
    /// Reads a folder; `row` is what the index has for it.
    pub(super) fn read(path: &Path, row: Option<&[u8]>) -> Result<Self, Error> {
        // There are about as many entries as there were, and their names are the smaller part of the row.
        let row = row.unwrap_or_default();
        let expected = Row(row).count();
        let mut entries = Vec::with_capacity(expected + expected / 8 + 1);
        let mut names = Vec::with_capacity(row.len().saturating_sub(expected * (Known::SIZE - 1)));
        let position = |names: &Vec<u8>| u32::try_from(names.len()).unwrap_or(u32::MAX);
        stat::entries(path, |name, stat| {
            let start = position(&names);
            names.extend_from_slice(name);
            entries.push(Entry {
                name: start..position(&names),
                stat,
                digest: OnceLock::new(),
                lookalike: None,
                settled: AtomicBool::new(false),
            });
        })
        .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        entries.sort_unstable_by(|a, b| name(&names, a).cmp(name(&names, b)));
        let mut listing = Self { path: path.to_owned(), entries, names, dirty: AtomicBool::new(false) };
        listing.recall(row);
        Ok(listing)
    }

    /// Takes over the digests of files that did not change. Both sides are sorted.
    fn recall(&mut self, row: &[u8]) {
        let mut known = Row(row).peekable();
        for entry in &mut self.entries {
            let name = name(&self.names, entry);
            while known.next_if(|known| known.name < name).is_some() {}
            let known = known.next_if(|known| known.name == name);
            if entry.stat.kind == Kind::Directory {
                // Of itself only its mode counts. BuildKit's transfer overlooks a change of that.
                let mut digest = [0; 32];
                digest[..4].copy_from_slice(&entry.stat.mode.to_le_bytes());
                entry.digest = OnceLock::from(digest);
                if known.as_ref().is_none_or(|known| known.digest != digest) {
                    entry.lookalike = known.map(|known| Box::new(known.digest));
                    self.dirty = AtomicBool::new(true);
                }
                continue;
            }
            let Some(known) = known else { continue };
            if known.settled && known.stat == entry.stat.bytes() {
                entry.digest = OnceLock::from(known.digest);
                entry.settled = AtomicBool::new(true);
            } else if entry.stat.looks_like(&known.stat) {
                entry.lookalike = Some(Box::new(known.digest));
            }
        }
    }

    /// The name of one of its entries.
    pub(super) fn name(&self, entry: &Entry) -> &[u8] {
        name(&self.names, entry)
    }

    /// The digest of a file's content or of a link's target, read now unless it is known; for a folder its mode's.
    pub(super) fn digest(&self, entry: &Entry) -> Result<Digest, Error> {
        if let Some(digest) = entry.digest.get() {
            return Ok(*digest);
        }
        match entry.stat.kind {
            Kind::Special => return Ok(digest::of_bytes(&entry.stat.size.to_le_bytes())),
            Kind::File | Kind::Link | Kind::Directory => {}
        }
        let begun = now();
        let path = self.child(entry);
        let read = if entry.stat.kind == Kind::Link {
            fs_err::read_link(&path).map(|target| digest::of_bytes(target.as_os_str().as_encoded_bytes()))
        } else {
            digest::of_file(&path)
        };
        let digest = match read {
            Ok(digest) => digest,
            // A file that goes while it is looked at is like no other: whatever is built now is not remembered.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(*entry.digest.get_or_init(|| digest::of_bytes(&begun.to_le_bytes())));
            }
            Err(source) => return Err(Error::Unreadable { path, source }),
        };
        entry.settled.store(entry.stat.changed.saturating_add(TICK) < begun, Ordering::Relaxed);
        self.dirty.store(true, Ordering::Relaxed);
        Ok(*entry.digest.get_or_init(|| digest))
    }

    /// The path of an entry.
    pub(super) fn child(&self, entry: &Entry) -> PathBuf {
        self.path.join(os_string(self.name(entry)))
    }

    /// The row for the index, when it has to be written.
    pub(super) fn row(&self) -> Option<Vec<u8>> {
        if !self.dirty.load(Ordering::Relaxed) {
            return None;
        }
        let mut row = Vec::with_capacity(self.entries.len() * Known::SIZE + self.names.len());
        for entry in &self.entries {
            let name = self.name(entry);
            let (Some(digest), Ok(length)) = (entry.digest.get(), u16::try_from(name.len())) else {
                continue;
            };
            row.extend_from_slice(&length.to_le_bytes());
            row.extend_from_slice(name);
            row.extend_from_slice(&entry.stat.bytes());
            row.push(u8::from(entry.settled.load(Ordering::Relaxed)));
            row.extend_from_slice(digest);
        }
        Some(row)
    }
}

impl Entry {
    /// Its digest has to be read.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.stat.kind, Kind::File | Kind::Link) && self.digest.get().is_none()
    }

    /// Its content or a folder's mode changed, and BuildKit's transfer cannot see it.
    pub(super) fn is_disguised(&self) -> bool {
        matches!((&self.lookalike, self.digest.get()), (Some(before), Some(now)) if **before != *now)
    }
}

/// The name of an entry of the folder that `names` are of.
fn name<'a>(names: &'a [u8], entry: &Entry) -> &'a [u8] {
    names.get(entry.name.start as usize..entry.name.end as usize).unwrap_or_default()
}

/// A file as the index has it.
struct Known<'a> {
    name: &'a [u8],
    stat: [u8; 37],
    settled: bool,
    digest: Digest,
}

impl Known<'_> {
    /// The bytes of a row for each file, beside those of its name.
    const SIZE: usize = 2 + 37 + 1 + 32;
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

#[cfg(unix)]
pub(super) fn os_string(name: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(name.to_vec())
}

#[cfg(not(unix))]
pub(super) fn os_string(name: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(name).into_owned().into()
}
