//! What changes project files. They are written in the newest version, without defaults.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::Inspector;
use super::failure::Failure;
use crate::cli::inspect::{
    BuildEnv, ClusterArgs, DependenciesArgs, GoogleCloudBuildArgs, LocalArgs, PlaceArgs,
};
use crate::config::print::Draft;
use crate::config::{Module, model};
use crate::yaml::{self, Source};

/// A document to change: its text, its place in that, and its file.
struct Place {
    source: Arc<Source>,
    index: usize,
    file: PathBuf,
    is_root: bool,
}

impl Inspector<'_> {
    pub(super) fn add_local(&self, args: &LocalArgs) -> Result<String, Failure> {
        self.add(BuildEnv::Local, &args.place, |build| {
            let local = build.local.get_or_insert_default();
            local.concurrency = args.concurrency.filter(|n| *n >= 0).or(local.concurrency);
            local.push = args.push.or(local.push);
            local.try_import_missing = args.try_import_missing.unwrap_or(local.try_import_missing);
            local.use_docker_cli = args.use_docker_cli.unwrap_or(local.use_docker_cli);
            local.use_buildkit = args.use_buildkit.or(local.use_buildkit);
        })
    }

    pub(super) fn add_google_cloud(&self, args: &GoogleCloudBuildArgs) -> Result<String, Failure> {
        self.add(BuildEnv::GoogleCloudBuild, &args.place, |build| google_cloud(build, args))
    }

    pub(super) fn add_cluster(&self, args: &ClusterArgs) -> Result<String, Failure> {
        self.add(BuildEnv::Cluster, &args.place, |build| cluster(build, args))
    }

    pub(super) fn modify_google_cloud(&self, args: &GoogleCloudBuildArgs) -> Result<String, Failure> {
        let env = BuildEnv::GoogleCloudBuild;
        let mut profile_found = false;
        let result = self.edit(&args.place.module, args.place.profile.is_none(), |place, config| {
            let Some(build) = build_of(config, args.place.profile.as_deref()) else { return Ok(()) };
            profile_found = true;
            if build.google_cloud_build.is_some() {
                google_cloud(build, args);
                only(build, env);
            } else if self.args.strict {
                return Err(Failure::new(
                    "INSPECT_BUILD_ENV_INCORRECT_TYPE_ERR",
                    format!("{} does not build in {}", described(place, args.place.profile.as_deref()), env.key()),
                ));
            }
            Ok(())
        });
        let profile = args.place.profile.as_deref().filter(|_| !profile_found);
        match (&result, profile) {
            (Ok(_), Some(profile)) => Err(Failure::new(
                "INSPECT_PROFILE_NOT_FOUND_ERR",
                format!("no config of the project has a profile `{profile}`"),
            )),
            _ => result,
        }
    }

    pub(super) fn add_dependencies(&self, args: &DependenciesArgs) -> Result<String, Failure> {
        let bytes = fs_err::read(self.absolute(&args.file)).map_err(|error| Failure::unknown(error.to_string()))?;
        let documents = yaml::parse(&Source::from_bytes(&args.file, &bytes)?)?;
        let mut added: Vec<model::ConfigDependency> = vec![];
        for document in &documents {
            let mut list: Vec<model::ConfigDependency> = yaml::from_node(document)?;
            added.append(&mut list);
        }
        self.edit(&args.module, false, |_, config| {
            config.requires.extend(added.iter().cloned());
            Ok(())
        })
    }

    /// Makes configs build somewhere, or a profile of theirs, which is made where there is none.
    fn add(
        &self,
        env: BuildEnv,
        place: &PlaceArgs,
        set: impl Fn(&mut model::BuildConfig),
    ) -> Result<String, Failure> {
        let profile = place.profile.as_deref();
        // Without a profile only the root file's own configs change (Skaffold: `SelectRootConfigs`).
        self.edit(&place.module, profile.is_none(), |place, config| {
            if let Some(name) = profile.filter(|name| !config.profiles.iter().any(|p| p.name == *name)) {
                config.profiles.push(model::Profile { name: name.to_owned(), ..model::Profile::default() });
            }
            let Some(build) = build_of(config, profile) else { return Ok(()) };
            if is_set(build, env) {
                return Err(Failure::new(
                    "INSPECT_BUILD_ENV_ALREADY_EXISTS_ERR",
                    format!("{} says how to build in {} already", described(place, profile), env.key()),
                ));
            }
            set(build);
            only(build, env);
            Ok(())
        })
    }

    /// Changes documents and writes their files, when every change went well.
    fn edit(
        &self,
        modules: &[String],
        only_root: bool,
        mut change: impl FnMut(&Place, &mut model::SkaffoldConfig) -> Result<(), Failure>,
    ) -> Result<String, Failure> {
        let mut files: BTreeMap<PathBuf, Vec<Draft>> = BTreeMap::new();
        for place in self.places(modules)?.iter().filter(|place| place.is_root || !only_root) {
            if !files.contains_key(&place.file) {
                files.insert(place.file.clone(), Draft::read(&place.source)?);
            }
            let drafts = files.get_mut(&place.file).and_then(|drafts| drafts.get_mut(place.index));
            if let Some(draft) = drafts {
                change(place, &mut draft.config)?;
            }
        }
        let mut texts = vec![];
        for (file, drafts) in &files {
            let documents = drafts.iter().map(|draft| Ok(yaml::node_text(&draft.node()?)));
            texts.push((file, yaml::join_documents(&documents.collect::<Result<Vec<_>, Failure>>()?)));
        }
        for (file, text) in texts {
            fs_err::write(file, text).map_err(|error| Failure::unknown(error.to_string()))?;
        }
        Ok(String::new())
    }

    fn places(&self, modules: &[String]) -> Result<Vec<Place>, Failure> {
        let selected = self.read(modules, &[], true)?;
        let root = self.read(&[], &[], true)?.modules.pop().map(|module| module.source.path.clone());
        let place = |module: &Module| {
            let file = self.path(module);
            if module.remote || !file.is_absolute() {
                return Err(Failure::unknown(format!("{} is no file that can be written", file.display())));
            }
            let is_root = Some(&module.source.path) == root.as_ref();
            Ok(Place { source: Arc::clone(&module.source), index: module.index, file, is_root })
        };
        selected.modules.iter().map(place).collect()
    }
}

/// The `build` section of a config or of one of its profiles.
fn build_of<'c>(
    config: &'c mut model::SkaffoldConfig,
    profile: Option<&str>,
) -> Option<&'c mut model::BuildConfig> {
    match profile {
        None => Some(&mut config.build),
        Some(name) => {
            let mut profiles = config.profiles.iter_mut();
            profiles.find(|profile| profile.name == name).map(|profile| &mut profile.build)
        }
    }
}

/// Does it say something? An empty section does not.
fn is_set(build: &model::BuildConfig, env: BuildEnv) -> bool {
    match env {
        BuildEnv::Local => build.local.as_ref().is_some_and(|local| *local != model::LocalBuild::default()),
        BuildEnv::GoogleCloudBuild => {
            let section = build.google_cloud_build.as_ref();
            section.is_some_and(|section| *section != model::GoogleCloudBuild::default())
        }
        BuildEnv::Cluster => {
            build.cluster.as_ref().is_some_and(|cluster| *cluster != model::ClusterDetails::default())
        }
    }
}

/// Leaves one way to build.
fn only(build: &mut model::BuildConfig, env: BuildEnv) {
    if env != BuildEnv::Local {
        build.local = None;
    }
    if env != BuildEnv::GoogleCloudBuild {
        build.google_cloud_build = None;
    }
    if env != BuildEnv::Cluster {
        build.cluster = None;
    }
}

fn described(place: &Place, profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("profile `{profile}` of {}", place.file.display()),
        None => place.file.display().to_string(),
    }
}

/// What is given, else what is there.
fn or(given: &Option<String>, there: &mut Option<String>) {
    if let Some(given) = given.as_ref().filter(|text| !text.is_empty()) {
        *there = Some(given.clone());
    }
}

fn google_cloud(build: &mut model::BuildConfig, args: &GoogleCloudBuildArgs) {
    let section = build.google_cloud_build.get_or_insert_default();
    or(&args.project_id, &mut section.project_id);
    section.disk_size_gb = args.disk_size_gb.filter(|size| *size > 0).or(section.disk_size_gb);
    or(&args.machine_type, &mut section.machine_type);
    or(&args.timeout, &mut section.timeout);
    section.concurrency = args.concurrency.filter(|n| *n >= 0).unwrap_or(section.concurrency);
    or(&args.logging, &mut section.logging);
    or(&args.log_streaming_option, &mut section.log_streaming_option);
    or(&args.worker_pool, &mut section.worker_pool);
}

fn cluster(build: &mut model::BuildConfig, args: &ClusterArgs) {
    let section = build.cluster.get_or_insert_default();
    or(&args.pull_secret_path, &mut section.pull_secret_path);
    or(&args.pull_secret_name, &mut section.pull_secret_name);
    or(&args.pull_secret_mount_path, &mut section.pull_secret_mount_path);
    or(&args.namespace, &mut section.namespace);
    if args.docker_config_path.is_some() || args.docker_config_secret_name.is_some() {
        let config = section.docker_config.get_or_insert_default();
        or(&args.docker_config_path, &mut config.path);
        or(&args.docker_config_secret_name, &mut config.secret_name);
    }
    or(&args.service_account, &mut section.service_account);
    section.run_as_user = args.run_as_user.filter(|user| *user >= 0).or(section.run_as_user);
    section.random_pull_secret = args.random_pull_secret.unwrap_or(section.random_pull_secret);
    section.random_docker_config_secret =
        args.random_docker_config_secret.unwrap_or(section.random_docker_config_secret);
    or(&args.timeout, &mut section.timeout);
    section.concurrency = args.concurrency.filter(|n| *n >= 0).unwrap_or(section.concurrency);
}
