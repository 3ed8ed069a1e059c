//! Flags that verbs share: which project, and which registry and cluster its images are for.

use clap::{ArgAction, ValueEnum};

use super::Origins;
use crate::settings::{Flags, Sourced};

/// Which project.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Project")]
pub struct ProjectArgs {
    /// The project file; `-` reads standard input [default: skaffold.yaml, skaffold.yml or skeg.yaml]
    #[arg(short, long, value_name = "FILE")]
    pub filename: Option<String>,
    /// Which of its configs, with which profiles.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Let profiles activate themselves
    #[arg(long, action = ArgAction::Set, default_value_t = true)]
    pub profile_auto_activation: bool,
    /// The kube-context: what profiles look at, and what the images are for
    #[arg(long, value_name = "CONTEXT")]
    pub kube_context: Option<String>,
    /// The kubeconfig file
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<String>,
    /// Where configs of repositories, buckets and URLs are kept [default: remote in the cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub remote_cache_dir: Option<String>,
    /// When such configs are fetched again
    #[arg(long, value_name = "WHEN")]
    pub sync_remote_cache: Option<SyncRemoteCache>,
}

/// Which configs, with which profiles.
#[derive(Debug, clap::Args)]
pub struct SelectionArgs {
    /// Only these configs of the project file
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub module: Vec<String>,
    /// Activate profiles; `-NAME` keeps one from being activated
    #[arg(short, long, value_name = "NAME", value_delimiter = ',', allow_hyphen_values = true)]
    pub profile: Vec<String>,
    /// Hand --profile on to required configs
    #[arg(long, action = ArgAction::Set, default_value_t = true)]
    pub propagate_profiles: bool,
}

/// When configs of repositories and buckets are fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SyncRemoteCache {
    /// In every run
    Always,
    /// When there is no copy
    Missing,
    /// Never
    Never,
}

impl ProjectArgs {
    /// The flags that settings are made of too.
    pub fn flags(&self, origins: &Origins) -> Flags {
        Flags {
            kube_context: text(origins, "kube-context", self.kube_context.as_ref()),
            kubeconfig: text(origins, "kubeconfig", self.kubeconfig.as_ref()),
            ..Flags::default()
        }
    }
}

/// Which registry and cluster the images are for.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Where the images go")]
pub struct TargetArgs {
    /// Registry (and path) to move the images to; empty cancels a configured one
    #[arg(short, long, value_name = "REPO")]
    pub default_repo: Option<String>,
    /// Registries to speak to over http
    #[arg(long, value_name = "REGISTRY", value_delimiter = ',')]
    pub insecure_registry: Vec<String>,
    /// Take a minikube of any name for a local cluster
    #[arg(long, action = ArgAction::Set, default_value_t = true)]
    pub detect_minikube: bool,
    /// The minikube profile the images are for
    #[arg(long, value_name = "PROFILE", hide = true)]
    pub minikube_profile: Option<String>,
    /// Your config file, instead of your own and Skaffold's
    #[arg(short, long, value_name = "FILE", help_heading = None)]
    pub config: Option<String>,
}

impl TargetArgs {
    /// The flags that settings are made of, each with its origin. An empty value counts as not given, except where
    /// it cancels a configured one.
    pub fn flags(&self, project: &ProjectArgs, origins: &Origins) -> Flags {
        Flags {
            config: text(origins, "config", self.config.as_ref()),
            default_repo: nillable(origins, "default-repo", self.default_repo.as_ref()),
            insecure_registries: list(&self.insecure_registry)
                .into_iter()
                .map(|registry| origins.sourced("insecure-registry", registry))
                .collect(),
            minikube_profile: text(origins, "minikube-profile", self.minikube_profile.as_ref()),
            detect_minikube: Some(origins.sourced("detect-minikube", self.detect_minikube)),
            ..project.flags(origins)
        }
    }
}

/// A flag whose empty value is a value.
pub(super) fn nillable(origins: &Origins, flag: &str, value: Option<&String>) -> Option<Sourced<String>> {
    value.map(|value| origins.sourced(flag, value.clone()))
}

/// A flag whose empty value says nothing.
pub(super) fn text(origins: &Origins, flag: &str, value: Option<&String>) -> Option<Sourced<String>> {
    nillable(origins, flag, value).filter(|value| !value.value.is_empty())
}

/// The values that are not empty.
pub(super) fn list(values: &[String]) -> Vec<String> {
    values.iter().filter(|value| !value.is_empty()).cloned().collect()
}
