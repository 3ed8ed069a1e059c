//! The words of an instruction (BuildKit: `parser/split_command.go`, `parser/line_parsers.go`).

use std::collections::BTreeMap;

/// What separates the words of a line; other kinds of space do not.
const SPACE: [char; 5] = ['\t', '\x0b', '\x0c', '\r', ' '];

/// The first word of a line and what follows it.
pub(super) fn split_keyword(line: &str) -> (&str, &str) {
    let line = line.trim();
    line.split_once(SPACE).map_or((line, ""), |(keyword, rest)| (keyword, rest.trim_start_matches(SPACE)))
}

/// The words of a text, as space separates them. Quotes have no meaning.
pub(super) fn fields(text: &str) -> Vec<&str> {
    text.split(SPACE).filter(|word| !word.is_empty()).collect()
}

/// The flags at the beginning of a text, without their quotes, and what follows them. `\` escapes in flags whatever the
/// escape character is.
///
/// # Errors
/// A flag is not ASCII: BuildKit reads flags by the byte.
pub(super) fn flags(text: &str) -> Result<(Vec<String>, String), String> {
    let is_space = |c: char| matches!(c, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ');
    let mut found = vec![];
    let mut left = text;
    loop {
        left = left.trim_start_matches(is_space);
        if !left.starts_with("--") {
            return Ok((found, left.trim().to_owned()));
        }
        let (mut flag, mut quote, mut escaped, mut quoted) = (String::new(), None, false, false);
        let mut length = left.len();
        for (at, c) in left.char_indices() {
            if !c.is_ascii() {
                return Err("a flag is not in ASCII".to_owned());
            }
            match (c, quote) {
                _ if escaped => {
                    escaped = false;
                    flag.push(c);
                }
                ('\\', _) => escaped = true,
                (c, Some(open)) if c == open => quote = None,
                (_, Some(_)) => flag.push(c),
                ('"' | '\'', None) => (quote, quoted) = (Some(c), true),
                (c, None) if is_space(c) => {
                    length = at;
                    break;
                }
                (c, None) => flag.push(c),
            }
        }
        left = &left[length..];
        if flag == "--" {
            return Ok((found, left.trim().to_owned()));
        }
        if quoted || !flag.is_empty() {
            found.push(flag);
        }
    }
}

/// The strings of a JSON array; `None` = the text is no array, and its words count.
///
/// # Errors
/// It is an array, but not of strings; or it may be one for Go, which accepts more.
pub(super) fn json(text: &str) -> Result<Option<Vec<String>>, String> {
    if !text.starts_with('[') {
        return Ok(None);
    }
    match serde_json::from_str::<Vec<serde_json::Value>>(text) {
        Ok(values) => values
            .into_iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .map(Some)
            .ok_or_else(|| "a JSON array holds more than strings".to_owned()),
        Err(_) if text.contains("\\u") => Err("a JSON array cannot be read".to_owned()),
        Err(_) => Ok(None),
    }
}

/// The words of an `ARG` or `ENV`: space inside of quotes, or escaped, separates nothing. Quotes and escapes are kept.
pub(super) fn quoted(text: &str, escape: char) -> Vec<String> {
    let mut found = vec![];
    let mut word = String::new();
    let (mut quote, mut blank) = (None, false);
    let mut left = text.chars();
    while let Some(c) = left.next() {
        if quote.is_none() && c.is_whitespace() {
            if blank || !word.is_empty() {
                found.push(std::mem::take(&mut word));
            }
            blank = false;
            continue;
        }
        if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && (c == '"' || c == '\'') {
            (quote, blank) = (Some(c), true);
        } else if c == escape && quote != Some('\'') {
            // One at the very end escapes nothing and is left out.
            let Some(next) = left.next() else { break };
            word.push(c);
            word.push(next);
            continue;
        }
        word.push(c);
    }
    if blank || !word.is_empty() {
        found.push(word);
    }
    found
}

/// What an `ARG` declares: names, and defaults as written.
///
/// # Errors
/// A name has characters that make it uncertain which name is meant.
pub(super) fn declarations(rest: &str, escape: char) -> Result<Vec<(String, Option<String>)>, String> {
    let plain = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let declared = quoted(rest, escape).into_iter().map(|word| {
        let (name, default) = match word.split_once('=') {
            Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
            None => (word, None),
        };
        if name.is_empty() || !name.chars().all(plain) {
            return Err(format!("ARG declares `{name}`, which is no plain name"));
        }
        Ok((name, default))
    });
    declared.collect()
}

/// What an `ENV` sets: names and values as written, in both its forms.
///
/// # Errors
/// BuildKit refuses it.
pub(super) fn assignments(rest: &str, escape: char) -> Result<Vec<(String, String)>, String> {
    let words = quoted(rest, escape);
    let refused = || "ENV sets a name without a value".to_owned();
    if !words.first().ok_or_else(refused)?.contains('=') {
        let (name, value) = rest.split_once(SPACE).ok_or_else(refused)?;
        return Ok(vec![(name.to_owned(), value.trim_start_matches(SPACE).to_owned())]);
    }
    words
        .iter()
        .map(|word| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect::<Option<_>>()
        .ok_or_else(refused)
}

/// Flags by name, checked against what an instruction takes.
#[derive(Debug, Default)]
pub(super) struct Flags<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Flags<'a> {
    /// `switches` may stand without a value; `many` may be given more than once.
    ///
    /// # Errors
    /// A flag is not known, lacks its value, or is given twice.
    pub(super) fn check(
        flags: &'a [String],
        values: &[&str],
        switches: &[&str],
        many: &[&str],
    ) -> Result<Self, String> {
        let mut found = Self::default();
        for flag in flags {
            let body = flag.strip_prefix("--").unwrap_or(flag);
            let (name, value) = match body.split_once('=') {
                Some((name, value)) => (name, value),
                None if switches.contains(&body) => (body, "true"),
                None if values.contains(&body) || many.contains(&body) => {
                    return Err(format!("the flag --{body} has no value"));
                }
                None => (body, ""),
            };
            let fits = if switches.contains(&name) {
                value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
            } else {
                values.contains(&name) || many.contains(&name)
            };
            if !fits {
                return Err(format!("the flag --{name} is not known in this form"));
            }
            let given = found.0.entry(name).or_default();
            if !given.is_empty() && !many.contains(&name) {
                return Err(format!("the flag --{name} is given twice"));
            }
            given.push(value);
        }
        Ok(found)
    }

    /// The value of a flag.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        self.values(name).first().copied()
    }

    /// Whether a switch is on.
    pub(super) fn on(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// All values of a flag, in order.
    pub(super) fn values(&self, name: &str) -> &[&'a str] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}
