//! Files of git repositories, by the git command: it knows the user's credentials, proxies and certificates.
//!
//! One `git fetch` brings what a reference means, without history. The copy is a repository of its own (tag policies
//! ask it), whose objects are those that were fetched. No hook runs, no submodule is followed, nobody is asked for a
//! password.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Context;
use super::shelf::{Copy, Lock, Shelf, digest};
use crate::diagnostic::{Report, Result};
use crate::process::{self, Command, Output};
use crate::settings::env;

/// A fetch may take so long where there is no copy to fall back on.
const LIMIT: Duration = Duration::from_mins(10);
/// A fetch may take so long where there is one.
const LIMIT_WITH_COPY: Duration = Duration::from_mins(1);
/// What the default branch is called on a shelf; no reference is.
const DEFAULT: &str = "(default)";
/// As deep as there is history.
const WHOLE_HISTORY: &str = "--depth=2147483647";
/// Settings of the user or the repository that would run or fetch more than asked for.
const CONFIGURED: &[(&str, &str)] = &[
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("protocol.ext.allow", "never"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("init.defaultBranch", "main"),
];
/// Variables by which a git hook, for one, tells git which repository it is in.
const OF_OTHER_REPOSITORIES: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_CONFIG_PARAMETERS",
];
/// Words of git and of what it runs when the remote cannot be reached.
const UNREACHABLE: &[&str] = &[
    "Could not resolve host",
    "Could not resolve hostname",
    "Couldn't resolve host",
    "Failed to connect",
    "Couldn't connect to server",
    "Connection refused",
    "Connection timed out",
    "Connection reset",
    "Operation timed out",
    "Network is unreachable",
    "No route to host",
    "unable to connect",
    "unable to look up",
    "Temporary failure in name resolution",
    "Empty reply from server",
    "The requested URL returned error: 5",
    "Proxy CONNECT aborted",
    "HTTP code 502 from proxy",
    "HTTP code 503 from proxy",
    "early EOF",
    "the remote end hung up unexpectedly",
];

/// Where the address comes from.
pub(super) enum Source<'r> {
    /// It is known.
    Address(&'r str),
    /// Google Cloud Build knows it.
    Known { project: &'r str, region: &'r str, connection: &'r str, repo: &'r str },
}

/// A repository at a reference.
pub(super) struct Repository<'r> {
    pub(super) context: &'r Context<'r>,
    pub(super) source: Source<'r>,
    /// `None` = its default branch.
    pub(super) reference: Option<&'r str>,
    pub(super) shelf: Shelf,
    /// As messages name it.
    pub(super) name: String,
}

/// What was fetched.
struct Fetched {
    commit: String,
    kind: Kind,
}

/// What a reference turned out to be.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Branch(String),
    Tag(String),
    Commit,
    Other,
}

/// Why nothing was fetched.
enum Failure {
    /// The remote does not answer.
    Unreachable(String),
    /// It has no such reference.
    NoReference,
    /// It has it, but does not give it out by its number.
    NotAdvertised,
    /// It cannot leave history out.
    NoShallow,
    /// Everything else.
    Failed(Box<Report>),
}

impl Repository<'_> {
    /// The folder of the copy that the reference means now, and what the user should know of it.
    ///
    /// # Errors
    /// There is no such reference, or no copy and no answer.
    pub(super) async fn copy(&self, sync: bool) -> Result<(PathBuf, Option<Report>)> {
        let reference = self.reference.unwrap_or(DEFAULT);
        let before = self.shelf.copy(reference);
        if let Some(copy) = &before
            && (copy.fixed || !self.context.asks(sync, true))
        {
            return Ok((self.shelf.folder(copy), None));
        }
        if before.is_none() && !self.context.asks(sync, false) {
            return Err(super::no_copy(&self.name));
        }
        let lock = self.shelf.lock().await.map_err(|error| super::unusable(&error))?;
        let limit = if before.is_some() { LIMIT_WITH_COPY } else { LIMIT };
        let fetched = match tokio::time::timeout(limit, self.fetch()).await {
            Ok(fetched) => fetched,
            Err(_) => Err(Failure::Unreachable(format!("no answer within {} min", limit.as_secs() / 60))),
        };
        match (fetched, before) {
            (Ok(fetched), before) => {
                let copy = self.check_out(&lock, &fetched, reference).await?;
                if before.as_ref() != Some(&copy) {
                    self.shelf
                        .point(&lock, reference, &copy)
                        .and_then(|()| self.shelf.tidy(&lock))
                        .map_err(|error| super::unusable(&error))?;
                }
                Ok((self.shelf.folder(&copy), None))
            }
            (Err(Failure::Unreachable(cause)), Some(copy)) => {
                let warning = Report::tool(format!(
                    "{} does not answer; the copy of commit {:.12} is used",
                    self.name, copy.commit
                ));
                Ok((self.shelf.folder(&copy), Some(warning.cause(cause))))
            }
            (Err(failure), before) => Err(self.explain(failure, before)),
        }
    }

    async fn fetch(&self) -> Result<Fetched, Failure> {
        let address = match self.source {
            Source::Address(address) => address.to_owned(),
            Source::Known { project, region, connection, repo } => {
                super::bucket::address_of(project, region, connection, repo).await.map_err(Failure::Failed)?
            }
        };
        let store = self.store();
        if !store.join("HEAD").exists() {
            let init = self.git(&address).args(["init", "--quiet", "--bare", "--template="]).arg(&store);
            self.run(init, &address).await?;
        }
        let wanted = self.reference.unwrap_or("HEAD");
        let mine = format!("refs/skeg/{}", digest(wanted, 16));
        let rules = [format!("+{wanted}:{mine}")];
        let shallow = match self.fetch_rules(&address, &["--depth=1"], &rules).await {
            Err(Failure::NoShallow) => self.fetch_rules(&address, &[], &rules).await,
            other => other,
        };
        let (revision, kind) = match shallow {
            Ok(()) => (mine, self.kind_fetched()),
            // An abbreviated commit is no reference; it is found among all that the branches hold.
            Err(Failure::NoReference | Failure::NotAdvertised) if is_commit(wanted) => {
                let rules = ["+refs/heads/*:refs/skeg/all/heads/*", "+refs/tags/*:refs/skeg/all/tags/*"];
                self.fetch_rules(&address, &[WHOLE_HISTORY], &rules.map(str::to_owned)).await?;
                (wanted.to_owned(), Kind::Commit)
            }
            Err(failure) => return Err(failure),
        };
        let parse = self
            .git(&address)
            .arg("--git-dir")
            .arg(&store)
            .args(["rev-parse", "--verify", "--quiet", "--end-of-options"])
            .arg(format!("{revision}^{{commit}}"));
        let commit =
            self.run(parse, &address).await.map_err(|_| Failure::NoReference)?.stdout.trim().to_owned();
        // A branch may have a name that could be a commit's.
        let kind = if kind == Kind::Other && is_commit(wanted) && commit.starts_with(wanted) {
            Kind::Commit
        } else {
            kind
        };
        Ok(Fetched { commit, kind })
    }

    async fn fetch_rules(&self, address: &str, how: &[&str], rules: &[String]) -> Result<(), Failure> {
        let fetch = self
            .git(address)
            .arg("--git-dir")
            .arg(self.store())
            .args(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--force", "--update-shallow"])
            .args(how)
            .args(["--", "origin"])
            .args(rules);
        self.run(fetch, address).await.map(drop)
    }

    /// What git says that the last fetch brought: `<object>\t\tbranch 'main' of …`.
    fn kind_fetched(&self) -> Kind {
        let text = fs_err::read_to_string(self.store().join("FETCH_HEAD")).unwrap_or_default();
        let described = text.lines().next().and_then(|line| line.split('\t').nth(2)).unwrap_or_default();
        let name = |what: &str| Some(described.strip_prefix(what)?.split_once('\'')?.0.to_owned());
        if let Some(branch) = name("branch '") {
            Kind::Branch(branch)
        } else if let Some(tag) = name("tag '") {
            Kind::Tag(tag)
        } else {
            Kind::Other
        }
    }

    /// Makes the copy, unless it is there.
    async fn check_out(&self, lock: &Lock, fetched: &Fetched, reference: &str) -> Result<Copy> {
        let copy = Copy {
            folder: format!("{}-{}", fetched.commit, digest(reference, 8)),
            commit: fetched.commit.clone(),
            fixed: fetched.kind == Kind::Commit,
        };
        if self.shelf.folder(&copy).is_dir() {
            return Ok(copy);
        }
        let made = self.shelf.temporary(lock).map_err(|error| super::unusable(&error))?;
        let tree = made.path().join("tree");
        let filled = self.fill(&tree, fetched).await;
        filled.map_err(|failure| self.explain(failure, None))?;
        self.shelf.keep(lock, &tree, &copy.folder).map_err(|error| super::unusable(&error))?;
        Ok(copy)
    }

    async fn fill(&self, tree: &Path, fetched: &Fetched) -> Result<(), Failure> {
        let unusable = |error: std::io::Error| Failure::Failed(super::unusable(&error));
        let address = match self.source {
            Source::Address(address) => address,
            Source::Known { .. } => "",
        };
        let git_dir = tree.join(".git");
        let here = || self.git(address).arg("--git-dir").arg(&git_dir).arg("--work-tree").arg(tree).cwd(tree);
        let branch = match &fetched.kind {
            Kind::Branch(branch) => branch,
            _ => "main",
        };
        let init =
            self.git(address).args(["init", "--quiet", "--template=", "--initial-branch", branch]).arg(tree);
        self.run(init, address).await?;
        let store = self.store();
        let objects = format!("{}\n", store.join("objects").display());
        fs_err::create_dir_all(git_dir.join("objects/info")).map_err(unusable)?;
        fs_err::write(git_dir.join("objects/info/alternates"), objects).map_err(unusable)?;
        if store.join("shallow").exists() {
            fs_err::copy(store.join("shallow"), git_dir.join("shallow")).map_err(unusable)?;
        }
        let mut updates = vec![vec!["HEAD"]];
        let tag;
        match &fetched.kind {
            Kind::Branch(_) => {}
            Kind::Tag(name) => {
                tag = format!("refs/tags/{name}");
                updates = vec![vec!["--no-deref", "HEAD"], vec![&*tag]];
            }
            Kind::Commit | Kind::Other => updates = vec![vec!["--no-deref", "HEAD"]],
        }
        for update in updates {
            self.run(here().arg("update-ref").args(update).arg(&fetched.commit), address).await?;
        }
        self.run(here().args(["read-tree", "--reset", "-u", "HEAD"]), address).await?;
        Ok(())
    }

    fn store(&self) -> PathBuf {
        self.shelf.dir.join("repo.git")
    }

    /// git, with the remote `origin`. Its address goes by the environment: it may hold a password.
    fn git(&self, address: &str) -> Command {
        let mut configured: Vec<(&str, &str)> = CONFIGURED.to_vec();
        configured.push(("remote.origin.url", address));
        let environment = self.context.environment;
        // The user's own settings of this kind stay, before ours.
        let own: usize =
            environment.get(env::GIT_CONFIG_COUNT).and_then(|count| count.parse().ok()).unwrap_or_default();
        let mut git = Command::new("git")
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_CONFIG_COUNT", (own + configured.len()).to_string());
        for (index, (key, value)) in configured.into_iter().enumerate() {
            git = git
                .env(format!("GIT_CONFIG_KEY_{}", own + index), key)
                .env(format!("GIT_CONFIG_VALUE_{}", own + index), value);
        }
        // ssh asks on the terminal, which this process group may not read: it would stop for ever.
        git = git.env("SSH_ASKPASS_REQUIRE", "force");
        if environment.get(env::SSH_ASKPASS).is_none() {
            git = git.env("SSH_ASKPASS", "false");
        }
        OF_OTHER_REPOSITORIES.iter().fold(git, |git, variable| git.env_remove(*variable))
    }

    async fn run(&self, git: Command, address: &str) -> Result<Output, Failure> {
        let output = git.output().await.map_err(|error| {
            Failure::Failed(Box::new(match error {
                process::Error::NotFound { .. } => {
                    Report::user(format!("git is not installed, and {} is a repository", self.name))
                        .hint("install git")
                }
                process::Error::Io { .. } => Report::tool("git cannot be run").cause(error),
            }))
        })?;
        if output.success() {
            return Ok(output);
        }
        let mut said = output.stderr.trim().to_owned();
        if !address.is_empty() {
            said = said.replace(address, &super::without_password(address));
        }
        Err(judge(&said).unwrap_or_else(|| {
            let cause = reason(&said);
            Failure::Failed(Box::new(Self::cure(
                Report::tool(format!("{} cannot be fetched", self.name)).cause(cause),
                &said,
            )))
        }))
    }

    /// What helps against what git says.
    fn cure(report: Report, said: &str) -> Report {
        let login = [
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "terminal prompts disabled",
            "Permission denied",
            "Host key verification failed",
            "returned error: 401",
            "returned error: 403",
        ];
        if login.iter().any(|words| said.contains(words)) {
            report.hint("let git log in without asking: a credential helper, or a key in the ssh agent")
        } else if said.contains("dubious ownership") {
            report.hint("trust the folder: `git config --global --add safe.directory FOLDER`")
        } else {
            report.hint("check the address: `git ls-remote ADDRESS`")
        }
    }

    fn explain(&self, failure: Failure, before: Option<Copy>) -> Box<Report> {
        let report = match failure {
            Failure::Failed(report) => return report,
            Failure::Unreachable(cause) => Report::tool(format!("{} does not answer", self.name))
                .cause(cause)
                .hint("check the address and the network; there is no copy to fall back on"),
            Failure::NoShallow => Report::tool(format!("{} cannot be fetched", self.name)),
            Failure::NoReference | Failure::NotAdvertised => match (self.reference, &before) {
                (None, _) => Report::config(format!("{} has no default branch", self.name))
                    .hint("name a branch: `ref: BRANCH`"),
                (Some(_), Some(copy)) => {
                    let mut report = Report::config(format!("{} is not there any more", self.name));
                    report.notes.push(format!("it was commit {} when it was last fetched", copy.commit));
                    report
                        .hint("name a branch, tag or commit that is there")
                        .hint(format!("or stay with the copy: `ref: {}`, or `sync: false`", copy.commit))
                }
                (Some(reference), None) => {
                    let report = Report::config(format!("{} does not exist", self.name));
                    if is_commit(reference) {
                        report.cause("no branch, tag or commit is called so")
                    } else {
                        report.cause("no branch and no tag is called so")
                    }
                    .hint("check `ref`: `git ls-remote ADDRESS` lists branches and tags")
                }
            },
        };
        Box::new(report)
    }
}

/// What git's words mean.
fn judge(said: &str) -> Option<Failure> {
    let says = |words: &str| said.contains(words);
    if says("couldn't find remote ref") || says("not our ref") || says("ambiguous argument") {
        return Some(Failure::NoReference);
    }
    if says("unadvertised object") {
        return Some(Failure::NotAdvertised);
    }
    if says("does not support shallow") {
        return Some(Failure::NoShallow);
    }
    UNREACHABLE.iter().any(|words| says(words)).then(|| Failure::Unreachable(reason(said)))
}

/// The line that says why: the first `fatal:` or `error:`, else the first; with the next one where it ends in a colon.
fn reason(said: &str) -> String {
    let fatal = |line: &str| line.starts_with("fatal: ") || line.starts_with("error: ");
    let at = said.lines().position(fatal).unwrap_or_default();
    let mut lines = said.lines().skip(at);
    let Some(line) = lines.next() else { return "git said nothing".to_owned() };
    let line = line.trim_start_matches("fatal: ").trim_start_matches("error: ").trim();
    match lines.next().filter(|_| line.ends_with(':')) {
        Some(next) => format!("{line} {}", next.trim()),
        None => line.to_owned(),
    }
}

/// May this be a commit, whole or abbreviated?
fn is_commit(reference: &str) -> bool {
    (4..=64).contains(&reference.len())
        && reference.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_words_are_understood() {
        for (said, expected) in [
            ("fatal: couldn't find remote ref nope", "reference"),
            ("fatal: remote error: upload-pack: not our ref 0123", "reference"),
            ("error: Server does not allow request for unadvertised object 0123", "advertised"),
            ("fatal: dumb http transport does not support shallow capabilities", "shallow"),
            ("fatal: unable to access 'https://h/x/': Could not resolve host: h", "unreachable"),
            (
                "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
                "unreachable",
            ),
            ("fatal: Authentication failed for 'https://h/x/'", "failed"),
            (
                "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                "failed",
            ),
            ("fatal: '/x' does not appear to be a git repository", "failed"),
        ] {
            let word = match judge(said) {
                Some(Failure::NoReference) => "reference",
                Some(Failure::NotAdvertised) => "advertised",
                Some(Failure::NoShallow) => "shallow",
                Some(Failure::Unreachable(_)) => "unreachable",
                Some(Failure::Failed(_)) | None => "failed",
            };
            assert_eq!(word, expected, "{said}");
        }
        assert_eq!(reason("remote: hm\nfatal: no\nmore"), "no");
        assert_eq!(
            reason("fatal: unable to connect to h:\nh: refused\n"),
            "unable to connect to h: h: refused"
        );
        assert_eq!(reason(""), "git said nothing");
    }

    #[test]
    fn commits_are_told_from_names() {
        for (reference, expected) in
            [("deadbeef", true), ("0123abc", true), ("main", false), ("abc", false), ("DEADBEEF", false)]
        {
            assert_eq!(is_commit(reference), expected, "{reference}");
        }
    }
}
