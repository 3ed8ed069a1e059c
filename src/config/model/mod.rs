//! `skaffold/v4beta14` as types, one file per section. Field names are the schema's own in snake case.
//!
//! An absent value, null and an empty text are one and the same (`None`, or empty where the type is not an
//! `Option`). Whether a value that must be there is there is checked by [`super::validate()`], not here: a profile
//! that is not active may be incomplete. `bool` is false when absent; `Option<bool>` tells absent from false.

mod artifact;
mod build;
mod deploy;
mod hooks;
mod manifests;
mod verify;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use artifact::*;
pub use build::*;
pub use deploy::*;
pub use hooks::*;
pub use manifests::*;
pub use verify::*;

/// One document of a project file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SkaffoldConfig {
    /// The schema version it is written in: `skaffold/v4beta14`.
    pub api_version: String,
    /// Always `Config`; any text is taken.
    pub kind: String,
    /// Its name and notes.
    pub metadata: Metadata,
    /// Other documents it builds on.
    pub requires: Vec<ConfigDependency>,
    /// What is built, and with what.
    pub build: BuildConfig,
    /// What is tested between build and deploy.
    pub test: Vec<TestCase>,
    /// Where the manifests come from.
    pub manifests: RenderConfig,
    /// How they reach the cluster.
    pub deploy: DeployConfig,
    /// Resources forwarded to this machine.
    pub port_forward: Vec<PortForwardResource>,
    /// Which kinds of resources have their images and labels rewritten.
    pub resource_selector: ResourceSelectorConfig,
    /// Containers that check what was deployed.
    pub verify: Vec<VerifyTestCase>,
    /// Containers run by name.
    pub custom_actions: Vec<Action>,
    /// Named changes to the sections above.
    pub profiles: Vec<Profile>,
}

/// The name of a document.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Metadata {
    /// What `requires` and `--module` name it by.
    pub name: Option<String>,
    /// Labels, for tools.
    pub labels: BTreeMap<String, String>,
    /// Annotations, for tools.
    pub annotations: BTreeMap<String, String>,
}

/// Documents that this one builds on.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConfigDependency {
    /// Names of the documents in that file; none = all.
    pub configs: Vec<String>,
    /// A file, or a folder holding `skaffold.yaml`; none = this file.
    pub path: Option<String>,
    /// A repository holding the file.
    pub git: Option<GitInfo>,
    /// A bucket holding the file.
    pub google_cloud_storage: Option<GoogleCloudStorageInfo>,
    /// A repository of Google Cloud Build holding the file.
    pub google_cloud_build_repo_v2: Option<GoogleCloudBuildRepoV2Info>,
    /// Profiles to activate there.
    pub active_profiles: Vec<ProfileDependency>,
}

/// A file in a git repository.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GitInfo {
    /// The repository's address.
    pub repo: String,
    /// The file in it.
    pub path: Option<String>,
    /// Branch, tag or commit.
    #[serde(rename = "ref")]
    pub r#ref: Option<String>,
    /// Fetch again when a copy is there.
    pub sync: Option<bool>,
}

/// A file in a bucket.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GoogleCloudStorageInfo {
    /// The bucket and folder, `gs://…`.
    pub source: Option<String>,
    /// The file in it.
    pub path: Option<String>,
    /// Fetch again when a copy is there.
    pub sync: Option<bool>,
}

/// A file in a repository known to Google Cloud Build.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GoogleCloudBuildRepoV2Info {
    /// The project.
    #[serde(rename = "projectID")]
    pub project_id: String,
    /// The region.
    pub region: String,
    /// The connection's name.
    pub connection: String,
    /// The repository's name.
    pub repo: String,
    /// The file in it.
    pub path: Option<String>,
    /// Branch, tag or commit.
    #[serde(rename = "ref")]
    pub r#ref: Option<String>,
    /// Fetch again when a copy is there.
    pub sync: Option<bool>,
}

/// A profile to activate in a required document.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ProfileDependency {
    /// The profile's name there.
    pub name: String,
    /// Only when one of these profiles is active here; none = always.
    pub activated_by: Vec<String>,
}

/// Named changes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Profile {
    /// What `-p` names it by.
    pub name: String,
    /// When it is active without being named.
    pub activation: Vec<Activation>,
    /// All entries of `activation` must hold, not just one.
    pub requires_all_activations: bool,
    /// Changes by path, after the sections below.
    pub patches: Vec<JSONPatch>,
    /// Changes to the section of that name.
    pub build: BuildConfig,
    /// Changes to the section of that name.
    pub test: Vec<TestCase>,
    /// Changes to the section of that name.
    pub manifests: RenderConfig,
    /// Changes to the section of that name.
    pub deploy: DeployConfig,
    /// Changes to the section of that name.
    pub port_forward: Vec<PortForwardResource>,
    /// Changes to the section of that name.
    pub resource_selector: ResourceSelectorConfig,
    /// Changes to the section of that name.
    pub verify: Vec<VerifyTestCase>,
    /// Changes to the section of that name.
    pub custom_actions: Vec<Action>,
}

/// One condition; all its fields must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Activation {
    /// `NAME=pattern`.
    pub env: Option<String>,
    /// Pattern of the kube-context.
    pub kube_context: Option<String>,
    /// Pattern of the verb.
    pub command: Option<String>,
}

/// One change by path.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct JSONPatch {
    /// `replace` (when absent), `add`, `remove`, `move`, `copy`, `test`.
    pub op: Option<String>,
    /// Where: `/build/artifacts/0/docker/target`.
    pub path: String,
    /// Where from, for `move` and `copy`.
    pub from: Option<String>,
    /// The new value.
    pub value: Option<serde_json::Value>,
}

/// A resource forwarded to this machine.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PortForwardResource {
    /// `service`, `pod`, `deployment`, ….
    pub resource_type: Option<String>,
    /// Its name (a template).
    pub resource_name: Option<String>,
    /// Its namespace (a template).
    pub namespace: Option<String>,
    /// The resource's port: a number or a name.
    #[serde(deserialize_with = "int_or_string")]
    pub port: Option<serde_json::Value>,
    /// The address to listen on.
    pub address: Option<String>,
    /// The port to listen on.
    pub local_port: i64,
}

/// Which kinds of resources are rewritten.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceSelectorConfig {
    /// Rewrite these.
    pub allow: Vec<ResourceFilter>,
    /// Leave these alone.
    pub deny: Vec<ResourceFilter>,
}

/// A kind of resource, and where its images are.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceFilter {
    /// `Kind.group`, or `.*`.
    pub group_kind: String,
    /// Paths of images.
    pub image: Vec<String>,
    /// Paths of labels.
    pub labels: Vec<String>,
    /// Paths of pod specs.
    pub pod_spec: Vec<String>,
}

/// A number, or a name that is none: `"80"` is the number, and 0 is none (Skaffold: `schema/util/int_or_string.go`).
fn int_or_string<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<serde_json::Value>, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(deserializer)?;
    let number = |text: &str| text.parse::<i64>().ok();
    let read = value.map(|value| value.as_str().and_then(number).map_or(value, Into::into));
    Ok(read.filter(|value| *value != 0))
}
