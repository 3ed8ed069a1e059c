//! The environment, read once into a snapshot. The only place that touches `std::env`, and the only place that
//! spells the names of environment variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// `docker`'s configuration folder.
pub const DOCKER_CONFIG: &str = "DOCKER_CONFIG";
/// Address of the docker daemon.
pub const DOCKER_HOST: &str = "DOCKER_HOST";
/// The docker context in force.
pub const DOCKER_CONTEXT: &str = "DOCKER_CONTEXT";
/// Set to anything: the docker daemon is spoken to over TLS.
pub const DOCKER_TLS: &str = "DOCKER_TLS";
/// Set to anything: the docker daemon is spoken to over TLS and its certificate is checked.
pub const DOCKER_TLS_VERIFY: &str = "DOCKER_TLS_VERIFY";
/// The folder with `ca.pem`, `cert.pem` and `key.pem` for the docker daemon.
pub const DOCKER_CERT_PATH: &str = "DOCKER_CERT_PATH";
/// `docker build` through BuildKit (`1`) or the classic builder (`0`).
pub const DOCKER_BUILDKIT: &str = "DOCKER_BUILDKIT";
/// buildx's own choice of builder.
pub const BUILDX_BUILDER: &str = "BUILDX_BUILDER";
/// buildx's configuration folder.
pub const BUILDX_CONFIG: &str = "BUILDX_CONFIG";
/// Address of a buildkitd.
pub const BUILDKIT_HOST: &str = "BUILDKIT_HOST";
/// Colon-separated list of kubeconfig files.
pub const KUBECONFIG: &str = "KUBECONFIG";
/// Set to anything: no colours.
pub const NO_COLOR: &str = "NO_COLOR";
/// Set to anything but `0`: colours even where standard error is no terminal.
pub const CLICOLOR_FORCE: &str = "CLICOLOR_FORCE";
/// The terminal's kind; `dumb` can neither colour nor move the cursor.
pub const TERM: &str = "TERM";
/// Set by continuous integration services (to `true`, mostly).
pub const CI: &str = "CI";
/// Where `skeg`'s own user config lies, when not in the config folder.
pub const SKEG_CONFIG: &str = "SKEG_CONFIG";
/// Where Skaffold's user config lies, when not in `~/.skaffold`; it is only read.
pub const SKAFFOLD_CONFIG: &str = "SKAFFOLD_CONFIG";
/// Before the upper-case name of a flag: `skeg`'s own variables, looked at first.
pub const SKEG_PREFIX: &str = "SKEG_";
/// Before the upper-case name of a flag: Skaffold's variables.
pub const SKAFFOLD_PREFIX: &str = "SKAFFOLD_";
/// minikube's folder, or the folder its `.minikube` lies in.
pub const MINIKUBE_HOME: &str = "MINIKUBE_HOME";
/// Where `skeg` keeps what it can make again.
pub const SKEG_CACHE_DIR: &str = "SKEG_CACHE_DIR";
/// A file with further certificate authorities (PEM).
pub const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// The proxy for `http://`; the lower-case name counts too.
pub const HTTP_PROXY: &str = "HTTP_PROXY";
/// The proxy for `https://`; the lower-case name counts too.
pub const HTTPS_PROXY: &str = "HTTPS_PROXY";
/// Hosts, domains and networks that are reached without a proxy; the lower-case name counts too.
pub const NO_PROXY: &str = "NO_PROXY";
/// The git repository, where git is not to look for it.
pub const GIT_DIR: &str = "GIT_DIR";
/// The git repository's working tree, where git is not to look for it.
pub const GIT_WORK_TREE: &str = "GIT_WORK_TREE";
/// Colon-separated folders that git does not look in for a repository, nor above them.
pub const GIT_CEILING_DIRECTORIES: &str = "GIT_CEILING_DIRECTORIES";
/// How many settings of git the variables GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0, … hold.
pub const GIT_CONFIG_COUNT: &str = "GIT_CONFIG_COUNT";
/// The program that asks for ssh's passwords.
pub const SSH_ASKPASS: &str = "SSH_ASKPASS";
/// Search path for programs.
pub const PATH: &str = "PATH";

/// A snapshot of what the process was started with. Tests make their own.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The arguments, program name first.
    pub args: Vec<OsString>,
    /// The variables whose name and value are valid UTF-8.
    pub vars: BTreeMap<String, String>,
    /// Variables that were added by `skaffold.env` (a subset of `vars`).
    pub from_env_file: std::collections::BTreeSet<String>,
    /// The working folder, absolute.
    pub cwd: PathBuf,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The user's configuration folder (`~/.config` on Linux).
    pub config_dir: Option<PathBuf>,
    /// The user's cache folder (`~/.cache` on Linux).
    pub cache_dir: Option<PathBuf>,
    /// Standard error is a terminal.
    pub stderr_is_terminal: bool,
}

impl Environment {
    /// The snapshot of the running process.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the process's environment"
    )]
    pub fn of_process() -> Self {
        use std::io::IsTerminal as _;
        Self {
            args: std::env::args_os().collect(),
            vars: std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
            from_env_file: std::collections::BTreeSet::new(),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            home: dirs::home_dir(),
            config_dir: dirs::config_dir(),
            cache_dir: dirs::cache_dir(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// A variable's value; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The value of a variable that people write in upper or lower case; upper case first.
    pub fn get_in_any_case(&self, name: &str) -> Option<&str> {
        self.get(name).or_else(|| self.get(&name.to_ascii_lowercase()))
    }

    /// Whether this is a job of a continuous integration service.
    pub fn is_ci(&self) -> bool {
        self.get(CI).is_some_and(|value| !matches!(value, "false" | "0"))
    }

    /// The kubeconfig files of the variable KUBECONFIG, or the one in the home folder; there may be nothing there.
    pub fn kubeconfig_files(&self) -> Vec<PathBuf> {
        let listed: Vec<PathBuf> = self
            .get(KUBECONFIG)
            .map(|list| std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect())
            .unwrap_or_default();
        if listed.is_empty() {
            self.home.iter().map(|home| home.join(".kube/config")).collect()
        } else {
            listed.into_iter().map(|path| self.cwd.join(path)).collect()
        }
    }

    /// minikube's folder of profiles.
    pub fn minikube_profiles(&self) -> Option<PathBuf> {
        let home = self.get(MINIKUBE_HOME).map(PathBuf::from).or_else(|| self.home.clone())?;
        let folder = if home.ends_with(".minikube") { home } else { home.join(".minikube") };
        Some(folder.join("profiles"))
    }

    /// A path as people write it, below their home folder with `~`, in full.
    pub fn untilde(&self, path: &str) -> String {
        let below = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match (below, &self.home) {
            (Some(rest), Some(home)) => format!("{}{rest}", home.display()),
            _ => path.to_owned(),
        }
    }

    /// A path as people write it: below the home folder with `~`.
    pub fn tilde(&self, path: &Path) -> String {
        let below =
            self.home.as_ref().filter(|h| h.as_os_str().len() > 1).and_then(|h| path.strip_prefix(h).ok());
        below.map_or_else(|| path.display().to_string(), |rest| format!("~/{}", rest.display()))
    }

    /// The folder for what `skeg` can make again.
    pub fn skeg_cache_dir(&self) -> PathBuf {
        self.get(SKEG_CACHE_DIR).map_or_else(
            || self.cache_dir.clone().unwrap_or_else(std::env::temp_dir).join("skeg"),
            PathBuf::from,
        )
    }
}
