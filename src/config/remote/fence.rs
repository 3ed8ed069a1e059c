//! What was fetched together, and that nothing in it leads out.

use std::path::{Path, PathBuf};

/// A fetched folder. What is written in its files may name only what lies in it.
#[derive(Debug, Clone)]
pub(in crate::config) struct Fence {
    /// The folder, absolute.
    pub(in crate::config) root: PathBuf,
    /// What it is a copy of, for messages.
    pub(in crate::config) name: String,
}

impl Fence {
    /// Whether a path, absolute and without `.` and `..`, stays inside: by its text, and by where its links lead. What
    /// is not there is judged by the folder it would be in.
    ///
    /// # Errors
    /// In words that follow the path: `leads out of …`.
    pub(in crate::config) fn check(&self, path: &Path) -> Result<(), String> {
        let outside = || format!("leads out of {}", self.name);
        if !path.starts_with(&self.root) {
            return Err(outside());
        }
        let root = fs_err::canonicalize(&self.root).map_err(|error| format!("cannot be judged: {error}"))?;
        let there = path.ancestors().find_map(|path| fs_err::canonicalize(path).ok());
        match there {
            Some(there) if there.starts_with(&root) => Ok(()),
            _ => Err(format!("{} (by a link)", outside())),
        }
    }
}
