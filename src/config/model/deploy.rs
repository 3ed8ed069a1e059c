//! The `deploy` section.

use serde::Deserialize;

use super::{CloudRunDeployHooks, DeployHooks, HelmDeployFlags, HelmRelease};

/// How manifests reach the cluster.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeployConfig {
    /// As containers of a docker daemon.
    pub docker: Option<DockerDeploy>,
    /// By helm.
    pub helm: Option<LegacyHelmDeploy>,
    /// By kpt.
    pub kpt: Option<KptDeploy>,
    /// By kubectl.
    pub kubectl: Option<KubectlDeploy>,
    /// To Cloud Run.
    pub cloudrun: Option<CloudRunDeploy>,
    /// Wait until everything is ready.
    pub status_check: Option<bool>,
    /// For so long.
    pub status_check_deadline_seconds: i64,
    /// Do not give up before that.
    pub tolerate_failures_until_deadline: bool,
    /// The kube-context.
    pub kube_context: Option<String>,
    /// How logs are shown.
    pub logs: LogsConfig,
}

/// As containers of a docker daemon.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DockerDeploy {
    /// Images to run.
    pub images: Vec<String>,
    /// By docker compose.
    pub use_compose: bool,
}

/// By helm.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LegacyHelmDeploy {
    /// Releases installed at once.
    pub concurrency: Option<i64>,
    /// The releases.
    pub releases: Vec<HelmRelease>,
    /// Flags of helm.
    pub flags: HelmDeployFlags,
    /// Commands around it.
    pub hooks: DeployHooks,
}

/// By kpt.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KptDeploy {
    /// Folder of the manifests.
    pub dir: Option<String>,
    /// Flags of `kpt live apply`.
    pub apply_flags: Vec<String>,
    /// Flags of `kpt live init`.
    pub flags: Vec<String>,
    /// Name of the inventory.
    pub name: Option<String>,
    /// Its id.
    #[serde(rename = "inventoryID")]
    pub inventory_id: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Overwrite an inventory that is there.
    pub force: bool,
    /// Namespace of resources without one.
    pub default_namespace: Option<String>,
}

/// By kubectl.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KubectlDeploy {
    /// Flags of kubectl.
    pub flags: KubectlFlags,
    /// Resources of a cluster.
    pub remote_manifests: Vec<String>,
    /// Namespace of resources without one (a template).
    pub default_namespace: Option<String>,
    /// Commands around it.
    pub hooks: DeployHooks,
}

/// Flags of kubectl.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KubectlFlags {
    /// Of every call.
    pub global: Vec<String>,
    /// Of `apply`.
    pub apply: Vec<String>,
    /// Of `delete`.
    pub delete: Vec<String>,
    /// No validation.
    pub disable_validation: bool,
}

/// To Cloud Run.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CloudRunDeploy {
    /// The project.
    #[serde(rename = "projectid")]
    pub project_id: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Commands around it.
    pub hooks: CloudRunDeployHooks,
}

/// How logs are shown.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LogsConfig {
    /// `container`, `podAndContainer`, `auto`, `none`.
    pub prefix: Option<String>,
    /// What is shown of JSON lines.
    pub json_parse: JSONParseConfig,
}

/// What is shown of JSON lines.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct JSONParseConfig {
    /// These fields.
    pub fields: Vec<String>,
}
