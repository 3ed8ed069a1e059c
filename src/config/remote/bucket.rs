//! Files of Google Cloud, by its own tools: buckets through `gsutil` (or `gcloud storage`), addresses of repositories
//! through `gcloud`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Context;
use super::shelf::{Copy, Shelf, digest};
use crate::diagnostic::{Report, Result};
use crate::process::{Command, Error, Output};

/// A bucket's folder is fetched within this time.
const LIMIT: Duration = Duration::from_mins(10);
/// A question is answered within this time.
const QUESTION_LIMIT: Duration = Duration::from_secs(30);

/// A folder of a bucket.
pub(super) struct Bucket<'b> {
    pub(super) context: &'b Context<'b>,
    /// `gs://…`
    pub(super) source: &'b str,
    pub(super) shelf: Shelf,
}

impl Bucket<'_> {
    /// The folder of a copy, and what the user should know of it.
    ///
    /// # Errors
    /// There is no copy, and none can be made.
    pub(super) async fn copy(&self, sync: bool) -> Result<(PathBuf, Option<Report>)> {
        let before = self.shelf.copy("");
        if let Some(copy) = before.as_ref().filter(|_| !self.context.asks(sync, true)) {
            return Ok((self.shelf.folder(copy), None));
        }
        if before.is_none() && !self.context.asks(sync, false) {
            return Err(super::no_copy(self.source));
        }
        let unusable = |error: std::io::Error| super::unusable(&error);
        let lock = self.shelf.lock().await.map_err(unusable)?;
        let made = self.shelf.temporary(&lock).map_err(unusable)?;
        let tree = made.path().join("tree");
        fs_err::create_dir(&tree).map_err(unusable)?;
        match (self.download(&tree).await, before) {
            (Ok(()), _) => {
                let unique = made.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
                let copy = Copy {
                    folder: format!("{}-{}", digest(&unique, 40), digest("", 8)),
                    commit: String::new(),
                    fixed: false,
                };
                self.shelf
                    .keep(&lock, &tree, &copy.folder)
                    .and_then(|()| self.shelf.point(&lock, "", &copy))
                    .and_then(|()| self.shelf.tidy(&lock))
                    .map_err(unusable)?;
                Ok((self.shelf.folder(&copy), None))
            }
            (Err(report), Some(copy)) => {
                let mut warning = *report;
                warning.title = format!("{}; its copy is used", warning.title);
                Ok((self.shelf.folder(&copy), Some(warning)))
            }
            (Err(report), None) => Err(report),
        }
    }

    async fn download(&self, to: &Path) -> Result<()> {
        let gsutil = Command::new("gsutil").args(["-m", "rsync", "-r", self.source]).arg(to);
        let gcloud = Command::new("gcloud").args(["storage", "rsync", "--recursive", self.source]).arg(to);
        let title = format!("{} cannot be fetched", self.source);
        let Ok(answer) = tokio::time::timeout(LIMIT, first(&[gsutil, gcloud])).await else {
            let cause = format!("no end after {} min", LIMIT.as_secs() / 60);
            return Err(Box::new(Report::tool(title).cause(cause)));
        };
        match answer {
            Ok(Some(output)) if output.success() => Ok(()),
            Ok(Some(output)) => Err(Box::new(
                Report::tool(title)
                    .cause(last_line(&output))
                    .hint("check the bucket, and your login: `gcloud auth login`"),
            )),
            Ok(None) => Err(Box::new(
                Report::user(title)
                    .cause("neither `gsutil` nor `gcloud` was found")
                    .hint("install the Google Cloud CLI, which has both"),
            )),
            Err(error) => Err(Box::new(Report::tool(title).cause(error))),
        }
    }
}

/// The address of a repository that Google Cloud Build is connected to.
///
/// # Errors
/// `gcloud` is not there, or does not know it.
pub(super) async fn address_of(project: &str, region: &str, connection: &str, repo: &str) -> Result<String> {
    let gcloud = Command::new("gcloud").args([
        "builds".to_owned(),
        "repositories".to_owned(),
        "describe".to_owned(),
        repo.to_owned(),
        format!("--connection={connection}"),
        format!("--region={region}"),
        format!("--project={project}"),
        "--format=value(remoteUri)".to_owned(),
    ]);
    let title = format!("the address of {connection}/{repo} is not known");
    let Ok(answer) = tokio::time::timeout(QUESTION_LIMIT, first(&[gcloud])).await else {
        let cause = format!("no answer within {} s", QUESTION_LIMIT.as_secs());
        return Err(Box::new(Report::tool(title).cause(cause)));
    };
    match answer {
        Ok(Some(output)) if output.success() && !output.stdout.trim().is_empty() => {
            let address = output.stdout.trim().to_owned();
            match super::repository(&address, Path::new("/"), true) {
                Ok(address) => Ok(address),
                Err(cause) => Err(Box::new(Report::tool(title).cause(cause))),
            }
        }
        Ok(Some(output)) => Err(Box::new(
            Report::tool(title)
                .cause(last_line(&output))
                .hint("check project, region, connection and repo, and your login: `gcloud auth login`"),
        )),
        Ok(None) => Err(Box::new(
            Report::user(title)
                .cause("`gcloud` was not found")
                .hint("install the Google Cloud CLI, or name the repository with `git`"),
        )),
        Err(error) => Err(Box::new(Report::tool(title).cause(error))),
    }
}

/// What the first of the tools that is installed answers.
async fn first(tools: &[Command]) -> Result<Option<Output>, Error> {
    for tool in tools {
        match tool.output().await {
            Err(Error::NotFound { .. }) => {}
            answer => return answer.map(Some),
        }
    }
    Ok(None)
}

fn last_line(output: &Output) -> String {
    let line = output.stderr.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or("it said nothing").trim().to_owned()
}
