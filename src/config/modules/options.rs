//! What decides which documents are read, and how.

use std::path::PathBuf;

use crate::event::Bus;
use crate::settings::Sourced;
use crate::settings::env::Environment;

/// What decides which documents are read, and how.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// `--filename`: a file, a folder, a URL, or `-` for standard input; `None` = look in `cwd`.
    pub filename: Option<String>,
    /// The working folder, absolute.
    pub cwd: PathBuf,
    /// `--profile`, in order: `name` activates, `-name` deactivates.
    pub profiles: Vec<String>,
    /// `--module`: only these documents and what they require; empty = all.
    pub modules: Vec<String>,
    /// `--propagate-profiles`: `profiles` count for required documents too.
    pub propagate_profiles: bool,
    /// `--profile-auto-activation`: profiles may activate themselves.
    pub auto_activation: bool,
    /// The verb, which `activation.command` is compared with: `build`, `diagnose`, ….
    pub command: String,
    /// `--kube-context`: what `activation.kubeContext` is compared with; `None` = the kubeconfig's current context,
    /// read only when a profile asks for it.
    pub kube_context: Option<String>,
    /// `--kubeconfig`; `None` = the kubeconfig files of the environment.
    pub kubeconfig: Option<Sourced<String>>,
    /// `--remote-cache-dir`: where fetched files are kept; `None` = `remote` in the cache folder.
    pub remote_cache_dir: Option<String>,
    /// `--sync-remote-cache`: when fetched files are fetched again.
    pub sync_remote_cache: SyncRemoteCache,
    /// Variables, and the folders of the user.
    pub environment: Environment,
    /// Who hears of long waits.
    pub bus: Bus,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            filename: None,
            cwd: PathBuf::new(),
            profiles: vec![],
            modules: vec![],
            propagate_profiles: true,
            auto_activation: true,
            command: String::new(),
            kube_context: None,
            kubeconfig: None,
            remote_cache_dir: None,
            sync_remote_cache: SyncRemoteCache::Always,
            environment: Environment::default(),
            bus: Bus::default(),
        }
    }
}

impl LoadOptions {
    /// The folder of fetched files. Not Skaffold's `~/.skaffold/remote-cache`: its copies are changed in place.
    pub(in crate::config) fn remote_cache(&self) -> PathBuf {
        match self.remote_cache_dir.as_deref().filter(|dir| !dir.is_empty()) {
            Some(dir) => super::absolute(&self.cwd, dir),
            None => super::absolute(&self.cwd, self.environment.skeg_cache_dir()).join("remote"),
        }
    }
}

/// When files of a repository or bucket are fetched again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SyncRemoteCache {
    /// Once in every run.
    #[default]
    Always,
    /// Only when there is no copy.
    Missing,
    /// Never; without a copy that is an error.
    Never,
}
