//! Live progress for a person: what runs now is drawn at the bottom of the terminal, what ended scrolls away.

use std::io::Write;
use std::time::Duration;

use super::board::{Artifact, Board, Built, End, Step};
use super::screen::{Screen, Size};
use super::text::{DIM, NAME, Paint, clock, columns, count, cut, head};
use super::words::Words;
use crate::event::Event;

/// A step is shown once it runs this long: shorter ones would only flash.
const VISIBLE: Duration = Duration::from_millis(200);
/// An artifact without a step is explained after this long.
const PATIENCE: Duration = Duration::from_secs(2);
/// Lines are no longer than this: what is far to the right is not seen, and a window made a little narrower wraps
/// nothing.
const WIDEST: usize = 120;
/// What a step says is shown where it and the command can have so many columns each.
const WORTHWHILE: usize = 12;
/// Rows that are left to what scrolled away.
const KEPT_ROWS: usize = 4;

pub(super) struct Live {
    out: Box<dyn Write + Send>,
    size: Box<dyn Fn() -> Size + Send>,
    words: Words,
    board: Board,
    screen: Screen,
    /// Lines that wait to be let scroll away.
    above: Vec<String>,
    /// Nothing is drawn until the next build.
    closed: bool,
}

impl Live {
    /// Draws to `out`, whose size `size` tells.
    pub(super) fn new(out: Box<dyn Write + Send>, size: Box<dyn Fn() -> Size + Send>, words: Words) -> Self {
        Self {
            out,
            size,
            words,
            board: Board::default(),
            screen: Screen::default(),
            above: vec![],
            closed: true,
        }
    }

    pub(super) fn on(&mut self, event: &Event, now: Duration) {
        self.above.extend(self.words.say(event));
        match event {
            Event::ArtifactStarted { image } => {
                self.closed = false;
                self.board.start(image, now);
            }
            Event::Step { image, step, name, state } => {
                self.board.step(image, step, name, state, now);
            }
            Event::StepProgress { step, what, current, total } => {
                self.board.progress(step, what, *current, *total);
            }
            Event::StepLog { step, line, .. } => {
                self.board.log(step, line);
            }
            Event::ArtifactDone { image, .. } => {
                if let Some(built) = Built::of(event) {
                    self.above.push(self.words.built(image, &built));
                    self.board.end(image, End::Well(built));
                }
            }
            Event::ArtifactFailed { image } => {
                self.above.push(self.words.failed(image));
                self.board.end(image, End::Failed);
            }
            Event::BuildDone { time } => {
                let width = (self.size)().columns;
                self.above.extend(self.words.summary(&self.board.artifacts, *time, Some(width)));
                self.close(now);
            }
            Event::Message { .. } | Event::Tagged { .. } | Event::Looked { .. } | Event::Builder { .. } => {}
        }
        // without a build there is no ticking clock that would draw
        if self.closed {
            self.tick(now);
        }
    }

    /// Draws. To be called about ten times a second; a terminal that went away is no reason to end a build.
    pub(super) fn tick(&mut self, now: Duration) {
        let size = (self.size)();
        let lines = if self.closed { vec![] } else { frame(&self.board, now, size, self.words.paint) };
        let above = std::mem::take(&mut self.above);
        self.screen.draw(&mut self.out, &above, &lines, size).ok();
    }

    /// Takes the progress off the terminal; what scrolled away stays.
    pub(super) fn close(&mut self, now: Duration) {
        self.closed = true;
        self.board = Board::default();
        self.tick(now);
    }

    /// Writes a text that stands for itself, such as an error's report.
    pub(super) fn print(&mut self, text: &str, now: Duration) {
        self.above.extend(text.lines().map(str::to_owned));
        self.tick(now);
    }
}

/// The lines that show what runs now: per artifact a line with its counts, under it a line per running step. Where
/// the terminal is too low for that, a line per artifact.
fn frame(board: &Board, now: Duration, size: Size, paint: Paint) -> Vec<String> {
    let width = size.columns.min(WIDEST);
    let visible = |step: &&Step| now.saturating_sub(step.begun) >= VISIBLE;

    let mut lines = vec![];
    // the engine's own steps, and what it still does for an artifact that is done
    let others = board.running().filter(|step| board.open().all(|artifact| artifact.image != step.image));
    lines.extend(others.filter(visible).map(|step| {
        let prefix = step.prefix();
        step_line(step, &prefix, now, width, paint)
    }));
    for artifact in board.open() {
        let silent = artifact.done == 0
            && board.running_in(artifact).next().is_none()
            && now.saturating_sub(artifact.begun) >= PATIENCE;
        lines.push(header(artifact, if silent { "waiting for the builder" } else { "" }, now, width, paint));
        let steps = board.running_in(artifact).filter(visible);
        lines.extend(steps.map(|step| step_line(step, &format!("  {}", step.place), now, width, paint)));
    }

    let room = size.rows.saturating_sub(KEPT_ROWS).max(2);
    if lines.len() > room {
        let busy_with = |artifact: &Artifact| {
            board.running_in(artifact).next().map(|step| essence(&step.text)).unwrap_or_default()
        };
        lines = board.open().map(|it| header(it, &busy_with(it), now, width, paint)).collect();
    }
    if lines.len() > room {
        let hidden = lines.len() - (room - 1);
        lines.truncate(room - 1);
        lines.push(paint.on(DIM, &format!("+{hidden} more")));
    }
    lines
}

/// `app  3 steps, 1 cached  RUN make      12s`
fn header(artifact: &Artifact, busy_with: &str, now: Duration, width: usize, paint: Paint) -> String {
    let counts = match (artifact.done, artifact.cached) {
        (0, _) => String::new(),
        (done, 0) => count(done, "step"),
        (done, cached) => format!("{}, {cached} cached", count(done, "step")),
    };
    let mut left = paint.on(NAME, &artifact.image);
    for part in [paint.on(DIM, &counts), busy_with.to_owned()].iter().filter(|part| !part.is_empty()) {
        left.push_str("  ");
        left.push_str(part);
    }
    ends(&left, &clock(now.saturating_sub(artifact.begun)), width, paint)
}

/// `  linux/arm64 2/3 RUN make  last line it wrote     12s`
fn step_line(step: &Step, place: &str, now: Duration, width: usize, paint: Paint) -> String {
    let time = clock(now.saturating_sub(step.begun));
    let place = if place.trim().is_empty() { "  ".to_owned() } else { format!("{place} ") };
    let room = width.saturating_sub(columns(&place) + columns(&time) + 3);
    let said = if step.log.trim().is_empty() { step.activity() } else { step.log.clone() };
    let said = if room < 2 * WORTHWHILE { "" } else { said.trim() };
    // a long command leaves half of the line to what it says
    let half = if said.is_empty() { room } else { (room / 2).max(room.saturating_sub(columns(said) + 2)) };
    let text = head(&essence(&step.text), half);
    let said = head(said, room.saturating_sub(columns(&text) + 2));
    let left = format!("{}{text}  {}", paint.on(DIM, &place), paint.on(DIM, &said));
    ends(left.trim_end(), &time, width, paint)
}

/// A command without the flags of its instruction: of `RUN --mount=type=cache,target=/root go build`, `go build` is
/// what tells steps apart.
fn essence(text: &str) -> String {
    let mut words = text.split(' ');
    let instruction = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.skip_while(|word| word.starts_with("--")).collect();
    [&[instruction], rest.as_slice()].concat().join(" ")
}

/// `left` and, at the far end of the line, `right`.
fn ends(left: &str, right: &str, width: usize, paint: Paint) -> String {
    let left = cut(left, width.saturating_sub(columns(right) + 3));
    let gap = width.saturating_sub(columns(&left) + columns(right) + 1).max(2);
    format!("{left}{}{}", " ".repeat(gap), paint.on(DIM, right))
}
