//! The builders of a run: one for all artifacts, or some for some.

use std::sync::Arc;

use crate::build::artifact::{Artifact, Recipe};
use crate::build::plan::BuilderFacts;
use crate::builder::{Choice, Detector};
use crate::diagnostic::Result;
use crate::docker::{Daemon, Info};
use crate::engine::{Buildx, Classic, Engine};
use crate::event::Bus;
use crate::settings::env::Environment;
use crate::settings::{Origin, Settings, Sourced};

/// The builders in use and who uses which.
pub struct Builders {
    detector: Detector,
    choices: Vec<Choice>,
    /// Each artifact's builder; custom artifacts have one each behind the last.
    pub of_artifact: Vec<usize>,
}

impl Builders {
    /// Chooses a builder for each artifact: its own (`.skeg.artifacts[].docker.builder`), else the run's, else the
    /// classic one where the project says `useBuildkit: false`, else what is found.
    pub async fn choose(
        artifacts: &[Artifact<'_>],
        settings: &Settings,
        environment: &Environment,
    ) -> Result<Self> {
        Self::choose_with(Detector::new(environment)?, artifacts, settings).await
    }

    /// [`Self::choose`] for a plan that nobody carries out: also without plugin and daemon, which are then taken to be
    /// there.
    pub async fn imagine(
        artifacts: &[Artifact<'_>],
        settings: &Settings,
        environment: &Environment,
    ) -> Result<Self> {
        let mut detector = Detector::new(environment)?;
        detector.assume_plugin();
        Self::choose_with(detector, artifacts, settings).await
    }

    async fn choose_with(
        detector: Detector,
        artifacts: &[Artifact<'_>],
        settings: &Settings,
    ) -> Result<Self> {
        let mut builders = Self { detector, choices: vec![], of_artifact: vec![] };
        for artifact in artifacts {
            if let Recipe::Custom(_) = artifact.recipe {
                builders.of_artifact.push(usize::MAX);
                continue;
            }
            let requested = requested(artifact, settings);
            let choice = builders.detector.choose(requested.as_ref()).await.map_err(|report| {
                // An artifact's own builder is the only one whose place is known to nobody else.
                if artifact.overlay.builder.is_some() {
                    Box::new(report.at(artifact.locate("image")))
                } else {
                    report
                }
            })?;
            let known = builders.choices.iter().position(|c| c.builder == choice.builder);
            builders.of_artifact.push(known.unwrap_or(builders.choices.len()));
            if known.is_none() {
                builders.choices.push(choice);
            }
        }
        // Each command is like a builder of its own.
        let behind =
            (builders.choices.len()..).zip(builders.of_artifact.iter_mut().filter(|b| **b == usize::MAX));
        behind.for_each(|(own, builder)| *builder = own);
        Ok(builders)
    }

    /// Tells the user which builders build and why.
    pub fn announce(&self, bus: &Bus) {
        for choice in &self.choices {
            choice.announce(bus);
        }
    }

    /// The builders and why each is chosen, one a line.
    pub fn explain(&self) -> Vec<String> {
        let explained = self.choices.iter().map(|choice| format!("{} ({})", choice.builder, choice.reason));
        explained.collect()
    }

    /// What the plan needs to know. Without `info` (nobody was asked) a daemon's builder is taken for a current one.
    pub fn facts(&self, info: Option<&Info>) -> Vec<BuilderFacts> {
        let containerd = info.is_none_or(|info| info.containerd_images);
        self.choices
            .iter()
            .map(|choice| {
                let capabilities = choice.capabilities();
                BuilderFacts {
                    name: choice.builder.to_string(),
                    in_daemon: capabilities.builds_in_daemon,
                    exports_cache: capabilities.exports("registry").given(containerd),
                    nodes: capabilities.nodes,
                }
            })
            .collect()
    }

    /// Whether the artifact's builder is the docker daemon's own.
    pub fn builds_in_daemon(&self, artifact: usize) -> bool {
        self.choice(artifact).is_some_and(|choice| choice.capabilities().builds_in_daemon)
    }

    /// The builder's name, where what it builds by default is its own affair; `None` for commands.
    pub fn identity(&self, artifact: usize) -> Option<String> {
        self.choice(artifact).map(|choice| choice.builder.to_string())
    }

    /// Whether the artifact is built by BuildKit.
    pub fn is_buildkit(&self, artifact: usize) -> bool {
        self.choice(artifact).is_some_and(|choice| choice.capabilities().driver.is_some())
    }

    fn choice(&self, artifact: usize) -> Option<&Choice> {
        self.choices.get(self.of_artifact[artifact])
    }

    /// The daemon that results of the artifact's builder are loaded into.
    pub fn daemon(&self, artifact: usize) -> Result<Arc<Daemon>> {
        match self.choice(artifact) {
            Some(choice) => self.detector.daemon(choice),
            None => Ok(self.detector.daemon_in_force()),
        }
    }

    /// The engines, in the order of the builders.
    pub fn engines(&self, environment: &Environment) -> Result<Vec<Engine>> {
        self.choices.iter().map(|choice| self.engine(choice, environment)).collect()
    }

    fn engine(&self, choice: &Choice, environment: &Environment) -> Result<Engine> {
        Ok(match self.detector.connection(choice)? {
            Some(connection) => Engine::Buildx(Buildx::new(connection, choice, environment)),
            None => Engine::Classic(Classic::new(&self.detector, choice)?),
        })
    }
}

fn requested(artifact: &Artifact<'_>, settings: &Settings) -> Option<Sourced<String>> {
    if let Some(builder) = &artifact.overlay.builder {
        return Some(Sourced::new(
            builder.clone(),
            Origin::Project(format!(".skeg, artifact {}", artifact.image())),
        ));
    }
    if settings.builder.is_some() {
        return settings.builder.clone();
    }
    let local = artifact.module.model.build.local.as_ref();
    (local.and_then(|l| l.use_buildkit) == Some(false)).then(|| {
        Sourced::new("classic".to_owned(), Origin::Project("build.local.useBuildkit: false".to_owned()))
    })
}
