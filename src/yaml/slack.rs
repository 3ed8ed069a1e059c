//! What the parser refuses and yaml.v3 takes: a quoted text that goes on at the margin, a comment that touches what stands
//! before it. Spaces that mean nothing are put there, and positions are those of the file all the same.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use super::node::{Data, Node};

/// More than any sensible indentation, so that a line is deeper than what its text belongs to.
const MARGIN: usize = 80;
/// How often the parser is helped; a file that needs more has another fault.
const MOST: usize = 100;
/// Lines that are looked through for the quote that begins a text.
const ABOVE: usize = 200;

/// Spaces that were put into a text.
#[derive(Debug, Default)]
pub(super) struct Slack {
    /// Where in the file, and how many; in the order of the file.
    inserted: Vec<(usize, usize)>,
    /// The quoted texts whose lines were put deeper.
    texts: Vec<Range<usize>>,
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
                let Some(quoted) = open_at(text, at) else { return false };
                let lines = text[quoted.clone()].match_indices('\n').map(|(end, _)| quoted.start + end + 1);
                let last = self.inserted.last().map_or(0, |(last, _)| *last);
                self.inserted.extend(lines.filter(|start| *start > last).map(|start| (start, MARGIN)));
                self.texts.push(quoted);
                true
            }
            ErrorKind::CommentNotSeparated if text.get(at..).is_some_and(|rest| rest.starts_with('#')) => {
                self.inserted.push((at, 1));
                true
            }
            _ => false,
        }
    }

    /// Whether what was taken for a quoted text is one: else the spaces have moved something that they must not.
    pub(super) fn is_right(&self, documents: &[Node]) -> bool {
        self.texts.iter().all(|text| documents.iter().any(|node| holds(node, text)))
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

/// The quoted text that a place is in: from its first quote to behind its last. `None` = it has no end, or no begin that
/// is seen.
fn open_at(text: &str, at: usize) -> Option<Range<usize>> {
    let mut end = text.get(..at)?.rfind('\n')?;
    for _ in 0..ABOVE {
        let start = text[..end].rfind('\n').map_or(0, |end| end + 1);
        let mut from = start;
        while let Some(quote) = text[from..end].find(['\'', '"']).map(|quote| from + quote) {
            let begins = quote == start || text[..quote].ends_with([' ', '\t', '[', '{', ',', ':']);
            match end_of(text, quote) {
                Some(behind) if begins && behind <= end => from = behind,
                Some(behind) if begins => return (behind > at).then_some(quote..behind),
                None if begins => return None,
                _ => from = quote + 1,
            }
        }
        end = start.checked_sub(1)?;
    }
    None
}

/// Behind the quote that closes the text which begins at one.
fn end_of(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(start)?;
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            byte if byte != quote => at += 1,
            b'\'' if bytes.get(at + 1) == Some(&quote) => at += 2,
            _ => return Some(at + 1),
        }
    }
}

/// Whether a node, or one below it, is the text at this place.
fn holds(node: &Node, text: &Range<usize>) -> bool {
    match &node.data {
        Data::Seq(items) => items.iter().any(|item| holds(item, text)),
        Data::Map(entries) => entries.iter().any(|(key, value)| holds(key, text) || holds(value, text)),
        _ => node.span.start == text.start && node.span.end == text.end,
    }
}
