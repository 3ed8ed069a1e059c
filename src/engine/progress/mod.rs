//! Decodes the progress of `docker-buildx … --progress=rawjson`: one JSON object a line on standard error, with plain
//! text (errors, excerpts of Dockerfiles) between and behind.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde::Deserialize;

use super::{CacheRef, Definition, NamedContext, Target, TargetOutcome};
use crate::event::{Bus, Event, StepState};

/// How the step begins that imports a cache.
const IMPORT: &str = "importing cache manifest";

/// Lines of a step's output that are kept for the report of its failure.
const TAIL: usize = 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message {
    vertexes: Vec<Vertex>,
    statuses: Vec<Status>,
    logs: Vec<Log>,
    warnings: Vec<Warning>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Vertex {
    digest: String,
    name: String,
    started: Option<String>,
    completed: Option<String>,
    cached: bool,
    error: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    id: String,
    vertex: String,
    name: String,
    current: u64,
    total: u64,
    completed: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Log {
    vertex: String,
    stream: u8,
    data: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Warning {
    vertex: String,
    short: String,
}

/// A step that failed, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FailedStep {
    /// Index of the target in the definition; `None` = of no target.
    pub(super) target: Option<usize>,
    /// The step without its target's name.
    pub(super) name: String,
    /// BuildKit's words.
    pub(super) error: String,
    /// The last lines it wrote.
    pub(super) log: Vec<String>,
}

/// What a run said, when it has ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Transcript {
    /// The failed steps, in the order they failed; cancelled ones left out.
    pub(super) failed: Vec<FailedStep>,
    /// The lines that were no JSON.
    pub(super) text: Vec<String>,
    /// Names of targets whose push was completed, with the digests.
    pub(super) pushed: BTreeMap<String, Option<String>>,
    /// A push has begun to send, so that a retry would send twice.
    pub(super) push_begun: bool,
    /// Steps and times by target name.
    pub(super) targets: HashMap<String, TargetOutcome>,
}

#[derive(Debug, Default)]
struct Step {
    /// The target it was first told of; its events go there.
    target: Option<usize>,
    /// All targets it was told of: those that share it, and those that are linked to one of them.
    targets: BTreeSet<usize>,
    name: String,
    started: Option<String>,
    state: Option<State>,
    partial: [Vec<u8>; 2],
    tail: VecDeque<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Cached,
    Done,
    Failed,
    Cancelled,
}

/// Turns lines into events, and keeps what the end of the run needs.
pub(super) struct Decoder<'a> {
    definition: &'a Definition,
    bus: &'a Bus,
    start: Instant,
    steps: HashMap<String, Step>,
    transcript: Transcript,
    last: HashMap<usize, Duration>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(definition: &'a Definition, bus: &'a Bus) -> Self {
        Self {
            definition,
            bus,
            start: Instant::now(),
            steps: HashMap::new(),
            transcript: Transcript::default(),
            last: HashMap::new(),
        }
    }

    /// Takes one line of standard error.
    pub(super) fn line(&mut self, line: &str) {
        let Some(message) =
            line.starts_with('{').then(|| serde_json::from_str::<Message>(line).ok()).flatten()
        else {
            self.text(line);
            return;
        };
        message.vertexes.into_iter().for_each(|vertex| self.vertex(vertex));
        message.statuses.into_iter().for_each(|status| self.status(status));
        message.logs.iter().for_each(|log| self.log(log));
        for warning in message.warnings {
            let image = self.image(&warning.vertex);
            self.bus.debug(format!("{image}: {}", decode(&warning.short)));
        }
    }

    fn text(&mut self, line: &str) {
        let line = line.trim_end();
        // buildx says so of targets that only serve others, and of bake variables it thinks it sees in our values.
        let noise = line.contains("No output specified")
            || line.contains("variable is not set. Defaulting to a blank");
        if line.is_empty() || noise {
            return;
        }
        self.bus.debug(line);
        self.transcript.text.push(line.to_owned());
    }

    fn vertex(&mut self, vertex: Vertex) {
        let (target, name) = self.split(&vertex.name);
        let known = self.steps.contains_key(&vertex.digest);
        let step = self.steps.entry(vertex.digest.clone()).or_default();
        if !known {
            step.target = target;
            step.name = name;
        }
        step.targets.extend(target);
        if let Some(started) = vertex.started {
            step.started = Some(started);
        }
        let state = if !vertex.error.is_empty() {
            if vertex.error.contains("context canceled") { State::Cancelled } else { State::Failed }
        } else if vertex.completed.is_some() {
            if vertex.cached { State::Cached } else { State::Done }
        } else if step.started.is_some() {
            State::Running
        } else {
            return;
        };
        // Steps that several targets share are told once for each, and a step may run in parts (an export, then its
        // push): it ends once, unless a later part fails.
        let ended = !matches!(step.state, None | Some(State::Running));
        let again = step.state == Some(state) || (ended && state != State::Failed);
        if step.state == Some(State::Done) && state == State::Cached {
            step.state = Some(State::Cached);
        }
        if let Some(index) = step.target.filter(|_| state != State::Running) {
            self.last.insert(index, self.start.elapsed());
        }
        if again {
            return;
        }
        step.state = Some(state);
        let step_name = step.name.clone();
        let step_target = step.target;
        let took = elapsed(step.started.as_deref(), vertex.completed.as_deref());
        if matches!(state, State::Done | State::Failed | State::Cancelled) {
            self.flush(&vertex.digest);
        }
        // Several nodes push by digest; buildx then writes the index under the tag.
        if let (State::Done, Some(reference)) = (state, step_name.strip_prefix("merging manifest list ")) {
            self.note_push(reference);
        }
        let state = match state {
            State::Running => StepState::Started,
            State::Cached => StepState::Cached,
            State::Done => StepState::Done(took),
            State::Cancelled => StepState::Cancelled,
            // A cache that cannot be imported does not fail the build.
            State::Failed if step_name.starts_with(IMPORT) => {
                let (image, reference) =
                    (self.image(&vertex.digest), step_name.rsplit(' ').next().unwrap_or_default());
                if is_missing_cache(&vertex.error) {
                    self.bus.info(format!("{image}: no cache yet at {reference}"));
                } else {
                    let error = vertex.error.trim();
                    self.bus.warn(format!("{image}: the cache {reference} cannot be imported: {error}"));
                }
                StepState::Done(took)
            }
            State::Failed if is_forgiven_export(&step_name, self.forgiving(step_target)) => {
                let error = vertex.error.trim();
                self.bus.warn(format!(
                    "{}: the cache could not be exported: {error}",
                    self.image(&vertex.digest)
                ));
                StepState::Done(took)
            }
            State::Failed => {
                let step = &self.steps[&vertex.digest];
                self.transcript.failed.push(FailedStep {
                    target: step.target,
                    name: step_name.clone(),
                    error: vertex.error.trim().to_owned(),
                    log: step.tail.iter().cloned().collect(),
                });
                StepState::Failed(vertex.error.trim().to_owned())
            }
        };
        self.bus.emit(Event::Step {
            image: self.image(&vertex.digest),
            step: vertex.digest,
            name: step_name,
            state,
        });
    }

    /// Whether the target's registry caches are exported with `ignore-error=true`.
    fn forgiving(&self, target: Option<usize>) -> bool {
        target
            .and_then(|t| self.definition.targets.get(t))
            .is_some_and(|t| t.cache_to.iter().any(|c: &CacheRef| c.get("ignore-error") == Some("true")))
    }

    /// Notes that the target with this tag is in the registry.
    fn note_push(&mut self, reference: &str) {
        let (tag, digest) = match reference.split_once('@') {
            Some((tag, digest)) => (tag, Some(digest.to_owned())),
            None => (reference, None),
        };
        let pushed = self.definition.targets.iter().filter(|t| t.tags.iter().any(|own| own == tag));
        self.transcript.pushed.extend(pushed.map(|t| (t.name.clone(), digest.clone())));
    }

    fn status(&mut self, status: Status) {
        if status.id.starts_with("pushing ") {
            self.transcript.push_begun = true;
        }
        if let (Some(reference), true) =
            (status.id.strip_prefix("pushing manifest for "), status.completed.is_some())
        {
            self.note_push(reference);
        }
        if status.completed.is_some() || status.current == 0 {
            return;
        }
        let what = if status.name.is_empty() { status.id } else { status.name };
        self.bus.emit(Event::StepProgress {
            step: status.vertex,
            what: what.trim_end_matches(':').to_owned(),
            current: status.current,
            total: status.total,
        });
    }

    fn log(&mut self, log: &Log) {
        let Ok(data) = base64::engine::general_purpose::STANDARD.decode(&log.data) else { return };
        let image = self.image(&log.vertex);
        let Some(step) = self.steps.get_mut(&log.vertex) else { return };
        let partial = &mut step.partial[usize::from(log.stream == 2)];
        partial.extend_from_slice(&data);
        let mut lines = Vec::new();
        while let Some(end) = partial.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = partial.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        for line in lines {
            // A progress bar redraws its line: what counts is what it shows last.
            let line = line.rsplit('\r').next().unwrap_or_default().to_owned();
            if step.tail.len() == TAIL {
                step.tail.pop_front();
            }
            step.tail.push_back(line.clone());
            self.bus.emit(Event::StepLog { image: image.clone(), step: log.vertex.clone(), line });
        }
    }

    /// Hands on what a step wrote without a last newline.
    fn flush(&mut self, digest: &str) {
        let image = self.image(digest);
        let Some(step) = self.steps.get_mut(digest) else { return };
        for partial in &mut step.partial {
            if !partial.is_empty() {
                let line = String::from_utf8_lossy(&std::mem::take(partial)).trim_end().to_owned();
                step.tail.push_back(line.clone());
                self.bus.emit(Event::StepLog { image: image.clone(), step: digest.to_owned(), line });
            }
        }
    }

    fn image(&self, digest: &str) -> String {
        let target = self.steps.get(digest).and_then(|s| s.target);
        target.and_then(|t| self.definition.targets.get(t)).map(|t| t.image.clone()).unwrap_or_default()
    }

    /// A step's target and its name without it: `[app linux/arm64 2/3] RUN make` is `[linux/arm64 2/3] RUN make` of
    /// `app`. With one target bake leaves the name out.
    fn split(&self, name: &str) -> (Option<usize>, String) {
        if let Some((head, rest)) = name.strip_prefix('[').and_then(|n| n.split_once(']')) {
            let (first, others) = head.split_once(' ').unwrap_or((head, ""));
            if let Some(target) = self.definition.targets.iter().position(|t| t.name == first) {
                let rest = rest.trim_start();
                let name = if others.is_empty() { rest.to_owned() } else { format!("[{others}] {rest}") };
                return (Some(target), name);
            }
        }
        let only = (self.definition.targets.len() == 1 && !name.contains("bake definition")).then_some(0);
        (only, name.to_owned())
    }

    /// Whether buildx is still dialling the builder.
    pub(super) fn is_waiting(&self) -> bool {
        self.steps
            .values()
            .any(|s| s.name == "[internal] waiting for connection" && s.state == Some(State::Running))
    }

    /// The end of the stream.
    pub(super) fn finish(mut self) -> Transcript {
        for (index, target) in self.definition.targets.iter().enumerate() {
            // What a linked base brings along is the base's.
            let bases = linked(self.definition, target);
            let own = |step: &&Step| step.targets.contains(&index) && step.targets.is_disjoint(&bases);
            let own: Vec<&Step> = self.steps.values().filter(own).collect();
            // Not everything that is announced is run.
            let steps = own.iter().filter(|step| step.state.is_some() && is_dockerfile_step(&step.name));
            let (all, cached) = steps.fold((0, 0), |(all, cached), step| {
                (all + 1, cached + usize::from(step.state == Some(State::Cached)))
            });
            // A step that this build shares with somebody else's is told by their name for it too (one image in two
            // registries, built from at the same time). What a build looks up is told to nobody else.
            let looked_up: BTreeSet<&str> = own.iter().filter_map(|step| looked_up(&step.name)).collect();
            let provided = own.iter().filter_map(|step| base(&step.name));
            let outcome = TargetOutcome {
                bases: provided.filter(|(reference, _)| looked_up.contains(reference.as_str())).collect(),
                steps: all,
                cached_steps: cached,
                time: self.last.get(&index).copied().unwrap_or_default(),
                ..TargetOutcome::default()
            };
            self.transcript.targets.insert(target.name.clone(), outcome);
        }
        self.transcript
    }
}

/// The image that a step provides, as BuildKit resolved it: `[linux/amd64 1/3] FROM REFERENCE@DIGEST`, or without the
/// brackets where it is only copied from.
fn base(step: &str) -> Option<(String, String)> {
    let image = step.strip_prefix("FROM ").or_else(|| Some(step.split_once("] FROM ")?.1))?;
    let (reference, digest) = image.split_whitespace().next()?.split_once('@')?;
    Some((reference.to_owned(), digest.to_owned()))
}

/// The image that a step asks about: `[internal] load metadata for REFERENCE`.
fn looked_up(step: &str) -> Option<&str> {
    Some(step.split_once("] load metadata for ")?.1.split('@').next().unwrap_or_default())
}

/// The targets that `target` links to, directly or not.
fn linked(definition: &Definition, target: &Target) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut stack = vec![target];
    while let Some(target) = stack.pop() {
        for context in target.contexts.values() {
            let NamedContext::Target(name) = context else { continue };
            let Some(base) = definition.targets.iter().position(|t| t.name == *name) else { continue };
            if found.insert(base) {
                stack.push(&definition.targets[base]);
            }
        }
    }
    found
}

/// Whether a step is an instruction of a Dockerfile that does something: `[2/3] RUN …`, `[linux/arm64 build 1/2] COPY …`.
/// (FROM is a lookup, which is neither work nor a cache hit.)
fn is_dockerfile_step(name: &str) -> bool {
    !name.contains("] FROM ")
        && name.strip_prefix('[').and_then(|n| n.split_once(']')).is_some_and(|(head, _)| {
            head.rsplit(' ').next().and_then(|last| last.split_once('/')).is_some_and(|(number, of)| {
                !number.is_empty()
                    && !of.is_empty()
                    && (number.to_owned() + of).chars().all(|c| c.is_ascii_digit())
            })
        })
}

fn is_missing_cache(error: &str) -> bool {
    ["not found", "NAME_UNKNOWN", "MANIFEST_UNKNOWN"].iter().any(|words| error.contains(words))
}

fn is_forgiven_export(name: &str, forgiving: bool) -> bool {
    forgiving && name.starts_with("exporting cache")
}

fn decode(text: &str) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The time between two RFC 3339 times of one clock; steps take less than a day.
fn elapsed(started: Option<&str>, completed: Option<&str>) -> Duration {
    let seconds = |time: &str| -> Option<f64> {
        let clock = time.split_once('T')?.1;
        let clock = clock.split(['Z', '+', '-']).next()?;
        clock.split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))
    };
    let (Some(from), Some(to)) = (started.and_then(seconds), completed.and_then(seconds)) else {
        return Duration::ZERO;
    };
    let day = 24.0 * 3600.0;
    Duration::from_secs_f64(if to < from { to + day - from } else { to - from })
}

#[cfg(test)]
mod tests;
