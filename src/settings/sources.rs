//! Putting the layers on top of each other.
//!
//! Profiles may ask for the kube-context before the project file is known, so this is two steps: [`Sources::gather`]
//! reads what lies outside the project, [`Sources::resolve`] adds what the project says.

use std::path::PathBuf;

use super::cluster::{self, Clues};
use super::env::{self, Environment};
use super::kubeconfig::Kubeconfig;
use super::{Cluster, Flags, Origin, ProjectLayer, Settings, Sourced};
use crate::diagnostic::Result;
use crate::userconfig::{Effective, Files, Found, Locations};

/// Everything that decides beside the project file: flags (with the environment under them), the user's files and
/// the kubeconfig.
#[derive(Debug)]
pub struct Sources {
    flags: Flags,
    files: Files,
    kubeconfig: Kubeconfig,
    kube_context: Option<Sourced<String>>,
    minikube_profiles: Option<PathBuf>,
}

/// Gathers and resolves in one step.
pub fn resolve(flags: Flags, env: &Environment, project: &ProjectLayer) -> Result<Settings> {
    Ok(Sources::gather(flags, env)?.resolve(project))
}

/// The current kube-context of the file that `--kubeconfig` names, else of the kubeconfig files; `None` where there is
/// none.
///
/// Errors: a file is there but cannot be read.
pub fn current_context(
    kubeconfig: Option<&Sourced<String>>,
    env: &Environment,
) -> Result<Option<Sourced<String>>> {
    Ok(Kubeconfig::read(kubeconfig, env)?.current_context(env))
}

/// The namespace that a kube-context of those files names; `None` where it names none.
///
/// Errors: a file is there but cannot be read.
pub fn namespace_of(
    context: &str,
    kubeconfig: Option<&Sourced<String>>,
    env: &Environment,
) -> Result<Option<String>> {
    Ok(Kubeconfig::read(kubeconfig, env)?.namespace(context))
}

/// Where the user's files lie. With `--config` there is that one file only.
pub fn locations(config: Option<&str>, env: &Environment) -> Locations {
    let own = |path: &str| Some(env.cwd.join(path));
    if let Some(path) = config.filter(|path| !path.is_empty()) {
        return Locations { own: own(path), skaffold: None };
    }
    Locations {
        own: match env.get(env::SKEG_CONFIG) {
            Some(path) => own(path),
            None => env.config_dir.as_ref().map(|folder| folder.join("skeg/config.yaml")),
        },
        skaffold: match env.get(env::SKAFFOLD_CONFIG) {
            Some(path) => own(path),
            None => env.home.as_ref().map(|home| home.join(".skaffold/config")),
        },
    }
}

impl Sources {
    /// Reads the user's files and the kubeconfig.
    ///
    /// Errors: a file that is there but cannot be read or is wrong.
    pub fn gather(flags: Flags, env: &Environment) -> Result<Self> {
        let files = Files::load(&locations(flags.config.as_ref().map(|c| c.value.as_str()), env))?;
        let kubeconfig = Kubeconfig::read(flags.kubeconfig.as_ref(), env)?;
        let kube_context = flags.kube_context.clone().or_else(|| kubeconfig.current_context(env));
        Ok(Self { flags, files, kubeconfig, kube_context, minikube_profiles: env.minikube_profiles() })
    }

    /// The kube-context as far as it is known without the project file: the flag's, else the kubeconfig's.
    pub fn kube_context(&self) -> Option<&Sourced<String>> {
        self.kube_context.as_ref()
    }

    /// The user's files.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The settings for a project: flag, `SKEG_*`, `SKAFFOLD_*`, project, user config of the kube-context, global.
    pub fn resolve(&self, project: &ProjectLayer) -> Settings {
        let flags = &self.flags;
        let kube_context = flags
            .kube_context
            .clone()
            .or_else(|| {
                from_project("deploy.kubeContext", project.kube_context.as_ref())
                    .filter(|c| !c.value.is_empty())
            })
            .or_else(|| self.kube_context.clone());
        let context = kube_context.as_ref().map(|context| context.value.as_str());
        let user = self.files.effective(context);

        let cluster = cluster::kind(
            &Clues { flags, local_cluster: user.flag("local-cluster").map(sourced), context },
            |context| self.is_minikube(context),
        );
        Settings {
            default_repo: text(flags.default_repo.as_ref(), None, user.text("default-repo")),
            multi_level_repo: user.flag("multi-level-repo").map(sourced),
            insecure_registries: self.insecure_registries(&user),
            single_platform: flags.single_platform,
            builder: text(
                flags.builder.as_ref(),
                from_project(".skeg.builder", project.builder.as_ref()),
                user.text("buildx-builder"),
            ),
            cache_tag: text(
                flags.cache_tag.as_ref(),
                from_project(".skeg.cacheTag", project.cache_tag.as_ref()),
                user.text("cache-tag"),
            ),
            cache_repo: text(
                flags.cache_repo.as_ref(),
                from_project(".skeg.cacheRepo", project.cache_repo.as_ref()),
                user.text("cache-repo"),
            ),
            // Here an empty list is an answer: no exports.
            cache_flags: flags
                .cache_flags
                .clone()
                .or_else(|| from_project(".skeg.cacheFlags", project.cache_flags.as_ref()))
                .or_else(|| user.list("cache-flags").map(sourced)),
            provenance: text(
                flags.provenance.as_ref(),
                from_project(".skeg.provenance", project.provenance.as_ref()),
                None,
            ),
            sbom: text(flags.sbom.as_ref(), from_project(".skeg.sbom", project.sbom.as_ref()), None),
            push: flags.push.clone(),
            platforms: flags.platforms.clone().filter(|platforms| !platforms.value.is_empty()),
            base_image_max_age: from_project(".skeg.baseImageMaxAge", project.base_image_max_age.as_ref()),
            build_concurrency: flags
                .build_concurrency
                .as_ref()
                .and_then(|flag| {
                    let value = u32::try_from(flag.value).ok()?;
                    Some(Sourced::new(value, flag.origin.clone()))
                })
                .or_else(|| from_project("build.local.concurrency", project.build_concurrency.as_ref())),
            cluster_load_disabled: match cluster.value {
                Cluster::Kind => user.flag("kind-disable-load").map(sourced),
                Cluster::K3d => user.flag("k3d-disable-load").map(sourced),
                Cluster::Local | Cluster::Remote => None,
            }
            .unwrap_or(Sourced::new(false, Origin::Default)),
            cluster,
            kube_context,
        }
    }

    /// The flag's first, then the user config's; each registry once, with its first origin.
    fn insecure_registries(&self, user: &Effective) -> Vec<Sourced<String>> {
        let mut all: Vec<Sourced<String>> = Vec::new();
        let configured = user.items("insecure-registries").into_iter().map(sourced);
        for registry in self.flags.insecure_registries.iter().cloned().chain(configured) {
            if !registry.value.is_empty() && all.iter().all(|known| known.value != registry.value) {
                all.push(registry);
            }
        }
        all
    }

    fn is_minikube(&self, context: &str) -> bool {
        // A context name is a profile's name, not a path.
        let profile = self.minikube_profiles.as_ref().filter(|_| !context.contains(['/', '\\']));
        self.kubeconfig.is_minikube(context)
            || profile.is_some_and(|folder| folder.join(context).join("config.json").is_file())
    }
}

/// The first layer that says anything; an empty text says "none" and ends the search.
fn text(
    flag: Option<&Sourced<String>>,
    project: Option<Sourced<String>>,
    user: Option<Found<String>>,
) -> Option<Sourced<String>> {
    flag.cloned().or(project).or_else(|| user.map(sourced)).filter(|found| !found.value.is_empty())
}

fn from_project<T: Clone>(key: &str, value: Option<&T>) -> Option<Sourced<T>> {
    value.map(|value| Sourced::new(value.clone(), Origin::Project(key.to_owned())))
}

fn sourced<T>(found: Found<T>) -> Sourced<T> {
    Sourced::new(found.value, Origin::UserConfig { file: found.place.file, context: found.place.context })
}

#[cfg(test)]
mod tests;
