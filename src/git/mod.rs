//! What git says of a folder, by the git command: it knows worktrees, sparse checkouts, submodules and filters.
//!
//! One [`Git`] serves a whole run: what is the same for a whole repository is asked once, however many artifacts it
//! holds.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::diagnostic::{Report, Result};
use crate::process::{self, Command};

/// A question to git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// The branch.
    Branch,
    /// What was changed in the folder since the commit; empty = nothing.
    Status,
}

impl Query {
    /// Whether every folder of a repository has the same answer.
    const fn is_of_repository(self) -> bool {
        matches!(self, Self::Describe | Self::Commit | Self::ShortCommit | Self::Branch)
    }

    /// The arguments, for the folder git runs in (Skaffold: `tag/git_commit.go`).
    const fn args(self) -> &'static [&'static str] {
        match self {
            Self::Describe => &["describe", "--tags", "--always"],
            Self::Commit => &["rev-list", "-1", "HEAD"],
            Self::ShortCommit => &["rev-list", "-1", "HEAD", "--abbrev-commit"],
            // `HEAD:./` is the tree of the folder git runs in.
            Self::Tree => &["rev-parse", "HEAD:./"],
            Self::ShortTree => &["rev-parse", "--short", "HEAD:./"],
            Self::Branch => &["branch", "--show-current"],
            Self::Status => &["status", ".", "--porcelain"],
        }
    }
}

type Answer = Arc<OnceCell<Result<String>>>;

/// Asks git, and remembers.
#[derive(Debug, Default)]
pub struct Git {
    answers: Mutex<HashMap<(PathBuf, Query), Answer>>,
}

impl Git {
    /// The answer for a folder, without its last newline.
    ///
    /// # Errors
    /// Git is not installed, the folder is in no repository, or the repository has no commit.
    pub async fn ask(&self, folder: &Path, query: Query) -> Result<String> {
        let repository = repository(folder).filter(|_| query.is_of_repository());
        let asked_in = repository.unwrap_or_else(|| folder.to_path_buf());
        let answer = {
            let mut answers = self.answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            Arc::clone(answers.entry((asked_in.clone(), query)).or_default())
        };
        answer.get_or_init(|| run(&asked_in, query)).await.clone()
    }
}

/// The top of the repository a folder is in, found by looking: the nearest folder above that holds `.git`.
fn repository(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|above| above.join(".git").exists()).map(Path::to_path_buf)
}

async fn run(folder: &Path, query: Query) -> Result<String> {
    let output = Command::new("git")
        .args(query.args())
        .cwd(folder)
        .env("LC_ALL", "C")
        // `git status` would take the index's lock to refresh it, and fail a commit made at the same time.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .await
        .map_err(|error| not_run(folder, error))?;
    if output.success() {
        return Ok(output.stdout.trim_end().to_owned());
    }
    Err(explain(folder, output.stderr.trim()))
}

fn not_run(folder: &Path, error: process::Error) -> Box<Report> {
    Box::new(match error {
        process::Error::NotFound { .. } => {
            Report::user("git is not installed").hint("install it").hint(OTHER_POLICY)
        }
        process::Error::Io { .. } => {
            Report::tool(format!("git cannot be run in {}", folder.display())).cause(error)
        }
    })
}

const OTHER_POLICY: &str = "or tag without git: `tagPolicy: {sha256: {}}`, or `--tag TAG`";

fn explain(folder: &Path, said: &str) -> Box<Report> {
    let folder = folder.display();
    let report = if said.contains("not a git repository") {
        Report::config(format!("{folder} is in no git repository"))
            .hint("make one: `git init && git add . && git commit -m start`")
            .hint(OTHER_POLICY)
    } else if [
        "No names found",
        "Not a valid object name HEAD",
        "ambiguous argument 'HEAD'",
        "invalid object name 'HEAD'",
    ]
    .iter()
    .any(|words| said.contains(words))
    {
        Report::config(format!("the git repository of {folder} has no commit yet"))
            .hint("commit something: `git add . && git commit -m start`")
            .hint(OTHER_POLICY)
    } else if said.contains("dubious ownership") {
        Report::user(format!("git does not trust {folder}, which another user owns"))
            .hint(format!("trust it: `git config --global --add safe.directory {folder}`"))
    } else if said.contains("does not exist in 'HEAD'") || said.contains("exists on disk, but not in") {
        Report::config(format!("{folder} is not in git's last commit"))
            .hint("commit it")
            .hint("or use a variant of gitCommit that is no tree")
    } else {
        Report::tool(format!("git failed in {folder}"))
            .cause(said.lines().next().unwrap_or("it said nothing"))
    };
    Box::new(report)
}

#[cfg(test)]
pub(crate) mod tests;
