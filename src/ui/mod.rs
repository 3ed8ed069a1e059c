//! What the user sees. The only room that prints: data on standard output, everything else on standard error.
//!
//! A [`Ui`] listens to the events of a run and shows them line by line ([`plain`]) or live ([`live`]), whichever
//! [`Options::live`] says.

mod board;
mod choice;
mod live;
mod plain;
mod screen;
mod table;
mod text;
mod words;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

pub use choice::{ColourChoice, Options, ProgressChoice, Verbosity};

use crate::diagnostic::{Report, render};
use crate::event::{Event, Subscriber};
use crate::settings::env::Environment;
use live::Live;
use plain::Plain;
use screen::Size;
use text::Paint;
use words::Words;

/// Writes data to standard output. A reader that closed the pipe has what it wants: that is no error.
pub fn stdout(data: &str) -> io::Result<()> {
    write(&mut io::stdout().lock(), data)
}

/// Writes text to standard error as it is, where there is no [`Ui`]. A reader that went away is no error.
pub fn stderr(text: &str) -> io::Result<()> {
    write(&mut io::stderr().lock(), text)
}

fn write(out: &mut dyn Write, text: &str) -> io::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The user's view of a run: a cheap handle to one display on standard error.
#[derive(Clone)]
pub struct Ui {
    shared: Arc<Shared>,
}

struct Shared {
    display: Mutex<Display>,
    started: Instant,
    colour: bool,
    /// The clock's thread runs.
    ticking: AtomicBool,
}

enum Display {
    Plain(Plain),
    Live(Live),
}

impl Ui {
    /// The display that the options ask for on this terminal. Writes nothing and starts nothing yet.
    pub fn new(options: Options, environment: &Environment) -> Self {
        let colour = options.colour.decide(environment);
        let words = Words::new(options, Paint { colour });
        let out = Box::new(io::stderr());
        let display = if options.live(environment) {
            let terminal = console::Term::stderr();
            let size = move || {
                let (rows, columns) = terminal.size();
                Size { rows: rows.into(), columns: columns.into() }
            };
            Display::Live(Live::new(out, Box::new(size), words))
        } else {
            let mut plain = Plain::new(out, words, options.timestamps.then(SystemTime::now));
            plain.one_line = options.one_line(environment);
            Display::Plain(plain)
        };
        Self {
            shared: Arc::new(Shared {
                display: Mutex::new(display),
                started: Instant::now(),
                colour,
                ticking: AtomicBool::new(false),
            }),
        }
    }

    /// Shows an error, after progress is taken off the terminal.
    pub fn report(&self, report: &Report) {
        self.close();
        let now = self.shared.now();
        match &mut *self.shared.display() {
            Display::Plain(plain) => plain.report(report, now),
            Display::Live(live) => live.print(&render(report, self.shared.colour), now),
        }
    }

    /// Takes progress off the terminal; to be called before anything else writes there ([`stdout`] above all).
    /// The next artifact's start brings it back.
    pub fn close(&self) {
        let now = self.shared.now();
        if let Display::Live(live) = &mut *self.shared.display() {
            live.close(now);
        }
    }

    /// Whether standard error gets colours.
    pub fn colour(&self) -> bool {
        self.shared.colour
    }
}

impl Subscriber for Ui {
    fn on(&self, event: &Event) {
        let now = self.shared.now();
        match &mut *self.shared.display() {
            Display::Plain(plain) => plain.on(event, now),
            Display::Live(live) => live.on(event, now),
        }
        if matches!(event, Event::ArtifactStarted { .. })
            && !self.shared.ticking.swap(true, Ordering::Relaxed)
        {
            tick(&self.shared);
        }
    }
}

impl Shared {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// A display is a few values that are whole between two statements: a panic elsewhere does not spoil it.
    fn display(&self) -> MutexGuard<'_, Display> {
        self.display.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the clock's thread, which lives as long as a [`Ui`] does. Only builds need one.
fn tick(shared: &Arc<Shared>) {
    let weak = Arc::downgrade(shared);
    let period = match &*shared.display() {
        Display::Plain(_) => Duration::from_millis(500),
        Display::Live(_) => Duration::from_millis(100),
    };
    let clock = move || {
        loop {
            std::thread::sleep(period);
            let Some(shared) = weak.upgrade() else { break };
            let now = shared.now();
            match &mut *shared.display() {
                Display::Plain(plain) => plain.tick(now),
                Display::Live(live) => live.tick(now),
            }
        }
    };
    // without the thread the display is only less lively
    std::thread::Builder::new().name("ui-clock".to_owned()).spawn(clock).ok();
}

#[cfg(test)]
mod tests;
