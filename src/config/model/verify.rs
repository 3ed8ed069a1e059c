//! The `test`, `verify` and `customActions` sections.

use serde::{Deserialize, Serialize};

/// Tests of an image.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TestCase {
    /// The image.
    pub image: String,
    /// Folder the tests run in.
    pub context: Option<String>,
    /// Commands.
    pub custom: Vec<CustomTest>,
    /// Files of container-structure-test.
    pub structure_tests: Vec<String>,
    /// Its flags.
    pub structure_tests_args: Vec<String>,
}

/// A command that tests.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CustomTest {
    /// The command.
    pub command: String,
    /// Its limit; 0 = none.
    pub timeout_seconds: i64,
    /// Files that make it run again.
    pub dependencies: Option<CustomTestDependencies>,
}

/// Files that make a test run again: one of the first two.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CustomTestDependencies {
    /// What a command prints.
    pub command: Option<String>,
    /// These.
    pub paths: Vec<String>,
    /// But not these.
    pub ignore: Vec<String>,
}

/// A container that checks what was deployed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VerifyTestCase {
    /// Its name.
    pub name: String,
    /// Its limit in seconds.
    pub timeout: Option<i64>,
    /// The container.
    pub container: VerifyContainer,
    /// Where it runs.
    pub execution_mode: VerifyExecutionModeConfig,
}

/// A container.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VerifyContainer {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Its program.
    pub command: Vec<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment.
    pub env: Vec<VerifyEnvVar>,
}

/// An environment variable.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VerifyEnvVar {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Where a container runs: at most one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VerifyExecutionModeConfig {
    /// In the docker daemon.
    pub local: Option<LocalVerifier>,
    /// In the cluster.
    pub kubernetes_cluster: Option<KubernetesClusterVerifier>,
}

/// In the docker daemon.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LocalVerifier {
    /// Do not pull.
    pub use_local_images: bool,
}

/// In the cluster, as a job.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KubernetesClusterVerifier {
    /// JSON laid over the job.
    pub overrides: Option<String>,
    /// The job's manifest.
    pub job_manifest_path: Option<String>,
}

/// Containers run by name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Stop all when one fails (true when absent).
    pub fail_fast: Option<bool>,
    /// Limit in seconds.
    pub timeout: Option<i64>,
    /// Where they run.
    pub execution_mode: ActionExecutionModeConfig,
    /// The containers.
    pub containers: Vec<VerifyContainer>,
}

/// Where containers run: at most one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ActionExecutionModeConfig {
    /// In the docker daemon.
    pub local: Option<LocalVerifier>,
    /// In the cluster.
    pub kubernetes_cluster: Option<KubernetesClusterVerifier>,
}
