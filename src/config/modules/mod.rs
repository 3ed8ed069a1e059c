//! From `--filename` to a [`Project`]: find the root file, follow `requires`, apply profiles and defaults
//! (Skaffold: `parser/config.go`).
//!
//! Files are read ahead, level by level and the files of a level at once ([`files`]); then the documents are visited
//! one after the other, which decides what takes part and in which order ([`visit`]). What could not be read is an
//! error only when the visit comes to it.

mod file;
mod files;
mod module;
mod options;
mod target;
#[cfg(test)]
mod tests;
mod visit;

use std::io::Read;
use std::sync::Arc;

pub(super) use file::File;
pub use options::{LoadOptions, SyncRemoteCache};

use super::Project;
use super::paths::absolute;
use super::validate::{Demands, validate_for};
use crate::diagnostic::Result;

/// Reads and checks a project. `stdin` is read when the file is `-`. The report of an error shows all of what is
/// wrong with a file, each at its place.
pub fn load(options: &LoadOptions, stdin: &mut dyn Read) -> Result<Project> {
    let project = read(options, stdin)?;
    validate_for(&project, Demands::of(&options.command))?;
    Ok(project)
}

/// Reads a project without checking it ([`validate_for`]).
pub fn read(options: &LoadOptions, stdin: &mut dyn Read) -> Result<Project> {
    let (root, files) = files::Files::read(options, stdin)?;
    visit::visit(options, &root, files)
}

/// The root file alone, whatever it requires.
///
/// # Errors
/// It cannot be read.
pub(super) fn root_file(options: &LoadOptions, stdin: &mut dyn Read) -> Result<Arc<File>> {
    files::Files::root(options, stdin).map(|(root, _)| root)
}
