//! What happens, as typed events on one bus. Every phase emits; terminal, tests and reports subscribe.

use std::sync::Arc;
use std::time::Duration;

/// How important a [`Event::Message`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Shown with `-v debug` only.
    Debug,
    /// What is being done; not shown with `-q`.
    Info,
    /// A fallback, a skip, a retry: shown always.
    Warn,
}

/// Where a step of an artifact's build stands.
#[derive(Debug, Clone, PartialEq)]
pub enum StepState {
    /// The step runs.
    Started,
    /// The step's result was found in the cache; nothing ran.
    Cached,
    /// The step ended well after this time.
    Done(Duration),
    /// The step failed with this message.
    Failed(String),
    /// The step was stopped because another one failed or the run was interrupted.
    Cancelled,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A sentence for the user (no trailing newline; may hold several lines).
    Message {
        /// How important it is.
        level: Level,
        /// The text.
        text: String,
    },
    /// A builder was chosen for some artifacts, and why (`remote`, `user config, context kind-dev`).
    Builder {
        /// The builder's name or address.
        name: String,
        /// The origin of the choice.
        reason: String,
    },
    /// An artifact got its tag.
    Tagged {
        /// The artifact's image name as in the project file.
        image: String,
        /// The whole tagged reference.
        tag: String,
    },
    /// The artifact cache was asked for an artifact.
    Looked {
        /// The artifact's image name.
        image: String,
        /// What was found, in Skaffold's words (`Found Remotely`, `Not found. Building`).
        found: String,
        /// Why it is built; empty for what was found.
        reason: String,
    },
    /// An artifact's build begins.
    ArtifactStarted {
        /// The artifact's image name.
        image: String,
    },
    /// A build step changed its state. `step` is the engine's own identity of the step (unique in the run).
    Step {
        /// The artifact's image name; empty for steps of no artifact.
        image: String,
        /// The step's identity.
        step: String,
        /// The step as the engine names it without the artifact's name (`[linux/arm64 2/3] RUN make`).
        name: String,
        /// The new state.
        state: StepState,
    },
    /// A step made measurable progress (bytes of a layer, files of a context).
    StepProgress {
        /// The step's identity.
        step: String,
        /// What is counted (`transferring context`, `sha256:…`).
        what: String,
        /// Bytes done so far.
        current: u64,
        /// Bytes in all; 0 when unknown.
        total: u64,
    },
    /// A step wrote one line of output.
    StepLog {
        /// The artifact's image name.
        image: String,
        /// The step's identity.
        step: String,
        /// The line without its newline; may hold the tool's own ANSI sequences.
        line: String,
    },
    /// An artifact's build ended well.
    ArtifactDone {
        /// The artifact's image name.
        image: String,
        /// The final reference: `repo:tag@sha256:…` when pushed.
        reference: String,
        /// The platforms it holds; empty = the builder's own.
        platforms: Vec<String>,
        /// The manifest's, index's or image's digest, where the engine gave one.
        digest: Option<String>,
        /// What became of the image (`pushed`, `loaded`, `cache only`, …).
        fate: String,
        /// Time from the run's start.
        time: Duration,
        /// Steps that came from the cache.
        cached_steps: usize,
        /// All steps.
        steps: usize,
    },
    /// An artifact's build failed; the report of the run says why.
    ArtifactFailed {
        /// The artifact's image name.
        image: String,
    },
    /// All artifacts are done: the table can be shown.
    BuildDone {
        /// Time of the whole run.
        time: Duration,
    },
}

/// Something that listens. Called on the emitting thread, in order; must not block for long.
pub trait Subscriber: Send + Sync {
    /// Takes one event.
    fn on(&self, event: &Event);
}

/// The bus: a cheap, cloneable handle that hands each event to every subscriber.
#[derive(Clone, Default)]
pub struct Bus {
    subscribers: Arc<Vec<Box<dyn Subscriber>>>,
}

impl Bus {
    /// A bus with these subscribers.
    pub fn new(subscribers: Vec<Box<dyn Subscriber>>) -> Self {
        Self { subscribers: Arc::new(subscribers) }
    }

    /// Hands `event` to every subscriber.
    pub fn emit(&self, event: Event) {
        for subscriber in self.subscribers.iter() {
            subscriber.on(&event);
        }
    }

    /// Emits a [`Level::Debug`] message; the text is only made when somebody listens.
    pub fn debug(&self, text: impl Into<String>) {
        self.emit(Event::Message { level: Level::Debug, text: text.into() });
    }

    /// Emits a [`Level::Info`] message.
    pub fn info(&self, text: impl Into<String>) {
        self.emit(Event::Message { level: Level::Info, text: text.into() });
    }

    /// Emits a [`Level::Warn`] message.
    pub fn warn(&self, text: impl Into<String>) {
        self.emit(Event::Message { level: Level::Warn, text: text.into() });
    }
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("subscribers", &self.subscribers.len()).finish()
    }
}
