//! What an entry of `requires` means.

use super::absolute;
use super::file::{File, is_url};
use crate::config::model::ConfigDependency;
use crate::config::remote::{self, Remote, Wanted};
use crate::diagnostic::{Excerpt, Report, Result};
use crate::yaml::{Key, Node};

/// Where the file of an entry of `requires` is.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// The file that requires it.
    Same,
    /// On this machine: a path, absolute, and how it was written.
    Path(std::path::PathBuf, String),
    /// Elsewhere, with the path in it.
    Remote(Wanted, String),
}

/// An entry of `requires` in its document.
#[derive(Clone, Copy)]
pub(super) struct Entry<'d> {
    pub(super) file: &'d File,
    pub(super) tree: &'d Node,
    pub(super) position: usize,
    pub(super) dependency: &'d ConfigDependency,
}

impl Entry<'_> {
    /// Where something in the entry stands, or the entry where it is not written. A password is not shown.
    pub(super) fn place(&self, path: &[Key]) -> Option<Excerpt> {
        let mut whole = vec![Key::from("requires"), self.position.into()];
        whole.extend_from_slice(path);
        let place = (2..=whole.len()).rev().find_map(|length| self.tree.locate(&whole[..length]))?;
        let addresses = [self.dependency.path.as_deref(), self.dependency.git.as_ref().map(|git| &*git.repo)];
        Some(addresses.into_iter().flatten().fold(place, remote::hide_password))
    }

    /// What the entry means.
    ///
    /// # Errors
    /// An address or a reference that cannot be one, or that a fetched file may not name; several places at once.
    pub(super) fn target(&self) -> Result<Target> {
        let entry = self.dependency;
        let given: Vec<&'static str> = [
            ("path", entry.path.is_some()),
            ("git", entry.git.is_some()),
            ("googleCloudStorage", entry.google_cloud_storage.is_some()),
            ("googleCloudBuildRepoV2", entry.google_cloud_build_repo_v2.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, given)| given.then_some(key))
        .collect();
        if let [first, second, ..] = given[..] {
            return Err(Box::new(
                Report::config(format!(
                    "`requires` names both `{first}` and `{second}`; a file has one place"
                ))
                .at_some(self.place(&[second.into()]))
                .hint("write an entry for each"),
            ));
        }
        if let Some(path) = &entry.path {
            if is_url(path) {
                let wanted = Wanted { remote: Remote::Url(path.clone()), sync: true };
                return Ok(Target::Remote(wanted, String::new()));
            }
            let whole = absolute(&self.file.dir, path);
            if let Some(fence) = &self.file.fence {
                fence.check(&whole).map_err(|cause| self.outside(path, &cause))?;
            }
            return Ok(Target::Path(whole, path.clone()));
        }
        let (remote, sync, path) = if let Some(git) = &entry.git {
            let repo = remote::repository(&git.repo, &self.file.dir, self.file.remote)
                .map_err(|cause| self.refuse("repository", &git.repo, "git", "repo", cause))?;
            let reference = self.reference("git", git.r#ref.as_deref())?;
            (Remote::Git { repo, reference }, git.sync, &git.path)
        } else if let Some(storage) = &entry.google_cloud_storage {
            let source = storage.source.clone().unwrap_or_default();
            remote::bucket(&source)
                .map_err(|cause| self.refuse("bucket", &source, "googleCloudStorage", "source", cause))?;
            (Remote::Storage { source }, storage.sync, &storage.path)
        } else if let Some(known) = &entry.google_cloud_build_repo_v2 {
            for (key, value) in [
                ("projectID", &known.project_id),
                ("region", &known.region),
                ("connection", &known.connection),
                ("repo", &known.repo),
            ] {
                remote::word(value)
                    .map_err(|cause| self.refuse(key, value, "googleCloudBuildRepoV2", key, cause))?;
            }
            let reference = self.reference("googleCloudBuildRepoV2", known.r#ref.as_deref())?;
            let remote = Remote::BuildRepository {
                project: known.project_id.clone(),
                region: known.region.clone(),
                connection: known.connection.clone(),
                repo: known.repo.clone(),
                reference,
            };
            (remote, known.sync, &known.path)
        } else {
            return Ok(Target::Same);
        };
        let wanted = Wanted { remote, sync: sync.unwrap_or(true) };
        Ok(Target::Remote(wanted, path.clone().unwrap_or_default()))
    }

    fn reference(&self, key: &'static str, written: Option<&str>) -> Result<Option<String>> {
        let Some(written) = written.filter(|written| !written.is_empty()) else { return Ok(None) };
        match remote::reference(written) {
            Ok(()) => Ok(Some(written.to_owned())),
            Err(cause) => Err(self.refuse("branch, tag or commit", written, key, "ref", cause)),
        }
    }

    fn refuse(
        &self,
        what: &str,
        written: &str,
        section: &'static str,
        key: &'static str,
        cause: &'static str,
    ) -> Box<Report> {
        let place = self.place(&[section.into(), key.into()]);
        let written = remote::without_password(written);
        Box::new(Report::config(format!("`{written}` is no {what}")).at_some(place).cause(cause))
    }

    /// Where the path stands, be it of this machine or in what is fetched.
    pub(super) fn path_place(&self) -> Option<Excerpt> {
        let entry = self.dependency;
        let section: &[Key] = if entry.git.is_some() {
            &["git".into()]
        } else if entry.google_cloud_storage.is_some() {
            &["googleCloudStorage".into()]
        } else if entry.google_cloud_build_repo_v2.is_some() {
            &["googleCloudBuildRepoV2".into()]
        } else {
            &[]
        };
        self.place(&[section, &["path".into()]].concat())
    }

    /// A path that leads out of what was fetched with its file.
    pub(super) fn outside(&self, path: &str, cause: &str) -> Box<Report> {
        Box::new(
            Report::config(format!("`{path}` {cause}"))
                .at_some(self.path_place())
                .hint("a fetched file may name only what was fetched with it"),
        )
    }
}
