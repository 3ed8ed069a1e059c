//! Words as a shell reads them: quotes, escapes and variables (BuildKit: `frontend/dockerfile/shell`).

use std::collections::BTreeSet;

use regex::Regex;

/// How deep expansions may nest before they are given up.
const DEPTH: usize = 50;

/// What is known of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Variable<'a> {
    /// It has this value.
    Set(&'a str),
    /// It certainly has none.
    Unset,
    /// It may have any value, or none.
    Unknown,
}

/// Why a word has no certain expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// BuildKit refuses the word.
    Refused(String),
    /// It depends on this variable.
    Unknown(String),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(reason) => f.write_str(reason),
            Self::Unknown(name) => write!(f, "the value of ${name} is not known"),
        }
    }
}

/// The words of a text in which nothing is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pieces {
    /// Quotes and escapes are kept.
    Raw,
    /// They are removed.
    Unquoted,
}

/// Expands a word. Its quotes are removed; space in it is kept.
pub(super) fn expand<'v>(
    word: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Variable<'v>,
) -> Result<String, Problem> {
    let mut reader = Reader::new(word, escape, lookup);
    reader.until(None, false).map(|read| read.text)
}

/// The variables that a word names, whatever their values are.
pub(super) fn names(word: &str, escape: char) -> BTreeSet<String> {
    let lookup = |_: &str| Variable::Set("");
    let mut reader = Reader::new(word, escape, &lookup);
    // What a word that cannot be read names is of no interest: nothing is built from it.
    reader.until(None, false).map(|_| reader.names).unwrap_or_default()
}

/// Splits a text into words without expanding anything; `\` escapes. For finding here-documents.
pub(super) fn pieces(text: &str, kind: Pieces) -> Result<Vec<String>, String> {
    let lookup = |_: &str| Variable::Unset;
    let mut reader = Reader::new(text, '\\', &lookup);
    reader.keep_unset = true;
    reader.keep_quotes = kind == Pieces::Raw;
    let read = reader.until(None, kind == Pieces::Raw).map_err(|problem| problem.to_string())?;
    Ok(read.words.finish())
}

struct Reader<'a, 'v> {
    chars: Vec<char>,
    at: usize,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Variable<'v>,
    names: BTreeSet<String>,
    keep_quotes: bool,
    keep_escapes: bool,
    /// Variables that are not set stay as they are written.
    keep_unset: bool,
    depth: usize,
}

struct Read {
    text: String,
    words: Words,
}

#[derive(Default)]
struct Words {
    word: String,
    done: Vec<String>,
    inside: bool,
}

impl Words {
    fn push(&mut self, c: char) {
        if !c.is_whitespace() {
            self.push_raw(c);
        } else if self.inside && !self.word.is_empty() {
            self.done.push(std::mem::take(&mut self.word));
            self.inside = false;
        }
    }

    fn push_raw(&mut self, c: char) {
        self.word.push(c);
        self.inside = true;
    }

    fn finish(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.done.push(self.word);
        }
        self.done
    }
}

fn refused<T>(reason: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Refused(reason.into()))
}

impl<'a, 'v> Reader<'a, 'v> {
    fn new(text: &str, escape: char, lookup: &'a dyn Fn(&str) -> Variable<'v>) -> Self {
        let chars = text.strip_prefix('\u{feff}').unwrap_or(text).chars().collect();
        Self {
            chars,
            at: 0,
            escape,
            lookup,
            names: BTreeSet::new(),
            keep_quotes: false,
            keep_escapes: false,
            keep_unset: false,
            depth: 0,
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    /// Reads up to a character, which is taken, or to the end of the text.
    fn until(&mut self, stop: Option<char>, keep_escapes: bool) -> Result<Read, Problem> {
        if self.depth == DEPTH {
            return refused("expansions are nested too deeply");
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.keep_escapes, keep_escapes);
        let read = self.until_stop(stop);
        self.keep_escapes = outer;
        self.depth -= 1;
        read
    }

    fn until_stop(&mut self, stop: Option<char>) -> Result<Read, Problem> {
        let mut text = String::new();
        let mut words = Words::default();
        while let Some(c) = self.peek() {
            if stop == Some(c) {
                self.at += 1;
                return Ok(Read { text, words });
            }
            match c {
                '$' => {
                    let value = self.dollar()?;
                    value.chars().for_each(|c| words.push(c));
                    text.push_str(&value);
                }
                '\'' | '"' => {
                    let value = if c == '"' { self.double_quoted()? } else { self.single_quoted()? };
                    words.word.push_str(&value);
                    words.inside = true;
                    text.push_str(&value);
                }
                _ if c == self.escape => {
                    self.at += 1;
                    if self.keep_escapes {
                        words.push_raw(c);
                        text.push(c);
                    }
                    let Some(escaped) = self.next() else { break };
                    words.push_raw(escaped);
                    text.push(escaped);
                }
                _ => {
                    self.at += 1;
                    words.push(c);
                    text.push(c);
                }
            }
        }
        match stop {
            Some(stop) => refused(format!("a `{stop}` is missing")),
            None => Ok(Read { text, words }),
        }
    }

    fn single_quoted(&mut self) -> Result<String, Problem> {
        let mut text = String::new();
        let open = self.next();
        text.extend(open.filter(|_| self.keep_quotes));
        while let Some(c) = self.next() {
            if Some(c) == open {
                text.extend(open.filter(|_| self.keep_quotes));
                return Ok(text);
            }
            text.push(c);
        }
        refused("a single quote is not closed")
    }

    fn double_quoted(&mut self) -> Result<String, Problem> {
        let mut text = String::new();
        let open = self.next();
        text.extend(open.filter(|_| self.keep_quotes));
        while let Some(c) = self.peek() {
            if c == '$' {
                text.push_str(&self.dollar()?);
                continue;
            }
            self.at += 1;
            if c == '"' {
                text.extend(open.filter(|_| self.keep_quotes));
                return Ok(text);
            }
            if c != self.escape {
                text.push(c);
                continue;
            }
            if self.keep_escapes {
                text.push(c);
            }
            match self.peek() {
                None => {}
                // Only these can be escaped here; before anything else the escape character stays.
                Some(next) if next == '"' || next == '$' || next == self.escape => {
                    self.at += 1;
                    text.push(next);
                }
                Some(_) => text.push(c),
            }
        }
        refused("a double quote is not closed")
    }

    fn dollar(&mut self) -> Result<String, Problem> {
        self.at += 1;
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return Ok(match self.value(&name)? {
                None if self.keep_unset => format!("${name}"),
                value => value.unwrap_or_default(),
            });
        }
        self.at += 1;
        if matches!(self.peek(), None | Some('{' | '}' | ':')) {
            return refused("`${` is followed by no name");
        }
        let name = self.name();
        match self.next() {
            Some('}') => Ok(match self.value(&name)? {
                None if self.keep_unset => format!("${{{name}}}"),
                value => value.unwrap_or_default(),
            }),
            Some(':') => {
                let operator = self.next();
                self.modified(&name, operator, true)
            }
            Some('/') => self.replaced(&name),
            operator => self.modified(&name, operator, false),
        }
    }

    /// `${name-word}` and its kin. With a colon, an empty value counts as none.
    fn modified(&mut self, name: &str, operator: Option<char>, colon: bool) -> Result<String, Problem> {
        let Some(operator) = operator.filter(|operator| "+-?#%".contains(*operator)) else {
            return refused(format!("${{{name}…}} has a modifier that is not known"));
        };
        let word = self.until(Some('}'), matches!(operator, '#' | '%'))?.text;
        let value = self.value(name)?;
        let colon_written = if colon { ":" } else { "" };
        if value.is_none() && self.keep_unset {
            return Ok(format!("${{{name}{colon_written}{operator}{word}}}"));
        }
        let counts = value.as_deref().is_some_and(|value| !(colon && value.is_empty()));
        let value = value.unwrap_or_default();
        match operator {
            '-' => Ok(if counts { value } else { word }),
            '+' => Ok(if counts { word } else { String::new() }),
            '?' if counts => Ok(value),
            '?' => refused(format!("${name} is required")),
            _ => match word.strip_prefix(operator) {
                Some(pattern) => trimmed(&value, pattern, operator, true),
                None => trimmed(&value, &word, operator, false),
            },
        }
    }

    /// `${name/pattern/replacement}`; with two slashes every match.
    fn replaced(&mut self, name: &str) -> Result<String, Problem> {
        let all = self.peek() == Some('/');
        self.at += usize::from(all);
        let pattern = self.until(Some('/'), true)?.text;
        let replacement = self.until(Some('}'), true)?.text;
        let value = match self.value(name)? {
            None if self.keep_unset => return Ok(format!("${{{name}/{pattern}/{replacement}}}")),
            value => value.unwrap_or_default(),
        };
        if all && replacement.contains('$') {
            return refused(format!("the replacement in ${{{name}//…}} has a dollar sign"));
        }
        let pattern = compile(&shell_pattern(&pattern, true)?)?;
        let times = usize::from(!all);
        Ok(pattern.replacen(&value, times, regex::NoExpand(&replacement)).into_owned())
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if name.is_empty() && "@*#?-$!".contains(c) {
                self.at += 1;
                return c.to_string();
            }
            let digits = name.chars().next().is_some_and(char::is_numeric);
            if !(c.is_numeric() || !digits && (c.is_alphabetic() || c == '_')) {
                break;
            }
            self.at += 1;
            name.push(c);
        }
        name
    }

    fn value(&mut self, name: &str) -> Result<Option<String>, Problem> {
        if !name.is_ascii() {
            // What counts as a letter differs between languages.
            return Err(Problem::Unknown(name.to_owned()));
        }
        self.names.insert(name.to_owned());
        match (self.lookup)(name) {
            Variable::Set(value) => Ok(Some(value.to_owned())),
            Variable::Unset => Ok(None),
            Variable::Unknown => Err(Problem::Unknown(name.to_owned())),
        }
    }
}

/// A value without the beginning (`#`) or end (`%`) that a pattern matches.
fn trimmed(value: &str, pattern: &str, operator: char, longest: bool) -> Result<String, Problem> {
    let (expression, kept) = if operator == '#' {
        (format!("^{}", shell_pattern(pattern, longest)?), None)
    } else {
        // The rest takes as much as it can, so that the end is the shortest; or the other way round.
        let rest = if longest { ".*?" } else { ".*" };
        (format!("^((?s:{rest})){}$", shell_pattern(pattern, longest)?), Some(1))
    };
    let expression = compile(&expression)?;
    let Some(found) = expression.captures(value) else { return Ok(value.to_owned()) };
    Ok(match kept {
        Some(group) => found[group].to_owned(),
        None => value[found[0].len()..].to_owned(),
    })
}

/// A shell's pattern as a regular expression: `*` and `?`, but no `[…]`.
fn shell_pattern(pattern: &str, longest: bool) -> Result<String, Problem> {
    let mut expression = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => expression.push_str(if longest { ".*" } else { ".*?" }),
            '?' => expression.push('.'),
            '\\' => match chars.peek() {
                Some('}' | '/') => {}
                Some('*' | '?' | '\\') => {
                    expression.push('\\');
                    expression.extend(chars.next());
                }
                _ => return refused("a pattern escapes what needs no escape"),
            },
            c => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    Ok(expression)
}

fn compile(expression: &str) -> Result<Regex, Problem> {
    Regex::new(expression).or_else(|_| refused("a pattern is too large"))
}
