//! Regular expressions, in Go's syntax (sprig: regex).

use regex::{NoExpand, Regex, RegexBuilder};

use super::call::{Answer, Call, LONGEST, MOST, Wrong, long, too_long};
use super::{Function, function};
use crate::template::value::{Items, Value};

/// The largest pattern, compiled, in bytes.
const LARGEST: usize = 1 << 20;
/// What making a pattern costs, in steps.
const COST: usize = 5_000;

pub(super) const FUNCTIONS: &[Function] = &[
    function("regexMatch", "ss", matches),
    function("mustRegexMatch", "ss", matches),
    function("regexFind", "ss", find),
    function("mustRegexFind", "ss", find),
    function("regexFindAll", "ssi", find_all),
    function("mustRegexFindAll", "ssi", find_all),
    function("regexReplaceAll", "sss", replace_all),
    function("mustRegexReplaceAll", "sss", replace_all),
    function("regexReplaceAllLiteral", "sss", replace_literally),
    function("mustRegexReplaceAllLiteral", "sss", replace_literally),
    function("regexSplit", "ssi", split),
    function("mustRegexSplit", "ssi", split),
    function("regexQuoteMeta", "s", |c| {
        let special = |c: char| r"\.+*?()|[]{}^$".contains(c);
        let quoted = c.text(0).chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c]));
        Ok(quoted.collect::<String>().into())
    }),
];

/// The pattern that is the first argument.
fn pattern(c: &mut Call<'_, '_>) -> Result<Regex, Wrong> {
    let text = c.text(0);
    if let Some(regex) = c.run.patterns.get(text) {
        return Ok(regex.clone());
    }
    c.spend(COST)?;
    let made = RegexBuilder::new(&translate(text)).size_limit(LARGEST).nest_limit(100).build();
    let regex = made.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        // The last line says what; the others draw the pattern.
        error => {
            let text = error.to_string();
            let line = text.lines().last().unwrap_or_default();
            format!("the pattern is wrong: {}", line.trim_start_matches("error: "))
        }
    })?;
    c.run.patterns.insert(text.to_owned(), regex.clone());
    Ok(regex)
}

/// Go's syntax in that of the engine here: `\d`, `\s`, `\w` and `\b` know ASCII only, `\Q…\E` quotes, and within brackets
/// `[`, `&&`, `--` and `~~` mean nothing special.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut brackets = false;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let escaped = after.chars().next().filter(|_| c == '\\');
        if let Some(escaped) = escaped {
            rest = &after[escaped.len_utf8()..];
            match escaped {
                'd' => out.push_str("[0-9]"),
                'D' => out.push_str("[^0-9]"),
                'w' => out.push_str("[0-9A-Za-z_]"),
                'W' => out.push_str("[^0-9A-Za-z_]"),
                's' => out.push_str("[\\t\\n\\f\\r ]"),
                'S' => out.push_str("[^\\t\\n\\f\\r ]"),
                'b' if !brackets => out.push_str("(?-u:\\b)"),
                'Q' if !brackets => {
                    let length = rest.find("\\E").unwrap_or(rest.len());
                    out.push_str(&regex::escape(&rest[..length]));
                    rest = rest[length..].strip_prefix("\\E").unwrap_or_default();
                }
                escaped => out.extend(['\\', escaped]),
            }
            continue;
        }
        rest = after;
        match c {
            '[' if !brackets => {
                brackets = true;
                out.push('[');
                if let Some(negated) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = negated;
                }
                // The first one is a character.
                if let Some(closed) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = closed;
                }
            }
            '[' if rest.starts_with(':') && rest.contains(":]") => {
                let length = rest.find(":]").map_or(0, |at| at + 2);
                out.push('[');
                out.push_str(&rest[..length]);
                rest = &rest[length..];
            }
            '[' => out.push_str("\\["),
            ']' if brackets => {
                brackets = false;
                out.push(']');
            }
            '&' | '~' if brackets => out.extend(['\\', c]),
            '-' if brackets && rest.starts_with('-') => out.push_str("\\-"),
            c => out.push(c),
        }
    }
    out
}

fn matches(c: &mut Call<'_, '_>) -> Answer {
    Ok(pattern(c)?.is_match(c.text(1)).into())
}

fn find(c: &mut Call<'_, '_>) -> Answer {
    Ok(pattern(c)?.find(c.text(1)).map_or("", |found| found.as_str()).into())
}

/// A count of which a negative one means all.
fn most(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn find_all(c: &mut Call<'_, '_>) -> Answer {
    let regex = pattern(c)?;
    let found: Vec<&str> =
        regex.find_iter(c.text(1)).take(most(c.int(2)).min(MOST + 1)).map(|found| found.as_str()).collect();
    if found.is_empty() { Ok(Value::nil_list(Items::Text)) } else { listed(found) }
}

fn listed(texts: Vec<&str>) -> Answer {
    if texts.len() > MOST {
        return Err(format!("the list would have more than {MOST} items").into());
    }
    Ok(Value::texts(texts))
}

fn replace_all(c: &mut Call<'_, '_>) -> Answer {
    let regex = pattern(c)?;
    let (text, replacement) = (c.text(1), c.text(2));
    let mut out = String::new();
    let mut end = 0;
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        captures.expand(replacement, &mut out);
        end = whole.end();
        if out.len() > LONGEST {
            return Err(too_long());
        }
    }
    out.push_str(&text[end..]);
    Ok(out.into())
}

fn replace_literally(c: &mut Call<'_, '_>) -> Answer {
    let regex = pattern(c)?;
    let (text, replacement) = (c.text(1), c.text(2));
    let length = text.len() + regex.find_iter(text).count() * replacement.len();
    long(length, || regex.replace_all(text, NoExpand(replacement)).into_owned())
}

fn split(c: &mut Call<'_, '_>) -> Answer {
    let regex = pattern(c)?;
    let (text, most) = (c.text(1), most(c.int(2)).min(MOST + 1));
    if most == 0 {
        return Ok(Value::nil_list(Items::Text));
    }
    if !c.text(0).is_empty() && text.is_empty() {
        return Ok(Value::texts([""]));
    }
    let mut parts = vec![];
    let (mut start, mut end) = (0, 0);
    for found in regex.find_iter(text).take(most) {
        if parts.len() + 1 == most {
            break;
        }
        end = found.start();
        // An empty match at the beginning separates nothing.
        if found.end() != 0 {
            parts.push(&text[start..end]);
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(&text[start..]);
    }
    listed(parts)
}
