//! One pattern (moby: `patternmatcher.go`).

use std::borrow::Cow;

use regex::Regex;

/// A pattern of an ignore file.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// It takes back what others ignore.
    pub(super) exception: bool,
    /// Cleaned, without `!`.
    text: String,
    matcher: Matcher,
}

/// How a pattern is compared.
#[derive(Debug, Clone)]
enum Matcher {
    /// It names one path.
    Exact,
    /// `folder/**`: everything that begins so.
    Prefix(String),
    /// `**end`: everything that ends so.
    Suffix(String),
    /// Anything else.
    Regex(Regex),
    /// A backslash before a letter or digit, which Go's regular expressions read in a way of their own. Whatever it
    /// means, nothing that BuildKit sends is left out.
    Unclear,
}

impl Pattern {
    /// Reads a trimmed line that is not empty.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let (exception, text) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        if exception && text.is_empty() {
            return Err("takes nothing back".to_owned());
        }
        let cleaned = clean(text);
        let text = match cleaned.strip_prefix('/') {
            Some(rest) if !rest.is_empty() => rest.to_owned(),
            _ => cleaned,
        };
        check(&text)?;
        let matcher = compile(&text)?;
        Ok(Self { exception, text, matcher })
    }

    /// Whether the pattern matches exactly this path.
    pub(super) fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Matcher::Exact => self.text == path,
            Matcher::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Matcher::Suffix(suffix) => {
                path.ends_with(suffix.as_str()) || suffix.strip_prefix('/').is_some_and(|name| name == path)
            }
            Matcher::Regex(regex) => regex.is_match(path),
            Matcher::Unclear => self.exception,
        }
    }

    /// Whether it may match something below a folder. Compares what stands before the first special character.
    pub(super) fn may_match_below(&self, folder: &[u8]) -> bool {
        let special = self.text.find(['*', '?', '[', '\\']);
        let plain = &self.text.as_bytes()[..special.unwrap_or(self.text.len())];
        let below = |path: &[u8], folder: &[u8]| {
            path.len() > folder.len() && path.starts_with(folder) && path[folder.len()] == b'/'
        };
        match special {
            None => below(plain, folder),
            // What follows is open: either begins with the other.
            Some(_) => plain.starts_with(folder) || folder.starts_with(plain),
        }
    }
}

/// A path as text. Every byte that is no UTF-8 becomes a character of its own, as Go's regular expressions see it.
pub(super) fn text(path: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(path) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(path.len() + 8);
    for chunk in path.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text)
}

/// Go's `filepath.Clean`: without empty elements, `.`, and `..` where something is before it.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|last| *last != "..") => {
                elements.pop();
            }
            ".." if rooted => {}
            name => elements.push(name),
        }
    }
    let joined = elements.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// What Go's `filepath.Match` refuses: a class that is not closed or empty, and a backslash at the end.
fn check(pattern: &str) -> Result<(), String> {
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return Err("ends with a backslash".to_owned()),
            '[' => {
                if chars.peek() == Some(&'^') {
                    chars.next();
                }
                let mut ranges = 0;
                loop {
                    let Some(low) = chars.next() else { return Err("has a `[` without `]`".to_owned()) };
                    match low {
                        ']' if ranges > 0 => break,
                        ']' | '-' => return Err("has a class that is none".to_owned()),
                        '\\' => drop(chars.next()),
                        _ => {}
                    }
                    if chars.peek() == Some(&'-') {
                        chars.next();
                        match chars.next() {
                            None | Some(']' | '-') => return Err("has a class that is none".to_owned()),
                            Some('\\') => drop(chars.next()),
                            Some(_) => {}
                        }
                    }
                    ranges += 1;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Moby's translation into a regular expression, with its shortcuts: those can be seen from outside.
fn compile(pattern: &str) -> Result<Matcher, String> {
    #[derive(PartialEq)]
    enum Shape {
        Exact,
        Prefix,
        Suffix,
        Regex,
    }
    let mut shape = Shape::Exact;
    let mut regex = "^".to_owned();
    let mut chars = pattern.chars().peekable();
    let mut first = true;
    let mut class = false;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                chars.next_if_eq(&'/');
                if chars.peek().is_none() {
                    if shape == Shape::Exact {
                        shape = Shape::Prefix;
                    } else {
                        regex.push_str(".*");
                        shape = Shape::Regex;
                    }
                } else {
                    regex.push_str("(.*/)?");
                    shape = Shape::Regex;
                }
                if first {
                    shape = Shape::Suffix;
                }
            }
            '*' => {
                regex.push_str("[^/]*");
                shape = Shape::Regex;
            }
            '?' => {
                regex.push_str("[^/]");
                shape = Shape::Regex;
            }
            '.' | '+' | '(' | ')' | '|' | '{' | '}' | '$' => {
                regex.push('\\');
                regex.push(c);
            }
            '\\' => match chars.next() {
                Some(next) if next.is_ascii_alphanumeric() => return Ok(Matcher::Unclear),
                Some(next) => {
                    regex.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
                    shape = Shape::Regex;
                }
                None => regex.push_str("\\\\"),
            },
            '[' if !class => {
                class = true;
                regex.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    regex.push('^');
                }
                shape = Shape::Regex;
            }
            ']' => {
                class = false;
                regex.push(']');
                shape = Shape::Regex;
            }
            // Set operations of this crate that Go's classes do not have.
            '[' | '&' | '~' if class => {
                regex.push('\\');
                regex.push(c);
            }
            '#' | '^' if !class => {
                if c == '#' {
                    regex.push('\\');
                }
                regex.push(c);
            }
            _ => regex.push(c),
        }
        first = false;
    }
    Ok(match shape {
        Shape::Exact => Matcher::Exact,
        Shape::Prefix => Matcher::Prefix(pattern[..pattern.len() - 2].to_owned()),
        Shape::Suffix => Matcher::Suffix(pattern[2..].to_owned()),
        Shape::Regex => {
            regex.push('$');
            Matcher::Regex(Regex::new(&regex).map_err(|_| "is no pattern".to_owned())?)
        }
    })
}
