//! Carries a plan out: everything at once that waits for nothing, the rest as soon as it can begin.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::artifact::{Artifact, Recipe};
use super::custom::{self, Custom};
use super::output::Build;
use super::plan::{self, Job, Plan, PlannedRun};
use crate::diagnostic::{Kind, Report, Result};
use crate::engine::{Daemon, Engine, Outcome, TargetOutcome};
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
    /// How many runs of one builder, and how many commands, go at the same time; `None` = nobody said: builders get
    /// everything at once, and commands, which know nothing of each other, come one after the other.
    pub limit: Option<usize>,
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

impl Runner<'_> {
    /// Builds everything. `done` are the artifacts that are there already, with their references. One failure stops
    /// what still runs and starts nothing more.
    pub async fn run(&self, plan: Plan, done: &BTreeMap<usize, String>) -> Ended {
        let start = Instant::now();
        let stop = self.cancel.child_token();
        let mut references = done.clone();
        let mut waiting = plan.runs;
        let mut running = FuturesUnordered::new();
        let mut busy: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
        let mut ended = Ended::default();
        let mut failures: Vec<Box<Report>> = Vec::new();
        let mut stopped: BTreeSet<usize> = BTreeSet::new();
        loop {
            while failures.is_empty() && !stop.is_cancelled() {
                let Some(next) = waiting.iter().position(|run| self.may_start(run, &references, &busy))
                else {
                    break;
                };
                let mut run = waiting.remove(next);
                run.pin(&references);
                busy.push((lane(&run), run.delivers.iter().map(|(artifact, _)| *artifact).collect()));
                let stop = &stop;
                let required = required(&run, &references);
                running.push(async move {
                    let result = self.one(&run, &required, stop, start).await;
                    (run.delivers[0].0, result)
                });
            }
            let Some((first, (delivered, failure))) = running.next().await else { break };
            let at = busy.iter().position(|(_, artifacts)| artifacts[0] == first);
            let artifacts = at.map(|at| busy.swap_remove(at).1).unwrap_or_default();
            for (artifact, delivered) in delivered {
                references.insert(artifact, delivered.build.tag.clone());
                ended.delivered.insert(artifact, delivered);
            }
            if let Some(failure) = failure {
                stopped.extend(artifacts.iter().filter(|a| !ended.delivered.contains_key(a)));
                failures.push(failure);
                stop.cancel();
            }
        }
        if failures.is_empty() && self.cancel.is_cancelled() {
            failures.push(Box::new(Report::new(Kind::Interrupted, "interrupted")));
        }
        if failures.is_empty() {
            self.bus.emit(Event::BuildDone { time: start.elapsed() });
        } else {
            // What was stopped because of a failure elsewhere ends as interrupted.
            let first = failures.iter().position(|e| e.kind != Kind::Interrupted).unwrap_or(0);
            let never: Vec<usize> =
                waiting.iter().flat_map(|run| run.delivers.iter().map(|(a, _)| *a)).collect();
            ended.failure =
                Some(self.summed_up(failures.swap_remove(first), &ended.delivered, &stopped, &never));
        }
        ended
    }

    /// Whether a run has what it needs and room to run in.
    fn may_start(
        &self,
        run: &PlannedRun,
        references: &BTreeMap<usize, String>,
        busy: &[(Option<usize>, Vec<usize>)],
    ) -> bool {
        let in_lane = busy.iter().filter(|(other, _)| *other == lane(run)).count();
        let room = match (&run.job, self.limit) {
            // A builder's runs are cut to the limit: two at once would be more.
            (Job::Builder { .. }, Some(limit)) => limit == 0 || in_lane == 0,
            (Job::Builder { .. }, None) => true,
            (Job::Custom, limit) => match limit.unwrap_or(1) {
                0 => true,
                limit => in_lane < limit,
            },
        };
        room && run.external.iter().all(|(artifact, _)| references.contains_key(artifact))
    }

    /// Runs one run: what it delivered, and how it failed.
    async fn one(
        &self,
        run: &PlannedRun,
        required: &BTreeMap<usize, String>,
        stop: &CancellationToken,
        start: Instant,
    ) -> (Vec<(usize, Delivered)>, Option<Box<Report>>) {
        let mut delivered = Vec::new();
        let failure = self.attempt(run, required, stop, start, &mut delivered).await.err();
        (delivered, failure)
    }

    async fn attempt(
        &self,
        run: &PlannedRun,
        required: &BTreeMap<usize, String>,
        stop: &CancellationToken,
        start: Instant,
        delivered: &mut Vec<(usize, Delivered)>,
    ) -> Result<()> {
        for (index, _) in &run.delivers {
            self.hooks(*index, When::Before, stop).await?;
        }
        for (index, _) in &run.delivers {
            self.bus.emit(Event::ArtifactStarted { image: self.artifacts[*index].image().to_owned() });
        }
        let result = match &run.job {
            Job::Builder { builder, definition } => {
                self.engines[*builder].build(definition, self.bus, stop).await
            }
            Job::Custom => self.custom(run.delivers[0].0, &run.delivers[0].1, required, stop).await,
        };
        let (outcome, failure) = match result {
            Ok(outcome) => (outcome, None),
            Err(failure) => (failure.delivered, Some(failure.report)),
        };
        for (index, name) in &run.delivers {
            let target = match outcome.targets.get(name) {
                Some(target) => target.clone(),
                None if failure.is_some() => continue,
                None => TargetOutcome::default(),
            };
            let artifact = &self.artifacts[*index];
            let one = self.deliver(artifact, &target).await?;
            self.announce(run, *index, &target, &one, start);
            delivered.push((*index, one));
            if failure.is_none() {
                self.hooks(*index, When::After, stop).await?;
            }
        }
        failure.map_or(Ok(()), Err)
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
            Job::Custom => plan::platforms(artifact, self.settings).unwrap_or_default(),
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
        let platforms = plan::platforms(artifact, self.settings)?;
        let by_image: BTreeMap<&str, &String> =
            required.iter().map(|(r, reference)| (self.artifacts[*r].image(), reference)).collect();
        let requires: Vec<(String, String)> = artifact
            .requires()
            .filter_map(|(image, alias)| Some((alias.to_owned(), (*by_image.get(image)?).clone())))
            .collect();
        let context = crate::config::absolute(&self.environment.cwd, artifact.context_dir());
        let custom = Custom {
            image: artifact.image(),
            command: recipe.build_command.as_deref().unwrap_or_default(),
            position: Some(
                artifact.module.locate_artifact(artifact.index, &["custom".into(), "buildCommand".into()]),
            ),
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
        Ok(Delivered { build: build(artifact, tag), digest, bases: target.bases.clone() })
    }

    /// A failure with what became of everything else.
    fn summed_up(
        &self,
        mut report: Box<Report>,
        delivered: &BTreeMap<usize, Delivered>,
        stopped: &BTreeSet<usize>,
        never: &[usize],
    ) -> Box<Report> {
        if self.artifacts.len() < 2 {
            return report;
        }
        let names = |indices: &mut dyn Iterator<Item = usize>| {
            indices.map(|index| self.artifacts[index].image().to_owned()).collect::<Vec<_>>().join(", ")
        };
        let others =
            stopped.iter().copied().filter(|index| !report.title.contains(self.artifacts[*index].image()));
        for (what, images) in [
            ("built", names(&mut delivered.keys().copied())),
            ("stopped", names(&mut others.collect::<Vec<_>>().into_iter())),
            ("never started", names(&mut never.iter().copied())),
        ] {
            if !images.is_empty() {
                report.causes.push(format!("{what}: {images}"));
            }
        }
        report
    }
}

/// Before or after.
#[derive(Clone, Copy)]
enum When {
    Before,
    After,
}

/// What shares the limit: a builder's runs, or all commands.
fn lane(run: &PlannedRun) -> Option<usize> {
    match run.job {
        Job::Builder { builder, .. } => Some(builder),
        Job::Custom => None,
    }
}

/// The references of what a run needs.
fn required(run: &PlannedRun, references: &BTreeMap<usize, String>) -> BTreeMap<usize, String> {
    run.external.iter().filter_map(|(a, _)| Some((*a, references.get(a)?.clone()))).collect()
}

/// Gives an image its reference by id and returns it.
pub async fn tag_by_id(daemon: &Daemon, tagged: &str, id: &str) -> Result<String> {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    let name = Reference::parse(tagged).map_or_else(|_| tagged.to_owned(), |r| r.name().to_owned());
    daemon.tag(id, &name, hex).await?;
    Ok(format!("{name}:{hex}"))
}

/// What is told of an artifact whose image is `tag`.
pub fn build(artifact: &Artifact<'_>, tag: String) -> Build {
    Build {
        image_name: artifact.image().to_owned(),
        tag,
        runtime_type: artifact.artifact.runtime_type.clone().unwrap_or_default(),
    }
}

fn fate(artifact: &Artifact<'_>) -> &'static str {
    match (artifact.push, artifact.overlay.outputs.is_empty()) {
        (true, _) => "pushed",
        (false, true) => "loaded",
        (false, false) => "exported",
    }
}
