//! `skeg inspect`: a project's facts for programs (Skaffold: `pkg/skaffold/inspect`).

mod edit;
mod failure;
mod list;
mod namespaces;
mod settings;

use std::path::{Path, PathBuf};

use serde_json::Value;

use failure::Failure;

use crate::cli::SelectionArgs;
use crate::cli::inspect::{
    AddVerb, BuildEnvVerb, ConfigDependenciesVerb, ExecutionModesVerb, InspectArgs, InspectVerb,
    JobManifestPathsVerb, ModifyVerb, ModulesVerb, NamespacesVerb, ProfilesVerb, TestsVerb,
};
use crate::config::{self, LoadOptions, Project};
use crate::event::Bus;
use crate::settings::env::Environment;
use crate::template::go_json;

/// What there is to print, and whether it went well: errors are printed as answers are.
pub fn run(args: &InspectArgs, environment: &Environment, bus: &Bus) -> (String, bool) {
    let inspector = Inspector { args, environment, bus };
    match inspector.answer() {
        Ok(text) => (text, true),
        Err(failure) => (line(&failure.json()), false),
    }
}

/// A value on a line of its own, as Go writes it.
fn line(value: &Value) -> String {
    format!("{}\n", go_json(value))
}

struct Inspector<'a> {
    args: &'a InspectArgs,
    environment: &'a Environment,
    bus: &'a Bus,
}

impl Inspector<'_> {
    fn answer(&self) -> Result<String, Failure> {
        Ok(match &self.args.verb {
            InspectVerb::Modules(ModulesVerb::List(args)) => line(&self.modules(args)?),
            InspectVerb::Profiles(ProfilesVerb::List(args)) => line(&self.profiles(args)?),
            InspectVerb::BuildEnv(BuildEnvVerb::List(args)) => line(&self.build_envs(args)?),
            InspectVerb::BuildEnv(BuildEnvVerb::Add(add)) => match add {
                AddVerb::Local(args) => self.add_local(args)?,
                AddVerb::GoogleCloudBuild(args) => self.add_google_cloud(args)?,
                AddVerb::Cluster(args) => self.add_cluster(args)?,
            },
            InspectVerb::BuildEnv(BuildEnvVerb::Modify(ModifyVerb::GoogleCloudBuild(args))) => {
                self.modify_google_cloud(args)?
            }
            InspectVerb::Tests(TestsVerb::List(args)) => line(&self.tests(args)?),
            InspectVerb::Namespaces(NamespacesVerb::List(args)) => line(&self.namespaces(args)?),
            InspectVerb::JobManifestPaths(JobManifestPathsVerb::List(args)) => {
                line(&self.job_manifests(args)?)
            }
            InspectVerb::JobManifestPaths(JobManifestPathsVerb::Modify(args)) => {
                self.modify_job_manifests(args)?
            }
            InspectVerb::ExecutionModes(ExecutionModesVerb::List(args)) => line(&self.execution_modes(args)?),
            InspectVerb::ConfigDependencies(ConfigDependenciesVerb::Add(args)) => {
                self.add_dependencies(args)?
            }
        })
    }

    /// Reads the project. Profiles do not activate themselves here, and nothing is checked.
    fn read(&self, modules: &[String], profiles: &[String], propagate: bool) -> Result<Project, Failure> {
        let options = LoadOptions {
            filename: self.args.filename.clone(),
            cwd: self.environment.cwd.clone(),
            profiles: profiles.to_vec(),
            modules: modules.to_vec(),
            propagate_profiles: propagate,
            auto_activation: false,
            command: "inspect".to_owned(),
            remote_cache_dir: self.args.remote_cache_dir.clone(),
            sync_remote_cache: self.args.sync_remote_cache.into(),
            environment: self.environment.clone(),
            bus: self.bus.clone(),
            ..LoadOptions::default()
        };
        Ok(config::read(&options, &mut std::io::stdin())?)
    }

    fn select(&self, args: &SelectionArgs) -> Result<Project, Failure> {
        self.read(&args.module, &args.profile, args.propagate_profiles)
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        self.environment.cwd.join(path)
    }
}
