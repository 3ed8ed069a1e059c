//! What is only read.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Inspector;
use super::failure::Failure;
use crate::cli::SelectionArgs;
use crate::cli::inspect::{BuildEnv, JobManifestPathsArgs, ModulesArgs, ProfilesArgs};
use crate::config::{Module, Project, model, print};
use crate::yaml;

/// Where a `build` section builds (Skaffold: `inspect/types.go`, `GetBuildEnv`).
fn build_env(build: &model::BuildConfig) -> BuildEnv {
    if build.cluster.is_some() {
        BuildEnv::Cluster
    } else if build.google_cloud_build.is_some() {
        BuildEnv::GoogleCloudBuild
    } else {
        BuildEnv::Local
    }
}

impl Inspector<'_> {
    /// Those without a name get one that nothing else understands.
    pub(super) fn modules(&self, args: &ModulesArgs) -> Result<Value, Failure> {
        let project = self.read(&[], &[], true)?;
        let mut modules = vec![];
        for module in &project.modules {
            let name = match &module.name {
                Some(name) => name.clone(),
                None if args.all => format!("__config_{}", module.index),
                None => continue,
            };
            let mut entry = entry("name", &name);
            entry.insert("path".into(), module.file.display().to_string().into());
            if module.remote {
                entry.insert("isRemote".into(), true.into());
            }
            if module.root {
                entry.insert("isRoot".into(), true.into());
            }
            modules.push(Value::Object(entry));
        }
        Ok(json!({ "modules": modules }))
    }

    pub(super) fn profiles(&self, args: &ProfilesArgs) -> Result<Value, Failure> {
        let project = self.read(&args.module, &[], true)?;
        let mut profiles = vec![];
        for module in &project.modules {
            for profile in &module.model.profiles {
                if args.build_env.is_none_or(|wanted| wanted == build_env(&profile.build)) {
                    profiles.push(placed(entry("name", &profile.name), module));
                }
            }
        }
        Ok(json!({ "profiles": profiles }))
    }

    pub(super) fn build_envs(&self, args: &SelectionArgs) -> Result<Value, Failure> {
        let project = self.select(args)?;
        let envs = project
            .modules
            .iter()
            .map(|module| placed(entry("type", build_env(&module.model.build).key()), module));
        Ok(json!({ "build_envs": envs.collect::<Vec<_>>() }))
    }

    pub(super) fn tests(&self, args: &SelectionArgs) -> Result<Value, Failure> {
        let project = self.select(args)?;
        let mut tests = vec![];
        for test in project.modules.iter().flat_map(|module| &module.model.test) {
            tests.extend(test.custom.iter().map(custom_test));
            let arguments = (!test.structure_tests_args.is_empty()).then_some(&test.structure_tests_args);
            tests.extend(test.structure_tests.iter().map(|file| {
                json!({ "testType": "structure-test", "structureTest": file, "structureTestArgs": arguments })
            }));
        }
        Ok(json!({ "tests": tests }))
    }

    pub(super) fn execution_modes(&self, args: &SelectionArgs) -> Result<Value, Failure> {
        let project = self.select(args)?;
        let mode = |cluster: bool| if cluster { "kubernetesCluster" } else { "local" };
        let (mut verify, mut actions) = (BTreeMap::new(), BTreeMap::new());
        for module in &project.modules {
            for test in &module.model.verify {
                verify.insert(test.name.as_str(), mode(test.execution_mode.kubernetes_cluster.is_some()));
            }
            for action in &module.model.custom_actions {
                actions
                    .insert(action.name.as_str(), mode(action.execution_mode.kubernetes_cluster.is_some()));
            }
        }
        Ok(json!({ "verifyExecutionModes": verify, "customActionsExecutionModes": actions }))
    }

    pub(super) fn job_manifests(&self, args: &SelectionArgs) -> Result<Value, Failure> {
        let project = self.select(args)?;
        let (mut verify, mut actions) = (BTreeMap::new(), BTreeMap::new());
        for module in &project.modules {
            for test in &module.model.verify {
                let cluster = test.execution_mode.kubernetes_cluster.as_ref();
                if let Some(path) = cluster.and_then(|cluster| cluster.job_manifest_path.as_deref()) {
                    verify.insert(test.name.as_str(), path);
                }
            }
            for action in &module.model.custom_actions {
                let cluster = action.execution_mode.kubernetes_cluster.as_ref();
                if let Some(path) = cluster.and_then(|cluster| cluster.job_manifest_path.as_deref()) {
                    actions.insert(action.name.as_str(), path);
                }
            }
        }
        Ok(json!({ "verifyJobManifestPaths": verify, "customActionJobManifestPaths": actions }))
    }

    /// The configs with other job manifests: resolved, as `diagnose --yaml-only` prints them, but with their profiles.
    pub(super) fn modify_job_manifests(&self, args: &JobManifestPathsArgs) -> Result<String, Failure> {
        let mut project = self.select(&args.selection)?;
        let file = self.absolute(&args.paths);
        let text = fs_err::read_to_string(&file).map_err(|error| Failure::unknown(error.to_string()))?;
        let paths: JobManifests = serde_json::from_str(&text).map_err(|error| {
            Failure::unknown(format!(
                "{} is not what `jobManifestPaths list` prints: {error}",
                args.paths.display()
            ))
        })?;
        paths.apply(&mut project)?;
        let mut documents = vec![];
        for module in &project.modules {
            let mut config = print::resolved(module);
            config.profiles.clone_from(&module.model.profiles);
            documents.push(yaml::node_text(&print::resolved_node(module, &config)?));
        }
        let text = yaml::join_documents(&documents);
        let Some(output) = &args.output else { return Ok(text) };
        fs_err::write(self.absolute(output), text).map_err(|error| Failure::unknown(error.to_string()))?;
        Ok(String::new())
    }
}

/// What `jobManifestPaths list` prints.
#[derive(serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct JobManifests {
    verify_job_manifest_paths: BTreeMap<String, String>,
    custom_action_job_manifest_paths: BTreeMap<String, String>,
}

impl JobManifests {
    fn apply(&self, project: &mut Project) -> Result<(), Failure> {
        let set = |what: &str,
                   name: &str,
                   cluster: &mut Option<model::KubernetesClusterVerifier>,
                   path: &String| {
            let Some(cluster) = cluster else {
                return Err(Failure::unknown(format!(
                    "{what} {name} does not run in a cluster, so it has no job"
                )));
            };
            cluster.job_manifest_path = Some(path.clone());
            Ok(())
        };
        for module in &mut project.modules {
            for test in &mut module.model.verify {
                if let Some(path) = self.verify_job_manifest_paths.get(&test.name) {
                    set("the verify test", &test.name, &mut test.execution_mode.kubernetes_cluster, path)?;
                }
            }
            for action in &mut module.model.custom_actions {
                if let Some(path) = self.custom_action_job_manifest_paths.get(&action.name) {
                    set(
                        "the custom action",
                        &action.name,
                        &mut action.execution_mode.kubernetes_cluster,
                        path,
                    )?;
                }
            }
        }
        Ok(())
    }
}

/// Fields by the names of Skaffold's own type, which has none for JSON (`schema/latest/config.go`, `CustomTest`).
fn custom_test(test: &model::CustomTest) -> Value {
    let list = |items: &[String]| (!items.is_empty()).then(|| items.to_vec());
    let dependencies = test.dependencies.as_ref().map(|dependencies| {
        json!({
            "Command": dependencies.command.as_deref().unwrap_or_default(),
            "Paths": list(&dependencies.paths),
            "Ignore": list(&dependencies.ignore),
        })
    });
    json!({
        "testType": "custom-test",
        "Command": test.command,
        "TimeoutSeconds": test.timeout_seconds,
        "Dependencies": dependencies,
    })
}

/// An entry with the file and name of its module.
fn placed(mut entry: Map<String, Value>, module: &Module) -> Value {
    entry.insert("path".into(), module.file.display().to_string().into());
    if let Some(name) = &module.name {
        entry.insert("module".into(), name.as_str().into());
    }
    Value::Object(entry)
}

fn entry(key: &str, value: &str) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), Value::from(value))])
}
