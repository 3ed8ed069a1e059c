//! Carries a plan out: everything at once that waits for nothing, the rest as soon as it can begin.

mod summary;

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use summary::Summary;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::artifact::{Artifact, Recipe};
use super::custom::{self, Custom};
use super::output::Build;
use super::plan::{self, Job, Plan, PlannedRun};
use crate::diagnostic::{Kind, Report, Result};
use crate::docker::Daemon;
use crate::engine::{Engine, Outcome, TargetOutcome};
use crate::event::{Bus, Event};
use crate::hooks::Hooks;
use crate::hooks::variables::{self, OfBuild, RunWide};
use crate::image::Reference;
use crate::registry;
use crate::settings::Settings;
use crate::settings::env::Environment;

/// What carrying out needs beside the plan.
pub struct Runner<'a> {
    /// All artifacts, as in the plan's inputs.
    pub artifacts: &'a [Artifact<'a>],
    /// The engines, as the plan's builders.
    pub engines: &'a [Engine],
    /// The docker daemon results are loaded into, where one is used.
    pub daemon: Option<&'a Daemon>,
    /// Asked for what custom artifacts pushed.
    pub registry: &'a registry::Client,
    /// Settings of the run.
    pub settings: &'a Settings,
    /// Variables and folders.
    pub environment: &'a Environment,
    /// Where events go.
    pub bus: &'a Bus,
    /// Cancelled by Ctrl-C.
    pub cancel: &'a CancellationToken,
    /// What hooks see of the run.
    pub hooks: &'a RunWide<'a>,
    /// How many artifacts are built at the same time, by builders and commands together (0 = no bound); `None` =
    /// nobody said: builders get everything at once, and commands, which know nothing of each other, come one after
    /// the other.
    pub limit: Option<usize>,
    /// Artifacts that an earlier build left: where others are made from them, they are not built anew.
    pub found: &'a [usize],
}

/// One artifact that was built.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// What is told of it.
    pub build: Build,
    /// The digest (pushed) or id (loaded); `None` for other outputs.
    pub digest: Option<String>,
    /// The digests of base images as the builder resolved them.
    pub bases: BTreeMap<String, String>,
}

/// How the runs ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// What was built, by artifact index: also when something else failed.
    pub delivered: BTreeMap<usize, Delivered>,
    /// The first failure, or the interruption.
    pub failure: Option<Box<Report>>,
}

/// What the runs of a plan share.
struct Shared {
    start: Instant,
    /// Cancelled by Ctrl-C, and when one of them fails.
    stop: CancellationToken,
    /// By artifact: its hooks before the build have run. Whoever needs them while they run waits for their end.
    prepared: Vec<OnceCell<()>>,
}

/// What came of one run.
#[derive(Default)]
struct Came {
    /// Its hooks let it start.
    has_started: bool,
    delivered: Vec<(usize, Delivered)>,
    /// Artifacts that were built, but whose hooks after the build did not all end well. The next run must not find
    /// them, or these hooks would never run.
    unfinished: Vec<usize>,
    failure: Option<Box<Report>>,
}

impl Runner<'_> {
    /// Builds everything. `done` are the artifacts that are there already, with their references. One failure stops
    /// what still runs and starts nothing more.
    pub async fn run(&self, plan: Plan, done: &BTreeMap<usize, String>) -> Ended {
        let shared = &Shared {
            start: Instant::now(),
            stop: self.cancel.child_token(),
            prepared: self.artifacts.iter().map(|_| OnceCell::new()).collect(),
        };
        let mut references = done.clone();
        let mut waiting = plan.runs;
        let mut running = FuturesUnordered::new();
        let mut busy: Vec<Busy> = Vec::new();
        let mut ended = Ended::default();
        let mut summary = Summary::default();
        loop {
            while !shared.stop.is_cancelled() {
                let Some(next) = waiting.iter().position(|run| self.may_start(run, &references, &busy))
                else {
                    break;
                };
                let mut run = waiting.remove(next);
                run.pin(&references);
                busy.push(Busy::of(&run));
                let required = required(&run, &references);
                running.push(async move { (run.delivers[0].0, self.one(&run, &required, shared).await) });
            }
            let Some((first, came)) = running.next().await else { break };
            let at = busy.iter().position(|busy| busy.artifacts[0] == first);
            let artifacts = at.map(|at| busy.swap_remove(at).artifacts).unwrap_or_default();
            for (artifact, delivered) in came.delivered {
                references.insert(artifact, delivered.build.tag.clone());
                ended.delivered.insert(artifact, delivered);
            }
            let open =
                artifacts.iter().filter(|a| !ended.delivered.contains_key(a) && !came.unfinished.contains(a));
            if came.has_started { &mut summary.stopped } else { &mut summary.never }.extend(open);
            summary.unfinished.extend(came.unfinished);
            if let Some(failure) = came.failure {
                summary.failures.push(*failure);
                shared.stop.cancel();
            }
        }
        summary.never.extend(waiting.iter().flat_map(|run| run.delivers.iter().map(|(a, _)| *a)));
        summary.built.extend(ended.delivered.keys());
        ended.failure = summary.report(self.artifacts, self.cancel.is_cancelled());
        if ended.failure.is_none() {
            self.bus.emit(Event::BuildDone { time: shared.start.elapsed() });
        }
        ended
    }

    /// Whether a run has what it needs and room to run in.
    fn may_start(&self, run: &PlannedRun, references: &BTreeMap<usize, String>, busy: &[Busy]) -> bool {
        let room = match self.limit {
            Some(0) => true,
            Some(limit) => {
                let at_work: usize = busy.iter().map(|busy| busy.artifacts.len()).sum();
                at_work + run.delivers.len() <= limit
            }
            None => run.job != Job::Custom || !busy.iter().any(|busy| busy.is_custom),
        };
        room && run.external.iter().all(|(artifact, _)| references.contains_key(artifact))
    }

    /// Runs one run, with the hooks of its artifacts around it.
    async fn one(&self, run: &PlannedRun, required: &BTreeMap<usize, String>, shared: &Shared) -> Came {
        let mut came = Came::default();
        for index in self.builds(run) {
            let hooks = || self.hooks(index, When::Before, &shared.stop);
            if let Err(failure) = shared.prepared[index].get_or_try_init(hooks).await {
                came.failure = Some(failure);
                return came;
            }
        }
        came.has_started = true;
        for (index, _) in &run.delivers {
            self.bus.emit(Event::ArtifactStarted { image: self.artifacts[*index].image().to_owned() });
        }
        let result = match &run.job {
            Job::Builder { builder, definition } => {
                self.engines[*builder].build(definition, self.bus, &shared.stop).await
            }
            Job::Custom => self.custom(run.delivers[0].0, &run.delivers[0].1, required, &shared.stop).await,
        };
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(failure) => {
                came.failure = Some(failure.report);
                failure.delivered
            }
        };
        let has_failed = came.failure.is_some();
        let mut built = Vec::new();
        for (index, name) in &run.delivers {
            let target = match outcome.targets.get(name) {
                Some(target) => target.clone(),
                None if has_failed => continue,
                None => TargetOutcome::default(),
            };
            match self.deliver(&self.artifacts[*index], &target).await {
                Ok(one) => {
                    self.announce(run, *index, &target, &one, shared.start);
                    built.push((*index, one));
                }
                // The others are there all the same.
                Err(report) => came.failure = came.failure.or(Some(report)),
            }
        }
        for (index, one) in built {
            if came.failure.is_none() {
                came.failure = self.hooks(index, When::After, &shared.stop).await.err();
            }
            if came.failure.is_some() && !self.artifacts[index].artifact.hooks.after.is_empty() {
                came.unfinished.push(index);
            } else {
                came.delivered.push((index, one));
            }
        }
        came
    }

    /// The artifacts a run builds: what it makes others from, unless an earlier build left it, and what it delivers.
    fn builds(&self, run: &PlannedRun) -> Vec<usize> {
        let mut builds = Vec::new();
        if let Job::Builder { definition, .. } = &run.job {
            for target in &definition.targets {
                let index = self.artifacts.iter().position(|artifact| artifact.image() == target.image);
                builds.extend(index.filter(|index| !builds.contains(index) && !self.found.contains(index)));
            }
        }
        for (index, _) in &run.delivers {
            if !builds.contains(index) {
                builds.push(*index);
            }
        }
        builds
    }

    fn announce(
        &self,
        run: &PlannedRun,
        index: usize,
        target: &TargetOutcome,
        one: &Delivered,
        start: Instant,
    ) {
        let artifact = &self.artifacts[index];
        let platforms = match &run.job {
            Job::Builder { definition, .. } => {
                let found =
                    definition.targets.iter().find(|t| t.image == artifact.image() && !t.tags.is_empty());
                found.map(|t| t.platforms.clone()).unwrap_or_default()
            }
            Job::Custom => plan::platforms(artifact, self.settings),
        };
        self.bus.emit(Event::ArtifactDone {
            image: one.build.image_name.clone(),
            reference: one.build.tag.clone(),
            platforms,
            digest: target.digest.clone(),
            fate: fate(artifact).to_owned(),
            time: if target.time.is_zero() { start.elapsed() } else { target.time },
            cached_steps: target.cached_steps,
            steps: target.steps,
        });
    }

    /// The command of a custom artifact, and a look at what it made.
    async fn custom(
        &self,
        index: usize,
        name: &str,
        required: &BTreeMap<usize, String>,
        stop: &CancellationToken,
    ) -> Result<Outcome, crate::engine::Failure> {
        let artifact = &self.artifacts[index];
        let Recipe::Custom(recipe) = artifact.recipe else { return Ok(Outcome::default()) };
        let begun = Instant::now();
        let platforms = plan::platforms(artifact, self.settings);
        let by_image: BTreeMap<&str, &String> =
            required.iter().map(|(r, reference)| (self.artifacts[*r].image(), reference)).collect();
        let requires: Vec<(String, String)> = artifact
            .requires()
            .filter_map(|(image, alias)| Some((alias.to_owned(), (*by_image.get(image)?).clone())))
            .collect();
        let context = crate::config::absolute(&self.environment.cwd, artifact.context_dir());
        let path = [
            "build".into(),
            "artifacts".into(),
            artifact.index.into(),
            "custom".into(),
            "buildCommand".into(),
        ];
        let custom = Custom {
            image: artifact.image(),
            command: recipe.build_command.as_deref().unwrap_or_default(),
            position: Some(artifact.module.locate(&path)),
            written: artifact.module.scalar(&path),
            variables: &[],
            tagged: &artifact.tagged,
            push: artifact.push,
            context: &context,
            platforms: &platforms,
            skip_test: false,
            requires: &requires,
        };
        custom::build(&custom, self.environment, self.bus, stop).await?;
        let digest =
            custom::check(&custom, self.bus, async |tagged| self.find(artifact, tagged).await).await?;
        let outcome =
            TargetOutcome { digest: Some(digest), time: begun.elapsed(), ..TargetOutcome::default() };
        Ok(Outcome { targets: BTreeMap::from([(name.to_owned(), outcome)]) })
    }

    /// The digest or id of what a command pushed or left in the daemon.
    async fn find(&self, artifact: &Artifact<'_>, tagged: &str) -> Result<Option<String>> {
        if !artifact.push {
            return match self.daemon {
                Some(daemon) => daemon.image_id(tagged).await,
                None => Ok(None),
            };
        }
        let reference =
            Reference::parse(tagged).map_err(|error| Box::new(Report::config(error.to_string())))?;
        self.registry.digest(&reference).await.map_err(|error| {
            let mut report = Report::tool(format!("whether {tagged} was pushed is not known")).cause(&error);
            report.hints.extend(error.hint());
            Box::new(report)
        })
    }

    /// The artifact's own hooks.
    async fn hooks(&self, index: usize, when: When, stop: &CancellationToken) -> Result<()> {
        let artifact = &self.artifacts[index];
        let (hooks, key) = match when {
            When::Before => (&artifact.artifact.hooks.before, "before"),
            When::After => (&artifact.artifact.hooks.after, "after"),
        };
        if hooks.is_empty() {
            return Ok(());
        }
        let runner = Hooks { environment: self.environment, bus: self.bus, cancel: stop };
        let context = crate::config::absolute(&self.environment.cwd, artifact.context_dir());
        let own = OfBuild { tagged: &artifact.tagged, push: artifact.push, context: &context };
        let variables = variables::build_variables(self.hooks, &own);
        let what = format!("{key}-build hook");
        let locate = |at: usize| {
            Some(artifact.module.locate_artifact(artifact.index, &["hooks".into(), key.into(), at.into()]))
        };
        runner.run(hooks, &variables, &self.environment.cwd, &what, artifact.image(), &locate).await
    }

    /// The reference to deploy: `repo:tag@digest` for what was pushed, `repo:<image id>` for what was loaded (so
    /// that a new image is a new reference to the kubelet), the tag itself for other outputs.
    async fn deliver(&self, artifact: &Artifact<'_>, target: &TargetOutcome) -> Result<Delivered> {
        let tagged = &artifact.tagged;
        let (tag, digest) = if artifact.push {
            let digest = target.digest.as_deref().ok_or_else(|| {
                Box::new(
                    Report::new(Kind::Internal, format!("the builder pushed {tagged} but told no digest"))
                        .hint("report this with the output of `skeg build -v debug`"),
                )
            })?;
            (format!("{tagged}@{digest}"), Some(digest.to_owned()))
        } else if let (true, Some(daemon)) = (artifact.is_loaded(), self.daemon) {
            let id = daemon.image_id(tagged).await?.ok_or_else(|| {
                Box::new(
                    Report::tool(format!("{tagged} was built but is not in the docker daemon"))
                        .cause("the builder did not load it")
                        .hint("check that the builder and the daemon belong to the same docker context"),
                )
            })?;
            (tag_by_id(daemon, tagged, &id).await?, Some(id))
        } else {
            (tagged.clone(), None)
        };
        Ok(Delivered { build: Build::of(artifact.artifact, tag), digest, bases: target.bases.clone() })
    }
}

/// Before or after.
#[derive(Clone, Copy)]
enum When {
    Before,
    After,
}

/// A run that is under way.
struct Busy {
    is_custom: bool,
    artifacts: Vec<usize>,
}

impl Busy {
    fn of(run: &PlannedRun) -> Self {
        let artifacts = run.delivers.iter().map(|(artifact, _)| *artifact).collect();
        Self { is_custom: run.job == Job::Custom, artifacts }
    }
}

/// The references of what a run needs.
fn required(run: &PlannedRun, references: &BTreeMap<usize, String>) -> BTreeMap<usize, String> {
    run.external.iter().filter_map(|(a, _)| Some((*a, references.get(a)?.clone()))).collect()
}

/// Gives an image its reference by id, where it has not got it, and returns it.
pub async fn tag_by_id(daemon: &Daemon, tagged: &str, id: &str) -> Result<String> {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    let name = Reference::parse(tagged).map_or_else(|_| tagged.to_owned(), |r| r.name().to_owned());
    let reference = format!("{name}:{hex}");
    if !daemon.is_named(id, &reference) {
        daemon.tag(id, &name, hex).await?;
    }
    Ok(reference)
}

fn fate(artifact: &Artifact<'_>) -> &'static str {
    match (artifact.push, artifact.overlay.outputs.is_empty()) {
        (true, _) => "pushed",
        (false, true) => "loaded",
        (false, false) => "exported",
    }
}

#[cfg(test)]
mod tests;
