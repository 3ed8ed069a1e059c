//! What is going on in a run, as its events tell: both displays of progress read it. Pure; times are counted from
//! the program's start.

use std::collections::HashMap;
use std::time::Duration;

use super::text;
use crate::diagnostic::printable;
use crate::event::{Event, StepState};

/// Artifacts in the order they were started, and every step that was heard of.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) artifacts: Vec<Artifact>,
    steps: Vec<Step>,
    by_id: HashMap<String, usize>,
    /// Indices of running steps, the longest-running first.
    running: Vec<usize>,
}

/// One artifact.
#[derive(Debug)]
pub(super) struct Artifact {
    pub(super) image: String,
    pub(super) begun: Duration,
    /// Steps that ended well, cached ones included.
    pub(super) done: usize,
    pub(super) cached: usize,
    pub(super) end: End,
}

/// How an artifact's build ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    NotYet,
    Failed,
    Well(Built),
}

/// What is known of a built artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Built {
    pub(super) reference: String,
    pub(super) platforms: Vec<String>,
    pub(super) digest: Option<String>,
    pub(super) fate: String,
    pub(super) time: Duration,
    pub(super) cached_steps: usize,
    pub(super) steps: usize,
}

impl Built {
    /// What an [`Event::ArtifactDone`] tells; `None` for other events.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::ArtifactDone { reference, platforms, digest, fate, time, cached_steps, steps, .. } = event
        else {
            return None;
        };
        Some(Self {
            reference: reference.clone(),
            platforms: platforms.clone(),
            digest: digest.clone(),
            fate: fate.clone(),
            time: *time,
            cached_steps: *cached_steps,
            steps: *steps,
        })
    }
}

/// One build step.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) image: String,
    /// Where in the build: `linux/arm64 build 2/3`, `internal`; may be empty.
    pub(super) place: String,
    /// What is done: `RUN make`.
    pub(super) text: String,
    /// When it last began.
    pub(super) begun: Duration,
    /// The last line it wrote.
    pub(super) log: String,
    /// A display has named this run of the step already.
    pub(super) announced: bool,
    /// A display has told how the step ended.
    pub(super) told: bool,
    transfers: Vec<Transfer>,
    phase: Phase,
    counted: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Waiting,
    Running,
    Ended,
}

#[derive(Debug)]
struct Transfer {
    /// The engine's name of it, the key.
    what: String,
    /// The readable part of that name.
    phase: String,
    current: u64,
    total: u64,
}

impl Step {
    fn new(image: &str, name: &str) -> Self {
        let (place, text) = split_name(image, name);
        Self { image: image.to_owned(), place, text, ..Self::default() }
    }

    /// The engine's own chores, of interest when they are slow or fail.
    pub(super) fn is_chore(&self) -> bool {
        self.image.is_empty()
            || matches!(self.place.split(' ').next_back(), Some("internal" | "auth"))
            || self.text.starts_with("importing cache manifest")
    }

    /// `[app linux/arm64 build 2/3]`
    pub(super) fn prefix(&self) -> String {
        match (self.image.as_str(), self.place.as_str()) {
            ("", "") => "[builder]".to_owned(),
            ("", one) | (one, "") => format!("[{one}]"),
            (image, place) => format!("[{image} {place}]"),
        }
    }

    /// What a long step is busy with: bytes moved so far, and the name of the phase.
    pub(super) fn activity(&self) -> String {
        let current: u64 = self.transfers.iter().map(|t| t.current).sum();
        let total: u64 = self.transfers.iter().map(|t| t.total.max(t.current)).sum();
        let open_ended = self.transfers.iter().any(|t| t.total == 0 && t.current > 0);
        let amount = match (current, total) {
            (0, 0) => String::new(),
            (current, total) if open_ended || current == total => text::bytes(current),
            (current, total) => format!("{} / {}", text::bytes(current), text::bytes(total)),
        };
        let phase = self.transfers.iter().rev().map(|t| t.phase.as_str()).find(|phase| !phase.is_empty());
        [phase.unwrap_or_default(), &amount].join(" ").trim().to_owned()
    }
}

impl Board {
    /// An artifact's build begins; one that was known begins anew.
    pub(super) fn start(&mut self, image: &str, now: Duration) {
        let fresh = Artifact { image: image.to_owned(), begun: now, done: 0, cached: 0, end: End::NotYet };
        match self.artifacts.iter_mut().find(|artifact| artifact.image == image) {
            Some(artifact) => *artifact = fresh,
            None => self.artifacts.push(fresh),
        }
        for step in self.steps.iter_mut().filter(|step| step.image == image) {
            *step = Step {
                image: std::mem::take(&mut step.image),
                place: std::mem::take(&mut step.place),
                text: std::mem::take(&mut step.text),
                ..Step::default()
            };
        }
        self.running.retain(|index| self.steps[*index].image != image);
    }

    /// An artifact's build ended; its steps run no more.
    pub(super) fn end(&mut self, image: &str, end: End) {
        if let Some(artifact) = self.artifacts.iter_mut().find(|artifact| artifact.image == image) {
            artifact.end = end;
        }
        self.running.retain(|index| self.steps[*index].image != image);
    }

    /// A step changed its state. Returns it when that is news; engines repeat themselves.
    pub(super) fn step(
        &mut self,
        image: &str,
        id: &str,
        name: &str,
        state: &StepState,
        now: Duration,
    ) -> Option<&mut Step> {
        let index = *self.by_id.entry(id.to_owned()).or_insert_with(|| {
            self.steps.push(Step::new(image, name));
            self.steps.len() - 1
        });
        let step = &mut self.steps[index];
        let was = step.phase;
        if *state == StepState::Started {
            if was == Phase::Running {
                return None;
            }
            step.phase = Phase::Running;
            step.begun = now;
            step.announced = false;
            self.running.push(index);
            return Some(step);
        }
        if was == Phase::Ended || (was == Phase::Waiting && *state == StepState::Cancelled) {
            return None;
        }
        step.phase = Phase::Ended;
        self.running.retain(|running| *running != index);
        let counts = matches!(state, StepState::Cached | StepState::Done(_)) && !step.counted;
        step.counted |= counts;
        if let Some(artifact) = self.artifacts.iter_mut().find(|a| counts && a.image == step.image) {
            artifact.done += 1;
            artifact.cached += usize::from(*state == StepState::Cached);
        }
        Some(step)
    }

    /// A step wrote a line; returns the step.
    pub(super) fn log(&mut self, id: &str, line: &str) -> Option<&mut Step> {
        let step = self.steps.get_mut(*self.by_id.get(id)?)?;
        let line = printable(line);
        if !line.trim().is_empty() {
            step.log = line;
        }
        Some(step)
    }

    /// A step moved bytes.
    pub(super) fn progress(&mut self, id: &str, what: &str, current: u64, total: u64) {
        let Some(step) = self.by_id.get(id).and_then(|index| self.steps.get_mut(*index)) else { return };
        // a blob's digest tells a reader nothing: `pushing sha256:…` is `pushing`
        let phase = what.split("sha256:").next().unwrap_or_default().trim_end_matches([':', ' ']);
        match step.transfers.iter_mut().find(|t| t.what == what) {
            Some(transfer) => (transfer.current, transfer.total) = (current, total),
            None => step.transfers.push(Transfer {
                what: what.to_owned(),
                phase: phase.to_owned(),
                current,
                total,
            }),
        }
    }

    /// Running steps, the longest-running first.
    pub(super) fn running(&self) -> impl Iterator<Item = &Step> {
        self.running.iter().filter_map(|index| self.steps.get(*index))
    }

    /// An artifact's running steps, the longest-running first.
    pub(super) fn running_in<'a>(&'a self, artifact: &'a Artifact) -> impl Iterator<Item = &'a Step> {
        self.running().filter(|step| step.image == artifact.image)
    }

    /// Running steps that no display has named yet and that began at or before `since`, now named.
    pub(super) fn announce(&mut self, since: Duration) -> Vec<&Step> {
        let mut due = vec![];
        for index in &self.running {
            let step = &mut self.steps[*index];
            if !step.announced && step.begun <= since {
                step.announced = true;
                due.push(*index);
            }
        }
        due.into_iter().map(|index| &self.steps[index]).collect()
    }

    /// Artifacts that are still being built.
    pub(super) fn open(&self) -> impl Iterator<Item = &Artifact> {
        self.artifacts.iter().filter(|artifact| artifact.end == End::NotYet)
    }

    /// Whether any step was heard of.
    pub(super) fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }
}

/// `[linux/arm64 2/3] RUN make` into place and text; the image's own name, should the engine have left it, goes.
fn split_name(image: &str, name: &str) -> (String, String) {
    let name = printable(&name.split_whitespace().collect::<Vec<_>>().join(" "));
    let Some((place, text)) = name.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return (String::new(), name);
    };
    let place = match place.strip_prefix(image) {
        Some(rest) if !image.is_empty() && (rest.is_empty() || rest.starts_with(' ')) => rest,
        _ => place,
    };
    (place.trim().to_owned(), text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn names_split_into_place_and_text() {
        let cases = [
            ("app", "[linux/arm64 2/3] RUN make", "linux/arm64 2/3", "RUN make", "[app linux/arm64 2/3]"),
            ("app", "[app build 2/3] COPY . .", "build 2/3", "COPY . .", "[app build 2/3]"),
            ("app", "[application 1/2] RUN x", "application 1/2", "RUN x", "[app application 1/2]"),
            ("app", "[internal] load .dockerignore", "internal", "load .dockerignore", "[app internal]"),
            ("app", "exporting to image", "", "exporting to image", "[app]"),
            ("app", "[1/2] RUN a \\\n  && [ -f b ]", "1/2", "RUN a \\ && [ -f b ]", "[app 1/2]"),
            (
                "",
                "[internal] load local bake definitions",
                "internal",
                "load local bake definitions",
                "[internal]",
            ),
            ("", "resolving", "", "resolving", "[builder]"),
        ];
        for (image, name, place, text, prefix) in cases {
            let step = Step::new(image, name);
            assert_eq!((step.place.as_str(), step.text.as_str()), (place, text), "{name}");
            assert_eq!(step.prefix(), prefix, "{name}");
        }
    }

    #[test]
    fn repeated_states_are_no_news_and_count_once() {
        let mut board = Board::default();
        board.start("app", SECOND);
        let mut step = |state| board.step("app", "s1", "[1/2] RUN a", &state, SECOND).map(|_| ());
        assert!(step(StepState::Started).is_some());
        assert!(step(StepState::Started).is_none());
        assert!(step(StepState::Done(SECOND)).is_some());
        assert!(step(StepState::Done(SECOND)).is_none());
        // BuildKit begins a pulled base again when its layers are first needed
        assert!(step(StepState::Started).is_some());
        assert!(step(StepState::Done(SECOND)).is_some());
        assert!(board.step("app", "s2", "[2/2] RUN b", &StepState::Cancelled, SECOND).is_none());
        assert_eq!((board.artifacts[0].done, board.artifacts[0].cached), (1, 0));
    }

    #[test]
    fn a_second_start_forgets_the_first_try() {
        let mut board = Board::default();
        board.start("app", SECOND);
        board.step("app", "s1", "[1/1] RUN a", &StepState::Cached, SECOND);
        board.step("app", "s2", "exporting to image", &StepState::Started, SECOND);
        board.start("app", SECOND * 5);
        assert_eq!(board.running().count(), 0);
        assert_eq!((board.artifacts[0].done, board.artifacts[0].begun), (0, SECOND * 5));
        assert!(board.step("app", "s1", "[1/1] RUN a", &StepState::Cached, SECOND).is_some());
        assert_eq!((board.artifacts[0].done, board.artifacts[0].cached), (1, 1));
    }

    #[test]
    fn activity_adds_up_transfers() {
        let activity = |transfers: &[(&str, u64, u64)]| {
            let mut board = Board::default();
            board.step("app", "s", "x", &StepState::Started, SECOND);
            for (what, current, total) in transfers {
                board.progress("s", what, *current, *total);
            }
            board.running().next().unwrap().activity()
        };
        type Transfers = &'static [(&'static str, u64, u64)];
        let cases: [(Transfers, &str); 7] = [
            (&[], ""),
            (&[("transferring context:", 12_000_000, 0)], "transferring context 12.0 MB"),
            (&[("sha256:aa", 1_000_000, 4_000_000), ("sha256:bb", 500_000, 500_000)], "1.5 MB / 4.5 MB"),
            (&[("sha256:aa", 1, 9), ("sha256:aa", 9, 9)], "9 B"),
            (&[("pushing layers", 0, 0)], "pushing layers"),
            (&[("extracting sha256:aa", 2_000, 3_000)], "extracting 2.0 kB / 3.0 kB"),
            (&[("pushing layers", 0, 0), ("sha256:aa", 5_000, 9_000)], "pushing layers 5.0 kB / 9.0 kB"),
        ];
        for (transfers, expected) in cases {
            assert_eq!(activity(transfers), expected);
        }
    }
}
