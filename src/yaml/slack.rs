//! What the parser refuses and yaml.v3 takes: a quoted text that goes on at the margin, a comment that touches what stands
//! before it. Spaces that mean nothing are put there, and positions are those of the file all the same.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use super::node::{Data, Node};

/// More than any sensible indentation, so that a line is deeper than what its text belongs to.
const MARGIN: usize = 80;
/// Lines that are looked through for the quote that begins a text.
const ABOVE: usize = 200;

/// Spaces that were put into a text.
#[derive(Debug, Default)]
pub(super) struct Slack {
    /// In the order of the file.
    gaps: Vec<Gap>,
    /// The quoted texts whose lines were put deeper.
    texts: Vec<Range<usize>>,
}

#[derive(Debug)]
struct Gap {
    /// Where in the file.
    at: usize,
    /// How many spaces.
    count: usize,
    /// How many in all gaps before.
    before: usize,
}

impl Slack {
    /// Puts spaces where the parser stopped. `false` = they would not help.
    pub(super) fn help(&mut self, text: &str, error: &ScanError) -> bool {
        let Some(at) = error.marker().byte_offset().map(|at| self.original(at)) else { return false };
        let last = self.gaps.last().map(|gap| gap.at);
        if last.is_some_and(|last| at <= last) {
            return false;
        }
        match error.kind() {
            ErrorKind::InvalidQuotedScalarIndent => {
                let Some(quoted) = open_at(text, at) else { return false };
                let lines = text[quoted.clone()].match_indices('\n').map(|(end, _)| quoted.start + end + 1);
                lines.filter(|line| Some(*line) > last).for_each(|line| self.put(line, MARGIN));
                self.texts.push(quoted);
                true
            }
            ErrorKind::CommentNotSeparated if text.get(at..).is_some_and(|rest| rest.starts_with('#')) => {
                self.put(at, 1);
                true
            }
            _ => false,
        }
    }

    fn put(&mut self, at: usize, count: usize) {
        let before = self.gaps.last().map_or(0, |gap| gap.before + gap.count);
        self.gaps.push(Gap { at, count, before });
    }

    /// Whether what was taken for a quoted text is one: else the spaces have moved something that they must not.
    pub(super) fn is_right(&self, documents: &[Node]) -> bool {
        self.texts.iter().all(|text| documents.iter().any(|node| holds(node, text)))
    }

    /// The text with the spaces.
    pub(super) fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(last) = self.gaps.last() else { return Cow::Borrowed(text) };
        let mut result = String::with_capacity(text.len() + last.before + last.count);
        let mut done = 0;
        for gap in &self.gaps {
            result.push_str(&text[done..gap.at]);
            result.extend(std::iter::repeat_n(' ', gap.count));
            done = gap.at;
        }
        result.push_str(&text[done..]);
        Cow::Owned(result)
    }

    /// Where an offset in the text with the spaces is in the file.
    pub(super) fn original(&self, offset: usize) -> usize {
        let begun = self.gaps.partition_point(|gap| gap.at + gap.before <= offset);
        let Some(gap) = begun.checked_sub(1).map(|last| &self.gaps[last]) else { return offset };
        // What is in a gap is where the gap is.
        gap.at.max(offset.saturating_sub(gap.before + gap.count))
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
