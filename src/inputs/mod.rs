//! The files an artifact reads: one walk, a stat index, content digests.
//!
//! A [`Scanner`] lists each folder once, however many artifacts and COPY lines look into it, and reads a file only
//! when the stat index does not know its content.

mod alternatives;
mod digest;
mod file;
mod listing;
mod pattern;
mod scan;
mod set;
mod stat;

pub use alternatives::alternatives;
pub use digest::{Digest, hex, of_bytes};
pub use file::{IgnoreFile, ignore_file, read};
pub use scan::Scanner;
pub use set::FileSet;
pub use stat::Kind;

use std::path::PathBuf;

use crate::ignorefile::Rules;

/// What of a context is wanted.
#[derive(Debug, Clone)]
pub struct Request {
    /// The context's folder, absolute.
    pub root: PathBuf,
    /// What is read of it.
    pub reads: Vec<Read>,
    /// What the ignore file leaves out of it.
    pub ignore: Rules,
}

/// One source of a COPY, ADD or bind mount.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// Relative to the context's folder, slash-separated, with the wildcards of Go's `filepath.Match` in each
    /// element and `**` for any number of elements; empty = everything.
    pub pattern: String,
    /// What it leaves out (`--exclude`).
    pub exclude: Rules,
}

/// One thing that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Relative to the context's folder, slash-separated.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Of a file's content, a link's target; zero for folders.
    pub digest: Digest,
    /// Index of the first of the request's reads that takes it.
    pub read: usize,
}

/// Why the files cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder that is needed cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A path of the stat index.
pub fn path(bytes: &[u8]) -> PathBuf {
    listing::os_string(bytes).into()
}

#[cfg(test)]
mod tests;
