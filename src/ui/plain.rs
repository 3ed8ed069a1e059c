//! Line by line, for logs: each line names its artifact, nothing is said twice, no wait passes in silence.

use std::collections::VecDeque;
use std::io::Write;
use std::time::{Duration, SystemTime};

use super::board::{Board, Built, End, Step};
use super::choice::Verbosity;
use super::text::{BAD, DIM, SPARED, clock, head, time, timestamp};
use super::words::Words;
use crate::diagnostic::{self, Report, Severity, printable, render};
use crate::event::{Event, StepState};

/// A step that runs this long is named before it ends.
const PATIENCE: Duration = Duration::from_secs(2);
/// After this long without a line, one says what still runs.
const SILENCE: Duration = Duration::from_secs(10);
/// Steps shorter than this show no time.
const INSTANT: Duration = Duration::from_millis(100);
/// A step's command is cut off here (columns).
const COMMAND: usize = 120;
/// So many running steps are named in one line.
const NAMED: usize = 3;
/// So many of a step's last lines are remembered; reports of failures hold fewer.
const REMEMBERED: usize = 64;

pub(super) struct Plain {
    out: Box<dyn Write + Send>,
    words: Words,
    board: Board,
    /// The program's start, where lines carry the time.
    epoch: Option<SystemTime>,
    /// When the last line was written.
    last: Duration,
    /// That the builder is silent was said once.
    complained: bool,
    /// The step that wrote last, and its last lines; nothing was shown since but how it ended.
    heard: Option<(String, VecDeque<String>)>,
    /// Reports are lines for programs, not excerpts for people.
    pub(super) one_line: bool,
}

impl Plain {
    /// Writes to `out`; lines begin with the time when `epoch` (the moment from which `now`s count) is given.
    pub(super) fn new(out: Box<dyn Write + Send>, words: Words, epoch: Option<SystemTime>) -> Self {
        Self {
            out,
            words,
            board: Board::default(),
            epoch,
            last: Duration::ZERO,
            complained: false,
            heard: None,
            one_line: false,
        }
    }

    pub(super) fn on(&mut self, event: &Event, now: Duration) {
        let said = self.words.say(event);
        self.write(&said, now);
        match event {
            Event::ArtifactStarted { image } => {
                self.complained = false;
                self.board.start(image, now);
            }
            Event::Step { image, step, name, state } => self.step(image, step, name, state, now),
            Event::StepProgress { step, what, current, total } => {
                self.board.progress(step, what, *current, *total);
            }
            Event::StepLog { step, line, .. } => self.log(step, line, now),
            Event::ArtifactDone { image, .. } => {
                if let Some(built) = Built::of(event) {
                    let line = self.words.built(image, &built);
                    self.board.end(image, End::Well(built));
                    self.progress_line(line, now);
                }
            }
            Event::ArtifactFailed { image } => {
                self.board.end(image, End::Failed);
                self.end_line(self.words.failed(image), now);
            }
            Event::BuildDone { time } => {
                let lines = self.words.summary(&self.board.artifacts, *time, None);
                self.board = Board::default();
                self.write(&lines, now);
            }
            Event::Message { .. } | Event::Tagged { .. } | Event::Looked { .. } | Event::Builder { .. } => {}
        }
    }

    /// Says what is waited for, when it is time to. To be called about once a second.
    pub(super) fn tick(&mut self, now: Duration) {
        if self.words.options.quiet {
            return;
        }
        let due = self.board.announce(now.saturating_sub(PATIENCE));
        let lines: Vec<String> = due.into_iter().map(|step| headline(&self.words, step)).collect();
        self.write(&lines, now);
        let silence = now.saturating_sub(self.last);
        let running: Vec<String> = self.board.running().map(|step| still(step, now)).collect();
        let waiting: Vec<&str> = self.board.open().map(|artifact| artifact.image.as_str()).collect();
        let patience = if self.board.has_steps() || self.complained { SILENCE } else { PATIENCE };
        if !running.is_empty() && silence >= SILENCE {
            let more = running.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let named = running[..running.len().min(NAMED)].join(", ");
            self.write(&[format!("still running: {named}{more}")], now);
        } else if running.is_empty() && !waiting.is_empty() && silence >= patience {
            let begun = self.board.open().map(|artifact| artifact.begun).min().unwrap_or(now);
            let time = clock(now.saturating_sub(begun));
            self.complained = true;
            self.write(&[format!("waiting for the builder: {} ({time})", waiting.join(", "))], now);
        }
    }

    /// Writes an error's report. Output that stands right above it already is not shown again.
    pub(super) fn report(&mut self, report: &Report, now: Duration) {
        let shown;
        let report = if self.has_just_shown(&report.output) {
            shown = Report { output: vec![], ..report.clone() };
            &shown
        } else {
            report
        };
        let text = if self.one_line {
            diagnostic::lines(report, Severity::Error)
        } else {
            render(report, self.words.paint.colour)
        };
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        self.write(&lines, now);
    }

    fn has_just_shown(&self, output: &[String]) -> bool {
        let Some((_, heard)) = &self.heard else { return false };
        heard.len() >= output.len() && heard.iter().rev().zip(output.iter().rev()).all(|(a, b)| a == b)
    }

    fn step(&mut self, image: &str, id: &str, name: &str, state: &StepState, now: Duration) {
        let verbose = self.words.options.verbosity >= Verbosity::Debug;
        let words = &self.words;
        let Some(step) = self.board.step(image, id, name, state, now) else { return };
        // an image pulled lazily runs a second time; only a wait makes that worth a line
        let known = step.announced || (!step.told && (verbose || !step.is_chore()));
        let measured = |time_taken: Duration| match time_taken {
            short if short < INSTANT && !verbose => String::new(),
            long => words.paint.on(DIM, &time(long)),
        };
        let line = match state {
            StepState::Cached if known => ending(words, step, &words.paint.on(SPARED, "CACHED")),
            StepState::Done(duration) if step.announced => {
                format!("{} done {}", prefix(words, step), time(*duration))
            }
            StepState::Done(duration) if known => ending(words, step, &measured(*duration)),
            StepState::Failed(message) => {
                let why = head(&printable(message.lines().next().unwrap_or_default()), COMMAND);
                let failed = format!("{}: {why}", words.paint.on(BAD, "failed"));
                if step.announced {
                    format!("{} {failed}", prefix(words, step))
                } else {
                    ending(words, step, &failed)
                }
            }
            StepState::Cancelled if step.announced => format!("{} cancelled", prefix(words, step)),
            StepState::Started | StepState::Cached | StepState::Done(_) | StepState::Cancelled => return,
        };
        step.told = true;
        if matches!(state, StepState::Failed(_) | StepState::Cancelled) {
            self.end_line(line, now);
        } else {
            self.progress_line(line, now);
        }
    }

    fn log(&mut self, id: &str, line: &str, now: Duration) {
        let Some(step) = self.board.log(id, line) else { return };
        let mut lines = vec![];
        if !std::mem::replace(&mut step.announced, true) {
            lines.push(headline(&self.words, step));
        }
        let bar = self.words.paint.on(DIM, "|");
        lines.push(format!("{} {bar} {}", prefix(&self.words, step), printable(line)).trim_end().to_owned());
        if self.words.options.quiet {
            return;
        }
        let same = self.heard.take().filter(|(step, _)| step == id);
        let (step, mut heard) = same.unwrap_or_else(|| (id.to_owned(), VecDeque::new()));
        if heard.len() == REMEMBERED {
            heard.pop_front();
        }
        heard.push_back(line.to_owned());
        self.write(&lines, now);
        self.heard = Some((step, heard));
    }

    /// A line that says how a failure ended things: what was heard before belongs to it still.
    fn end_line(&mut self, line: String, now: Duration) {
        let heard = self.heard.take();
        self.progress_line(line, now);
        self.heard = heard;
    }

    fn progress_line(&mut self, line: String, now: Duration) {
        if !self.words.options.quiet {
            self.write(&[line], now);
        }
    }

    /// Writes lines at once, so that lines of other programs do not come between. Whether somebody still reads
    /// standard error is not for a build to decide: errors are ignored.
    fn write(&mut self, lines: &[String], now: Duration) {
        if lines.is_empty() {
            return;
        }
        let stamp = self.epoch.map(|epoch| format!("{} ", timestamp(epoch + now))).unwrap_or_default();
        let mut text = String::new();
        for line in lines {
            text.push_str(format!("{stamp}{line}").trim_end());
            text.push('\n');
        }
        self.out.write_all(text.as_bytes()).ok();
        self.out.flush().ok();
        self.last = now;
        self.heard = None;
    }
}

fn prefix(words: &Words, step: &Step) -> String {
    words.paint.on(DIM, &step.prefix())
}

/// A step, named: `[app 2/3] RUN make`.
fn headline(words: &Words, step: &Step) -> String {
    format!("{} {}", prefix(words, step), head(&step.text, COMMAND))
}

/// A step, named with how it ended: `[app 2/3] RUN make  1.2s`.
fn ending(words: &Words, step: &Step, end: &str) -> String {
    format!("{}  {end}", headline(words, step)).trim_end().to_owned()
}

/// A running step in short: `[app 2/3] RUN make (pushing 1 MB, 30s)`.
fn still(step: &Step, now: Duration) -> String {
    let activity = step.activity();
    let time = clock(now.saturating_sub(step.begun));
    let detail = if activity.is_empty() { time } else { format!("{activity}, {time}") };
    format!("{} {} ({detail})", step.prefix(), head(&step.text, COMMAND / NAMED))
}
