//! The docker daemon's classic builder (`docker build` with `DOCKER_BUILDKIT=0`), for who has no BuildKit: one target
//! after the other, the context sent by the docker command, pushed by `docker push`.

mod command;
mod failure;
mod transcript;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Failure;
use super::definition::{Definition, Dockerfile, Outcome, Output, Target, TargetOutcome};
use crate::builder::Choice;
use crate::builder::Detector;
use crate::diagnostic::{Kind, Report, Result};
use crate::docker::Daemon;
use crate::event::{Bus, Event, StepState};
use crate::process::{Command, Line, Stream};
use crate::settings::env;
use transcript::Transcript;

/// How long `docker` may take to end when it is asked to.
const GRACE: Duration = Duration::from_millis(700);
/// How many lines of output a failure shows.
const TAIL: usize = 20;

/// The classic builder of a docker daemon.
#[derive(Debug)]
pub struct Classic {
    docker: PathBuf,
    env: BTreeMap<String, String>,
    daemon: Arc<Daemon>,
    cwd: PathBuf,
}

/// What a `docker` command wrote, as far as a failure needs it.
#[derive(Debug, Default)]
struct Tail {
    /// The last lines that were not docker's own.
    output: VecDeque<String>,
    /// docker's own complaints.
    errors: Vec<String>,
}

impl Classic {
    /// The classic builder of the daemon that belongs to `choice`. Without the `docker` command there is none.
    pub fn new(detector: &Detector, choice: &Choice) -> Result<Self> {
        let docker = detector.docker_command().ok_or_else(|| {
            Report::user("the classic builder needs the docker command, which is not installed")
                .cause(format!("it is asked for by {}", choice.reason))
                .cause("there is no docker in a folder of PATH")
                .hint("install the docker command (package docker-cli or docker-ce-cli)")
                .hint("or name a BuildKit builder with --builder, which needs docker-buildx only")
        })?;
        let mut env = detector.child_env();
        env.insert(env::DOCKER_BUILDKIT.to_owned(), "0".to_owned());
        Ok(Self { docker, env, daemon: detector.daemon(choice)?, cwd: detector.cwd().to_owned() })
    }

    /// Builds the targets in the definition's order and pushes those that ask for it. What the classic builder
    /// cannot do is an error before anything is built. Cancelling ends the running `docker` and is an error of kind
    /// [`Kind::Interrupted`].
    pub async fn build(
        &self,
        definition: &Definition,
        bus: &Bus,
        cancel: &CancellationToken,
    ) -> Result<Outcome, Failure> {
        command::check(definition)?;
        let begun = Instant::now();
        let mut outcome = Outcome::default();
        for target in &definition.targets {
            match self.target(target, bus, cancel).await {
                Ok(mut built) => {
                    built.time = begun.elapsed();
                    outcome.targets.insert(target.name.clone(), built);
                }
                Err(report) => {
                    bus.emit(Event::ArtifactFailed { image: target.image.clone() });
                    return Err(Failure { report, delivered: outcome });
                }
            }
        }
        Ok(outcome)
    }

    async fn target(&self, target: &Target, bus: &Bus, cancel: &CancellationToken) -> Result<TargetOutcome> {
        let mut transcript = Transcript::new(&target.image, &target.name);
        let mut tail = Tail::default();
        let mut command = self.command(command::arguments(target));
        if let Dockerfile::Inline(text) = &target.dockerfile {
            command = command.stdin_bytes(text.as_bytes());
        }
        let ended = run(&command, cancel, |line| {
            tail.take_error(&line);
            if line.stream == Stream::Stdout {
                for event in transcript.line(&line.text, Instant::now()) {
                    match &event {
                        Event::StepLog { line, .. } => tail.take_output(line),
                        _ => tail.output.clear(),
                    }
                    bus.emit(event);
                }
            }
        })
        .await?;
        match ended {
            Some(status) if status.success() => {}
            Some(_) => {
                let output = tail.output.into();
                let report = failure::of_build(target, &self.cwd, transcript.running(), &tail.errors, output);
                transcript.fail(&report.title).into_iter().for_each(|event| bus.emit(event));
                return Err(Box::new(report));
            }
            None => {
                transcript.cancel().into_iter().for_each(|event| bus.emit(event));
                return Err(interrupted(target, "built"));
            }
        }
        let mut built = TargetOutcome {
            steps: transcript.steps,
            cached_steps: transcript.cached_steps,
            ..TargetOutcome::default()
        };
        if let Some(tag) = target.tags.first() {
            built.config_digest = self.daemon.image_id(tag).await?;
        }
        if target.outputs.iter().any(|output| matches!(output, Output::Push { .. })) {
            for tag in &target.tags {
                built.digest = Some(self.push(target, tag, bus, cancel).await?);
            }
        }
        Ok(built)
    }

    /// Pushes one reference and returns the digest of the manifest in the registry.
    async fn push(
        &self,
        target: &Target,
        tag: &str,
        bus: &Bus,
        cancel: &CancellationToken,
    ) -> Result<String> {
        let begun = Instant::now();
        let step = |state: StepState| {
            bus.emit(Event::Step {
                image: target.image.clone(),
                step: format!("{}/push {tag}", target.name),
                name: format!("pushing {tag}"),
                state,
            });
        };
        step(StepState::Started);
        let (mut digest, mut errors) = (None, vec![]);
        let ended = run(&self.command(["push".to_owned(), tag.to_owned()]), cancel, |line| {
            if line.stream == Stream::Stderr {
                errors.push(line.text);
            } else if let Some(found) = pushed_digest(&line.text) {
                digest = Some(found.to_owned());
            }
        })
        .await?;
        match ended {
            Some(status) if status.success() => {}
            Some(_) => {
                let report = failure::of_push(tag, &errors);
                step(StepState::Failed(report.to_string()));
                return Err(Box::new(report));
            }
            None => {
                step(StepState::Cancelled);
                return Err(interrupted(target, "pushed"));
            }
        }
        step(StepState::Done(begun.elapsed()));
        Ok(digest.ok_or_else(|| {
            Report::tool(format!("`docker push {tag}` told no digest")).hint("update the docker command")
        })?)
    }

    fn command(&self, arguments: impl IntoIterator<Item = String>) -> Command {
        Command::new(&self.docker).args(arguments).envs(self.env.clone())
    }
}

impl Tail {
    fn take_output(&mut self, line: &str) {
        if self.output.len() == TAIL {
            self.output.pop_front();
        }
        self.output.push_back(line.to_owned());
    }

    /// Keeps what docker complains about; its advice against the classic builder was given by our own warning.
    fn take_error(&mut self, line: &Line) {
        let is_advice = line.text.starts_with("DEPRECATED:") || line.text.starts_with("    ");
        if line.stream == Stream::Stderr && !is_advice && !line.text.trim().is_empty() {
            self.errors.push(line.text.trim().to_owned());
        }
    }
}

/// Runs `docker` to its end and hands over its lines; `None` when it was cancelled.
async fn run(
    command: &Command,
    cancel: &CancellationToken,
    mut take: impl FnMut(Line),
) -> Result<Option<ExitStatus>> {
    let broken = |error: crate::process::Error| {
        Report::user("the docker command cannot be run").cause(error).hint("check the docker in PATH")
    };
    let mut child = command.spawn().map_err(broken)?;
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => {
                child.stop(GRACE).await;
                return Ok(None);
            }
            line = child.line() => match line {
                Some(line) => take(line),
                None => break,
            },
        }
    }
    Ok(Some(child.wait().await.map_err(broken)?))
}

/// The digest in the line `docker push` ends with: `latest: digest: sha256:… size: 528`.
fn pushed_digest(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(": digest: ")?;
    rest.split(' ').next().filter(|digest| digest.starts_with("sha256:"))
}

fn interrupted(target: &Target, what: &str) -> Box<Report> {
    Report::new(Kind::Interrupted, format!("interrupted while {} was {what}", target.image)).into()
}
