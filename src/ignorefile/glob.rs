//! Patterns with `*`, `**` and `?` only, which are nearly all: matched without a regular expression.

use super::expression;

/// A pattern's parts, in order.
#[derive(Debug, Clone)]
pub(super) struct Glob(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Literal(Vec<u8>),
    /// `?`: a character, no slash.
    One,
    /// `*`: any text without a slash.
    Star,
    /// `**` or `**/`: nothing, or any text that ends with a slash. As in a regular expression, no line break.
    Folders,
    /// `**` at the end: any text without a line break.
    Rest,
}

/// With more parts that can take more or less, trying all ways could take long.
const MOST_CHOICES: usize = 3;

impl Glob {
    /// `None` for a pattern that needs a regular expression.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        if pattern.contains(expression::SPECIAL) {
            return None;
        }
        let (mut parts, mut rest) = (vec![], pattern);
        while !rest.is_empty() {
            let part;
            (part, rest) = if let Some(behind) = rest.strip_prefix("**") {
                let behind = behind.strip_prefix('/').unwrap_or(behind);
                (if behind.is_empty() { Part::Rest } else { Part::Folders }, behind)
            } else if let Some(behind) = rest.strip_prefix('*') {
                (Part::Star, behind)
            } else if let Some(behind) = rest.strip_prefix('?') {
                (Part::One, behind)
            } else {
                let (literal, behind) = rest.split_at(rest.find(['*', '?']).unwrap_or(rest.len()));
                (Part::Literal(literal.into()), behind)
            };
            parts.push(part);
        }
        let choices = parts.iter().filter(|part| matches!(part, Part::Star | Part::Folders)).count();
        (choices <= MOST_CHOICES).then_some(Self(parts))
    }

    /// Whether it matches all of a path, which is UTF-8.
    pub(super) fn matches(&self, path: &[u8]) -> bool {
        // Most paths fail here, before any way is tried.
        match self.0.last() {
            Some(Part::Literal(end)) if !path.ends_with(end) => false,
            _ => matches(&self.0, path),
        }
    }
}

fn matches(parts: &[Part], path: &[u8]) -> bool {
    match parts {
        [] => path.is_empty(),
        [Part::Literal(literal), parts @ ..] => {
            path.strip_prefix(&literal[..]).is_some_and(|path| matches(parts, path))
        }
        [Part::One, parts @ ..] => match path.first() {
            // Inside of a character, where a star may have stopped.
            None | Some(b'/' | 0x80..=0xBF) => false,
            Some(_) => matches(parts, &path[character(path)..]),
        },
        [Part::Star] => !path.contains(&b'/'),
        [Part::Star, Part::Literal(end)] => {
            path.strip_suffix(&end[..]).is_some_and(|path| !path.contains(&b'/'))
        }
        [Part::Star, parts @ ..] => {
            let name = path.iter().position(|b| *b == b'/').unwrap_or(path.len());
            (0..=name).any(|taken| matches(parts, &path[taken..]))
        }
        [Part::Folders, parts @ ..] => {
            matches(parts, path)
                || (0..path.len())
                    .take_while(|at| path[*at] != b'\n')
                    .any(|at| path[at] == b'/' && matches(parts, &path[at + 1..]))
        }
        [Part::Rest, ..] => !path.contains(&b'\n'),
    }
}

/// The bytes of the first character of a text that has one.
fn character(text: &[u8]) -> usize {
    1 + text[1..].iter().take_while(|b| matches!(b, 0x80..=0xBF)).count()
}
