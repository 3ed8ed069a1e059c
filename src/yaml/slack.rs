//! What the parser refuses and yaml.v3 takes: a quoted text that goes on at the margin, a comment that touches what stands
//! before it. Spaces that mean nothing are put there, and positions are those of the file all the same.

use std::borrow::Cow;

use granit_parser::{ErrorKind, ScanError};

/// More than any sensible indentation, so that a line is deeper than what its text belongs to.
const MARGIN: usize = 80;
/// How often the parser is helped; a file that needs more has another fault.
const MOST: usize = 300;

/// Spaces that were put into a text.
#[derive(Debug, Default)]
pub(super) struct Slack {
    /// Where in the file, and how many; in the order of the file.
    inserted: Vec<(usize, usize)>,
    helped: usize,
}

impl Slack {
    /// Puts spaces where the parser stopped. `false` = they would not help.
    pub(super) fn help(&mut self, text: &str, error: &ScanError) -> bool {
        let Some(at) = error.marker().byte_offset().map(|at| self.original(at)) else { return false };
        if self.helped == MOST || self.inserted.last().is_some_and(|(last, _)| at <= *last) {
            return false;
        }
        self.helped += 1;
        match error.kind() {
            ErrorKind::InvalidQuotedScalarIndent => {
                let mut start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
                // A line without any quote does not end the text, so that the next one is part of it too.
                for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
                    self.inserted.push((start, MARGIN));
                    if line.contains(['\'', '"']) {
                        break;
                    }
                    start += line.len();
                }
                true
            }
            ErrorKind::CommentNotSeparated if text.get(at..).is_some_and(|rest| rest.starts_with('#')) => {
                self.inserted.push((at, 1));
                true
            }
            _ => false,
        }
    }

    /// The text with the spaces.
    pub(super) fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.inserted.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut result = String::with_capacity(text.len() + self.inserted.len() * MARGIN);
        let mut done = 0;
        for (at, count) in &self.inserted {
            result.push_str(&text[done..*at]);
            result.extend(std::iter::repeat_n(' ', *count));
            done = *at;
        }
        result.push_str(&text[done..]);
        Cow::Owned(result)
    }

    /// Where an offset in the text with the spaces is in the file.
    pub(super) fn original(&self, offset: usize) -> usize {
        let mut before = 0;
        for (at, count) in &self.inserted {
            if offset < at + before {
                break;
            }
            if offset < at + before + count {
                return *at;
            }
            before += count;
        }
        offset - before
    }
}
