//! `.dockerignore` as BuildKit reads it (moby's patternmatcher); not gitignore.
//!
//! Rules are anchored at the context's root, a path is ignored where it or a folder above it matches, the last rule
//! that matches decides, and a `!` rule brings back what lies below an ignored folder. What BuildKit does with odd
//! patterns (`**name` is a plain suffix, `[*]` is no set of one star) is done here too: a file that is ignored here
//! and not there would be an edit that does not rebuild.

mod expression;
mod glob;
mod lines;
mod matched;
mod rule;
mod wellformed;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use matched::Matched;
use rule::Rule;

/// Why an ignore file, or a list of patterns, cannot be used. `Display` names the pattern and what is wrong with it;
/// the line is for the excerpt beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern `{pattern}` cannot be used: {reason}")]
pub struct Error {
    /// The line of the ignore file, or the pattern's place in its list; from 1.
    pub line: usize,
    /// The pattern, as far as it can be shown.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The rules of an ignore file. The default ignores nothing.
///
/// One value may be used by many threads; a clone for each of them shares nothing and so waits for nothing.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    /// What `!` rules name, when none of them has wildcards but `/*` or `/**` at its end.
    kept: Kept,
}

/// Where `!` rules can match (fsutil's walk prunes by this).
#[derive(Debug, Clone)]
enum Kept {
    /// Anywhere: one of them has a wildcard.
    Anywhere,
    /// At and below these paths only, each with a slash at its end.
    Below(Vec<Vec<u8>>),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Below(vec![])
    }
}

impl Rules {
    /// Reads an ignore file: a rule a line, `#` in the first column begins a comment, space around a rule and a
    /// leading `/` do not count.
    ///
    /// # Errors
    /// A pattern that BuildKit refuses when it reads the file: `!` alone, a `[` that is not closed, an escape of nothing.
    /// One that it refuses only when it has to match it (`\\y`, `[z-a]`) leaves nothing out here.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::compile(lines::read(bytes)?)
    }

    /// The rules of a list of patterns, such as the `--exclude` flags of a `COPY`. There a leading `/` counts, and
    /// such a pattern matches nothing.
    ///
    /// # Errors
    /// As [`Rules::parse`].
    pub fn of_patterns(patterns: &[String]) -> Result<Self, Error> {
        let numbered = patterns.iter().enumerate();
        Self::compile(numbered.map(|(index, pattern)| (index + 1, pattern.as_bytes().to_vec())).collect())
    }

    fn compile(patterns: Vec<(usize, Vec<u8>)>) -> Result<Self, Error> {
        let mut rules = vec![];
        for (line, pattern) in patterns {
            let error = |reason| Error { line, pattern: lines::shown(&pattern), reason };
            rules.extend(Rule::new(&pattern).map_err(error)?);
        }
        let kept: Option<Vec<_>> = rules.iter().filter(|rule| rule.keeps).map(Rule::literal_folder).collect();
        Ok(Self { rules, kept: kept.map_or(Kept::Anywhere, Kept::Below) })
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a path is ignored, asked without its folders: each rule is tried on the path and on all folders above
    /// it (moby: `MatchesOrParentMatches`). The path is relative, has slashes, none leading and no `.` or `..`.
    ///
    /// What a build gets is what a walk ([`Rules::enter`]) keeps, and that differs: a walk looks at a `!` rule only where
    /// something is ignored, and at other rules only where nothing is, and passes on what it saw. With `dir/*` and
    /// `!dir` it ignores `dir/x`, for `dir` was not ignored; asked alone, `dir/x` is kept.
    pub fn ignores(&self, path: &[u8]) -> bool {
        let text = text(path);
        let mut ignored = false;
        for rule in &self.rules {
            if rule.keeps == ignored && (rule.matches(path, &text) || rule.matches_parent(path)) {
                ignored = !rule.keeps;
            }
        }
        ignored
    }

    /// What a walk begins with: the state for the entries of the context's root.
    pub fn root(&self) -> Matched {
        Matched::ROOT
    }

    /// A step of a walk: whether the entry is ignored, and the state for the entries below it, if it is a folder.
    /// `parent` is the state of the folder that holds it; `path` is the whole path from the root, as for
    /// [`Rules::ignores`] (moby: `MatchesUsingParentResults`).
    pub fn enter(&self, parent: &Matched, path: &[u8]) -> (bool, Matched) {
        let text = text(path);
        let mut matched = Matched::none(self.rules.len());
        let mut ignored = false;
        for (index, rule) in self.rules.iter().enumerate() {
            let matches = parent.contains(index)
                || rule.keeps == ignored
                    && (rule.matches(path, &text) || parent.is_root() && rule.matches_parent(path));
            if matches {
                matched.insert(index);
                ignored = !rule.keeps;
            }
        }
        (ignored, matched)
    }

    /// Whether anything below an ignored folder may be kept after all, so that it must be walked. Never without `!`
    /// rules; always when one of them has a wildcard before its end; else when one of them lies in the folder.
    pub fn may_keep_below(&self, dir: &[u8]) -> bool {
        match &self.kept {
            Kept::Anywhere => true,
            Kept::Below(paths) => paths.iter().any(|path| {
                dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with(b"/"))
            }),
        }
    }
}

/// What wildcards see of a path: itself, with each byte that is not UTF-8 as a replacement character, as Go reads it.
fn text(path: &[u8]) -> Cow<'_, [u8]> {
    if std::str::from_utf8(path).is_ok() {
        return Cow::Borrowed(path);
    }
    Cow::Owned(replaced(path).into_bytes())
}

/// A text with each byte that is not UTF-8 as a replacement character: one for each byte, unlike
/// [`String::from_utf8_lossy`].
fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
