//! What changes project files: in the version they are written in, with their comments.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::Inspector;
use super::failure::Failure;
use super::settings::{Setting, cluster, google_cloud, local};
use crate::cli::inspect::{
    BuildEnv, ClusterArgs, DependenciesArgs, GoogleCloudBuildArgs, LocalArgs, PlaceArgs,
};
use crate::config::print::unplaced;
use crate::config::{self, Module, model};
use crate::yaml::{self, Data, Node, Source};

/// A project file and its documents, changed.
struct Edited {
    source: Arc<Source>,
    trees: Vec<Node>,
}

impl Edited {
    /// The document of a module: empty ones are not counted.
    fn document(&mut self, index: usize) -> Option<&mut Node> {
        self.trees.iter_mut().filter(|tree| !tree.is_null()).nth(index)
    }
}

impl Inspector<'_> {
    pub(super) fn add_local(&self, args: &LocalArgs) -> Result<String, Failure> {
        self.add(BuildEnv::Local, &args.place, &local(args))
    }

    pub(super) fn add_google_cloud(&self, args: &GoogleCloudBuildArgs) -> Result<String, Failure> {
        self.add(BuildEnv::GoogleCloudBuild, &args.place, &google_cloud(args))
    }

    pub(super) fn add_cluster(&self, args: &ClusterArgs) -> Result<String, Failure> {
        self.add(BuildEnv::Cluster, &args.place, &cluster(args))
    }

    /// Makes configs build somewhere, or a profile of theirs, which is made where there is none. Without a profile only
    /// those of the root file change (Skaffold: `SelectRootConfigs`).
    fn add(&self, env: BuildEnv, place: &PlaceArgs, settings: &[Setting]) -> Result<String, Failure> {
        let profile = place.profile.as_deref();
        self.edit(&place.module, profile.is_none(), |module, document| {
            if let Some(name) = profile {
                make_profile(document, name);
            }
            let build = target(document, profile).and_then(|target| section(target, "build"));
            let Some(build) = build else { return Ok(()) };
            if build.get(env.key()).is_some_and(|there| !there.entries().is_empty()) {
                return Err(Failure::new(
                    "INSPECT_BUILD_ENV_ALREADY_EXISTS_ERR",
                    format!("{} says how to build in {} already", described(module, profile), env.key()),
                ));
            }
            build.set(key(env.key()), unplaced(Data::Map(vec![])));
            set(build, env, settings);
            Ok(())
        })
    }

    pub(super) fn modify_google_cloud(&self, args: &GoogleCloudBuildArgs) -> Result<String, Failure> {
        let env = BuildEnv::GoogleCloudBuild;
        let settings = google_cloud(args);
        let profile = args.place.profile.as_deref();
        let mut found = false;
        let result = self.edit(&args.place.module, profile.is_none(), |module, document| {
            let Some(target) = target(document, profile) else { return Ok(()) };
            found = true;
            let builds_there = target.get("build").is_some_and(|build| build.get(env.key()).is_some());
            if builds_there {
                if let Some(build) = section(target, "build") {
                    set(build, env, &settings);
                }
            } else if self.args.strict {
                return Err(Failure::new(
                    "INSPECT_BUILD_ENV_INCORRECT_TYPE_ERR",
                    format!("{} does not build in {}", described(module, profile), env.key()),
                ));
            }
            Ok(())
        });
        match (result, profile) {
            (Ok(_), Some(profile)) if !found => Err(Failure::new(
                "INSPECT_PROFILE_NOT_FOUND_ERR",
                format!("no config of the project has a profile `{profile}`"),
            )),
            (result, _) => result,
        }
    }

    /// Only for configs that are named or stand in the root file: paths mean something else in other files.
    pub(super) fn add_dependencies(&self, args: &DependenciesArgs) -> Result<String, Failure> {
        let bytes =
            fs_err::read(self.absolute(&args.file)).map_err(|error| Failure::unknown(error.to_string()))?;
        let mut added = vec![];
        for document in yaml::parse(&Source::from_bytes(&args.file, &bytes)?)? {
            let list = document.get("dependencies").unwrap_or(&document);
            // Read for its errors.
            let _read: Vec<model::ConfigDependency> = yaml::from_node(list)?;
            added.extend(list.items().iter().map(free));
        }
        self.edit(&args.module, true, |_, document| {
            if let Some(Data::Seq(items)) = list(document, "requires").map(|list| &mut list.data) {
                items.extend(added.iter().cloned());
            }
            Ok(())
        })
    }

    /// Changes the documents of the configs that are named, else those of the root file, else all, and writes their files, when every change went well and what comes out can be read.
    fn edit(
        &self,
        modules: &[String],
        only_root: bool,
        mut change: impl FnMut(&Module, &mut Node) -> Result<(), Failure>,
    ) -> Result<String, Failure> {
        let project = self.read(modules, &[], true)?;
        let mut files: BTreeMap<PathBuf, Edited> = BTreeMap::new();
        // What named configs require takes part in a run, but it is not what the user named.
        let is_meant = |module: &&Module| match modules {
            [] => module.root || !only_root,
            names => module.name.as_ref().is_some_and(|name| names.contains(name)),
        };
        for module in project.modules.iter().filter(is_meant) {
            if module.remote || !module.file.is_absolute() {
                return Err(Failure::unknown(format!(
                    "{} is no file that can be written",
                    module.file.display()
                )));
            }
            if !files.contains_key(&module.file) {
                let edited =
                    Edited { source: Arc::clone(&module.source), trees: yaml::parse(&module.source)? };
                files.insert(module.file.clone(), edited);
            }
            if let Some(document) = files.get_mut(&module.file).and_then(|file| file.document(module.index)) {
                change(module, document)?;
            }
        }
        let mut texts = vec![];
        for (file, edited) in &files {
            let rewritten = yaml::rewrite(&edited.source, &edited.trees);
            config::check(&Source::new(&edited.source.path, &rewritten.text))?;
            if !rewritten.comments_kept && edited.source.text.contains('#') {
                self.bus.warn(format!("comments of {} are lost", edited.source.path.display()));
            }
            texts.push((file, rewritten.text));
        }
        for (file, text) in texts {
            fs_err::write(file, text).map_err(|error| Failure::unknown(error.to_string()))?;
        }
        Ok(String::new())
    }
}

/// The document, or the profile of this name in it.
fn target<'d>(document: &'d mut Node, profile: Option<&str>) -> Option<&'d mut Node> {
    let Some(name) = profile else { return Some(document) };
    let Data::Seq(profiles) = &mut document.get_mut("profiles")?.data else { return None };
    profiles.iter_mut().find(|profile| is_named(profile, name))
}

fn is_named(profile: &Node, name: &str) -> bool {
    profile.get("name").and_then(Node::text).is_some_and(|own| own == name)
}

fn make_profile(document: &mut Node, name: &str) {
    if let Some(Data::Seq(profiles)) = list(document, "profiles").map(|list| &mut list.data)
        && !profiles.iter().any(|profile| is_named(profile, name))
    {
        let name = (key("name"), unplaced(Data::String(name.to_owned())));
        profiles.push(unplaced(Data::Map(vec![name])));
    }
}

/// Writes settings into a way to build, and leaves no other.
fn set(build: &mut Node, env: BuildEnv, settings: &[Setting]) {
    for other in [BuildEnv::Local, BuildEnv::GoogleCloudBuild, BuildEnv::Cluster] {
        if other != env {
            build.remove(other.key());
        }
    }
    for Setting { path, value } in settings {
        let Some((last, above)) = path.split_last() else { continue };
        let holder = section(build, env.key());
        let holder = above.iter().fold(holder, |node, name| section(node?, name));
        if let Some(holder) = holder {
            holder.set(key(last), unplaced(value.clone()));
        }
    }
}

/// The mapping of this name, made where there is none.
fn section<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    child(node, name, Data::Map(vec![]))
}

/// The list of this name, made where there is none.
fn list<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    child(node, name, Data::Seq(vec![]))
}

/// `None` only when the node is no mapping, which nobody could have read.
fn child<'n>(node: &'n mut Node, name: &str, otherwise: Data) -> Option<&'n mut Node> {
    if node.get(name).is_none_or(Node::is_null) {
        node.set(key(name), unplaced(otherwise));
    }
    node.get_mut(name)
}

fn key(name: &str) -> Node {
    unplaced(Data::String(name.to_owned()))
}

/// The same, standing in no file: the places of another file mean nothing here.
fn free(node: &Node) -> Node {
    unplaced(match &node.data {
        Data::Seq(items) => Data::Seq(items.iter().map(free).collect()),
        Data::Map(entries) => {
            Data::Map(entries.iter().map(|(key, value)| (free(key), free(value))).collect())
        }
        scalar => scalar.clone(),
    })
}

fn described(module: &Module, profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("profile `{profile}` of {}", module.describe()),
        None => module.describe(),
    }
}
