//! Commands around the phases.

use serde::{Deserialize, Serialize};

/// A command on this machine.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HostHook {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Only on these systems; none = all.
    pub os: Vec<String>,
    /// The folder it runs in.
    pub dir: Option<String>,
}

/// Commands around a build.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildHooks {
    /// Before it.
    pub before: Vec<HostHook>,
    /// After it.
    pub after: Vec<HostHook>,
}

/// A command in the synced container.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerHook {
    /// Program and arguments.
    pub command: Vec<String>,
}

/// A command in a container.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NamedContainerHook {
    /// Program and arguments.
    pub command: Vec<String>,
    /// The pod.
    pub pod_name: String,
    /// The container; the first when absent.
    pub container_name: Option<String>,
}

/// One of the two.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SyncHookItem {
    /// A command on this machine.
    pub host: Option<HostHook>,
    /// A command in the container.
    pub container: Option<ContainerHook>,
}

/// Commands around a sync.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SyncHooks {
    /// Before it.
    pub before: Vec<SyncHookItem>,
    /// After it.
    pub after: Vec<SyncHookItem>,
}

/// One of the two.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeployHookItem {
    /// A command on this machine.
    pub host: Option<HostHook>,
    /// A command in a container.
    pub container: Option<NamedContainerHook>,
}

/// Commands around a deployment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeployHooks {
    /// Before it.
    pub before: Vec<DeployHookItem>,
    /// After it.
    pub after: Vec<DeployHookItem>,
}

/// Commands around a deployment to Cloud Run.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CloudRunDeployHooks {
    /// Before it.
    pub before: Vec<HostHook>,
    /// After it.
    pub after: Vec<HostHook>,
}

/// A command before rendering.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RenderHookItem {
    /// A command on this machine.
    pub host: Option<HostHook>,
}

/// A command after rendering.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PostRenderHookItem {
    /// A command on this machine.
    pub host: Option<PostRenderHostHook>,
}

/// A command that may change the manifests.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PostRenderHostHook {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Only on these systems; none = all.
    pub os: Vec<String>,
    /// The folder it runs in.
    pub dir: Option<String>,
    /// Manifests go in, and what it prints takes their place.
    pub with_change: bool,
}

/// Commands around rendering.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RenderHooks {
    /// Before it.
    pub before: Vec<RenderHookItem>,
    /// After it.
    pub after: Vec<PostRenderHookItem>,
}
