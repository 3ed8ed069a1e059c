//! The `build` section without its artifacts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Artifact, BuildHooks};

/// What is built, and with what.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildConfig {
    /// Commands around the whole build.
    pub hooks: BuildHooks,
    /// The images.
    pub artifacts: Vec<Artifact>,
    /// Registries spoken to over http or without certificate checks.
    pub insecure_registries: Vec<String>,
    /// How the images are tagged.
    pub tag_policy: Option<TagPolicy>,
    /// Platforms of all artifacts, `os/arch`.
    pub platforms: Vec<String>,
    /// Build on this machine (of this and the next two, at most one).
    pub local: Option<LocalBuild>,
    /// Build in Google Cloud.
    pub google_cloud_build: Option<GoogleCloudBuild>,
    /// Build in a cluster.
    pub cluster: Option<ClusterDetails>,
}

/// How images are tagged: at most one of these.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TagPolicy {
    /// By the state of the git repository.
    pub git_commit: Option<GitTagger>,
    /// Always `latest`.
    pub sha256: Option<Empty>,
    /// By a template.
    pub env_template: Option<EnvTemplateTagger>,
    /// By the time.
    pub date_time: Option<DateTimeTagger>,
    /// By a template of the other taggers.
    pub custom_template: Option<CustomTemplateTagger>,
    /// By a digest of the artifact's inputs.
    pub input_digest: Option<Empty>,
}

/// A section without keys.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Empty {}

/// Tags from git.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GitTagger {
    /// `Tags` (when absent), `CommitSha`, `AbbrevCommitSha`, `TreeSha`, `AbbrevTreeSha`.
    pub variant: Option<String>,
    /// Put before the tag.
    pub prefix: Option<String>,
    /// No `-dirty` for uncommitted changes.
    pub ignore_changes: bool,
}

/// Tags from a template.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvTemplateTagger {
    /// The template.
    pub template: String,
}

/// Tags from the time.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DateTimeTagger {
    /// Go's layout of it.
    pub format: Option<String>,
    /// Its time zone.
    pub timezone: Option<String>,
}

/// Tags from a template of other taggers.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CustomTemplateTagger {
    /// The template.
    pub template: String,
    /// What the template may name.
    pub components: Vec<TaggerComponent>,
}

/// A tagger with a name; at most one of its taggers.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TaggerComponent {
    /// The name in the template.
    pub name: Option<String>,
    /// By the state of the git repository.
    pub git_commit: Option<GitTagger>,
    /// Always `latest`.
    pub sha256: Option<Empty>,
    /// By a template.
    pub env_template: Option<EnvTemplateTagger>,
    /// By the time.
    pub date_time: Option<DateTimeTagger>,
    /// By a template of other taggers (not inside itself).
    pub custom_template: Option<CustomTemplateTagger>,
    /// By a digest of the artifact's inputs.
    pub input_digest: Option<Empty>,
}

/// Build on this machine.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LocalBuild {
    /// Push to the registry; when absent, only for clusters that are not local.
    pub push: Option<bool>,
    /// Pull an image that is not in the cache before building it.
    pub try_import_missing: bool,
    /// Build by the `docker` program.
    #[serde(rename = "useDockerCLI")]
    pub use_docker_cli: bool,
    /// Build with BuildKit.
    pub use_buildkit: Option<bool>,
    /// Artifacts built at once; 0 = all.
    pub concurrency: Option<i64>,
}

/// Build in Google Cloud.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GoogleCloudBuild {
    /// The project.
    pub project_id: Option<String>,
    /// Size of the disk.
    pub disk_size_gb: i64,
    /// Type of the machine.
    pub machine_type: Option<String>,
    /// Limit of a build.
    pub timeout: Option<String>,
    /// Where logs go.
    pub logging: Option<String>,
    /// When logs are streamed.
    pub log_streaming_option: Option<String>,
    /// Image that runs `docker`.
    pub docker_image: Option<String>,
    /// Image that runs kaniko.
    pub kaniko_image: Option<String>,
    /// Image that runs Maven.
    pub maven_image: Option<String>,
    /// Image that runs Gradle.
    pub gradle_image: Option<String>,
    /// Image that runs buildpacks.
    pub pack_image: Option<String>,
    /// Image that runs ko.
    pub ko_image: Option<String>,
    /// Bucket of the sources.
    pub bucket: Option<String>,
    /// Artifacts built at once; 0 = all.
    pub concurrency: i64,
    /// Pool of private workers.
    pub worker_pool: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// What installs emulators.
    pub platform_emulator_install_step: Option<PlatformEmulatorInstallStep>,
    /// The account it runs as.
    pub service_account: Option<String>,
}

/// A step that installs emulators of other platforms.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PlatformEmulatorInstallStep {
    /// The image it runs.
    pub image: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its program.
    pub entrypoint: Option<String>,
}

/// Build in a cluster. Unknown keys are skipped here, as upstream does.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterDetails {
    /// Proxy of the build pods.
    #[serde(rename = "HTTP_PROXY")]
    pub http_proxy: Option<String>,
    /// Proxy of the build pods.
    #[serde(rename = "HTTPS_PROXY")]
    pub https_proxy: Option<String>,
    /// Annotations of the build pods.
    pub annotations: BTreeMap<String, String>,
    /// Labels of the build pods.
    pub labels: BTreeMap<String, String>,
    /// Artifacts built at once; 0 = all.
    pub concurrency: i64,
    /// docker's configuration in the pods.
    pub docker_config: Option<DockerConfig>,
    /// The namespace.
    pub namespace: Option<String>,
    /// Which nodes.
    pub node_selector: BTreeMap<String, String>,
    /// Where the secret is mounted.
    pub pull_secret_mount_path: Option<String>,
    /// The secret's name.
    pub pull_secret_name: Option<String>,
    /// The file the secret is made of.
    pub pull_secret_path: Option<String>,
    /// Give the configuration's secret a name of its own.
    pub random_docker_config_secret: bool,
    /// Give the secret a name of its own.
    pub random_pull_secret: bool,
    /// What the pods need.
    pub resources: Option<ResourceRequirements>,
    /// The user of the pods.
    pub run_as_user: Option<i64>,
    /// Their account.
    pub service_account: Option<String>,
    /// Limit of a build.
    pub timeout: Option<String>,
    /// Kubernetes tolerations.
    pub tolerations: Vec<serde_json::Value>,
    /// Kubernetes volumes.
    pub volumes: Vec<serde_json::Value>,
}

/// docker's configuration for pods.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DockerConfig {
    /// The file.
    pub path: Option<String>,
    /// The secret.
    pub secret_name: Option<String>,
}

/// What pods need.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceRequirements {
    /// At most.
    pub limits: Option<ResourceRequirement>,
    /// At least.
    pub requests: Option<ResourceRequirement>,
}

/// Amounts, as Kubernetes writes them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceRequirement {
    /// Processors.
    pub cpu: Option<String>,
    /// Memory.
    pub memory: Option<String>,
    /// Disk.
    pub ephemeral_storage: Option<String>,
    /// Volume.
    pub resource_storage: Option<String>,
}
