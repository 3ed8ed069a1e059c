//! BuildKit by way of the `docker-buildx` plugin: one `bake` process for a whole definition.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::failure::{self, Run};
use super::progress::{Decoder, Transcript};
use super::{
    Context, Definition, Dockerfile, Failure, NamedContext, Outcome, Output, Target, TargetOutcome, bake,
};
use crate::builder::{Builder, Choice, Connection, probe};
use crate::diagnostic::{Kind, Report, Result};
use crate::event::{Bus, Event};
use crate::process::{self, Stream};
use crate::settings::env::Environment;

/// How long a run that is to stop may take before it is killed.
const GRACE: Duration = Duration::from_millis(700);

/// A builder that is reached through the plugin.
#[derive(Debug, Clone)]
pub struct Buildx {
    connection: Connection,
    choice: Choice,
    cwd: PathBuf,
    /// How long a builder that does not listen yet is waited for.
    patience: Duration,
}

/// How one process ended.
struct Attempt {
    transcript: Transcript,
    success: bool,
    metadata: HashMap<String, serde_json::Value>,
}

impl Buildx {
    /// The builder of `choice`, reached by `connection`.
    pub fn new(connection: Connection, choice: &Choice, environment: &Environment) -> Self {
        Self {
            connection,
            choice: choice.clone(),
            cwd: environment.cwd.clone(),
            patience: probe::patience(environment),
        }
    }

    /// Builds a definition. A connection that is lost in the middle is tried once more, if nothing was pushed yet.
    ///
    /// # Errors
    /// What failed first, with its place and cure; the interruption.
    pub async fn build(
        &self,
        definition: &Definition,
        bus: &Bus,
        cancel: &CancellationToken,
    ) -> Result<Outcome, Failure> {
        let (alone, together) = Self::split(definition, bus)?;
        let alone = alone.into_iter().map(|target| Definition { targets: vec![target] });
        let mut outcome = Outcome::default();
        for definition in std::iter::once(together).filter(|d| !d.targets.is_empty()).chain(alone) {
            match self.retrying(&definition, bus, cancel).await {
                Ok(built) => outcome.targets.extend(built.targets),
                Err(mut failure) => {
                    failure.delivered.targets.extend(outcome.targets);
                    return Err(failure);
                }
            }
        }
        Ok(outcome)
    }

    /// Targets with flags that bake does not know are built by `docker-buildx build`, each on its own.
    fn split(definition: &Definition, bus: &Bus) -> Result<(Vec<Target>, Definition)> {
        let (alone, together): (Vec<Target>, Vec<Target>) =
            definition.targets.iter().cloned().partition(|t| !t.extra_flags.is_empty());
        for target in &alone {
            let flags = target.extra_flags.join(" ");
            let linked = target.contexts.values().any(|c| matches!(c, NamedContext::Target(_)))
                || together.iter().chain(&alone).any(|other| {
                    other.contexts.values().any(|c| *c == NamedContext::Target(target.name.clone()))
                });
            if linked {
                return Err(Box::new(
                    Report::config(format!(
                        "cliFlags `{flags}` of {} keep it from being built in one run",
                        target.image
                    ))
                    .cause("bake does not know them, and the artifact is linked to others by `requires`")
                    .hint("remove the flags, or the `requires`"),
                ));
            }
            bus.info(format!("{}: built by a call of its own, for its cliFlags `{flags}`", target.image));
        }
        Ok((alone, Definition { targets: together }))
    }

    async fn retrying(
        &self,
        definition: &Definition,
        bus: &Bus,
        cancel: &CancellationToken,
    ) -> Result<Outcome, Failure> {
        let mut attempt = self.attempt(definition, bus, cancel).await?;
        let reason = if attempt.success { None } else { self.retry_reason(&attempt.transcript) };
        if let Some(reason) = reason.filter(|_| !cancel.is_cancelled()) {
            bus.warn(format!("{reason}; trying once more"));
            attempt = self.attempt(definition, bus, cancel).await?;
        }
        if !attempt.success {
            for image in failure::failed_images(definition, &attempt.transcript) {
                bus.emit(Event::ArtifactFailed { image });
            }
            let report = failure::report(&Run {
                definition,
                transcript: &attempt.transcript,
                builder: &self.choice,
                plugin: &self.connection.plugin,
                cwd: &self.cwd,
            });
            return Err(Failure { report, delivered: pushed(&attempt.transcript) });
        }
        Ok(outcome(definition, &attempt))
    }

    /// Why a failed run may go well the second time; `None` = it would fail again, or push twice.
    fn retry_reason(&self, transcript: &Transcript) -> Option<String> {
        if failure::is_lost_connection(transcript) && transcript.pushed.is_empty() && !transcript.push_begun {
            return Some(format!("the connection to builder {} was lost", self.choice.builder));
        }
        // What is pushed again then is the same content under the same digest.
        failure::is_upload_race(transcript).then(|| {
            "somebody uploaded the same content at the same time, and the registry mixed it up".to_owned()
        })
    }

    async fn attempt(
        &self,
        definition: &Definition,
        bus: &Bus,
        cancel: &CancellationToken,
    ) -> Result<Attempt, Failure> {
        let metadata = tempfile::NamedTempFile::new()
            .map_err(|error| Box::new(Report::user("no temporary file can be made").cause(error)))?;
        let mut child = self.command(definition, metadata.path()).spawn().map_err(|error| {
            Box::new(
                Report::user("docker-buildx cannot be started")
                    .cause(error)
                    .hint("install it again: https://docs.docker.com/go/buildx/"),
            )
        })?;
        let mut decoder = Decoder::new(definition, bus);
        let unreachable = self.unreachable(bus);
        tokio::pin!(unreachable);
        let mut waiting = false;
        let stopped = loop {
            tokio::select! {
                line = child.line() => match line {
                    Some(line) if line.stream == Stream::Stderr => {
                        decoder.line(&line.text);
                        waiting = decoder.is_waiting();
                    }
                    Some(_) => {}
                    None => break None,
                },
                () = cancel.cancelled() => break Some(None),
                report = &mut unreachable, if waiting => break Some(Some(report)),
            }
        };
        if let Some(reason) = stopped {
            child.terminate();
            // What was pushed before it stopped is told by its last lines.
            let _late = tokio::time::timeout(GRACE, async {
                while let Some(line) = child.line().await {
                    decoder.line(&line.text);
                }
            })
            .await;
            child.stop(Duration::from_millis(100)).await;
            let transcript = decoder.finish();
            let report = reason.unwrap_or_else(|| interrupted(definition, &transcript));
            return Err(Failure { report, delivered: pushed(&transcript) });
        }
        let status = child
            .wait()
            .await
            .map_err(|error| Box::new(Report::tool("docker-buildx failed").cause(error)))?;
        let text = fs_err::read_to_string(metadata.path()).unwrap_or_default();
        Ok(Attempt {
            transcript: decoder.finish(),
            success: status.success(),
            metadata: read_metadata(definition, &text),
        })
    }

    fn command(&self, definition: &Definition, metadata: &std::path::Path) -> process::Command {
        let mut command = process::Command::new(&self.connection.plugin).cwd(&self.cwd);
        if let [Target { extra_flags, .. }] = definition.targets.as_slice()
            && !extra_flags.is_empty()
        {
            command = command.arg("build").args(build_flags(&definition.targets[0]));
            if let Dockerfile::Inline(text) = &definition.targets[0].dockerfile {
                command = command.stdin_bytes(text.as_bytes());
            }
        } else {
            let file = bake::file(definition).to_string();
            command = command.args(["bake", "-f", "-"]).stdin_bytes(file.into_bytes());
            command = command.args(bake::allowed(definition).iter().map(|allow| format!("--allow={allow}")));
        }
        let provenance = definition.targets.iter().any(|t| t.provenance.is_some());
        command
            .args(["--builder", &self.connection.builder, "--progress=rawjson", "--metadata-file"])
            .arg(metadata.as_os_str())
            // The definition is ours; the check guards against bake files of strangers.
            .env("BUILDX_BAKE_ENTITLEMENTS_FS", "0")
            .env("BUILDX_METADATA_PROVENANCE", "disabled")
            // Only provenance tells of the repository; without it asking git is a process for nothing.
            .env("BUILDX_GIT_INFO", if provenance { "1" } else { "0" })
            .envs(&self.connection.env)
    }

    /// Ends when the builder turns out to be unreachable. buildx itself dials for 20 seconds without a reason.
    async fn unreachable(&self, bus: &Bus) -> Box<Report> {
        let nodes: Vec<(&str, &BTreeMap<String, String>)> = match &self.choice.builder {
            Builder::Named(instance) => {
                instance.nodes.iter().map(|node| (node.endpoint.as_str(), &node.driver_opts)).collect()
            }
            Builder::Address(address) => vec![(&address.endpoint, &address.tls)],
            _ => vec![],
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        for (endpoint, options) in nodes {
            let announce = || {
                let limit = self.patience.as_secs();
                bus.info(format!("waiting for builder {} to listen (up to {limit} s)", self.choice.builder));
            };
            if let Err(cause) = probe::listens(endpoint, self.patience, announce).await {
                return failure::unreachable(&self.choice, endpoint, &cause);
            }
            tokio::time::sleep(Duration::from_millis(1700)).await;
            if let Some(fault) = probe::fault(endpoint, options).await {
                return failure::tls(&self.choice, endpoint, options, &fault);
            }
        }
        bus.info(format!("waiting for builder {} to answer", self.choice.builder));
        std::future::pending().await
    }
}

/// The metadata by target: bake's file has a section for each, build's is the section of its one target.
fn read_metadata(definition: &Definition, text: &str) -> HashMap<String, serde_json::Value> {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(text) else { return HashMap::new() };
    match definition.targets.as_slice() {
        [only] if map.contains_key("containerimage.digest") => {
            HashMap::from([(only.name.clone(), serde_json::Value::Object(map))])
        }
        _ => map.into_iter().collect(),
    }
}

fn outcome(definition: &Definition, attempt: &Attempt) -> Outcome {
    let targets = definition.targets.iter().map(|target| {
        let mut outcome = attempt.transcript.targets.get(&target.name).cloned().unwrap_or_default();
        let metadata = attempt.metadata.get(&target.name);
        let text = |key: &str| metadata.and_then(|m| m.get(key)).and_then(|v| v.as_str()).map(str::to_owned);
        outcome.digest = text("containerimage.digest");
        outcome.config_digest = text("containerimage.config.digest");
        (target.name.clone(), outcome)
    });
    Outcome { targets: targets.collect() }
}

/// The targets whose push was completed in a run that was not.
fn pushed(transcript: &Transcript) -> Outcome {
    let delivered = transcript.pushed.iter().filter_map(|(name, digest)| {
        let target = transcript.targets.get(name).cloned().unwrap_or_default();
        Some((name.clone(), TargetOutcome { digest: Some(digest.clone()?), ..target }))
    });
    Outcome { targets: delivered.collect() }
}

/// What was and what was not pushed when the run was interrupted.
fn interrupted(definition: &Definition, transcript: &Transcript) -> Box<Report> {
    let pushes = |t: &&Target| t.outputs.iter().any(|o| matches!(o, Output::Push { .. }));
    let (done, open): (Vec<&Target>, Vec<&Target>) =
        definition.targets.iter().filter(pushes).partition(|t| transcript.pushed.contains_key(&t.name));
    let names = |targets: &[&Target]| targets.iter().map(|t| t.image.clone()).collect::<Vec<_>>().join(", ");
    let mut report = Report::new(Kind::Interrupted, "interrupted");
    if !done.is_empty() {
        report = report.cause(format!("pushed: {}", names(&done)));
    }
    if !open.is_empty() {
        report = report.cause(format!("not pushed: {}", names(&open)));
    }
    Box::new(report)
}

/// A target as the flags of `docker-buildx build`, the context last.
fn build_flags(target: &Target) -> Vec<String> {
    let mut flags = Vec::new();
    let mut put = |flag: &str, values: &mut dyn Iterator<Item = String>| {
        flags.extend(values.map(|value| format!("{flag}={value}")));
    };
    let pairs = |map: &BTreeMap<String, String>| {
        map.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().into_iter()
    };
    put(
        "--file",
        &mut std::iter::once(match &target.dockerfile {
            Dockerfile::File(path) => path.to_string_lossy().into_owned(),
            Dockerfile::Inline(_) => "-".to_owned(),
        }),
    );
    put("--tag", &mut target.tags.iter().cloned());
    put("--build-arg", &mut pairs(&target.args));
    put("--label", &mut pairs(&target.labels));
    put("--annotation", &mut target.annotations.iter().cloned());
    put("--target", &mut target.stage.iter().cloned());
    put("--platform", &mut Some(target.platforms.join(",")).filter(|p| !p.is_empty()).into_iter());
    put(
        "--build-context",
        &mut target.contexts.iter().filter_map(|(name, context)| match context {
            NamedContext::Source(source) => Some(format!("{name}={source}")),
            NamedContext::Target(_) => None,
        }),
    );
    put("--cache-from", &mut target.cache_from.iter().map(ToString::to_string));
    put("--cache-to", &mut target.cache_to.iter().map(ToString::to_string));
    put("--secret", &mut target.secrets.iter().map(bake::secret));
    put("--ssh", &mut target.ssh.iter().cloned());
    put("--network", &mut target.network.iter().cloned());
    put("--add-host", &mut target.add_hosts.iter().cloned());
    put("--ulimit", &mut target.ulimits.iter().cloned());
    put("--shm-size", &mut target.shm_size.iter().cloned());
    put("--allow", &mut target.entitlements.iter().cloned());
    put("--no-cache-filter", &mut target.no_cache_filter.iter().cloned());
    put("--attest", &mut bake::attestations(target).into_iter());
    put("--output", &mut bake::outputs(target).into_iter());
    flags.extend(target.no_cache.then(|| "--no-cache".to_owned()));
    flags.extend(target.pull.then(|| "--pull".to_owned()));
    flags.extend(target.extra_flags.iter().cloned());
    flags.push(match &target.context {
        Context::Local(path) => path.to_string_lossy().into_owned(),
        Context::Remote(url) => url.clone(),
    });
    flags
}
