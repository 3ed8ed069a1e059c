//! `skeg inspect`

use std::path::PathBuf;

use clap::{ArgAction, ValueEnum};

use super::compat::IdleArgs;
use super::{SelectionArgs, SyncRemoteCache};

/// Read and edit a project by programs: every answer is one line of JSON
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  skeg inspect modules list -a                          The configs of the project
  skeg inspect profiles list --build-env local          Its profiles
  skeg inspect build-env add local --push -p ci         A profile `ci` that pushes

An error is a line of JSON too, on standard output: {\"errorCode\":…,\"errorMessage\":…}, and the exit code is 1."
)]
pub struct InspectArgs {
    /// The project file; `-` reads standard input [default: skaffold.yaml, skaffold.yml or skeg.yaml]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub filename: Option<String>,
    /// Does nothing: answers are JSON
    #[arg(short = 'o', long, global = true, hide = true, default_value = "json")]
    pub format: String,
    /// Where fetched configs are kept
    #[arg(long, global = true, hide = true, value_name = "FOLDER")]
    pub remote_cache_dir: Option<String>,
    /// When fetched configs are fetched again
    #[arg(long, global = true, hide = true, value_name = "WHEN", default_value = "missing")]
    pub sync_remote_cache: SyncRemoteCache,
    /// Fail where there is nothing to change
    #[arg(long, global = true, action = ArgAction::Set, default_value_t = true)]
    pub strict: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: InspectVerb,
}

/// What `skeg inspect` looks at.
#[derive(Debug, clap::Subcommand)]
pub enum InspectVerb {
    /// The configs of the project
    #[command(subcommand)]
    Modules(ModulesVerb),
    /// Its profiles
    #[command(subcommand)]
    Profiles(ProfilesVerb),
    /// Where its images are built
    #[command(subcommand)]
    BuildEnv(BuildEnvVerb),
    /// Its tests
    #[command(subcommand)]
    Tests(TestsVerb),
    /// The namespaces of a manifest's resources
    #[command(subcommand)]
    Namespaces(NamespacesVerb),
    /// The manifests of the jobs that verify and custom actions run as
    #[command(subcommand, name = "jobManifestPaths", alias = "job-manifest-paths")]
    JobManifestPaths(JobManifestPathsVerb),
    /// Where verify tests and custom actions run
    #[command(subcommand, name = "executionModes", alias = "execution-modes")]
    ExecutionModes(ExecutionModesVerb),
    /// What the configs require
    #[command(subcommand)]
    ConfigDependencies(ConfigDependenciesVerb),
}

/// `skeg inspect modules`
#[derive(Debug, clap::Subcommand)]
pub enum ModulesVerb {
    /// List the configs that have a name
    List(ModulesArgs),
}

/// The arguments of `skeg inspect modules list`.
#[derive(Debug, clap::Args)]
pub struct ModulesArgs {
    /// Those without a name too
    #[arg(short, long, action = ArgAction::Set, default_value_t = false)]
    pub all: bool,
}

/// `skeg inspect profiles`
#[derive(Debug, clap::Subcommand)]
pub enum ProfilesVerb {
    /// List the profiles
    List(ProfilesArgs),
}

/// The arguments of `skeg inspect profiles list`.
#[derive(Debug, clap::Args)]
pub struct ProfilesArgs {
    /// Only those that build there
    #[arg(long, value_name = "WHERE")]
    pub build_env: Option<BuildEnv>,
    /// Only these configs of the project file
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub module: Vec<String>,
}

/// Where images are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BuildEnv {
    /// On this machine
    #[value(name = "local")]
    Local,
    /// In Google Cloud
    #[value(name = "googleCloudBuild")]
    GoogleCloudBuild,
    /// In a cluster
    #[value(name = "cluster")]
    Cluster,
}

impl BuildEnv {
    /// The key in the project file.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::GoogleCloudBuild => "googleCloudBuild",
            Self::Cluster => "cluster",
        }
    }
}

/// `skeg inspect build-env`
#[derive(Debug, clap::Subcommand)]
pub enum BuildEnvVerb {
    /// List where each config is built
    List(SelectionArgs),
    /// Build there from now on
    #[command(subcommand)]
    Add(AddVerb),
    /// Change how it is built there
    #[command(subcommand)]
    Modify(ModifyVerb),
}

/// `skeg inspect build-env add`
#[derive(Debug, clap::Subcommand)]
pub enum AddVerb {
    /// Build on this machine
    Local(LocalArgs),
    /// Build in Google Cloud
    #[command(name = "googleCloudBuild")]
    GoogleCloudBuild(GoogleCloudBuildArgs),
    /// Build in a cluster
    Cluster(ClusterArgs),
}

/// `skeg inspect build-env modify`
#[derive(Debug, clap::Subcommand)]
pub enum ModifyVerb {
    /// Change how it is built in Google Cloud
    #[command(name = "googleCloudBuild")]
    GoogleCloudBuild(GoogleCloudBuildArgs),
}

/// Where an edit goes.
#[derive(Debug, clap::Args)]
pub struct PlaceArgs {
    /// Only these configs of the project file
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub module: Vec<String>,
    /// Into this profile, instead of the config itself; it is made where there is none
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// How to build on this machine.
#[derive(Debug, clap::Args)]
pub struct LocalArgs {
    /// Push the images
    #[arg(long, action = ArgAction::Set)]
    pub push: Option<bool>,
    /// Import images that are missing
    #[arg(long = "tryImportMissing", action = ArgAction::Set)]
    pub try_import_missing: Option<bool>,
    /// Build by the docker program
    #[arg(long = "useDockerCLI", action = ArgAction::Set)]
    pub use_docker_cli: Option<bool>,
    /// Build with BuildKit
    #[arg(long = "useBuildkit", action = ArgAction::Set)]
    pub use_buildkit: Option<bool>,
    /// How many images are built at once; 0 = all
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub concurrency: Option<i64>,
    /// Where it goes.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// How to build in Google Cloud.
#[derive(Debug, clap::Args)]
pub struct GoogleCloudBuildArgs {
    /// The project
    #[arg(long = "projectId", value_name = "ID")]
    pub project_id: Option<String>,
    /// Size of the disk
    #[arg(long = "diskSizeGb", value_name = "GB")]
    pub disk_size_gb: Option<i64>,
    /// Type of the machine
    #[arg(long = "machineType", value_name = "TYPE")]
    pub machine_type: Option<String>,
    /// Limit of a build
    #[arg(long, value_name = "TIME")]
    pub timeout: Option<String>,
    /// How many images are built at once; 0 = all
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub concurrency: Option<i64>,
    /// Where logs go
    #[arg(long, value_name = "MODE")]
    pub logging: Option<String>,
    /// When logs are streamed
    #[arg(long = "logStreamingOption", value_name = "WHEN")]
    pub log_streaming_option: Option<String>,
    /// Pool of private workers
    #[arg(long = "workerPool", value_name = "POOL")]
    pub worker_pool: Option<String>,
    /// Where it goes.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// How to build in a cluster.
#[derive(Debug, clap::Args)]
pub struct ClusterArgs {
    /// The file a secret is made of
    #[arg(long = "pullSecretPath", value_name = "FILE")]
    pub pull_secret_path: Option<String>,
    /// The secret to pull and push with
    #[arg(long = "pullSecretName", value_name = "NAME")]
    pub pull_secret_name: Option<String>,
    /// Where the secret is mounted
    #[arg(long = "pullSecretMountPath", value_name = "FOLDER")]
    pub pull_secret_mount_path: Option<String>,
    /// The namespace
    #[arg(long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// docker's configuration
    #[arg(long = "dockerConfigPath", value_name = "FILE")]
    pub docker_config_path: Option<String>,
    /// The secret that holds docker's configuration
    #[arg(long = "dockerConfigSecretName", value_name = "NAME")]
    pub docker_config_secret_name: Option<String>,
    /// The account of the pods
    #[arg(long = "serviceAccount", value_name = "NAME")]
    pub service_account: Option<String>,
    /// The user of the pods
    #[arg(long = "runAsUser", value_name = "UID", allow_negative_numbers = true)]
    pub run_as_user: Option<i64>,
    /// Give the pull secret a name of its own
    #[arg(long = "randomPullSecret", action = ArgAction::Set)]
    pub random_pull_secret: Option<bool>,
    /// Give docker's configuration a secret of its own
    // Skaffold's flag has a letter too few; it counts as well.
    #[arg(long = "randomDockerConfigSecret", alias = "randomDockerConigSecret", action = ArgAction::Set)]
    pub random_docker_config_secret: Option<bool>,
    /// Limit of a build
    #[arg(long, value_name = "TIME")]
    pub timeout: Option<String>,
    /// How many images are built at once; 0 = all
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub concurrency: Option<i64>,
    /// Where it goes.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `skeg inspect tests`
#[derive(Debug, clap::Subcommand)]
pub enum TestsVerb {
    /// List the tests
    List(SelectionArgs),
}

/// `skeg inspect namespaces`
#[derive(Debug, clap::Subcommand)]
pub enum NamespacesVerb {
    /// List the namespaces of a manifest's resources
    List(NamespacesArgs),
}

/// The arguments of `skeg inspect namespaces list`.
#[derive(Debug, clap::Args)]
pub struct NamespacesArgs {
    /// The rendered manifest
    #[arg(value_name = "MANIFEST")]
    pub manifest: PathBuf,
    /// Which configs, with which profiles.
    #[command(flatten)]
    pub selection: SelectionArgs,
}

/// `skeg inspect jobManifestPaths`
#[derive(Debug, clap::Subcommand)]
pub enum JobManifestPathsVerb {
    /// List the manifests
    List(SelectionArgs),
    /// Print the configs with other manifests
    Modify(JobManifestPathsArgs),
}

/// The arguments of `skeg inspect jobManifestPaths modify`.
#[derive(Debug, clap::Args)]
pub struct JobManifestPathsArgs {
    /// What `list` printed, with other paths
    #[arg(value_name = "JSON")]
    pub paths: PathBuf,
    /// Where to write the configs, instead of standard output
    // Without a letter: `-o` is `--format`, as there.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which configs, with which profiles.
    #[command(flatten)]
    pub selection: SelectionArgs,

    /// Flags that do nothing.
    #[command(flatten)]
    pub idle: IdleArgs,
}

/// `skeg inspect executionModes`
#[derive(Debug, clap::Subcommand)]
pub enum ExecutionModesVerb {
    /// List where they run
    List(SelectionArgs),
}

/// `skeg inspect config-dependencies`
#[derive(Debug, clap::Subcommand)]
pub enum ConfigDependenciesVerb {
    /// Add to what the configs require
    Add(DependenciesArgs),
}

/// The arguments of `skeg inspect config-dependencies add`.
#[derive(Debug, clap::Args)]
pub struct DependenciesArgs {
    /// The entries of `requires`, as JSON or YAML: a list, or `{"dependencies": […]}`
    #[arg(value_name = "JSON")]
    pub file: PathBuf,
    /// Only these configs of the project file
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub module: Vec<String>,
}
