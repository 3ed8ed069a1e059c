//! A file: found, read, and parsed into its documents.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{LoadOptions, absolute};
use crate::config::document::{Document, documents};
use crate::config::remote::Fence;
use crate::diagnostic::{Kind, Report, Result};
use crate::yaml::Source;

/// The names that are looked for when none is given, in a folder.
pub(super) const FILE_NAMES: &[&str] = &["skaffold.yaml", "skaffold.yml", "skeg.yaml"];
/// The name of the project file that means standard input.
const STDIN: &str = "-";

/// A file that was read.
#[derive(Debug)]
pub(super) struct File {
    /// What it is known by: an absolute path without `.` and `..`, a URL, or the name of standard input.
    pub(super) path: PathBuf,
    /// What `requires` paths in it are relative to.
    pub(super) dir: PathBuf,
    /// What it may not reach out of, where it was fetched with others.
    pub(super) fence: Option<Fence>,
    /// It was fetched from elsewhere.
    pub(super) remote: bool,
    pub(super) source: Arc<Source>,
    pub(super) documents: Vec<Document>,
}

impl File {
    fn new(path: PathBuf, dir: PathBuf, source: Arc<Source>) -> Result<Arc<Self>> {
        let documents = documents(&source)?;
        Ok(Arc::new(Self { path, dir, fence: None, remote: false, source, documents }))
    }

    /// Reads a file of this machine; messages name it as `shown`.
    pub(super) fn open(path: PathBuf, shown: &Path, fence: Option<&Fence>) -> Result<Arc<Self>> {
        let bytes = fs_err::read(&path).map_err(|error| unreadable(shown, &error))?;
        let dir = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let source = Source::from_bytes(shown, &bytes)?;
        let documents = documents(&source)?;
        Ok(Arc::new(Self { path, dir, fence: fence.cloned(), remote: fence.is_some(), source, documents }))
    }

    /// Parses what a URL answered. Its paths are relative to the working folder, as Skaffold's are.
    pub(super) fn of_url(url: &str, bytes: &[u8], cwd: &Path) -> Result<Arc<Self>> {
        let source = Source::from_bytes(crate::config::remote::without_password(url), bytes)?;
        let documents = documents(&source)?;
        let (path, dir) = (PathBuf::from(url), cwd.to_path_buf());
        Ok(Arc::new(Self { path, dir, fence: None, remote: true, source, documents }))
    }
}

fn unreadable(shown: &Path, error: &std::io::Error) -> Report {
    let cause = error.get_ref().map_or_else(|| error.to_string(), ToString::to_string);
    Report::user(format!("cannot read {}", shown.display())).cause(cause)
}

/// What `--filename` means.
pub(super) enum Root {
    File(Arc<File>),
    Url(String),
}

/// Finds and reads the root file, unless it is elsewhere.
///
/// # Errors
/// There is none, or it cannot be read.
pub(super) fn root(options: &LoadOptions, stdin: &mut dyn Read) -> Result<Root> {
    let Some(name) = options.filename.as_deref() else {
        let Some(found) = find_in(&options.cwd) else {
            return Err(Box::new(
                Report::user(format!("no project file in {}", options.cwd.display()))
                    .cause(format!("looked for {}", FILE_NAMES.join(", ")))
                    .hint("go to the project's folder, or name its file with `--filename FILE`"),
            ));
        };
        return File::open(absolute(&options.cwd, found), Path::new(found), None).map(Root::File);
    };
    if name.is_empty() {
        return Err(Box::new(
            Report::new(Kind::Usage, "`--filename` is empty").hint("name a file, or leave it out"),
        ));
    }
    if name == STDIN {
        let mut bytes = vec![];
        let shown = PathBuf::from("<stdin>");
        stdin.read_to_end(&mut bytes).map_err(|error| unreadable(&shown, &error))?;
        let source = Source::from_bytes(shown.clone(), &bytes)?;
        return File::new(shown, options.cwd.clone(), source).map(Root::File);
    }
    if is_url(name) {
        return Ok(Root::Url(name.to_owned()));
    }
    let path = absolute(&options.cwd, name);
    match existing(&path) {
        Some(found) => {
            // As the user wrote it, except where another name was found.
            let shown = if found == path { PathBuf::from(name) } else { display(&found, &options.cwd) };
            File::open(found, &shown, None).map(Root::File)
        }
        None => Err(Box::new(
            Report::user(format!("the project file {name} does not exist"))
                .hint(format!("check the path; it is relative to {}", options.cwd.display())),
        )),
    }
}

/// The file that is meant by a path: itself; for a folder its project file; for a `skaffold.yaml` that is not there
/// the `skaffold.yml` beside it.
pub(super) fn existing(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return find_in(path).map(|name| path.join(name));
    }
    if path.exists() {
        return Some(path.to_path_buf());
    }
    let other = path.with_file_name(FILE_NAMES[1]);
    (path.file_name()? == FILE_NAMES[0] && other.is_file()).then_some(other)
}

fn find_in(dir: &Path) -> Option<&'static str> {
    FILE_NAMES.iter().copied().find(|name| dir.join(name).is_file())
}

/// Is it asked for over HTTP?
pub(super) fn is_url(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

/// A path as messages show it: relative to the working folder where it is below it.
pub(super) fn display(path: &Path, cwd: &Path) -> PathBuf {
    path.strip_prefix(cwd).unwrap_or(path).to_path_buf()
}
