//! Parts of the text that stay as they are.

use std::collections::HashMap;
use std::ops::Range;

use super::super::is_same;
use super::super::layout::EntryId;
use super::Writer;
use crate::yaml::Node;

impl Writer<'_> {
    /// Can the lines of an entry stay for this value?
    pub(super) fn is_copyable(&self, source: EntryId, value: &Node) -> bool {
        self.layout.entries[source].block
            && self
                .original(self.layout.entries[source].value)
                .is_some_and(|original| is_same(original, value))
            && self.aliases_hold(&self.layout.body(source))
    }

    /// Would the aliases in a part of the text mean there what they meant?
    pub(super) fn aliases_hold(&self, range: &Range<usize>) -> bool {
        let mut inside = HashMap::new();
        self.layout.marks_in(range).iter().all(|mark| {
            if !mark.is_alias {
                inside.insert(mark.name, mark.target);
                return true;
            }
            match inside.get(mark.name) {
                Some(target) => *target == mark.target,
                None => self
                    .anchors
                    .get(mark.name)
                    .zip(self.originals.get(&mark.target))
                    .is_some_and(|(now, then)| is_same(now, then)),
            }
        })
    }

    /// An entry with all its lines as they are, at another column.
    pub(super) fn verbatim(&mut self, entry: EntryId, column: usize) -> String {
        let lead = self.lead(entry, column);
        let from = self.layout.entries[entry].column;
        let mut range = self.layout.body(entry);
        if let Some(tail) = &self.layout.entries[entry].tail
            && self.claimed.contains(&tail.start)
            && self.layout.next_line(tail.start) >= range.end
        {
            // The entry is written a second time, in place of an alias.
            range.end = self.layout.text[..tail.start].trim_end().len();
        }
        let body = self.copy(&range, from, column);
        let end = if body.ends_with('\n') { "" } else { "\n" };
        format!("{lead}{}{body}{end}", " ".repeat(column))
    }

    /// A part of the text, its lines but the first moved to another column.
    pub(super) fn copy(&mut self, range: &Range<usize>, from: usize, to: usize) -> String {
        self.claimed.extend(self.layout.comments_in(range).iter().map(|comment| comment.start));
        for mark in self.layout.marks_in(range) {
            if let Some(target) = self.originals.get(&mark.target).filter(|_| !mark.is_alias) {
                self.anchors.insert(mark.name, target);
            }
        }
        let text = &self.layout.text[range.clone()];
        if from == to {
            return text.to_owned();
        }
        let mut lines = text.split_inclusive('\n');
        let mut out = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            if to > from && !line.trim_end_matches(['\r', '\n']).is_empty() {
                out.push_str(&" ".repeat(to - from));
            }
            let blanks = line.bytes().take_while(|byte| *byte == b' ').count();
            out.push_str(&line[blanks.min(from.saturating_sub(to))..]);
        }
        out
    }
}
