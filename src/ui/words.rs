//! The lines that both displays leave behind, word for word the same. Pure.

use super::board::{Artifact, Built, End};
use super::choice::{Options, Verbosity};
use super::table::{Setting, table};
use super::text::{BAD, DIM, GOOD, Paint, WARNING, count, time};
use crate::event::{Event, Level};

/// Turns events that stand for themselves into lines; remembers what was said once.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) options: Options,
    pub(super) paint: Paint,
    tags_announced: bool,
    look_announced: bool,
    builders: Vec<String>,
}

impl Words {
    pub(super) fn new(options: Options, paint: Paint) -> Self {
        Self { options, paint, tags_announced: false, look_announced: false, builders: vec![] }
    }

    /// The lines of a message, a tag or a builder's choice; none for other events and for what is not to be shown.
    pub(super) fn say(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Message { level, text } => self.message(*level, text),
            _ if self.options.quiet => vec![],
            Event::Tagged { image, tag } => {
                let line = format!(" - {image} -> {tag}");
                if std::mem::replace(&mut self.tags_announced, true) {
                    vec![line]
                } else {
                    vec!["Generating tags...".to_owned(), line]
                }
            }
            Event::Looked { image, found, reason } => {
                let reason = match reason.as_str() {
                    "" => String::new(),
                    reason => format!(" {}", self.paint.on(DIM, &format!("({reason})"))),
                };
                let line = format!(" - {image}: {found}{reason}");
                if std::mem::replace(&mut self.look_announced, true) {
                    vec![line]
                } else {
                    vec!["Checking cache...".to_owned(), line]
                }
            }
            Event::Builder { name, reason } => {
                let line = format!("builder {name} {}", self.paint.on(DIM, &format!("({reason})")));
                if self.builders.contains(&line) {
                    return vec![];
                }
                self.builders.push(line.clone());
                vec![line]
            }
            _ => vec![],
        }
    }

    fn message(&self, level: Level, text: &str) -> Vec<String> {
        let shown = match level {
            Level::Debug => self.options.verbosity >= Verbosity::Debug,
            Level::Info => !self.options.quiet,
            Level::Warn => self.options.verbosity >= Verbosity::Warning,
        };
        if !shown {
            return vec![];
        }
        let lines = text.lines();
        match level {
            Level::Debug => lines.map(|line| self.paint.on(DIM, line)).collect(),
            Level::Info => lines.map(str::to_owned).collect(),
            Level::Warn => {
                let label = format!("{} ", self.paint.on(WARNING, "warning:"));
                let indents = std::iter::once(label.as_str()).chain(std::iter::repeat("  "));
                lines.zip(indents).map(|(line, indent)| format!("{indent}{line}")).collect()
            }
        }
    }

    /// `[app] done in 4.1s: pushed, 7/9 steps cached`
    pub(super) fn built(&self, image: &str, built: &Built) -> String {
        let prefix = self.paint.on(DIM, &format!("[{image}]"));
        let fate = self.paint.on(GOOD, &built.fate);
        let steps = match built.steps {
            0 => String::new(),
            steps => format!(", {}/{} cached", built.cached_steps, count(steps, "step")),
        };
        format!("{prefix} done in {}: {fate}{steps}", time(built.time))
    }

    /// `[app] failed`
    pub(super) fn failed(&self, image: &str) -> String {
        format!("{} {}", self.paint.on(DIM, &format!("[{image}]")), self.paint.on(BAD, "failed"))
    }

    /// The table and the line under it.
    pub(super) fn summary(
        &self,
        artifacts: &[Artifact],
        whole: std::time::Duration,
        width: Option<usize>,
    ) -> Vec<String> {
        if artifacts.is_empty() || self.options.quiet {
            return vec![];
        }
        let mut lines = vec![String::new()];
        lines.extend(table(artifacts, Setting { paint: self.paint, width }));
        lines.push(String::new());
        let good = artifacts.iter().filter(|artifact| matches!(artifact.end, End::Well(_))).count();
        lines.push(if good == artifacts.len() {
            format!("Built {} in {}", count(good, "image"), time(whole))
        } else {
            format!("Built {good} of {} in {}", count(artifacts.len(), "image"), time(whole))
        });
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_follow_verbosity_and_quiet() {
        let cases = [
            // quiet, verbosity, debug, info, warning
            (false, Verbosity::Warning, "", "i", "warning: w|  w2"),
            (true, Verbosity::Warning, "", "", "warning: w|  w2"),
            (false, Verbosity::Debug, "d", "i", "warning: w|  w2"),
            (false, Verbosity::Trace, "d", "i", "warning: w|  w2"),
            (false, Verbosity::Info, "", "i", "warning: w|  w2"),
            (false, Verbosity::Error, "", "i", ""),
            (true, Verbosity::Fatal, "", "", ""),
            (true, Verbosity::Debug, "d", "", "warning: w|  w2"),
        ];
        for (quiet, verbosity, debug, info, warning) in cases {
            let options = Options { verbosity, quiet, ..Options::default() };
            let mut words = Words::new(options, Paint { colour: false });
            let mut say =
                |level, text: &str| words.say(&Event::Message { level, text: text.into() }).join("|");
            assert_eq!(say(Level::Debug, "d"), debug, "{options:?}");
            assert_eq!(say(Level::Info, "i"), info, "{options:?}");
            assert_eq!(say(Level::Warn, "w\nw2"), warning, "{options:?}");
        }
    }
}
