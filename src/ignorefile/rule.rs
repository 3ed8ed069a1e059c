//! A line of an ignore file, ready to match (moby: `Pattern`).

use regex::bytes::{Regex, RegexBuilder};

use super::glob::Glob;
use super::{expression, lines, replaced, text, wellformed};

/// A pattern, and whether it ignores or keeps what it matches.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Begins with `!`: what matches is kept.
    pub(super) keeps: bool,
    /// Without the `!`.
    pattern: Vec<u8>,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    /// The path is the pattern.
    Exact,
    /// `name/**`: the path begins with the pattern without `**`.
    Prefix,
    /// `**name`: the path ends with the pattern without `**`; `**/name` is `name` too.
    Suffix,
    Glob(Glob),
    Expression(Regex),
    /// Not a pattern of Go's, or one too complex for here. moby looks at a pattern only when it has to match one, and
    /// the build fails; until then such a line is of no consequence. So it is one that leaves nothing out: an ignoring
    /// rule matches nothing, and a keeping one everything.
    Unclear,
}

/// How large an expression may become in memory. What people write takes some thousand bytes; `\pL{1000}` would take long.
const LARGEST_EXPRESSION: usize = 1 << 20;

impl Rule {
    /// `None` for a pattern of nothing but space.
    pub(super) fn new(pattern: &[u8]) -> Result<Option<Self>, String> {
        let pattern = lines::trimmed(pattern);
        if pattern.is_empty() {
            return Ok(None);
        }
        let pattern = lines::clean(pattern);
        let (keeps, pattern) = match pattern.strip_prefix(b"!") {
            Some([]) => return Err("nothing follows the `!`".into()),
            Some(rest) => (true, rest.to_vec()),
            None => (false, pattern),
        };
        wellformed::check(&pattern)?;
        let matcher = Matcher::new(&pattern);
        Ok(Some(Self { keeps, pattern, matcher }))
    }

    /// Whether it matches this very path; `text` is what [`text`] says of it.
    pub(super) fn matches(&self, path: &[u8], text: &[u8]) -> bool {
        match &self.matcher {
            Matcher::Exact => path == self.pattern,
            Matcher::Prefix => path.starts_with(&self.pattern[..self.pattern.len() - 2]),
            Matcher::Suffix => {
                let end = &self.pattern[2..];
                path.ends_with(end) || end.strip_prefix(b"/").is_some_and(|name| path == name)
            }
            Matcher::Glob(glob) => glob.matches(text),
            Matcher::Expression(regex) => regex.is_match(text),
            Matcher::Unclear => self.keeps,
        }
    }

    /// Whether it matches a folder above this path.
    pub(super) fn matches_parent(&self, path: &[u8]) -> bool {
        let mut slashes = (0..path.len()).filter(|at| path[*at] == b'/');
        slashes.any(|at| self.matches(&path[..at], &text(&path[..at])))
    }

    /// What it matches lies at or below this path, which has a slash at its end; `None` when it has wildcards other
    /// than a last `/**` or `/*`.
    pub(super) fn literal_folder(&self) -> Option<Vec<u8>> {
        let path = self.pattern.strip_suffix(b"/**").unwrap_or(&self.pattern);
        let path = path.strip_suffix(b"/*").unwrap_or(path);
        let is_literal =
            !path.iter().any(|b| br"*[]?^\".contains(b)) && !matches!(self.matcher, Matcher::Unclear);
        is_literal.then(|| [path, b"/"].concat())
    }
}

impl Matcher {
    fn new(pattern: &[u8]) -> Self {
        // Brackets and escapes make an expression of any pattern; a `**` makes none where it begins or ends one. A
        // byte order mark is not seen here, but it is when a path is compared.
        let special = |pattern: &[u8]| pattern.iter().any(|b| br"*?[]\".contains(b));
        let seen = pattern.strip_prefix("\u{feff}".as_bytes()).unwrap_or(pattern);
        if !special(seen) {
            return Self::Exact;
        }
        if seen.strip_prefix(b"**").is_some_and(|end| !special(end)) {
            return Self::Suffix;
        }
        if seen.strip_suffix(b"**").is_some_and(|start| !special(start)) {
            return Self::Prefix;
        }
        let seen = replaced(seen);
        if let Some(glob) = Glob::new(&seen) {
            return Self::Glob(glob);
        }
        let expression = expression::of_pattern(&seen);
        let regex =
            expression.and_then(|e| RegexBuilder::new(&e).size_limit(LARGEST_EXPRESSION).build().ok());
        regex.map_or(Self::Unclear, Self::Expression)
    }
}
