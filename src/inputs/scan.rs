//! Walks contexts and finds what is read of them.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use super::listing::{Entry, Listing};
use super::pattern::Pattern;
use super::set::{FileSet, Pick, Picked};
use super::stat::Kind;
use super::{Error, Request};
use crate::ignorefile::{Matched, Rules};
use crate::state::{Database, Directories};

/// A symbolic link is followed so often on the way to a source, and no oftener (Linux: `ELOOP`).
const LINKS: usize = 40;

/// A folder, read by whoever comes first.
type Cell = Arc<OnceLock<Arc<Listing>>>;

/// Walks contexts. Folders are listed once as long as it lives: make a new one to see what changed since.
#[derive(Debug)]
pub struct Scanner<'a> {
    database: &'a Database,
    /// By path.
    listings: Mutex<HashMap<OsString, Cell>>,
    /// The roots whose rows were loaded, with the rows.
    rows: Mutex<Vec<(PathBuf, Arc<Directories>)>>,
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
        Ok(FileSet::new(walk.all()?))
    }

    /// Writes what was learned into the stat index.
    pub fn save(&self) {
        let listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        let rows: Vec<_> = listings
            .iter()
            .filter_map(|(path, cell)| Some((path.as_encoded_bytes().to_vec(), cell.get()?.row()?)))
            .collect();
        self.database.set_directories(&rows, &[]);
    }

    /// The rows of the index for `root` and below.
    fn rows(&self, root: &Path) -> Arc<Directories> {
        let mut loaded = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, rows)) = loaded.iter().find(|(known, _)| root.starts_with(known)) {
            return rows.clone();
        }
        let rows = Arc::new(self.database.directories(root.as_os_str().as_encoded_bytes()));
        loaded.push((root.to_owned(), rows.clone()));
        rows
    }

    fn listing(&self, path: &Path, rows: &Directories) -> Result<Arc<Listing>, Error> {
        let cell = {
            let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
            match listings.get(path.as_os_str()) {
                Some(cell) => cell.clone(),
                None => listings.entry(path.into()).or_default().clone(),
            }
        };
        if let Some(listing) = cell.get() {
            return Ok(listing.clone());
        }
        let row = rows.get(path.as_os_str().as_encoded_bytes());
        let listing = Arc::new(Listing::read(path, row)?);
        Ok(cell.get_or_init(|| listing).clone())
    }
}

/// One walk for one request.
struct Walk<'a> {
    scanner: &'a Scanner<'a>,
    rows: &'a Directories,
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
    fn all(&self) -> Result<Vec<Picked>, Error> {
        let mut patterns: Vec<(usize, Pattern)> = self
            .request
            .reads
            .iter()
            .enumerate()
            .map(|(read, r)| (read, Pattern::parse(r.pattern.as_bytes())))
            .collect();
        let mut known = patterns.clone();
        let mut walks = Vec::new();
        while !patterns.is_empty() && walks.len() <= LINKS {
            let pass = Pass { walk: self, patterns: &patterns, behind: Mutex::default() };
            let way = Way {
                places: (0..patterns.len()).map(|read| Place { read, at: 0 }).collect(),
                whole: (0..patterns.len()).filter(|read| patterns[*read].1.ends(0)).collect(),
                ignored: self.request.ignore.root(),
            };
            walks.push(pass.folder(self.root, &[], &way)?);
            let behind = pass.behind.into_inner().unwrap_or_else(PoisonError::into_inner);
            patterns = behind.into_iter().filter(|pattern| !known.contains(pattern)).collect();
            known.extend(patterns.iter().cloned());
        }
        Ok(walks)
    }
}

/// A folder to look into.
struct Below {
    /// Its index in the listing.
    entry: usize,
    path: Vec<u8>,
    way: Way,
    /// The read that takes it, whatever is in it.
    taken: Option<usize>,
}

impl Pass<'_> {
    fn folder(&self, path: &Path, relative: &[u8], way: &Way) -> Result<Picked, Error> {
        let listing = self.walk.scanner.listing(path, self.walk.rows)?;
        let rules = &self.walk.request.ignore;
        let mut picks = Vec::with_capacity(listing.entries.len());
        let mut below = Vec::new();
        let mut unknown = Vec::new();
        let mut steps = Vec::new();
        let mut path = relative.to_vec();
        if !relative.is_empty() {
            path.push(b'/');
        }
        let base = path.len();
        for (index, entry) in listing.entries.iter().enumerate() {
            path.truncate(base);
            path.extend_from_slice(listing.name(entry));
            let (ignored, matched) = rules.enter(&way.ignored, &path);
            if entry.stat.kind == Kind::Directory {
                if ignored && !rules.may_keep_below(&path) {
                    continue;
                }
                if let Some(way) = self.enter(way, &listing, entry, &path, matched, &mut steps) {
                    let taken = if ignored { None } else { way.whole.first().copied() };
                    below.push(Below { entry: index, path: path.clone(), way, taken });
                }
                continue;
            }
            if ignored {
                continue;
            }
            let mut taken = self.taken(way, &listing, entry, &path, &mut steps);
            if entry.stat.kind == Kind::Link && self.follow(&listing, entry, &path, way) {
                taken = taken.or(Some(0));
            }
            if let Some(pattern) = taken {
                if entry.is_unknown() {
                    unknown.push(entry);
                }
                picks.push(self.pick(index, pattern, None));
            }
        }
        // What has to be read is read while the folders below are looked into.
        let read = || unknown.par_iter().with_min_len(4).try_for_each(|e| listing.digest(e).map(drop));
        let look = || self.below(&listing, below);
        let folders = if unknown.is_empty() {
            look()?
        } else {
            let (read, folders) = rayon::join(read, look);
            read?;
            folders?
        };
        if !folders.is_empty() {
            picks.extend(folders);
            picks.sort_unstable_by_key(|pick| pick.entry);
        }
        Ok(Picked::new(listing.clone(), picks))
    }

    /// The folders below that are part of it, and what is read of them.
    fn below(&self, listing: &Listing, below: Vec<Below>) -> Result<Vec<Pick>, Error> {
        let look = |below: Below| {
            let path = listing.child(&listing.entries[below.entry]);
            let picked = self.folder(&path, &below.path, &below.way)?;
            // A folder on the way to something is part of it: BuildKit makes it, with its mode.
            let on_the_way = || {
                let way = &below.way;
                (!picked.is_empty())
                    .then(|| way.whole.first().or(way.places.first().map(|p| &p.read)).copied().unwrap_or(0))
            };
            let pattern = below.taken.or_else(on_the_way);
            Ok(pattern.map(|pattern| self.pick(below.entry, pattern, Some(Box::new(picked)))))
        };
        below.into_par_iter().map(look).filter_map(Result::transpose).collect()
    }

    fn pick(&self, entry: usize, pattern: usize, below: Option<Box<Picked>>) -> Pick {
        let read = self.patterns.get(pattern).map_or(0, |(read, _)| *read);
        Pick { entry, read, below }
    }

    /// The first read that takes an entry which is no folder.
    fn taken(
        &self,
        way: &Way,
        listing: &Listing,
        entry: &Entry,
        path: &[u8],
        steps: &mut Vec<usize>,
    ) -> Option<usize> {
        let mut taken = way.whole.iter().copied().find(|read| self.keeps(*read, path, entry));
        for place in &way.places {
            if taken.is_some_and(|taken| taken < place.read) {
                continue;
            }
            let pattern = &self.patterns[place.read].1;
            steps.clear();
            pattern.step(place.at, listing.name(entry), steps);
            if steps.iter().any(|at| pattern.ends(*at)) && self.keeps(place.read, path, entry) {
                taken = Some(place.read);
            }
        }
        taken
    }

    /// Where the reads are below a folder; `None` = no read is interested in it or in anything below.
    fn enter(
        &self,
        way: &Way,
        listing: &Listing,
        entry: &Entry,
        path: &[u8],
        ignored: Matched,
        steps: &mut Vec<usize>,
    ) -> Option<Way> {
        let mut next = Way { places: vec![], whole: vec![], ignored };
        next.whole.extend(way.whole.iter().copied().filter(|read| self.keeps(*read, path, entry)));
        for place in &way.places {
            let pattern = &self.patterns[place.read].1;
            steps.clear();
            pattern.step(place.at, listing.name(entry), steps);
            for at in steps.drain(..) {
                if pattern.ends(at)
                    && !next.whole.contains(&place.read)
                    && self.keeps(place.read, path, entry)
                {
                    next.whole.push(place.read);
                }
                next.places.push(Place { read: place.read, at });
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
            self.patterns[place.read].1.step(place.at, listing.name(entry), &mut next);
            steps.extend(next.into_iter().map(|at| (place.read, at)));
        }
        if steps.is_empty() {
            return false;
        }
        let Ok(target) = fs_err::read_link(listing.child(entry)) else { return false };
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
