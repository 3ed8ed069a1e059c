//! What git says of folders, by the git command: it knows worktrees, sparse checkouts, submodules and filters.
//!
//! All questions of a run are asked together: one git process answers a kind of question for all folders of a
//! repository. Two are enough for whatever is asked of the commit, the branch and changes, and for trees and changes;
//! both mixed, or the abbreviated tree of the top beside those of other folders, take one more.

mod calls;
mod discovery;
mod explain;

pub use discovery::Discovery;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures_util::stream::{self, StreamExt as _};

use crate::diagnostic::{Kind, Report, Result};

/// So many repositories are asked at the same time, with a process a kind of question.
const AT_ONCE: usize = 8;

/// A question to git about a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Query {
    /// The nearest tag, with distance and commit behind it, else the short commit (`git describe --tags --always`).
    Describe,
    /// The commit.
    Commit,
    /// The commit, abbreviated.
    ShortCommit,
    /// The folder's tree in the commit.
    Tree,
    /// The folder's tree, abbreviated.
    ShortTree,
    /// The branch; empty = none is checked out.
    Branch,
    /// Something in the folder is not as in the commit: one of it as `git status --porcelain` shows it; empty =
    /// nothing.
    Changes,
}

impl Query {
    /// Whether every folder of a repository has the same answer.
    const fn is_of_repository(self) -> bool {
        matches!(self, Self::Describe | Self::Commit | Self::ShortCommit | Self::Branch)
    }
}

/// What git answered.
#[derive(Debug, Default)]
pub struct Answers(BTreeMap<(PathBuf, Query), Result<String>>);

impl Answers {
    /// The answer about a folder, without its last newline.
    ///
    /// # Errors
    /// There is no such folder, git is not installed, the folder is in no repository, or the repository has no commit.
    pub fn get(&self, folder: &Path, query: Query) -> Result<String> {
        self.0.get(&(folder.to_path_buf(), query)).cloned().unwrap_or_else(|| {
            Err(Box::new(Report::new(
                Kind::Internal,
                format!("git was not asked {query:?} of {}", folder.display()),
            )))
        })
    }
}

/// A question, with its place in the repository.
#[derive(Debug, Clone)]
struct Asked {
    /// The folder as it was named.
    folder: PathBuf,
    /// It below the folder git runs in; empty = that one.
    inside: PathBuf,
    query: Query,
}

impl Asked {
    /// What is the same for two questions that have the same answer.
    fn item(&self) -> (&Path, Query) {
        if self.query.is_of_repository() { (Path::new(""), self.query) } else { (&self.inside, self.query) }
    }
}

/// Asks git about folders (absolute), all repositories and kinds of questions at the same time.
pub async fn ask(questions: BTreeSet<(PathBuf, Query)>, discovery: &Discovery) -> Answers {
    let mut answers = BTreeMap::new();
    let mut repositories: BTreeMap<PathBuf, Vec<Asked>> = BTreeMap::new();
    for (folder, query) in questions {
        match discovery.place(&folder) {
            Ok((top, inside)) => {
                repositories.entry(top).or_default().push(Asked { folder, inside, query });
            }
            Err(error) => {
                answers.insert((folder.clone(), query), Err(explain::no_folder(&folder, error)));
            }
        }
    }
    let mut answered =
        stream::iter(&repositories).map(|(top, asked)| calls::answer(top, asked)).buffer_unordered(AT_ONCE);
    while let Some(part) = answered.next().await {
        answers.extend(part);
    }
    drop(answered);
    Answers(answers)
}

#[cfg(test)]
pub(crate) mod tests;
