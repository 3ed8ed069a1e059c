//! `.dockerignore` as BuildKit reads it (moby's patternmatcher); not gitignore.
//!
//! Patterns are anchored at the context's root, `*` and `?` stay within a folder, `**` does not, a path is ignored with
//! every folder above it, `!` takes back, and the last pattern that matches wins.

mod pattern;
#[cfg(test)]
mod tests;

use pattern::Pattern;

/// The rules of one ignore file.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    patterns: Vec<Pattern>,
    exceptions: bool,
}

/// What is known of a folder: which patterns match it or a folder above it. Handed from a folder to its entries, so that
/// each path is compared once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    /// One bit a pattern.
    bits: Vec<u64>,
}

/// A pattern that BuildKit refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{pattern}` {reason}")]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// The pattern as written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Rules {
    /// Reads an ignore file: one pattern a line; lines that begin with `#` and empty ones say nothing (moby:
    /// `ignorefile.ReadAll`).
    ///
    /// # Errors
    /// A pattern that BuildKit refuses.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
        let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let lines = lines.enumerate().filter(|(_, line)| !line.starts_with('#'));
        Self::of(lines.map(|(index, line)| (index + 1, line)))
    }

    /// The rules of a list of patterns (`COPY --exclude`).
    ///
    /// # Errors
    /// A pattern that BuildKit refuses; the line is its number.
    pub fn of_patterns(patterns: &[String]) -> Result<Self, Error> {
        Self::of(patterns.iter().enumerate().map(|(index, pattern)| (index + 1, pattern.as_str())))
    }

    fn of<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Result<Self, Error> {
        let mut rules = Self::default();
        for (line, text) in lines {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let pattern =
                Pattern::parse(text).map_err(|reason| Error { line, pattern: text.to_owned(), reason })?;
            rules.exceptions |= pattern.exception;
            rules.patterns.push(pattern);
        }
        Ok(rules)
    }

    /// Whether nothing is ignored.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a path is ignored: relative to the context's root, slash-separated, without a slash at either end.
    pub fn ignores(&self, path: &[u8]) -> bool {
        let mut parent = self.root();
        let mut ignored = false;
        for end in
            path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at).chain([path.len()])
        {
            (ignored, parent) = self.enter(&parent, &path[..end]);
        }
        ignored
    }

    /// What is known of the context's root.
    pub fn root(&self) -> Matched {
        Matched { bits: vec![0; self.patterns.len().div_ceil(64)] }
    }

    /// Whether an entry of the folder that `parent` is known of is ignored, and what its own entries need to know (moby:
    /// `MatchesUsingParentResults`).
    pub fn enter(&self, parent: &Matched, path: &[u8]) -> (bool, Matched) {
        if self.patterns.is_empty() {
            return (false, Matched::default());
        }
        let mut own = parent.clone();
        let mut ignored = false;
        let text = pattern::text(path);
        for (index, pattern) in self.patterns.iter().enumerate() {
            let (word, bit) = (index / 64, 1_u64 << (index % 64));
            let matches = if parent.bits.get(word).is_some_and(|bits| bits & bit != 0) {
                true
            } else if pattern.exception == ignored {
                // Others could not change the answer.
                pattern.matches(&text)
            } else {
                false
            };
            if matches {
                if let Some(bits) = own.bits.get_mut(word) {
                    *bits |= bit;
                }
                ignored = !pattern.exception;
            }
        }
        (ignored, own)
    }

    /// Whether something below an ignored folder may be kept by an exception. Only then must it be looked into.
    pub fn may_keep_below(&self, folder: &[u8]) -> bool {
        self.exceptions
            && self
                .patterns
                .iter()
                .filter(|pattern| pattern.exception)
                .any(|pattern| pattern.may_match_below(folder))
    }
}
