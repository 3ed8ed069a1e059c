//! Flags, environment, user config and detection become one immutable [`Settings`]; each value knows its [`Origin`].

mod cluster;
mod duration;
pub mod env;
mod env_file;
mod kubeconfig;
mod lines;
mod sources;

pub use duration::duration;
pub use lines::SourcedLine;
pub use sources::{Sources, current_context, locations, namespace_of, resolve};

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where a value comes from. `Display` gives the words shown to the user (`user config, context kind-dev`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command-line flag (`--builder`).
    Flag(String),
    /// An environment variable.
    Env(String),
    /// A variable set by `skaffold.env`.
    EnvFile(String),
    /// The project file (`.skeg.builder`, `build.local.push`).
    Project(String),
    /// The user's config file; `context` is the kube-context pattern of the entry, `None` = `global`.
    UserConfig {
        /// The file the value stands in.
        file: PathBuf,
        /// The kube-context entry; `None` is the `global` section.
        context: Option<String>,
    },
    /// Found by looking (`kube context docker-desktop`).
    Detected(String),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::EnvFile(name) => write!(f, "skaffold.env {name}"),
            Self::Project(key) => write!(f, "project {key}"),
            Self::UserConfig { context: Some(context), .. } => write!(f, "user config, context {context}"),
            Self::UserConfig { context: None, .. } => write!(f, "user config, global"),
            Self::Detected(how) => write!(f, "{how}"),
            Self::Default => write!(f, "default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl Origin {
    /// The origin with its file, where it has one: `~/.config/skeg/config.yaml, context kind-dev`.
    pub fn place(&self, env: &env::Environment) -> String {
        match self {
            Self::UserConfig { file, context: Some(context) } => {
                format!("{}, context {context}", env.tilde(file))
            }
            Self::UserConfig { file, context: None } => format!("{}, global", env.tilde(file)),
            other => other.to_string(),
        }
    }
}

impl<T> Sourced<T> {
    /// Pairs a value with its origin.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// What the project file's `.skeg` overlay says for the whole project (settings know nothing of `config`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectLayer {
    /// `deploy.kubeContext`: the kube-context, where no flag names one.
    pub kube_context: Option<String>,
    /// `.skeg.builder`
    pub builder: Option<String>,
    /// `.skeg.baseImageMaxAge`
    pub base_image_max_age: Option<Duration>,
    /// `build.local.concurrency`, where it is written down.
    pub build_concurrency: Option<u32>,
    /// `.skeg.cacheTag`
    pub cache_tag: Option<String>,
    /// `.skeg.cacheRepo`
    pub cache_repo: Option<String>,
    /// `.skeg.cacheFlags`; an empty list turns the export off.
    pub cache_flags: Option<Vec<String>>,
    /// `.skeg.provenance`
    pub provenance: Option<String>,
    /// `.skeg.sbom`
    pub sbom: Option<String>,
}

/// What the command line says (after the environment's `SKEG_*` and `SKAFFOLD_*` were laid under it).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--kube-context`
    pub kube_context: Option<Sourced<String>>,
    /// `--kubeconfig`
    pub kubeconfig: Option<Sourced<String>>,
    /// `-c/--config`: the one file to read (and write); Skaffold's is then not consulted.
    pub config: Option<Sourced<String>>,
    /// `-d/--default-repo`; `Some("")` cancels the configured value.
    pub default_repo: Option<Sourced<String>>,
    /// `--insecure-registry`
    pub insecure_registries: Vec<Sourced<String>>,
    /// `--builder`
    pub builder: Option<Sourced<String>>,
    /// `--push`
    pub push: Option<Sourced<bool>>,
    /// `--platform`
    pub platforms: Option<Sourced<Vec<String>>>,
    /// `--provenance`
    pub provenance: Option<Sourced<String>>,
    /// `--sbom`
    pub sbom: Option<Sourced<String>>,
    /// `--cache-tag`
    pub cache_tag: Option<Sourced<String>>,
    /// `--cache-repo`
    pub cache_repo: Option<Sourced<String>>,
    /// `--cache-flags`
    pub cache_flags: Option<Sourced<Vec<String>>>,
    /// `--build-concurrency`; negative = from the project.
    pub build_concurrency: Option<Sourced<i64>>,
    /// `--minikube-profile`
    pub minikube_profile: Option<Sourced<String>>,
    /// `--detect-minikube`; `false` = a minikube of another name than `minikube` counts as remote.
    pub detect_minikube: Option<Sourced<bool>>,
    /// `--disable-multi-platform-build`
    pub single_platform: bool,
}

/// What kind of cluster the images are for (skaffold.md 1.8, without asking any API server).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cluster {
    /// No kube-context at all, or one that is not known to be local: images must be pushed.
    Remote,
    /// minikube, Docker Desktop and the like: the cluster sees the docker daemon's images.
    Local,
    /// kind: local, images are loaded into the nodes.
    Kind,
    /// k3d: local, images are loaded into the nodes.
    K3d,
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Remote => "remote",
            Self::Local => "local",
            Self::Kind => "kind",
            Self::K3d => "k3d",
        })
    }
}

/// Everything a command needs to know beyond the project file, resolved once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The kube-context in force (flag, else the kubeconfig's current one).
    pub kube_context: Option<Sourced<String>>,
    /// The registry (and path) images are moved to; `None` = leave names as they are.
    pub default_repo: Option<Sourced<String>>,
    /// Keep the path's slashes below the default repo; `None` = decided by the registry's name.
    pub multi_level_repo: Option<Sourced<bool>>,
    /// Registries spoken to over http or without certificate checks (flag and user config; the project's come on top).
    pub insecure_registries: Vec<Sourced<String>>,
    /// The builder asked for: instance name, docker context, address, `none` or `classic`.
    pub builder: Option<Sourced<String>>,
    /// Tag of cache references (a template).
    pub cache_tag: Option<Sourced<String>>,
    /// Registry of cache references.
    pub cache_repo: Option<Sourced<String>>,
    /// Attributes of cache exports; `Some([])` turns exports off.
    pub cache_flags: Option<Sourced<Vec<String>>>,
    /// Provenance attestation (`min`, `max`, `true`, `false`, or buildx's own value).
    pub provenance: Option<Sourced<String>>,
    /// SBOM attestation (`true`, `false`, or a generator).
    pub sbom: Option<Sourced<String>>,
    /// `--push`
    pub push: Option<Sourced<bool>>,
    /// `--platform`
    pub platforms: Option<Sourced<Vec<String>>>,
    /// Of several platforms only one is built: this machine's where it is among them, else the first.
    pub single_platform: bool,
    /// `--build-concurrency` when not negative, else the project's; 0 = unlimited.
    pub build_concurrency: Option<Sourced<u32>>,
    /// How old a base image's digest may be before its registry is asked again; `None` = it is always asked.
    pub base_image_max_age: Option<Sourced<Duration>>,
    /// What the images are for.
    pub cluster: Sourced<Cluster>,
    /// `kind-disable-load` for kind, `k3d-disable-load` for k3d: nodes pull instead of being loaded.
    pub cluster_load_disabled: Sourced<bool>,
}
