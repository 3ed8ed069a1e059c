//! The files of a project, each read once. They are read ahead: all that a level of `requires` names is fetched and
//! parsed at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::LoadOptions;
use super::file::{self, FILE_NAMES, File, Root};
use super::target::{Entry, Target};
use super::visit::chosen;
use crate::config::remote::{Fence, Fetched, Remote, Remotes, Wanted};
use crate::diagnostic::{Excerpt, Report, Result};
use crate::yaml::Key;

/// The files that were read, and those that could not be.
pub(super) struct Files<'o> {
    options: &'o LoadOptions,
    read: BTreeMap<PathBuf, Result<Arc<File>>>,
    remotes: Remotes<'o>,
}

/// A file to read.
struct Reading {
    path: PathBuf,
    shown: PathBuf,
    fence: Option<Fence>,
}

/// The documents of a file that are visited: its indices.
type Level = Vec<(Arc<File>, Vec<usize>)>;

impl<'o> Files<'o> {
    /// Reads the root file and, as far as can be seen without profiles, all that it requires.
    ///
    /// # Errors
    /// The root file cannot be read; of the others, [`Self::open`] tells.
    pub(super) fn read(options: &'o LoadOptions, stdin: &mut dyn Read) -> Result<(Arc<File>, Self)> {
        let (root, mut files) = Self::root(options, stdin)?;
        files.ahead(&root);
        Ok((root, files))
    }

    /// Reads the root file, and none that it requires.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn root(options: &'o LoadOptions, stdin: &mut dyn Read) -> Result<(Arc<File>, Self)> {
        let mut files = Self { options, read: BTreeMap::new(), remotes: Remotes::new(options) };
        let root = match file::root(options, stdin)? {
            Root::File(root) => root,
            Root::Url(url) => files.url(&url)?,
        };
        files.read.insert(root.path.clone(), Ok(Arc::clone(&root)));
        Ok((root, files))
    }

    /// All files that were read, in the order of their paths.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<File>> {
        self.read.values().filter_map(|file| file.as_ref().ok())
    }

    /// The file of an entry of `requires`, and what is to be said of how it was fetched.
    ///
    /// # Errors
    /// It is not there, or cannot be read; at the entry's place.
    pub(super) fn open(
        &mut self,
        entry: &Entry<'_>,
        target: &Target,
    ) -> Result<(Option<Arc<File>>, Option<Report>)> {
        let (reading, warning) = match target {
            Target::Same => return Ok((None, None)),
            Target::Path(..) => (self.reading(entry, target)?, None),
            Target::Remote(wanted, _) => {
                self.remotes.fetch(std::slice::from_ref(wanted));
                let place = || remote_place(entry, &wanted.remote);
                let warning =
                    self.remotes.take_warning(&wanted.remote).map(|warning| warning.at_some(place()));
                if let Remote::Url(url) = &wanted.remote {
                    let file = self.url(url).map_err(|report| placed(report, place()))?;
                    return Ok((Some(file), warning));
                }
                (self.reading(entry, target)?, warning)
            }
        };
        let path = reading.path.clone();
        if !self.read.contains_key(&path) {
            self.read_all(vec![reading]);
        }
        match &self.read[&path] {
            Ok(file) => Ok((Some(Arc::clone(file)), warning)),
            Err(report) => Err(placed(report.clone(), entry.place(&[]))),
        }
    }

    /// Reads ahead, level by level. Errors wait in `read` and in the remotes.
    fn ahead(&mut self, root: &Arc<File>) {
        let mut seen = BTreeSet::new();
        let mut level: Level = vec![(Arc::clone(root), (0..root.documents.len()).collect())];
        while !level.is_empty() {
            let entries: Vec<(Arc<File>, Entry<'_>, Target)> = level
                .iter()
                .flat_map(|(file, indices)| indices.iter().map(move |index| (file, *index)))
                .filter(|(file, index)| seen.insert((file.path.clone(), *index)))
                .flat_map(|(file, index)| entries(file, index).map(move |entry| (Arc::clone(file), entry)))
                .filter_map(|(file, entry)| Some((file, entry, entry.target().ok()?)))
                .collect();
            let wanted: Vec<Wanted> = entries
                .iter()
                .filter_map(|(.., target)| match target {
                    Target::Remote(wanted, _) => Some(wanted.clone()),
                    _ => None,
                })
                .collect();
            self.remotes.fetch(&wanted);
            let mut readings: BTreeMap<PathBuf, Reading> = BTreeMap::new();
            let mut next = vec![];
            for (file, entry, target) in &entries {
                let names = &entry.dependency.configs;
                match target {
                    Target::Same => next.push((file.path.clone(), names.clone())),
                    Target::Remote(Wanted { remote: Remote::Url(url), .. }, _) => {
                        if self.url(url).is_ok() {
                            next.push((PathBuf::from(url), names.clone()));
                        }
                    }
                    _ => {
                        if let Ok(reading) = self.reading(entry, target) {
                            next.push((reading.path.clone(), names.clone()));
                            if !self.read.contains_key(&reading.path) {
                                readings.insert(reading.path.clone(), reading);
                            }
                        }
                    }
                }
            }
            drop(entries);
            self.read_all(readings.into_values().collect());
            level = next
                .into_iter()
                .filter_map(|(path, names)| {
                    let file = Arc::clone(self.read.get(&path)?.as_ref().ok()?);
                    let chosen = chosen(&file, &names);
                    Some((file, chosen))
                })
                .collect();
        }
    }

    /// Reads and parses files at the same time.
    fn read_all(&mut self, readings: Vec<Reading>) {
        let open = |reading: Reading| {
            let file = File::open(reading.path.clone(), &reading.shown, reading.fence.as_ref());
            (reading.path, file)
        };
        // A thread pool for one file would cost more than it brings.
        let read: Vec<_> = if readings.len() < 2 {
            readings.into_iter().map(open).collect()
        } else {
            readings.into_par_iter().map(open).collect()
        };
        self.read.extend(read);
    }

    /// The file that an entry means, found but not read.
    fn reading(&self, entry: &Entry<'_>, target: &Target) -> Result<Reading> {
        let missing = |written: &str, whole: &Path, place| {
            let looked = if whole.is_dir() {
                format!("{written} holds no {}", FILE_NAMES[0])
            } else {
                format!("{written} does not exist")
            };
            Report::config(format!("a required project file is missing: {looked}")).at_some(place)
        };
        let (whole, fence) = match target {
            Target::Path(whole, written) => {
                let Some(found) = file::existing(whole) else {
                    let report = missing(written, whole, entry.path_place())
                        .hint("correct the path; it is relative to the folder of this file");
                    return Err(Box::new(report));
                };
                (found, entry.file.fence.clone())
            }
            Target::Remote(wanted, path) => {
                let place = remote_place(entry, &wanted.remote);
                let fence = match self.remotes.get(&wanted.remote) {
                    Some(Ok(Fetched::Folder(fence))) => fence.clone(),
                    Some(Err(report)) => return Err(placed(report.clone(), place)),
                    _ => {
                        return Err(Box::new(
                            Report::config("a required file was not fetched").at_some(place),
                        ));
                    }
                };
                let whole = super::absolute(&fence.root, path);
                let Some(found) = fence
                    .check(&whole)
                    .map(|()| file::existing(&whole))
                    .map_err(|cause| entry.outside(path, &cause))?
                else {
                    let written = if path.is_empty() {
                        fence.name.clone()
                    } else {
                        format!("{path} in {}", fence.name)
                    };
                    let report = missing(&written, &whole, entry.path_place())
                        .hint("correct `path`; it is relative to the top of what is fetched");
                    return Err(Box::new(report));
                };
                (found, Some(fence))
            }
            Target::Same => (entry.file.path.clone(), None),
        };
        let shown = match &fence {
            Some(fence) => {
                // A link that is fine by its text may still lead elsewhere.
                fence.check(&whole).map_err(|cause| entry.outside(&display_in(fence, &whole), &cause))?;
                PathBuf::from(format!("{}:{}", fence.name, display_in(fence, &whole)))
            }
            None => file::display(&whole, &self.options.cwd),
        };
        Ok(Reading { path: whole, shown, fence })
    }

    fn url(&mut self, url: &str) -> Result<Arc<File>> {
        let key = PathBuf::from(url);
        if let Some(read) = self.read.get(&key) {
            return read.clone();
        }
        let remote = Remote::Url(url.to_owned());
        self.remotes.fetch(&[Wanted { remote: remote.clone(), sync: true }]);
        let file = match self.remotes.get(&remote) {
            Some(Ok(Fetched::Text(bytes))) => File::of_url(url, bytes, &self.options.cwd),
            Some(Err(report)) => Err(report.clone()),
            _ => Err(Box::new(Report::config("a file was not fetched"))),
        };
        self.read.insert(key, file.clone());
        file
    }
}

/// The entries of `requires` of a document, without profiles.
fn entries(file: &Arc<File>, index: usize) -> impl Iterator<Item = Entry<'_>> {
    let document = &file.documents[index];
    document.model.requires.iter().enumerate().map(move |(position, dependency)| Entry {
        file,
        tree: &document.tree,
        position,
        dependency,
    })
}

fn display_in(fence: &Fence, path: &Path) -> String {
    path.strip_prefix(&fence.root).unwrap_or(path).display().to_string()
}

/// Where an entry names what is fetched.
fn remote_place(entry: &Entry<'_>, remote: &Remote) -> Option<Excerpt> {
    let path: &[Key] = match remote {
        Remote::Url(_) => &["path".into()],
        Remote::Git { reference: Some(_), .. } => &["git".into(), "ref".into()],
        Remote::Git { .. } => &["git".into(), "repo".into()],
        Remote::Storage { .. } => &["googleCloudStorage".into()],
        Remote::BuildRepository { .. } => &["googleCloudBuildRepoV2".into()],
    };
    entry.place(path)
}

/// A report that has no place gets this one.
fn placed(report: Box<Report>, place: Option<Excerpt>) -> Box<Report> {
    if report.excerpts.is_empty() { Box::new(report.at_some(place)) } else { report }
}
