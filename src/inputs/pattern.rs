//! Patterns of COPY and ADD sources: the words of Go's `filepath.Match`, one for each path element.

/// One element of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    /// This name.
    Name(Box<[u8]>),
    /// Any name that matches.
    Glob(Box<[u8]>),
    /// Any number of elements (`**`).
    Any,
}

/// A whole pattern, relative to the context's root. Without elements it names the root: everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    elements: Vec<Element>,
}

impl Pattern {
    /// Reads a cleaned, slash-separated pattern. `escape` before a special character takes its meaning away.
    pub(super) fn parse(text: &[u8]) -> Self {
        let elements = text
            .split(|byte| *byte == b'/')
            .filter(|element| !element.is_empty() && *element != b".")
            .map(|element| match element {
                b"**" => Element::Any,
                glob if glob.iter().any(|byte| b"*?[\\".contains(byte)) => Element::Glob(glob.into()),
                name => Element::Name(name.into()),
            })
            .collect();
        Self { elements }
    }

    /// What is left of the pattern from element `at`, below a folder of another name.
    pub(super) fn moved(&self, at: usize, below: &[u8]) -> Self {
        let mut moved = Self { elements: Vec::new() };
        for name in below.split(|byte| *byte == b'/').filter(|name| !name.is_empty()) {
            moved.elements.push(Element::Name(name.into()));
        }
        moved.elements.extend_from_slice(&self.elements[at..]);
        moved
    }

    /// Whether everything before element `at` was all of it.
    pub(super) fn ends(&self, at: usize) -> bool {
        self.elements[at..].iter().all(|element| *element == Element::Any)
    }

    /// The places in the pattern that a path is at after `name`, when it was at `at` before.
    pub(super) fn step(&self, at: usize, name: &[u8], next: &mut Vec<usize>) {
        match self.elements.get(at) {
            Some(Element::Any) => {
                next.push(at);
                self.step(at + 1, name, next);
            }
            Some(Element::Name(wanted)) if **wanted == *name => next.push(at + 1),
            Some(Element::Glob(glob)) if matches(glob, name) => next.push(at + 1),
            Some(_) | None => {}
        }
    }
}

/// Whether a name matches a pattern without slashes (Go: `path/filepath.Match`). A malformed pattern matches nothing.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        Some((b'?', rest)) => after_character(name).is_some_and(|name| matches(rest, name)),
        Some((b'[', rest)) => match class(rest, name) {
            Some((true, rest)) => after_character(name).is_some_and(|name| matches(rest, name)),
            _ => false,
        },
        Some((b'\\', rest)) => match (rest.split_first(), name.split_first()) {
            (Some((wanted, rest)), Some((found, name))) => wanted == found && matches(rest, name),
            _ => false,
        },
        Some((wanted, rest)) => {
            name.split_first().is_some_and(|(found, name)| wanted == found && matches(rest, name))
        }
    }
}

/// A name without its first character (which may have several bytes).
fn after_character(name: &[u8]) -> Option<&[u8]> {
    let (_, length) = character(name)?;
    Some(&name[length..])
}

/// The first character and its length; a byte that begins no character stands for itself.
fn character(bytes: &[u8]) -> Option<(u32, usize)> {
    let first = *bytes.first()?;
    let longest = bytes.len().min(4);
    (1..=longest)
        .find_map(|length| {
            std::str::from_utf8(&bytes[..length]).ok()?.chars().next().map(|c| (c as u32, length))
        })
        .or(Some((u32::from(first) | 0x11_0000, 1)))
}

/// Whether the first character of `name` is in the class that begins after the bracket, and the pattern behind it.
fn class<'a>(pattern: &'a [u8], name: &[u8]) -> Option<(bool, &'a [u8])> {
    let (wanted, _) = character(name)?;
    let (negated, mut rest) = match pattern.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let mut found = false;
    let mut ranges = 0;
    loop {
        if let (Some(after), true) = (rest.strip_prefix(b"]"), ranges > 0) {
            return Some((found != negated, after));
        }
        let (low, after) = class_character(rest)?;
        let (high, after) = match after.strip_prefix(b"-") {
            Some(after) => class_character(after)?,
            None => (low, after),
        };
        found |= (low..=high).contains(&wanted);
        ranges += 1;
        rest = after;
    }
}

fn class_character(pattern: &[u8]) -> Option<(u32, &[u8])> {
    let pattern = match pattern.first()? {
        b'-' | b']' => return None,
        b'\\' => &pattern[1..],
        _ => pattern,
    };
    let (character, length) = character(pattern)?;
    Some((character, &pattern[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_go() {
        let rows: [(&str, &str, bool); 28] = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*", "", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("[\\]a]", "]", true),
            ("[\\-]", "-", true),
            ("[x\\-]", "z", false),
            ("[-x]", "x", false),
            ("[a-b-c]", "a", false),
            ("[", "a", false),
            ("[^bc", "a", false),
            ("a[", "a", false),
            ("*.go", "main.go", true),
        ];
        for (pattern, name, expected) in rows {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_path_walks_through_a_pattern() {
        let walk = |pattern: &str, path: &str| {
            let pattern = Pattern::parse(pattern.as_bytes());
            let mut at = vec![0];
            let mut whole = pattern.ends(0);
            for name in path.split('/') {
                let mut next = vec![];
                for at in &at {
                    pattern.step(*at, name.as_bytes(), &mut next);
                }
                whole |= next.iter().any(|at| pattern.ends(*at));
                at = next;
            }
            whole
        };
        for (pattern, path, expected) in [
            ("", "a", true),
            ("a", "a/b/c", true),
            ("a/b", "a", false),
            ("a/*.go", "a/x.go", true),
            ("a/*.go", "a/b/x.go", false),
            ("a/**/x.go", "a/x.go", true),
            ("a/**/x.go", "a/b/c/x.go", true),
            ("a/**/x.go", "a/b/c/y.go", false),
            ("**", "a/b", true),
            ("./a//b", "a/b", true),
        ] {
            assert_eq!(walk(pattern, path), expected, "{pattern} {path}");
        }
    }
}
