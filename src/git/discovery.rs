//! Where the repository of a folder is, found by looking, as git looks (git: `setup.c`).

use std::io;
use std::path::{Path, PathBuf};

use crate::settings::env::{self, Environment};

/// How git finds repositories in an environment.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// `GIT_DIR` or `GIT_WORK_TREE` names the repository: nothing is to be found.
    is_named: bool,
    /// Git looks neither here nor above.
    ceilings: Vec<PathBuf>,
}

impl Discovery {
    /// As the environment has it.
    pub fn new(environment: &Environment) -> Self {
        let ceilings = environment.get(env::GIT_CEILING_DIRECTORIES).unwrap_or_default();
        Self {
            is_named: [env::GIT_DIR, env::GIT_WORK_TREE].iter().any(|name| environment.get(name).is_some()),
            ceilings: std::env::split_paths(ceilings)
                .filter(|path| path.is_absolute())
                .map(|path| fs_err::canonicalize(&path).unwrap_or(path))
                .collect(),
        }
    }

    /// The folder to run git in for what is asked of `folder`, and the rest of the path. Where looking does not tell
    /// where the repository begins, git has to: the folder itself.
    ///
    /// # Errors
    /// There is no such folder.
    pub(super) fn place(&self, folder: &Path) -> io::Result<(PathBuf, PathBuf)> {
        // Git's own idea of the working folder has no links.
        let real = fs_err::canonicalize(folder)?;
        if !real.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let top = self.top(&real).filter(|top| !has_newline(real.strip_prefix(top).unwrap_or(&real)));
        Ok(match top.and_then(|top| Some((top.to_path_buf(), real.strip_prefix(top).ok()?.to_path_buf()))) {
            Some(place) => place,
            None => (folder.to_path_buf(), PathBuf::new()),
        })
    }

    /// The top of the repository's working tree.
    fn top<'a>(&self, folder: &'a Path) -> Option<&'a Path> {
        if self.is_named {
            return None;
        }
        let here = device(folder)?;
        for above in folder.ancestors() {
            if above != folder && self.ceilings.iter().any(|ceiling| ceiling == above) {
                return None;
            }
            // Git does not leave a file system, unless told to.
            if device(above)? != here {
                return None;
            }
            let git = above.join(".git");
            // A worktree or a submodule has a file that says where its repository is.
            if git.is_file() || is_repository(&git) {
                return Some(above);
            }
            // Inside of a repository (a bare one, or `.git`) there is no working tree.
            if is_repository(above) {
                return None;
            }
        }
        None
    }
}

/// The file system a folder is on.
#[cfg(unix)]
fn device(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(fs_err::metadata(folder).ok()?.dev())
}

#[cfg(not(unix))]
fn device(_: &Path) -> Option<u64> {
    Some(0)
}

/// Whether git takes a folder for a repository.
fn is_repository(folder: &Path) -> bool {
    fs_err::symlink_metadata(folder.join("HEAD")).is_ok()
        && ["objects", "refs"].iter().all(|name| folder.join(name).is_dir())
}

/// Git ends names with newlines where it lists them.
fn has_newline(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().contains(&b'\n')
}
