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
        Some(Self(parts))
    }

    /// Whether it matches all of a path, which is UTF-8.
    pub(super) fn matches(&self, path: &[u8]) -> bool {
        // Most paths fail here.
        let literal = |part: Option<&Part>, fits: fn(&[u8], &[u8]) -> bool| match part {
            Some(Part::Literal(text)) => fits(path, text),
            _ => true,
        };
        if !literal(self.0.first(), <[u8]>::starts_with) || !literal(self.0.last(), <[u8]>::ends_with) {
            return false;
        }
        // Where in the path the parts so far may have ended.
        let mut ends = vec![false; path.len() + 1];
        ends[0] = true;
        for part in &self.0 {
            part.step(path, &mut ends);
            if !ends.contains(&true) {
                return false;
            }
        }
        ends[path.len()]
    }
}

impl Part {
    /// From where the parts before it may have ended to where it may.
    fn step(&self, path: &[u8], ends: &mut [bool]) {
        match self {
            Self::Literal(text) => {
                for end in (0..ends.len()).rev() {
                    let start = path[..end].strip_suffix(&text[..]).map(<[u8]>::len);
                    ends[end] = start.is_some_and(|start| ends[start]);
                }
            }
            Self::One => {
                for end in (0..ends.len()).rev() {
                    let start = path[..end].iter().rposition(|byte| !is_continuation(*byte));
                    let whole = path.get(end).is_none_or(|byte| !is_continuation(*byte));
                    ends[end] = whole && start.is_some_and(|start| ends[start] && path[start] != b'/');
                }
            }
            Self::Star => spread(ends, path, b'/'),
            Self::Rest => spread(ends, path, b'\n'),
            Self::Folders => {
                let mut within = false;
                for (at, byte) in path.iter().enumerate() {
                    within = (within || ends[at]) && *byte != b'\n';
                    ends[at + 1] |= within && *byte == b'/';
                }
            }
        }
    }
}

/// Any text without a stop byte.
fn spread(ends: &mut [bool], path: &[u8], stop: u8) {
    for (at, byte) in path.iter().enumerate() {
        ends[at + 1] |= ends[at] && *byte != stop;
    }
}

/// Whether a byte goes on with a character that began before it.
fn is_continuation(byte: u8) -> bool {
    matches!(byte, 0x80..=0xBF)
}
