//! The `manifests` section, and helm's part of it that `deploy` shares.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RenderHooks;

/// Where the manifests come from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RenderConfig {
    /// Files (patterns).
    pub raw_yaml: Vec<String>,
    /// Resources of a cluster.
    pub remote_manifests: Vec<RemoteManifest>,
    /// Kustomize folders.
    pub kustomize: Option<Kustomize>,
    /// Helm charts, rendered.
    pub helm: Option<Helm>,
    /// kpt folders.
    pub kpt: Vec<String>,
    /// Commands around rendering.
    pub hooks: RenderHooks,
    /// kpt functions that change manifests.
    pub transform: Option<Vec<Transformer>>,
    /// kpt functions that check manifests.
    pub validate: Option<Vec<Validator>>,
    /// Folder for the result.
    pub output: Option<String>,
}

/// A resource of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RemoteManifest {
    /// Its name.
    pub manifest: Option<String>,
    /// The cluster.
    pub kube_context: Option<String>,
}

/// Kustomize folders.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Kustomize {
    /// The folders (templates).
    pub paths: Vec<String>,
    /// Flags of `kustomize build`.
    pub build_args: Vec<String>,
}

/// A kpt function that changes manifests.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Transformer {
    /// Its name.
    pub name: String,
    /// `key:value` entries.
    pub config_map: Vec<String>,
}

/// A kpt function that checks manifests.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Validator {
    /// Its name.
    pub name: String,
    /// `key:value` entries.
    pub config_map: Vec<String>,
}

/// Helm charts, rendered.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Helm {
    /// Flags of helm.
    pub flags: HelmDeployFlags,
    /// The releases.
    pub releases: Vec<HelmRelease>,
}

/// Flags of helm.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmDeployFlags {
    /// Of every call.
    pub global: Vec<String>,
    /// Of `install`.
    pub install: Vec<String>,
    /// Of `upgrade`.
    pub upgrade: Vec<String>,
    /// Of `dep build`.
    pub dep_build: Vec<String>,
    /// Of `template`.
    pub template: Vec<String>,
}

/// A release of a chart.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmRelease {
    /// Its name (a template).
    pub name: String,
    /// The chart's folder (this or the next).
    pub chart_path: Option<String>,
    /// The chart's name in a repository.
    pub remote_chart: Option<String>,
    /// Files of values.
    pub values_files: Vec<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// The chart's version.
    pub version: Option<String>,
    /// Values.
    pub set_values: HelmValues,
    /// Values that are templates.
    pub set_value_templates: HelmValues,
    /// Values that are files' contents.
    pub set_files: BTreeMap<String, String>,
    /// Make the namespace.
    pub create_namespace: Option<bool>,
    /// Wait until it is ready.
    pub wait: bool,
    /// Restart pods.
    pub recreate_pods: bool,
    /// No `dep build`.
    pub skip_build_dependencies: bool,
    /// No test hooks.
    pub skip_tests: bool,
    /// Through the secrets plugin.
    pub use_helm_secrets: bool,
    /// The repository's address.
    pub repo: Option<String>,
    /// Upgrade one that is there.
    pub upgrade_on_change: Option<bool>,
    /// Values, as they are.
    pub overrides: serde_json::Value,
    /// Package the chart first.
    pub packaged: Option<HelmPackaged>,
    /// Releases that come before.
    pub depends_on: Vec<String>,
}

/// Values as helm's `--set` takes them, nested or with dots in their keys: each is a text, numbers and booleans as they
/// were written; null is `<nil>`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct HelmValues(pub serde_json::Value);

/// Versions of a packaged chart.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmPackaged {
    /// The chart's (a template).
    pub version: Option<String>,
    /// The application's (a template).
    pub app_version: Option<String>,
}
