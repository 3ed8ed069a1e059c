//! What git's refusals mean, and what helps.

use std::path::Path;

use crate::diagnostic::Report;
use crate::process;

const OTHER_POLICY: &str = "or tag without git: `tagPolicy: {sha256: {}}`, or `--tag TAG`";

/// The folder that git is to be asked about is not there.
pub(super) fn no_folder(folder: &Path, error: std::io::Error) -> Box<Report> {
    let folder = folder.display();
    Box::new(match error.kind() {
        std::io::ErrorKind::NotFound => Report::config(format!("there is no folder {folder}"))
            .hint("correct the artifact's `context`, or make the folder"),
        std::io::ErrorKind::NotADirectory => {
            Report::config(format!("{folder} is no folder")).hint("correct the artifact's `context`")
        }
        _ => Report::user(format!("the folder {folder} cannot be read"))
            .cause(error)
            .hint("make it readable, or correct the artifact's `context`"),
    })
}

/// Git could not be started.
pub(super) fn not_run(folder: &Path, error: process::Error) -> Box<Report> {
    Box::new(match error {
        process::Error::NotFound { .. } => {
            Report::user("git is not installed").hint("install it").hint(OTHER_POLICY)
        }
        process::Error::Io { .. } => Report::tool(format!("git cannot be run in {}", folder.display()))
            .cause(error)
            .hint(format!("see whether `git -C {} status` works", folder.display()))
            .hint(OTHER_POLICY),
    })
}

/// Git refused, with these words.
pub(super) fn refused(folder: &Path, said: &str) -> Box<Report> {
    let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
    let shown = folder.display();
    let report = if said.contains("not a git repository") {
        Report::config(format!("{shown} is in no git repository"))
            .hint("make one: `git init && git add . && git commit -m start`")
            .hint(OTHER_POLICY)
    } else if has(&[
        "No names found",
        "Not a valid object name HEAD",
        "ambiguous argument 'HEAD'",
        "invalid object name 'HEAD'",
    ]) {
        Report::config(format!("the git repository of {shown} has no commit yet"))
            .hint("commit something: `git add . && git commit -m start`")
            .hint(OTHER_POLICY)
    } else if said.contains("dubious ownership") {
        // Git says in quotes which folder it means: the top of the working tree.
        let top = said.split('\'').nth(1).map_or_else(|| shown.to_string(), str::to_owned);
        Report::user(format!("git does not trust {top}, which another user owns"))
            .hint(format!("trust it: `git config --global --add safe.directory {top}`"))
    } else if has(&["does not exist in 'HEAD'", "exists on disk, but not in"]) {
        Report::config(format!("{shown} is not in git's last commit"))
            .hint("commit it")
            .hint("or use a variant of gitCommit that is no tree")
    } else {
        Report::tool(format!("git failed in {shown}"))
            .cause(said.lines().next().unwrap_or("it said nothing"))
            .hint(OTHER_POLICY)
    };
    Box::new(report)
}
