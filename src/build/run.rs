//! Carries a plan out: round after round, the runs of a round at the same time.

use std::collections::BTreeMap;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::artifact::Artifact;
use super::output::Build;
use super::plan::{Plan, PlannedRun};
use crate::diagnostic::{Kind, Report, Result};
use crate::engine::{Daemon, Engine, TargetOutcome};
use crate::event::{Bus, Event};
use crate::image::Reference;

/// What carrying out needs beside the plan.
pub struct Runner<'a> {
    /// All artifacts, as in the plan's inputs.
    pub artifacts: &'a [Artifact<'a>],
    /// The engines, as the plan's builders.
    pub engines: &'a [Engine],
    /// The docker daemon results are loaded into, where one is used.
    pub daemon: Option<&'a Daemon>,
    /// Where events go.
    pub bus: &'a Bus,
    /// Cancelled by Ctrl-C.
    pub cancel: &'a CancellationToken,
}

impl Runner<'_> {
    /// Builds everything and returns what was delivered, by artifact index. One failure stops what still runs and
    /// starts nothing more.
    ///
    /// # Errors
    /// The first failure, or the interruption.
    pub async fn run(&self, plan: Plan) -> Result<BTreeMap<usize, Build>> {
        let start = Instant::now();
        let mut delivered: BTreeMap<usize, Build> = BTreeMap::new();
        let mut pushed: BTreeMap<usize, String> = BTreeMap::new();
        for round in plan.rounds {
            let stop = self.cancel.child_token();
            let runs = round.into_iter().map(|mut run| {
                run.pin(&pushed);
                let stop = &stop;
                async move {
                    let result = self.one(&run, stop, start).await;
                    if result.is_err() {
                        stop.cancel();
                    }
                    result
                }
            });
            let results = futures_util::future::join_all(runs).await;
            for (artifact, build) in first_error_or_all(results)? {
                if self.artifacts[artifact].push {
                    pushed.insert(artifact, build.tag.clone());
                }
                delivered.insert(artifact, build);
            }
        }
        self.bus.emit(Event::BuildDone { time: start.elapsed() });
        Ok(delivered)
    }

    async fn one(
        &self,
        run: &PlannedRun,
        stop: &CancellationToken,
        start: Instant,
    ) -> Result<Vec<(usize, Build)>> {
        for (artifact, _) in &run.delivers {
            self.bus.emit(Event::ArtifactStarted { image: self.artifacts[*artifact].image().to_owned() });
        }
        let outcome = self.engines[run.builder].build(&run.definition, self.bus, stop).await?;
        let mut builds = Vec::new();
        for (index, name) in &run.delivers {
            let artifact = &self.artifacts[*index];
            let target = outcome.targets.get(name).cloned().unwrap_or_default();
            let build = self.deliver(artifact, &target).await?;
            let definition = run.definition.targets.iter().find(|t| t.name == *name);
            self.bus.emit(Event::ArtifactDone {
                image: build.image_name.clone(),
                reference: build.tag.clone(),
                platforms: definition.map(|t| t.platforms.clone()).unwrap_or_default(),
                digest: target.digest.clone(),
                fate: fate(artifact).to_owned(),
                time: if target.time.is_zero() { start.elapsed() } else { target.time },
                cached_steps: target.cached_steps,
                steps: target.steps,
            });
            builds.push((*index, build));
        }
        Ok(builds)
    }

    /// The reference to deploy: `repo:tag@digest` for what was pushed, `repo:<image id>` for what was loaded (so
    /// that a new image is a new reference to the kubelet), the tag itself for other outputs.
    async fn deliver(&self, artifact: &Artifact<'_>, target: &TargetOutcome) -> Result<Build> {
        let tagged = &artifact.tagged;
        let tag = if artifact.push {
            let digest = target.digest.as_deref().ok_or_else(|| {
                Box::new(
                    Report::new(Kind::Internal, format!("the builder pushed {tagged} but told no digest"))
                        .hint("report this with the output of `skeg build -v debug`"),
                )
            })?;
            format!("{tagged}@{digest}")
        } else if let (true, Some(daemon)) = (artifact.is_loaded(), self.daemon) {
            self.tag_by_id(daemon, artifact).await?
        } else {
            tagged.clone()
        };
        Ok(Build {
            image_name: artifact.image().to_owned(),
            tag,
            runtime_type: artifact.artifact.runtime_type.clone().unwrap_or_default(),
        })
    }

    async fn tag_by_id(&self, daemon: &Daemon, artifact: &Artifact<'_>) -> Result<String> {
        let tagged = &artifact.tagged;
        let id = daemon.image_id(tagged).await?.ok_or_else(|| {
            Box::new(
                Report::tool(format!("{tagged} was built but is not in the docker daemon"))
                    .cause("the builder did not load it")
                    .hint("check that the builder and the daemon belong to the same docker context"),
            )
        })?;
        let hex = id.strip_prefix("sha256:").unwrap_or(&id);
        let name = Reference::parse(tagged).map_or_else(|_| tagged.clone(), |r| r.name().to_owned());
        daemon.tag(&id, &name, hex).await?;
        Ok(format!("{name}:{hex}"))
    }
}

fn fate(artifact: &Artifact<'_>) -> &'static str {
    match (artifact.push, artifact.overlay.outputs.is_empty()) {
        (true, _) => "pushed",
        (false, true) => "loaded",
        (false, false) => "exported",
    }
}

/// All results, or the error that came first in the plan's order; an interruption only where nothing else failed
/// (runs that were stopped because of a failure elsewhere end as interrupted).
fn first_error_or_all<T>(results: Vec<Result<Vec<T>>>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(items) => all.extend(items),
            Err(error) => errors.push(error),
        }
    }
    let failure = errors.iter().position(|e| e.kind != Kind::Interrupted).unwrap_or(0);
    if errors.is_empty() { Ok(all) } else { Err(errors.swap_remove(failure)) }
}
