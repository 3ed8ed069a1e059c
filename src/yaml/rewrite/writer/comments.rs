//! Comments: those of an entry go where it goes, those of nobody stand above what follows.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::layout::{EntryId, Style};
use super::Writer;

/// Comments without a place, by the first byte of the entry they are to stand above; [`usize::MAX`]: below all.
pub(in super::super) type Orphans = BTreeMap<usize, Vec<Range<usize>>>;

impl Writer<'_> {
    /// The comments in `body` that were not written, each with the entry it can stand above.
    pub(in super::super) fn orphans(&self, body: &Range<usize>) -> Orphans {
        let mut orphans = Orphans::new();
        for comment in self.layout.comments_in(body) {
            if !self.claimed.contains(&comment.start) {
                // Inside of brackets that were written anew, above them; else above what follows.
                let inside = self.visited.range(..comment.start).next_back().filter(|start| {
                    let entry = self.layout.entry_at(**start);
                    entry.is_some_and(|entry| {
                        entry.end > comment.start && self.layout.pieces[entry.value].style != Style::Block
                    })
                });
                let below = inside.or_else(|| self.visited.range(comment.end..body.end).next()).copied();
                orphans.entry(below.unwrap_or(usize::MAX)).or_default().push(comment.clone());
            }
        }
        orphans
    }

    /// Comments to write above the entries they stand for.
    pub(in super::super) fn adopt(&mut self, orphans: Orphans) {
        self.orphans = orphans;
    }

    pub(super) fn comment_line(&mut self, out: &mut String, comment: &Range<usize>, column: usize) {
        self.claimed.insert(comment.start);
        out.extend([&" ".repeat(column), &self.layout.text[comment.clone()], "\n"]);
    }

    /// The lines above an entry.
    pub(super) fn lead(&mut self, entry: EntryId, column: usize) -> String {
        let entry = &self.layout.entries[entry];
        if !entry.block {
            return String::new();
        }
        self.visited.insert(entry.start);
        let mut out = String::new();
        for comment in self.orphans.remove(&entry.start).unwrap_or_default() {
            self.comment_line(&mut out, &comment, column);
        }
        out.push_str(&self.comment_lines(&entry.lead, entry.column, column));
        out
    }

    /// Lines of comments and blanks, unless they are written already.
    pub(super) fn comment_lines(&mut self, range: &Range<usize>, from: usize, to: usize) -> String {
        let mut out = String::new();
        let mut at = range.start;
        for line in self.layout.text[range.clone()].split_inclusive('\n') {
            let comment =
                self.layout.comments_in(&(at..at + line.len())).first().map(|comment| comment.start);
            if comment.is_none_or(|comment| self.claimed.insert(comment)) {
                let words = line.trim_start().trim_end_matches(['\r', '\n']);
                if !words.is_empty() {
                    let blanks = line.len() - line.trim_start().len();
                    out.extend([&" ".repeat((to + blanks).saturating_sub(from)), words]);
                }
                out.push('\n');
            }
            at += line.len();
        }
        out
    }

    /// The comment behind an entry with the blanks before it, unless it is written already.
    pub(super) fn tail(&mut self, entry: EntryId) -> Option<String> {
        let tail = self.layout.entries[entry].tail.clone()?;
        self.claimed.insert(tail.start).then(|| {
            let before = &self.layout.text[..tail.start];
            let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
            format!("{}{}", &before[before.len() - blanks..], &self.layout.text[tail])
        })
    }
}
