//! What is read of a context, as the walk found it.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Item;
use super::digest::{Digest, of_bytes};
use super::listing::{Entry, Listing};
use super::stat::Kind;

/// Everything that is read of a context.
///
/// A tree of what was seen anyway: paths and stamps are only made for whoever asks, since a build that has nothing to
/// do needs neither.
#[derive(Debug)]
pub struct FileSet {
    /// The context's folder, once for each time it was walked.
    walks: Vec<Picked>,
    /// Equal for two sets when paths, kinds, modes, contents and link targets are.
    pub digest: Digest,
    /// A file changed in a way that BuildKit's transfer, which compares size, modification time and mode, cannot
    /// see.
    pub disguised: bool,
}

/// What is read of a folder.
#[derive(Debug)]
pub(super) struct Picked {
    listing: Arc<Listing>,
    /// In the order of their names.
    picks: Vec<Pick>,
    digest: Digest,
    disguised: bool,
}

/// An entry that is read.
#[derive(Debug)]
pub(super) struct Pick {
    /// Its index in the listing.
    pub(super) entry: usize,
    /// The first read that takes it.
    pub(super) read: usize,
    /// What is read below, if it is a folder.
    pub(super) below: Option<Box<Picked>>,
}

impl FileSet {
    /// Links may lead to what is read anyway, so several walks may have found the same.
    pub(super) fn new(walks: Vec<Picked>) -> Self {
        let disguised = walks.iter().any(|walk| walk.disguised);
        let mut set = Self { walks, digest: [0; 32], disguised };
        set.digest = if let [walk] = &set.walks[..] {
            walk.digest
        } else {
            let mut bytes = b"several".to_vec();
            for item in set.items() {
                put(&mut bytes, &item.path);
                bytes.extend_from_slice(&item.value());
            }
            of_bytes(&bytes)
        };
        set
    }

    /// The items, in the order of a walk by name (by path, where links were followed).
    pub fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for walk in &self.walks {
            walk.visit(&mut Vec::new(), &mut |path, listing, pick| {
                let entry = &listing.entries[pick.entry];
                items.push(Item {
                    path: path.to_vec(),
                    kind: entry.stat.kind,
                    mode: entry.stat.mode,
                    // The walk read all of them.
                    digest: listing.digest(entry).unwrap_or_default(),
                    read: pick.read,
                });
            });
        }
        if self.walks.len() > 1 {
            let mut seen = BTreeSet::new();
            items.retain(|item| seen.insert(item.path.clone()));
            items.sort_by(|a, b| a.path.cmp(&b.path));
        }
        items
    }

    /// Differs whenever any of the items was written in between, even to the same content.
    pub fn stamp(&self) -> Digest {
        let mut stamp = Sha256::new();
        for walk in &self.walks {
            walk.visit(&mut Vec::new(), &mut |path, listing, pick| {
                let stat = &listing.entries[pick.entry].stat;
                stamp.update((path.len() as u64).to_le_bytes());
                stamp.update(path);
                if stat.kind == Kind::Directory {
                    // A folder's times change with what is in it, read or not.
                    stamp.update(stat.mode.to_le_bytes());
                } else {
                    stamp.update(stat.bytes());
                }
            });
        }
        stamp.finalize().into()
    }
}

impl Picked {
    /// The digests of all picks are known.
    pub(super) fn new(listing: Arc<Listing>, picks: Vec<Pick>) -> Self {
        let mut bytes = Vec::with_capacity(picks.len() * 64);
        let mut disguised = false;
        for pick in &picks {
            let entry = &listing.entries[pick.entry];
            put(&mut bytes, listing.name(entry));
            let content = match &pick.below {
                Some(below) => {
                    disguised |= below.disguised;
                    below.digest
                }
                None => listing.digest(entry).unwrap_or_default(),
            };
            disguised |= entry.is_disguised();
            bytes.extend_from_slice(&value(entry, &content));
        }
        Self { digest: of_bytes(&bytes), listing, picks, disguised }
    }

    /// Whether nothing is read.
    pub(super) fn is_empty(&self) -> bool {
        self.picks.is_empty()
    }

    fn visit(&self, path: &mut Vec<u8>, each: &mut impl FnMut(&[u8], &Listing, &Pick)) {
        let length = path.len();
        for pick in &self.picks {
            if length > 0 {
                path.push(b'/');
            }
            path.extend_from_slice(self.listing.name(&self.listing.entries[pick.entry]));
            each(path, &self.listing, pick);
            if let Some(below) = &pick.below {
                below.visit(path, each);
            }
            path.truncate(length);
        }
    }
}

impl Item {
    /// Kind, mode and content: everything of an item that counts beside its path.
    pub fn value(&self) -> [u8; 37] {
        value_of(self.kind, self.mode, &self.digest)
    }
}

fn value(entry: &Entry, content: &Digest) -> [u8; 37] {
    value_of(entry.stat.kind, entry.stat.mode, content)
}

fn value_of(kind: Kind, mode: u32, content: &Digest) -> [u8; 37] {
    let mut bytes = [0; 37];
    bytes[0] = kind as u8;
    bytes[1..5].copy_from_slice(&mode.to_le_bytes());
    bytes[5..].copy_from_slice(content);
    bytes
}

/// A name with its length, so that what follows cannot be taken for a part of it.
fn put(bytes: &mut Vec<u8>, name: &[u8]) {
    bytes.extend_from_slice(&(name.len() as u64).to_le_bytes());
    bytes.extend_from_slice(name);
}
