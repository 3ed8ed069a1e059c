//! Files that are elsewhere: in a git repository, in a bucket, behind a URL. Each is fetched at most once in a run,
//! those of a level at the same time; what was fetched is kept ([`shelf`]).
//!
//! Loading is synchronous. Fetching is not, and has a runtime of its own, on a thread of its own.

mod address;
mod bucket;
mod fence;
mod git;
mod shelf;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use reqwest::Url;

pub(super) use address::{bucket, hide_password, reference, repository, without_password, word};
pub(super) use fence::Fence;

use super::modules::{LoadOptions, SyncRemoteCache};
use crate::diagnostic::{Kind, Report, Result};
use crate::event::Bus;
use crate::http::{Request, Transport};
use crate::settings::env::Environment;

/// So many things are fetched at the same time.
const AT_ONCE: usize = 16;
/// A URL answers within this time.
const URL_LIMIT: Duration = Duration::from_secs(30);
/// After this time a wait is told, and again after each [`TOLD_AGAIN`].
const TOLD: Duration = Duration::from_secs(2);
const TOLD_AGAIN: Duration = Duration::from_secs(10);

/// Something elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remote {
    /// What a git repository holds at a branch, tag or commit; `None` = its default branch.
    Git { repo: String, reference: Option<String> },
    /// A folder of a bucket: `gs://…`.
    Storage { source: String },
    /// A repository that Google Cloud Build knows the address of.
    BuildRepository {
        project: String,
        region: String,
        connection: String,
        repo: String,
        reference: Option<String>,
    },
    /// One file.
    Url(String),
}

/// Something elsewhere that is needed here.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// What.
    pub(super) remote: Remote,
    /// Whether a copy is not enough.
    pub(super) sync: bool,
}

/// What was fetched.
#[derive(Debug, Clone)]
pub(super) enum Fetched {
    /// A folder of files.
    Folder(Fence),
    /// One file's bytes.
    Text(Vec<u8>),
}

impl Remote {
    /// As messages name it.
    pub(super) fn name(&self) -> String {
        let at = |name: &str, reference: &Option<String>| match reference {
            Some(reference) => format!("{name}@{reference}"),
            None => name.to_owned(),
        };
        match self {
            Self::Git { repo, reference } => at(&without_password(repo), reference),
            Self::Storage { source } => source.clone(),
            Self::BuildRepository { connection, repo, reference, .. } => {
                at(&format!("{connection}/{repo}"), reference)
            }
            Self::Url(url) => without_password(url),
        }
    }

    /// What must not be fetched twice at the same time: a repository has one place for all its branches.
    fn group(&self) -> Self {
        let mut group = self.clone();
        if let Self::Git { reference, .. } | Self::BuildRepository { reference, .. } = &mut group {
            *reference = None;
        }
        group
    }
}

/// What fetching needs to know.
struct Context<'o> {
    root: PathBuf,
    environment: &'o Environment,
    bus: &'o Bus,
    sync: SyncRemoteCache,
    transport: Transport,
}

/// All that was fetched in this run.
pub(super) struct Remotes<'o> {
    options: &'o LoadOptions,
    done: BTreeMap<Remote, Result<Fetched>>,
    warnings: BTreeMap<Remote, Report>,
}

/// What came of fetching, and what the user should know of it.
type Outcome = (Remote, Result<(Fetched, Option<Report>)>);

impl<'o> Remotes<'o> {
    pub(super) fn new(options: &'o LoadOptions) -> Self {
        Self { options, done: BTreeMap::new(), warnings: BTreeMap::new() }
    }

    /// What came of fetching this.
    pub(super) fn get(&self, remote: &Remote) -> Option<&Result<Fetched>> {
        self.done.get(remote)
    }

    /// What is to be said of a fetch that succeeded; once.
    pub(super) fn take_warning(&mut self, remote: &Remote) -> Option<Report> {
        self.warnings.remove(remote)
    }

    /// Fetches what was not fetched in this run.
    pub(super) fn fetch(&mut self, wanted: &[Wanted]) {
        let mut groups: BTreeMap<Remote, BTreeMap<Remote, bool>> = BTreeMap::new();
        for Wanted { remote, sync } in wanted.iter().filter(|wanted| !self.done.contains_key(&wanted.remote))
        {
            *groups.entry(remote.group()).or_default().entry(remote.clone()).or_default() |= sync;
        }
        if groups.is_empty() {
            return;
        }
        let context = Context {
            root: self.options.remote_cache(),
            environment: &self.options.environment,
            bus: &self.options.bus,
            sync: self.options.sync_remote_cache,
            transport: Transport::new(&[], &self.options.environment),
        };
        for (remote, outcome) in on_own_runtime(&context, groups) {
            let outcome = outcome.map(|(fetched, warning)| {
                self.warnings.extend(warning.map(|warning| (remote.clone(), warning)));
                fetched
            });
            self.done.insert(remote, outcome);
        }
    }
}

/// Fetches all groups at the same time, what is in a group one after the other.
fn on_own_runtime(context: &Context<'_>, groups: BTreeMap<Remote, BTreeMap<Remote, bool>>) -> Vec<Outcome> {
    let remotes: Vec<Remote> = groups.values().flat_map(BTreeMap::keys).cloned().collect();
    let fetch = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let outcomes = runtime.block_on(
            stream::iter(groups)
                .map(async |(_, group)| {
                    let mut outcomes = vec![];
                    for (remote, sync) in group {
                        let outcome = context.fetch(&remote, sync).await;
                        outcomes.push((remote, outcome));
                    }
                    outcomes
                })
                .buffer_unordered(AT_ONCE)
                .concat(),
        );
        Ok::<_, std::io::Error>(outcomes)
    };
    let done = std::thread::scope(|scope| scope.spawn(fetch).join());
    let cause = match done {
        Ok(Ok(outcomes)) => return outcomes,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the thread that fetches has ended".to_owned(),
    };
    let report = Report::new(Kind::Internal, "nothing can be fetched").cause(cause);
    remotes.into_iter().map(|remote| (remote, Err(Box::new(report.clone())))).collect()
}

impl Context<'_> {
    async fn fetch(&self, remote: &Remote, sync: bool) -> Result<(Fetched, Option<Report>)> {
        let name = remote.name();
        match remote {
            Remote::Url(url) => {
                let text = self.telling(&name, self.get(url)).await?;
                Ok((Fetched::Text(text), None))
            }
            Remote::Git { repo, reference } => {
                let shelf = shelf::Shelf::new(&self.root, "git", repo);
                let source = git::Source::Address(repo);
                self.git(source, reference.as_deref(), shelf, name, sync).await
            }
            Remote::BuildRepository { project, region, connection, repo, reference } => {
                let shelf = shelf::Shelf::new(
                    &self.root,
                    "build",
                    &[project.as_str(), region, connection, repo].join("\n"),
                );
                let source = git::Source::Known { project, region, connection, repo };
                self.git(source, reference.as_deref(), shelf, name, sync).await
            }
            Remote::Storage { source } => {
                let shelf = shelf::Shelf::new(&self.root, "storage", source);
                self.bucket(source, shelf, name, sync).await
            }
        }
    }

    async fn git(
        &self,
        source: git::Source<'_>,
        reference: Option<&str>,
        shelf: shelf::Shelf,
        name: String,
        sync: bool,
    ) -> Result<(Fetched, Option<Report>)> {
        let repository = git::Repository { context: self, source, reference, shelf, name: name.clone() };
        let (root, warning) = self.telling(&name, repository.copy(sync)).await?;
        Ok((Fetched::Folder(Fence { root, name }), warning))
    }

    async fn bucket(
        &self,
        source: &str,
        shelf: shelf::Shelf,
        name: String,
        sync: bool,
    ) -> Result<(Fetched, Option<Report>)> {
        let bucket = bucket::Bucket { context: self, source, shelf };
        let (root, warning) = self.telling(&name, bucket.copy(sync)).await?;
        Ok((Fetched::Folder(Fence { root, name }), warning))
    }

    /// Waits for something and tells when that takes long.
    async fn telling<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut wait = TOLD;
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(wait) => self.bus.info(format!("fetching {name}")),
            }
            wait = TOLD_AGAIN;
        }
    }

    /// Whether to ask for something of which there is (`true`) or is not a copy.
    fn asks(&self, sync: bool, copy: bool) -> bool {
        match self.sync {
            SyncRemoteCache::Always => sync || !copy,
            SyncRemoteCache::Missing => !copy,
            SyncRemoteCache::Never => false,
        }
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>> {
        let shown = without_password(url);
        let failed = |cause: String| {
            Box::new(
                Report::user(format!("{shown} cannot be read"))
                    .cause(cause)
                    .hint("check the address; proxies are taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
            )
        };
        let parsed = Url::parse(url).map_err(|error| {
            Box::new(Report::user(format!("{shown} is no address")).cause(error).hint("correct it"))
        })?;
        let answer = tokio::time::timeout(URL_LIMIT, self.transport.send(Request::get(parsed)))
            .await
            .map_err(|_| failed(format!("no answer within {} s", URL_LIMIT.as_secs())))?
            .map_err(failed)?;
        if !answer.status.is_success() {
            return Err(Box::new(
                Report::user(format!("{shown} cannot be read"))
                    .cause(format!("it answers {}", answer.status))
                    .hint("check the address, and whether it wants a login"),
            ));
        }
        Ok(answer.body)
    }
}

/// There is no copy, and none may be fetched.
fn no_copy(name: &str) -> Box<Report> {
    Box::new(
        Report::user(format!("there is no copy of {name}"))
            .cause("`--sync-remote-cache never` fetches nothing")
            .hint("fetch it once: `--sync-remote-cache missing`"),
    )
}

/// The cache cannot be written or read.
fn unusable(error: &std::io::Error) -> Box<Report> {
    Box::new(
        Report::user("the cache of remote files cannot be used")
            .cause(error)
            .hint("name another folder with `--remote-cache-dir FOLDER`"),
    )
}
