//! What went wrong, told to a person: [`Report`] carries the kind (and so the exit code), the place in a source
//! file, the causes and the cures. One renderer turns it into text.

mod lines;
mod render;

pub use lines::{Severity, headline, json_lines, lines};
pub use render::{printable, render};

use std::fmt;
use std::path::PathBuf;

/// Whose fault an error is. Decides the exit code (`docs/exit-codes.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The command line is wrong (unknown flag, bad value). Exit code 127, as Skaffold's.
    Usage,
    /// A file the user wrote is wrong: project file, Dockerfile, user config, template. Exit code 2.
    Config,
    /// Something the work needs is not there: builder, daemon, plugin, secret, credentials. Exit code 3.
    User,
    /// A tool or service that was asked to work failed: a RUN step, a push, a registry. Exit code 1.
    Tool,
    /// The cluster said no. Exit code 4.
    Cluster,
    /// The user interrupted the run. Exit code 130.
    Interrupted,
    /// A fault of this program. Exit code 70.
    Internal,
}

impl Kind {
    /// The process's exit code for this kind of error.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Tool => 1,
            Self::Config => 2,
            Self::User => 3,
            Self::Cluster => 4,
            Self::Internal => 70,
            Self::Usage => 127,
            Self::Interrupted => 130,
        }
    }
}

/// A place in a text file. Lines and columns count from 1, columns in characters; `span` is in bytes of `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file as the user named it (shown before `:line:column`).
    pub path: PathBuf,
    /// The file's whole text, shared by reference counting.
    pub text: std::sync::Arc<str>,
    /// Byte range in `text`.
    pub span: std::ops::Range<usize>,
    /// What the caret says; may be empty.
    pub label: String,
}

impl Excerpt {
    /// Line and column (both from 1, the column in characters) of the start of the span.
    pub fn line_column(&self) -> (usize, usize) {
        self.position(self.shown().start)
    }

    /// Line and column of the first character behind the span.
    pub fn end_line_column(&self) -> (usize, usize) {
        self.position(self.shown().end)
    }

    /// The part of the span that lies in the text, on character boundaries, without the line ends it closes with
    /// (carets under them would stand on the next line).
    pub fn shown(&self) -> std::ops::Range<usize> {
        let start = self.text.floor_char_boundary(self.span.start);
        let end = self.text.floor_char_boundary(self.span.end).max(start);
        let inside = self.text.get(start..end).unwrap_or_default();
        start..start + inside.trim_end_matches(['\r', '\n']).len()
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// An error as the user sees it: `title`, where, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose fault it is.
    pub kind: Kind,
    /// One sentence without a trailing period.
    pub title: String,
    /// Places in files, most important first.
    pub excerpts: Vec<Excerpt>,
    /// The chain of causes, outermost first.
    pub causes: Vec<String>,
    /// Output that explains the failure (last log lines of a step), shown verbatim.
    pub output: Vec<String>,
    /// What else there is to know, not a reason: each becomes a `note:`.
    pub notes: Vec<String>,
    /// Cures, each an imperative sentence or a command to run.
    pub hints: Vec<String>,
    /// Where several findings are told together: each of them, for who wants them one by one.
    pub parts: Vec<Self>,
}

impl Report {
    /// A report with a title only.
    pub fn new(kind: Kind, title: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            excerpts: vec![],
            causes: vec![],
            output: vec![],
            notes: vec![],
            hints: vec![],
            parts: vec![],
        }
    }

    /// What is told, one by one: the parts, or the report itself where there are none.
    pub fn findings(&self) -> &[Self] {
        if self.parts.is_empty() { std::slice::from_ref(self) } else { &self.parts }
    }

    /// Shorthand for [`Kind::Config`].
    pub fn config(title: impl Into<String>) -> Self {
        Self::new(Kind::Config, title)
    }

    /// Shorthand for [`Kind::User`].
    pub fn user(title: impl Into<String>) -> Self {
        Self::new(Kind::User, title)
    }

    /// Shorthand for [`Kind::Tool`].
    pub fn tool(title: impl Into<String>) -> Self {
        Self::new(Kind::Tool, title)
    }

    /// Adds the place the error is at.
    #[must_use]
    pub fn at(mut self, excerpt: Excerpt) -> Self {
        self.excerpts.push(excerpt);
        self
    }

    /// Adds the place the error is at, where one is known.
    #[must_use]
    pub fn at_some(mut self, excerpt: Option<Excerpt>) -> Self {
        self.excerpts.extend(excerpt);
        self
    }

    /// Adds a cause.
    #[must_use]
    pub fn cause(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds a cure.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds output lines to show verbatim.
    #[must_use]
    pub fn output(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.output.extend(lines);
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// The result of anything that can fail towards the user. Boxed: the error path is cold, the value path is not.
pub type Result<T, E = Box<Report>> = std::result::Result<T, E>;

/// The nearest of `known` to `given` (edit distance), close enough to be what was meant.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = given.chars().count();
    let limit = (length / 3).max(1);
    known
        .into_iter()
        // The distance is at least the difference in length; long texts take long to compare.
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (distance(&given.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, name)| name)
}

/// Edit distance in characters (insert, delete, replace, swap of neighbours: "optimal string alignment").
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_typos_and_swaps_but_no_strangers() {
        let known = ["artifacts", "tagPolicy", "platforms"];
        assert_eq!(nearest("artefacts", known), Some("artifacts"));
        assert_eq!(nearest("tagpolicy", known), Some("tagPolicy"));
        assert_eq!(nearest("platfroms", known), Some("platforms"));
        assert_eq!(nearest("hooks", known), None);
    }
}
