//! Walks contexts and finds what is read of them.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::digest::{Digest, of_bytes};
use super::listing::{Entry, Kind, Listing};
use super::pattern::Pattern;
use super::{Error, FileSet, Item, Request};
use crate::ignorefile::{Matched, Rules};
use crate::state::Database;

/// A symbolic link is followed so often on the way to a source, and no oftener (Linux: `ELOOP`).
const LINKS: usize = 40;

/// A folder, read by whoever comes first.
type Cell = Arc<OnceLock<Arc<Listing>>>;
/// Rows of the stat index by folder.
type Rows = HashMap<Vec<u8>, Vec<u8>>;

/// Walks contexts. Folders are listed once as long as it lives: make a new one to see what changed since.
#[derive(Debug)]
pub struct Scanner<'a> {
    database: &'a Database,
    listings: Mutex<HashMap<PathBuf, Cell>>,
    /// The roots whose rows were loaded, with the rows.
    rows: Mutex<Vec<(PathBuf, Arc<Rows>)>>,
}

/// Something that is read, and where it stands.
struct Found {
    path: Vec<u8>,
    listing: Arc<Listing>,
    entry: usize,
    read: usize,
}

/// A read on its way down the tree.
#[derive(Clone, Copy)]
struct Place {
    read: usize,
    /// The element of its pattern that comes next.
    at: usize,
}

/// What is known of a folder on the way down.
#[derive(Clone)]
struct Way {
    /// Patterns that may still match something below.
    places: Vec<Place>,
    /// The reads that take everything below.
    whole: Vec<usize>,
    ignored: Matched,
}

impl<'a> Scanner<'a> {
    /// A scanner that uses the stat index of this database.
    pub fn new(database: &'a Database) -> Self {
        Self { database, listings: Mutex::default(), rows: Mutex::default() }
    }

    /// Finds what is read of a context.
    ///
    /// # Errors
    /// A file or folder that is needed cannot be read.
    pub fn scan(&self, request: &Request) -> Result<FileSet, Error> {
        let root = fs_err::canonicalize(&request.root)
            .map_err(|source| Error::Unreadable { path: request.root.clone(), source })?;
        let rows = self.rows(&root);
        let walk = Walk { scanner: self, rows: &rows, request, root: &root };
        let found = walk.all()?;
        finish(&found)
    }

    /// Writes what was learned into the stat index.
    pub fn save(&self) {
        let listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        let rows: Vec<_> = listings
            .iter()
            .filter_map(|(path, cell)| {
                Some((path.as_os_str().as_encoded_bytes().to_vec(), cell.get()?.row()?))
            })
            .collect();
        self.database.set_directories(&rows, &[]);
    }

    /// The rows of the index for `root` and below.
    fn rows(&self, root: &Path) -> Arc<Rows> {
        let mut loaded = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, rows)) = loaded.iter().find(|(known, _)| root.starts_with(known)) {
            return rows.clone();
        }
        let rows = Arc::new(self.database.directories(root.as_os_str().as_encoded_bytes()));
        loaded.push((root.to_owned(), rows.clone()));
        rows
    }

    fn listing(&self, path: &Path, rows: &Rows) -> Result<Arc<Listing>, Error> {
        let cell = {
            let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
            match listings.get(path) {
                Some(cell) => cell.clone(),
                None => listings.entry(path.to_owned()).or_default().clone(),
            }
        };
        if let Some(listing) = cell.get() {
            return Ok(listing.clone());
        }
        let row = rows.get(path.as_os_str().as_encoded_bytes());
        let listing = Arc::new(Listing::read(path, row.map(Vec::as_slice))?);
        Ok(cell.get_or_init(|| listing).clone())
    }
}

/// One walk for one request.
struct Walk<'a> {
    scanner: &'a Scanner<'a>,
    rows: &'a Rows,
    request: &'a Request,
    root: &'a Path,
}

/// The patterns of one pass, by read, and the links that were met on the way.
struct Pass<'a> {
    walk: &'a Walk<'a>,
    patterns: &'a [(usize, Pattern)],
    /// Sources behind links: what is left of the pattern, below the link's target.
    behind: Mutex<Vec<(usize, Pattern)>>,
}

impl Walk<'_> {
    /// Everything that is read: first what the patterns name, then what links on the way to a source point to.
    fn all(&self) -> Result<Vec<Found>, Error> {
        let mut patterns: Vec<(usize, Pattern)> = self
            .request
            .reads
            .iter()
            .enumerate()
            .map(|(read, r)| (read, Pattern::parse(r.pattern.as_bytes())))
            .collect();
        let mut known = patterns.clone();
        let mut found = Vec::new();
        let mut passes = 0;
        while !patterns.is_empty() && passes <= LINKS {
            let pass = Pass { walk: self, patterns: &patterns, behind: Mutex::default() };
            let way = Way {
                places: (0..patterns.len()).map(|read| Place { read, at: 0 }).collect(),
                whole: (0..patterns.len()).filter(|read| patterns[*read].1.ends(0)).collect(),
                ignored: self.request.ignore.root(),
            };
            found.append(&mut pass.folder(self.root, &[], &way)?);
            let behind = pass.behind.into_inner().unwrap_or_else(PoisonError::into_inner);
            patterns = behind.into_iter().filter(|pattern| !known.contains(pattern)).collect();
            known.extend(patterns.iter().cloned());
            passes += 1;
        }
        if passes > 1 {
            // Links may lead to what is read anyway.
            let mut seen = BTreeSet::new();
            found.retain(|found| seen.insert(found.path.clone()));
            found.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(found)
    }
}

impl Pass<'_> {
    fn folder(&self, path: &Path, relative: &[u8], way: &Way) -> Result<Vec<Found>, Error> {
        let listing = self.walk.scanner.listing(path, self.walk.rows)?;
        let mut found = Vec::new();
        // Folders to look into, with the place in `found` that their content belongs to.
        let mut below = Vec::new();
        for (index, entry) in listing.entries.iter().enumerate() {
            let mut child = Vec::with_capacity(relative.len() + entry.name.len() + 1);
            child.extend_from_slice(relative);
            if !relative.is_empty() {
                child.push(b'/');
            }
            child.extend_from_slice(&entry.name);

            let rules = &self.walk.request.ignore;
            let (ignored, matched) = rules.enter(&way.ignored, &child);
            let is_folder = entry.stat.kind == Kind::Directory;
            if ignored && !(is_folder && rules.may_keep_below(&child)) {
                continue;
            }
            let Some(next) = self.enter(way, entry, &child, matched) else { continue };
            let taken = if ignored { None } else { next.whole.first().copied() };
            if is_folder {
                let read = next.whole.first().or(next.places.first().map(|p| &p.read)).copied().unwrap_or(0);
                below.push((found.len(), index, child, next, taken.is_some(), read));
            } else if entry.stat.kind == Kind::Link {
                let followed = !ignored && self.follow(&listing, entry, &child, way);
                if let Some(read) = taken.or(followed.then_some(0)) {
                    found.push(self.found(child, &listing, index, read));
                }
            } else if let Some(read) = taken {
                found.push(self.found(child, &listing, index, read));
            }
        }
        if below.is_empty() {
            return Ok(found);
        }
        let contents = below
            .par_iter()
            .map(|(_, index, child, next, ..)| {
                self.folder(&listing.child(&listing.entries[*index].name), child, next)
            })
            .collect::<Result<Vec<_>, Error>>()?;
        // Splice the contents in behind their folders, in order.
        let mut whole =
            Vec::with_capacity(found.len() + contents.iter().map(Vec::len).sum::<usize>() + below.len());
        let mut rest = found.into_iter();
        let mut taken_so_far = 0;
        for ((at, index, child, _, taken, read), mut content) in below.into_iter().zip(contents) {
            whole.extend(rest.by_ref().take(at - taken_so_far));
            taken_so_far = at;
            // A folder on the way to something is part of it: BuildKit makes it, with its mode.
            if taken || !content.is_empty() {
                whole.push(self.found(child, &listing, index, read));
            }
            whole.append(&mut content);
        }
        whole.extend(rest);
        Ok(whole)
    }

    fn found(&self, path: Vec<u8>, listing: &Arc<Listing>, entry: usize, pattern: usize) -> Found {
        let read = self.patterns.get(pattern).map_or(0, |(read, _)| *read);
        Found { path, listing: listing.clone(), entry, read }
    }

    /// Where the reads are after this entry; `None` = no read is interested in it or in anything below.
    fn enter(&self, way: &Way, entry: &Entry, path: &[u8], ignored: Matched) -> Option<Way> {
        let mut next = Way { places: vec![], whole: vec![], ignored };
        for read in &way.whole {
            if self.keeps(*read, path, entry) {
                next.whole.push(*read);
            }
        }
        let mut steps = Vec::new();
        for place in &way.places {
            steps.clear();
            let pattern = &self.patterns[place.read].1;
            pattern.step(place.at, &entry.name, &mut steps);
            for at in &steps {
                if pattern.ends(*at)
                    && !next.whole.contains(&place.read)
                    && self.keeps(place.read, path, entry)
                {
                    next.whole.push(place.read);
                }
                next.places.push(Place { read: place.read, at: *at });
            }
        }
        next.whole.sort_unstable();
        (!next.whole.is_empty() || !next.places.is_empty()).then_some(next)
    }

    /// Whether a read's own exclusions keep this path (or may keep something below it).
    fn keeps(&self, pattern: usize, path: &[u8], entry: &Entry) -> bool {
        let exclude: &Rules = &self.walk.request.reads[self.patterns[pattern].0].exclude;
        exclude.is_empty()
            || !exclude.ignores(path)
            || (entry.stat.kind == Kind::Directory && exclude.may_keep_below(path))
    }

    /// A link that is a source, or on the way to one, is followed inside of the context (BuildKit: `FollowPaths`).
    /// Returns whether it was on the way.
    fn follow(&self, listing: &Listing, entry: &Entry, path: &[u8], way: &Way) -> bool {
        let mut steps: Vec<(usize, usize)> = Vec::new();
        for place in &way.places {
            let mut next = Vec::new();
            self.patterns[place.read].1.step(place.at, &entry.name, &mut next);
            steps.extend(next.into_iter().map(|at| (place.read, at)));
        }
        if steps.is_empty() {
            return false;
        }
        let Ok(target) = fs_err::read_link(listing.child(&entry.name)) else { return false };
        let target = resolve(path, target.as_os_str().as_encoded_bytes());
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        for (pattern, at) in steps {
            let (read, pattern) = &self.patterns[pattern];
            behind.push((*read, pattern.moved(at, &target)));
        }
        true
    }
}

/// A link's target relative to the context's root: absolute ones begin there, and none leads out of it.
fn resolve(link: &[u8], target: &[u8]) -> Vec<u8> {
    let folder = link.iter().rposition(|byte| *byte == b'/').map_or(&[][..], |at| &link[..at]);
    let begin = if target.first() == Some(&b'/') { &[][..] } else { folder };
    let mut elements: Vec<&[u8]> = Vec::new();
    for element in
        begin.split(|b| *b == b'/').chain(target.split(|b| *b == b'/' || (cfg!(windows) && *b == b'\\')))
    {
        match element {
            b"" | b"." => {}
            b".." => {
                elements.pop();
            }
            name => elements.push(name),
        }
    }
    elements.join(&b'/')
}

/// Reads what the index does not know, all files at the same time, and puts the set together.
fn finish(found: &[Found]) -> Result<FileSet, Error> {
    let items = found
        .par_iter()
        .with_min_len(32)
        .map(|found| {
            let entry = &found.listing.entries[found.entry];
            let digest: Digest = match entry.stat.kind {
                Kind::File => found.listing.digest(entry)?,
                Kind::Link => {
                    let path = found.listing.child(&entry.name);
                    let target =
                        fs_err::read_link(&path).map_err(|source| Error::Unreadable { path, source })?;
                    of_bytes(target.as_os_str().as_encoded_bytes())
                }
                Kind::Special => of_bytes(&entry.stat.size.to_le_bytes()),
                Kind::Directory => [0; 32],
            };
            Ok(Item {
                path: found.path.clone(),
                kind: entry.stat.kind,
                mode: entry.stat.mode,
                digest,
                read: found.read,
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let mut stamp = Sha256::new();
    let mut disguised = false;
    for found in found {
        let entry = &found.listing.entries[found.entry];
        stamp.update((found.path.len() as u64).to_le_bytes());
        stamp.update(&found.path);
        if entry.stat.kind == Kind::Directory {
            // A folder's times change with what is in it, read or not.
            stamp.update(entry.stat.mode.to_le_bytes());
        } else {
            stamp.update(entry.stat.bytes());
        }
        disguised |= entry.is_disguised();
    }
    Ok(FileSet { items, stamp: stamp.finalize().into(), disguised })
}
