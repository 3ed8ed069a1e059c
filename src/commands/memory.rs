//! Wires the artifact cache to a project: what each artifact is made of, where its result is needed, who is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use super::builders::Builders;
use crate::build::artifact::{Artifact, Recipe};
use crate::build::known::{Assessed, Bases, Memory, Own, Place, Subject, Verdict, Work, has_triggers};
use crate::build::plan;
use crate::diagnostic::{Report, Result};
use crate::docker::{self, Daemon};
use crate::engine::{Context, NamedContext};
use crate::event::Bus;
use crate::image::Reference;
use crate::inputs;
use crate::registry;
use crate::settings::Settings;
use crate::settings::env::Environment;
use crate::state::Database;
use crate::yaml::refuse;

/// How long a registry may take to answer a question that is only worth asking when the answer comes soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// The registries of a run. Nobody is asked yet.
pub fn registry(
    artifacts: &[Artifact<'_>],
    settings: &Settings,
    environment: &Environment,
) -> registry::Client {
    let insecure: BTreeSet<&str> =
        artifacts.iter().flat_map(|artifact| plan::insecure_registries(artifact, settings)).collect();
    let options = registry::Options {
        insecure: insecure.into_iter().map(str::to_owned).collect(),
        docker_config: Some(docker::config::folder(environment)),
        timeout: PATIENCE,
    };
    registry::Client::new(options, environment)
}

/// How old what is known of a base image may be. A build asks each time, unless the project says otherwise.
pub fn max_age(settings: &Settings) -> Duration {
    settings.base_image_max_age.as_ref().map_or(Duration::ZERO, |age| age.value)
}

/// The artifacts as the artifact cache sees them.
pub struct Subjects<'a> {
    list: Vec<Subject<'a>>,
    order: Vec<usize>,
}

impl<'a> Subjects<'a> {
    /// All artifacts of the plan's inputs.
    ///
    /// # Errors
    /// As [`plan::plan`]; the dependencies of a custom artifact cannot be told.
    pub async fn new(
        inputs: &plan::Inputs<'a>,
        builders: &Builders,
        cancel: &CancellationToken,
    ) -> Result<Self> {
        let graph = plan::graph(inputs.artifacts);
        let mut list = Vec::new();
        let mut wrong = vec![];
        for (index, artifact) in inputs.artifacts.iter().enumerate() {
            let work = match artifact.recipe {
                Recipe::Docker(_) => plan::target(inputs, index).map(|target| Work::Target(Box::new(target))),
                Recipe::Custom(_) => {
                    super::custom::work(artifact, inputs.settings, inputs.environment, cancel)
                        .await
                        .map(|work| Work::Custom(Box::new(work)))
                }
            };
            let work = match work {
                Ok(work) => work,
                // What is wrong with the others is told along with it.
                Err(report) => {
                    wrong.push(*report);
                    continue;
                }
            };
            let builder = match &work {
                // Without platforms the builder's own decides; the classic builder makes other images than BuildKit.
                Work::Target(target) if target.platforms.is_empty() => builders.identity(index),
                Work::Target(_) => (!builders.is_buildkit(index)).then(|| "classic".to_owned()),
                Work::Custom(_) => None,
            };
            list.push(Subject {
                image: artifact.image(),
                project: project(artifact),
                bases: usize::from(builders.builds_in_daemon(index) && !artifact.docker().pull_parent),
                place: place(artifact)?,
                import: artifact
                    .module
                    .model
                    .build
                    .local
                    .as_ref()
                    .is_some_and(|local| local.try_import_missing),
                requires: graph.requires(index).to_vec(),
                own: Own {
                    aliases: artifact.requires().map(|(_, alias)| alias.to_owned()).collect(),
                    required: BTreeMap::new(),
                    builder,
                },
                work,
            });
        }
        refuse(wrong)?;
        for index in 0..list.len() {
            let required = required(index, &list, inputs.artifacts);
            list[index].own.required = required;
        }
        let order = graph.closure(0..list.len());
        Ok(Self { list, order })
    }

    /// The artifacts, in the project's order.
    pub fn list(&self) -> &[Subject<'a>] {
        &self.list
    }

    /// Their indices, required ones first.
    pub fn order(&self) -> &[usize] {
        &self.order
    }
}

/// The named contexts of an artifact that stand for artifacts it requires, and whether those may carry ONBUILD triggers.
fn required(index: usize, list: &[Subject<'_>], artifacts: &[Artifact<'_>]) -> BTreeMap<String, bool> {
    let Work::Target(target) = &list[index].work else { return BTreeMap::new() };
    let mut required = BTreeMap::new();
    for &other in &list[index].requires {
        let (triggers, own) = match &list[other].work {
            Work::Target(target) => (has_triggers(target), Some(NamedContext::Target(target.name.clone()))),
            // Nobody knows what a command makes.
            Work::Custom(_) => (true, None),
        };
        let pushed = NamedContext::Source(format!("docker-image://{}", artifacts[other].tagged));
        let stand_for = target.contexts.iter().filter(|(_, c)| Some(*c) == own.as_ref() || **c == pushed);
        required.extend(stand_for.map(|(name, _)| (name.clone(), triggers)));
    }
    required
}

/// The project file, as the database knows it.
fn project(artifact: &Artifact<'_>) -> String {
    let module = artifact.module;
    let file = module.dir.join(&module.source.path);
    format!("{} {}", file.display(), module.name.as_deref().unwrap_or_default())
}

fn place(artifact: &Artifact<'_>) -> Result<Place> {
    let reference =
        Reference::parse(&artifact.tagged).map_err(|error| Box::new(Report::config(error.to_string())))?;
    Ok(match (artifact.overlay.outputs.is_empty(), artifact.push) {
        (false, _) => Place::Elsewhere("its outputs are written each time".to_owned()),
        (true, true) => Place::Registry(reference),
        (true, false) => Place::Daemon(reference),
    })
}

/// The database, and the daemon that results are loaded into.
pub struct Store {
    database: Database,
    daemon: Option<Arc<Daemon>>,
}

impl Store {
    /// Opens the database (`--cache-file`, else the one in the cache folder).
    ///
    /// # Errors
    /// The docker configuration is wrong.
    pub fn open(
        file: Option<&str>,
        artifacts: &[Artifact<'_>],
        builders: &Builders,
        environment: &Environment,
        bus: &Bus,
    ) -> Result<Self> {
        let uses = |index: &usize| artifacts[*index].is_loaded() || builders.builds_in_daemon(*index);
        let daemon = (0..artifacts.len()).find(uses).map(|index| builders.daemon(index)).transpose()?;
        Ok(Self { database: database(file, environment, bus), daemon })
    }

    /// The daemon that results are loaded into.
    pub fn daemon(&self) -> Option<&Daemon> {
        self.daemon.as_deref()
    }

    /// Base images: of builders that ask registries, and of the daemon's own builder.
    pub fn bases<'a>(
        &'a self,
        registry: Option<&'a registry::Client>,
        max_age: Duration,
        bus: &'a Bus,
    ) -> [Bases<'a>; 2] {
        [None, self.daemon()].map(|daemon| Bases::new(&self.database, registry, daemon, max_age, bus))
    }

    /// The artifact cache.
    pub fn memory<'a>(
        &'a self,
        bases: &'a [Bases<'a>],
        registry: &'a registry::Client,
        environment: &'a Environment,
        bus: &'a Bus,
    ) -> Memory<'a> {
        Memory::new(&self.database, bases, registry, self.daemon(), environment, bus)
    }
}

/// The database of a run.
pub fn database(file: Option<&str>, environment: &Environment, bus: &Bus) -> Database {
    let path = match file.filter(|file| !file.is_empty()) {
        Some(file) => environment.cwd.join(file),
        None => environment.cwd.join(environment.skeg_cache_dir()).join("state.db"),
    };
    Database::open(&path, bus)
}

/// Other paths for contexts in which a file changed that BuildKit would not transfer again: it compares size,
/// modification time and mode with what it got under the same folder name before.
pub struct Aliases {
    paths: BTreeMap<PathBuf, PathBuf>,
    /// Holds the links where the cache folder cannot.
    folder: Option<tempfile::TempDir>,
}

impl Aliases {
    /// The aliases for the artifacts that are built.
    pub fn of(
        store: &Store,
        subjects: &[Subject<'_>],
        assessed: &[Assessed],
        environment: &Environment,
    ) -> Self {
        let mut aliases = Self { paths: BTreeMap::new(), folder: None };
        let built = assessed.iter().zip(subjects).filter(|(a, _)| matches!(a.verdict, Verdict::Build(_)));
        for (assessed, subject) in built {
            let Work::Target(target) = &subject.work else { continue };
            let main = match &target.context {
                Context::Local(path) => Some(path.clone()),
                Context::Remote(_) => None,
            };
            let named = target.contexts.values().filter_map(|context| match context {
                NamedContext::Source(source) => Some(PathBuf::from(source)).filter(|path| path.is_absolute()),
                NamedContext::Target(_) => None,
            });
            for folder in main.into_iter().chain(named) {
                if let Some(name) = alias_name(store, &folder, assessed.ingredients.disguised) {
                    aliases.link(folder, &name, environment);
                }
            }
        }
        aliases
    }

    /// The paths: a context's folder and what it is called instead.
    pub fn paths(&self) -> &BTreeMap<PathBuf, PathBuf> {
        &self.paths
    }

    fn link(&mut self, folder: PathBuf, name: &str, environment: &Environment) {
        if self.paths.contains_key(&folder) {
            return;
        }
        let kept = environment.cwd.join(environment.skeg_cache_dir()).join("contexts");
        let link = kept.join(name);
        if fs_err::create_dir_all(&kept).and_then(|()| symlink(&folder, &link)).is_ok() {
            self.paths.insert(folder, link);
            return;
        }
        if self.folder.is_none() {
            self.folder = tempfile::Builder::new().prefix("skeg-").tempdir().ok();
        }
        if let Some(link) = self.folder.as_ref().map(|folder| folder.path().join(name))
            && symlink(&folder, &link).is_ok()
        {
            self.paths.insert(folder, link);
        }
    }
}

/// The name BuildKit gets to see, where it is not the folder's own.
fn alias_name(store: &Store, folder: &Path, disguised: bool) -> Option<String> {
    let path = folder.as_os_str().as_encoded_bytes();
    let kept = !disguised || store.database.next_generation(path);
    let generation = match store.database.generation(path) {
        0 if !disguised => return None,
        generation if kept => u64::from(generation),
        // What cannot be counted is at least never the same.
        _ => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    };
    let own = folder.file_name().unwrap_or_default().to_string_lossy();
    Some(format!("{own}-{}-{generation}", &inputs::hex(&inputs::of_bytes(path))[..12]))
}

#[cfg(unix)]
fn symlink(folder: &Path, link: &Path) -> std::io::Result<()> {
    if fs_err::read_link(link).is_ok_and(|target| target == folder) {
        return Ok(());
    }
    fs_err::os::unix::fs::symlink(folder, link)
}

#[cfg(windows)]
fn symlink(folder: &Path, link: &Path) -> std::io::Result<()> {
    fs_err::os::windows::fs::symlink_dir(folder, link)
}
