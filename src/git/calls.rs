//! The calls of git: one for a kind of question, however many folders it is asked of.
//!
//! One question is asked as Skaffold asks it (`tag/git_commit.go`). Several are asked in a form that gives the same
//! answers; where that form is refused, or answers what was not asked, each is asked by itself after all, so that the
//! words of an error are those about its own folder.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use futures_util::future::join_all;

use super::{Asked, Query, explain};
use crate::diagnostic::Result;
use crate::process::{Command, Output};

/// Questions that one process can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    /// What is not as in the commit, in some folders; and the branch, which a status tells too.
    Status,
    /// Of the commit: its ids, and the nearest tag.
    Commit,
    /// The full ids of trees.
    Trees,
    /// The abbreviated ids of trees.
    ShortTrees,
    /// The abbreviated id of the tree of the whole repository, which no listing of trees has.
    ShortRoot,
}

impl Call {
    fn of(asked: &Asked) -> Self {
        match asked.query {
            Query::Changes | Query::Branch => Self::Status,
            Query::Describe | Query::Commit | Query::ShortCommit => Self::Commit,
            Query::Tree => Self::Trees,
            Query::ShortTree if asked.inside.as_os_str().is_empty() => Self::ShortRoot,
            Query::ShortTree => Self::ShortTrees,
        }
    }
}

type Answer = ((PathBuf, Query), Result<String>);

/// The answers to all questions about one repository; git runs in `top`.
pub(super) async fn answer(top: &Path, asked: &[Asked]) -> Vec<Answer> {
    let mut calls: BTreeMap<Call, Vec<&Asked>> = BTreeMap::new();
    for asked in asked {
        calls.entry(Call::of(asked)).or_default().push(asked);
    }
    let calls = calls.into_iter().map(|(call, asked)| answer_call(call, top, asked));
    join_all(calls).await.into_iter().flatten().collect()
}

async fn answer_call(call: Call, top: &Path, asked: Vec<&Asked>) -> Vec<Answer> {
    let items: BTreeSet<(&Path, Query)> = asked.iter().map(|asked| asked.item()).collect();
    let together = if items.len() > 1 { together(call, top, &items).await } else { None };
    let answers: BTreeMap<(&Path, Query), Result<String>> = if let Some(texts) = together {
        items.into_iter().zip(texts.into_iter().map(Ok)).collect()
    } else {
        let mut answers = BTreeMap::new();
        for (inside, query) in items {
            // `join("")` would end the path with a slash.
            let folder = if inside.as_os_str().is_empty() { top.to_owned() } else { top.join(inside) };
            answers.insert((inside, query), alone(&folder, query).await);
        }
        answers
    };
    let answers = asked.iter().filter_map(|asked| {
        let answer = answers.get(&asked.item())?.clone();
        Some(((asked.folder.clone(), asked.query), answer))
    });
    answers.collect()
}

/// Asks one question in the folder it is about.
async fn alone(folder: &Path, query: Query) -> Result<String> {
    // `HEAD:./` is the tree of the folder git runs in.
    let tree: &[&str] = &["rev-parse", "HEAD:./"];
    let args: &[&str] = match query {
        Query::Describe => &["describe", "--tags", "--always"],
        Query::Commit => &["rev-list", "-1", "HEAD"],
        Query::ShortCommit => &["rev-list", "-1", "HEAD", "--abbrev-commit"],
        Query::Tree => tree,
        Query::ShortTree => &["rev-parse", "--short", "HEAD:./"],
        Query::Branch => &["branch", "--show-current"],
        Query::Changes => &["status", ".", "--porcelain"],
    };
    let run = async |args| git(folder, args).output().await.map_err(|error| explain::not_run(folder, error));
    let mut output = run(args).await?;
    if !output.success() && query == Query::ShortTree {
        // Refusing to abbreviate, git does not say why there is no tree.
        output.stderr = run(tree).await?.stderr;
    }
    if !output.success() {
        return Err(explain::refused(folder, output.stderr.trim()));
    }
    let lines = output.stdout.trim_end();
    Ok(if query == Query::Changes { lines.lines().next().unwrap_or_default() } else { lines }.to_owned())
}

/// Asks several questions with one process. `None`: they have to be asked alone.
async fn together(call: Call, top: &Path, items: &BTreeSet<(&Path, Query)>) -> Option<Vec<String>> {
    let folders: Vec<&Path> = items.iter().map(|(inside, _)| *inside).collect();
    match call {
        Call::Status => status(top, items).await,
        Call::Commit => commit(top, items).await,
        Call::Trees => trees(top, &folders).await,
        Call::ShortTrees => short_trees(top, &folders).await,
        // Of these there is one.
        Call::ShortRoot => None,
    }
}

/// One status of all folders. A rename from one folder to another is a change of both: it is not looked for, so that
/// it shows as a deletion and an addition.
async fn status(top: &Path, items: &BTreeSet<(&Path, Query)>) -> Option<Vec<String>> {
    let paths = items
        .iter()
        .filter(|(_, query)| *query == Query::Changes)
        .map(|(folder, _)| if folder.as_os_str().is_empty() { OsStr::new(".") } else { folder.as_os_str() });
    let args = ["status", "--porcelain", "-z", "--branch", "--no-ahead-behind", "--no-renames", "--"];
    // A folder named `*` is that folder.
    let command = git(top, &args).args(paths).env("GIT_LITERAL_PATHSPECS", "1");
    let stdout = succeeded(&command).await?;
    let mut entries = entries(&stdout);
    let header = entries.next()?;
    let mut answers = vec![String::new(); items.len()];
    if let Some(at) = items.iter().position(|(_, query)| *query == Query::Branch) {
        branch(header)?.clone_into(&mut answers[at]);
    }
    for entry in entries {
        // Two letters, a space, and the path from the top, with a slash where it is a folder.
        let path = Path::new(entry.get(3..)?);
        let mut is_asked_for = false;
        for ((folder, query), change) in items.iter().zip(&mut answers) {
            if *query == Query::Changes && path.starts_with(lossy(folder)) {
                is_asked_for = true;
                if change.is_empty() {
                    entry.clone_into(change);
                }
            }
        }
        // The top is not where it was thought to be (`core.worktree`).
        if !is_asked_for {
            return None;
        }
    }
    Some(answers)
}

/// The branch of a status' first line, `## main...origin/main`. Where none is checked out, or nothing is committed,
/// the line has words instead.
pub(super) fn branch(header: &str) -> Option<&str> {
    let name = header.strip_prefix("## ")?;
    // No branch has two periods in its name, nor a space.
    let name = name.split_once("...").map_or(name, |(name, _)| name);
    (!name.contains(' ')).then_some(name)
}

async fn commit(top: &Path, items: &BTreeSet<(&Path, Query)>) -> Option<Vec<String>> {
    let has_tag = items.iter().any(|(_, query)| *query == Query::Describe);
    let format = if has_tag { "--format=%H%n%h%n%(describe:tags=true)" } else { "--format=%H%n%h" };
    let stdout = succeeded(&git(top, &["log", "-1", "--no-show-signature", format])).await?;
    let mut lines = stdout.lines();
    let (long, short) = (lines.next()?, lines.next()?);
    let described = match lines.next() {
        // Where no tag is near, it is empty.
        None | Some("") => short,
        // Git before 2.35 does not know it.
        Some(other) if other.starts_with('%') => return None,
        Some(described) => described,
    };
    let answer = |(_, query): &(&Path, Query)| match query {
        Query::Describe => described,
        Query::Commit => long,
        _ => short,
    };
    Some(items.iter().map(|item| answer(item).to_owned()).collect())
}

async fn trees(top: &Path, folders: &[&Path]) -> Option<Vec<String>> {
    let revisions = folders.iter().map(|folder| {
        // From the folder git runs in.
        let mut tree = OsString::from("HEAD:./");
        tree.push(folder);
        tree
    });
    let stdout = succeeded(&git(top, &["rev-parse"]).args(revisions)).await?;
    let ids: Vec<String> = stdout.lines().map(str::to_owned).collect();
    (ids.len() == folders.len()).then_some(ids)
}

/// The trees on the way to the folders are listed too, so that a folder inside of another does not hide it.
async fn short_trees(top: &Path, folders: &[&Path]) -> Option<Vec<String>> {
    let stdout =
        succeeded(&git(top, &["ls-tree", "-d", "-t", "-z", "--abbrev", "HEAD", "--"]).args(folders)).await?;
    let listed: BTreeMap<&str, &str> = entries(&stdout)
        .filter_map(|entry| {
            let (facts, path) = entry.split_once('\t')?;
            let id = facts.rsplit(' ').next()?;
            facts.contains(" tree ").then_some((path, id))
        })
        .collect();
    folders.iter().map(|folder| listed.get(lossy(folder).to_str()?).map(|id| (*id).to_owned())).collect()
}

fn git(folder: &Path, args: &[&str]) -> Command {
    Command::new("git")
        .args(args)
        .cwd(folder)
        .env("LC_ALL", "C")
        // `git status` would take the index's lock to refresh it, and fail a commit made at the same time.
        .env("GIT_OPTIONAL_LOCKS", "0")
}

async fn succeeded(command: &Command) -> Option<String> {
    command.output().await.ok().filter(Output::success).map(|output| output.stdout)
}

/// What git lists with `-z`. Output is read by lines, so that there is a newline behind the last NUL.
fn entries(stdout: &str) -> impl Iterator<Item = &str> {
    stdout.strip_suffix('\n').unwrap_or(stdout).split_terminator('\0')
}

/// A path as it reads in a tool's output.
fn lossy(path: &Path) -> PathBuf {
    path.to_string_lossy().into_owned().into()
}
