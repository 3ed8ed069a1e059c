//! One artifact of the `build` section.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{BuildHooks, SyncHooks};

/// An image to build.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Artifact {
    /// Its name, without tag.
    pub image: String,
    /// The folder it is built from, a git URL or an http tarball; `.` when absent.
    pub context: Option<String>,
    /// Files copied into running containers.
    pub sync: Option<Sync>,
    /// Built from a Dockerfile (of this and the next six, at most one).
    pub docker: Option<DockerArtifact>,
    /// Built by Bazel.
    pub bazel: Option<BazelArtifact>,
    /// Built by ko.
    pub ko: Option<KoArtifact>,
    /// Built by Jib.
    pub jib: Option<JibArtifact>,
    /// Built by kaniko in a cluster.
    pub kaniko: Option<KanikoArtifact>,
    /// Built by buildpacks.
    pub buildpacks: Option<BuildpackArtifact>,
    /// Built by a command.
    pub custom: Option<CustomArtifact>,
    /// Images of this project it is built on.
    pub requires: Vec<ArtifactDependency>,
    /// Commands around its build.
    pub hooks: BuildHooks,
    /// Its platforms, `os/arch`.
    pub platforms: Vec<String>,
    /// Language runtime, for debugging.
    pub runtime_type: Option<String>,
}

/// An image of this project that another is built on.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ArtifactDependency {
    /// Its name.
    pub image: String,
    /// The build argument that carries its tag; the name when absent.
    pub alias: Option<String>,
}

/// Files copied into running containers: at most one of the ways.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Sync {
    /// By these rules.
    pub manual: Vec<SyncRule>,
    /// Files matching these patterns go where the Dockerfile copies them.
    pub infer: Vec<String>,
    /// The builder knows.
    pub auto: Option<bool>,
    /// Commands around a sync.
    pub hooks: SyncHooks,
}

/// Files and where they go.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SyncRule {
    /// Pattern of files, relative to the context.
    pub src: String,
    /// Folder in the container.
    pub dest: String,
    /// Leading part of the files' paths to leave out.
    pub strip: Option<String>,
}

/// Built from a Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DockerArtifact {
    /// The file, relative to the context.
    pub dockerfile: Option<String>,
    /// Stage to build; the last one when absent.
    pub target: Option<String>,
    /// Build arguments (templates); without value = taken from the environment.
    pub build_args: BTreeMap<String, Option<String>>,
    /// Network of RUN steps.
    pub network: Option<String>,
    /// `host:ip` entries.
    pub add_host: Vec<String>,
    /// Images or typed references to import cache from.
    pub cache_from: Vec<String>,
    /// Images or typed references to export cache to (not in the published schema); an empty list turns it off.
    pub cache_to: Option<Vec<String>>,
    /// More flags of `docker build` (templates).
    pub cli_flags: Vec<String>,
    /// Always ask for newer base images.
    pub pull_parent: bool,
    /// Build without cache.
    pub no_cache: bool,
    /// Make one layer of all new ones.
    pub squash: bool,
    /// Secrets of RUN steps.
    pub secrets: Vec<DockerSecret>,
    /// Agent or key of RUN steps.
    pub ssh: Option<String>,
}

/// A secret of RUN steps.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DockerSecret {
    /// Its name in the Dockerfile.
    pub id: String,
    /// The file it is in.
    pub src: Option<String>,
    /// The variable it is in.
    pub env: Option<String>,
}

/// Built by Bazel.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BazelArtifact {
    /// The target, with `.tar`.
    pub target: String,
    /// Flags of `bazel build`.
    pub args: Vec<String>,
    /// Bazel's names of platforms.
    pub platforms: Vec<BazelPlatformMapping>,
}

/// Bazel's name of a platform.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BazelPlatformMapping {
    /// `os/arch`.
    pub platform: String,
    /// Bazel's name.
    pub target: String,
}

/// Built by ko.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KoArtifact {
    /// The base image.
    pub from_image: Option<String>,
    /// Files that make it build again.
    pub dependencies: Option<KoDependencies>,
    /// Folder to run `go` in.
    pub dir: Option<String>,
    /// `NAME=value` for `go`.
    pub env: Vec<String>,
    /// Flags of `go build`.
    pub flags: Vec<String>,
    /// Image labels.
    pub labels: BTreeMap<String, String>,
    /// Linker flags.
    pub ldflags: Vec<String>,
    /// The package.
    pub main: Option<String>,
}

/// Files that make an artifact build again.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KoDependencies {
    /// These.
    pub paths: Vec<String>,
    /// But not these.
    pub ignore: Vec<String>,
}

/// Built by Jib.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct JibArtifact {
    /// The module or sub-project.
    pub project: Option<String>,
    /// Arguments of Maven or Gradle.
    pub args: Vec<String>,
    /// `maven` or `gradle`; found out when absent.
    #[serde(rename = "type")]
    pub r#type: Option<String>,
    /// The base image.
    pub from_image: Option<String>,
}

/// Built by kaniko in a cluster. Unknown keys are skipped here, as upstream does.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KanikoArtifact {
    /// Build arguments (templates).
    pub build_args: BTreeMap<String, Option<String>>,
    /// Gzip level of the context.
    pub build_context_compression_level: Option<i64>,
    /// Its cache.
    pub cache: Option<KanikoCache>,
    /// Clean the file system at the end.
    pub cleanup: bool,
    /// Folder in the context.
    pub context_sub_path: Option<String>,
    /// Tries to send the context.
    pub copy_max_retries: Option<i64>,
    /// Limit of sending it.
    pub copy_timeout: Option<String>,
    /// More names of the image.
    pub destination: Vec<String>,
    /// File for the digest.
    pub digest_file: Option<String>,
    /// The Dockerfile.
    pub dockerfile: Option<String>,
    /// Kubernetes environment variables.
    pub env: Vec<serde_json::Value>,
    /// Run outside a container.
    pub force: bool,
    /// Paths left out of snapshots.
    pub ignore_paths: Vec<String>,
    /// kaniko's own image.
    pub image: Option<String>,
    /// Tries to extract the base image.
    #[serde(rename = "imageFSExtractRetry")]
    pub image_fs_extract_retry: Option<String>,
    /// File for name and digest.
    pub image_name_with_digest_file: Option<String>,
    /// Secret to pull kaniko with.
    pub image_pull_secret: Option<String>,
    /// Image of the init container.
    pub init_image: Option<String>,
    /// Push over http.
    pub insecure: bool,
    /// Pull over http.
    pub insecure_pull: bool,
    /// Registries over http.
    pub insecure_registry: Vec<String>,
    /// Image labels.
    pub label: BTreeMap<String, Option<String>>,
    /// Format of the log.
    pub log_format: Option<String>,
    /// Times in the log.
    pub log_timestamp: bool,
    /// Folder for an OCI layout.
    pub oci_layout_path: Option<String>,
    /// Tries to push.
    pub push_retry: Option<String>,
    /// Certificates by registry.
    pub registry_certificate: BTreeMap<String, Option<String>>,
    /// A mirror.
    pub registry_mirror: Option<String>,
    /// Leave times out.
    pub reproducible: bool,
    /// One layer.
    pub single_snapshot: bool,
    /// No certificate check at push.
    #[serde(rename = "skipTLS")]
    pub skip_tls: bool,
    /// No certificate check at pull.
    #[serde(rename = "skipTLSVerifyPull")]
    pub skip_tls_verify_pull: bool,
    /// No certificate check for these.
    #[serde(rename = "skipTLSVerifyRegistry")]
    pub skip_tls_verify_registry: Vec<String>,
    /// Build needed stages only.
    pub skip_unused_stages: bool,
    /// How changes are found.
    pub snapshot_mode: Option<String>,
    /// File for an archive.
    pub tar_path: Option<String>,
    /// Stage to build.
    pub target: Option<String>,
    /// Another way of snapshots.
    pub use_new_run: bool,
    /// Level of the log.
    pub verbosity: Option<String>,
    /// Kubernetes volume mounts.
    pub volume_mounts: Vec<serde_json::Value>,
    /// Leave `/var/run` out.
    pub whitelist_var_run: bool,
}

/// kaniko's cache.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KanikoCache {
    /// Keep layers of COPY.
    pub cache_copy_layers: bool,
    /// Keep layers of RUN.
    pub cache_run_layers: Option<bool>,
    /// Folder of the node.
    pub host_path: Option<String>,
    /// Registry.
    pub repo: Option<String>,
    /// How long.
    pub ttl: Option<String>,
}

/// Built by buildpacks.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildpackArtifact {
    /// The builder image.
    pub builder: Option<String>,
    /// The base image.
    pub run_image: Option<String>,
    /// `NAME=value` (templates).
    pub env: Vec<String>,
    /// The buildpacks.
    pub buildpacks: Vec<String>,
    /// Give the builder credentials.
    pub trust_builder: bool,
    /// Build without cache.
    pub clear_cache: bool,
    /// `project.toml`.
    pub project_descriptor: Option<String>,
    /// Files that make it build again.
    pub dependencies: Option<BuildpackDependencies>,
    /// Folders mounted.
    pub volumes: Vec<BuildpackVolume>,
    /// More flags.
    pub build_args: Vec<String>,
}

/// Files that make an artifact build again.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildpackDependencies {
    /// These.
    pub paths: Vec<String>,
    /// But not these.
    pub ignore: Vec<String>,
}

/// A folder mounted.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildpackVolume {
    /// Here.
    pub host: String,
    /// There.
    pub target: String,
    /// `ro`, `rw`, ….
    pub options: Option<String>,
}

/// Built by a command.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CustomArtifact {
    /// The command (a template).
    pub build_command: Option<String>,
    /// Files that make it build again.
    pub dependencies: Option<CustomDependencies>,
}

/// Files that make an artifact build again: at most one of the first three.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CustomDependencies {
    /// What a Dockerfile reads.
    pub dockerfile: Option<DockerfileDependency>,
    /// What a command prints.
    pub command: Option<String>,
    /// These.
    pub paths: Vec<String>,
    /// But not these.
    pub ignore: Vec<String>,
}

/// What a Dockerfile reads.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DockerfileDependency {
    /// The file.
    pub path: Option<String>,
    /// Build arguments.
    pub build_args: BTreeMap<String, Option<String>>,
}

/// What builds an artifact. `Display` gives the key in the project file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArtifactKind {
    /// A Dockerfile.
    Docker,
    /// kaniko.
    Kaniko,
    /// Bazel.
    Bazel,
    /// Jib.
    Jib,
    /// A command.
    Custom,
    /// Buildpacks.
    Buildpacks,
    /// ko.
    Ko,
}

impl ArtifactKind {
    /// The key in the project file.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Kaniko => "kaniko",
            Self::Bazel => "bazel",
            Self::Jib => "jib",
            Self::Custom => "custom",
            Self::Buildpacks => "buildpacks",
            Self::Ko => "ko",
        }
    }
}

impl fmt::Display for ArtifactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl Artifact {
    /// What builds it: the first that is set in Skaffold's own order (several are an error of validation), docker
    /// when nothing is.
    pub const fn kind(&self) -> ArtifactKind {
        match self {
            Self { docker: Some(_), .. } => ArtifactKind::Docker,
            Self { kaniko: Some(_), .. } => ArtifactKind::Kaniko,
            Self { bazel: Some(_), .. } => ArtifactKind::Bazel,
            Self { jib: Some(_), .. } => ArtifactKind::Jib,
            Self { custom: Some(_), .. } => ArtifactKind::Custom,
            Self { buildpacks: Some(_), .. } => ArtifactKind::Buildpacks,
            Self { ko: Some(_), .. } => ArtifactKind::Ko,
            _ => ArtifactKind::Docker,
        }
    }

    /// Has a kind of build been written down?
    pub const fn has_kind(&self) -> bool {
        self.docker.is_some() || !matches!(self.kind(), ArtifactKind::Docker)
    }
}
