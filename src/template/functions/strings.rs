//! Text (sprig: strings).
//!
//! Go counts and cuts bytes. Here a cut never goes through a character: one that does leaves it out.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::call::{Answer, Call, LONGEST, MOST, Wrong, long};
use super::{Function, function};
use crate::template::fmt;
use crate::template::value::{Shape, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("hello", "", |_| Ok("Hello!".into())),
    function("upper", "s", |c| Ok(upper(c.text(0)).into())),
    function("lower", "s", |c| Ok(lower(c.text(0)).into())),
    function("trim", "s", |c| Ok(c.text(0).trim().into())),
    function("trimAll", "ss", |c| Ok(trim_all(c).into())),
    function("trimall", "ss", |c| Ok(trim_all(c).into())),
    function("trimPrefix", "ss", |c| Ok(c.text(1).strip_prefix(c.text(0)).unwrap_or(c.text(1)).into())),
    function("trimSuffix", "ss", |c| Ok(c.text(1).strip_suffix(c.text(0)).unwrap_or(c.text(1)).into())),
    function("nospace", "s", |c| Ok(c.text(0).split_whitespace().collect::<String>().into())),
    function("contains", "ss", |c| Ok(c.text(1).contains(c.text(0)).into())),
    function("hasPrefix", "ss", |c| Ok(c.text(1).starts_with(c.text(0)).into())),
    function("hasSuffix", "ss", |c| Ok(c.text(1).ends_with(c.text(0)).into())),
    function("replace", "sss", |c| {
        let (old, new, text) = (c.text(0), c.text(1), c.text(2));
        let length = text.len() + text.matches(old).count() * new.len();
        long(length, || text.replace(old, new))
    }),
    function("repeat", "is", |c| {
        let (count, text) = (c.count(0)?, c.text(1));
        long(text.len().saturating_mul(count), || text.repeat(count))
    }),
    function("substr", "iis", substr),
    function("trunc", "is", trunc),
    function("indent", "is", |c| indent(c, "")),
    function("nindent", "is", |c| indent(c, "\n")),
    function("quote", "a*", |c| joined(c, |value| Ok(fmt::quote(&fmt::text(value)?, false)))),
    function("squote", "a*", |c| joined(c, |value| Ok(format!("'{}'", fmt::text(value)?)))),
    function("cat", "a*", |c| joined(c, fmt::text)),
    function("plural", "ssi", |c| Ok(if c.int(2) == 1 { c.text(0) } else { c.text(1) }.into())),
    function("toString", "a", |c| Ok(fmt::text(c.value(0))?.into())),
    function("toStrings", "a", |c| Ok(Value::texts(texts_of(c.value(0))?))),
    function("join", "sa", |c| {
        let texts = texts_of(c.value(1))?;
        let length = texts.iter().map(|text| text.len() + c.text(0).len()).sum();
        long(length, || texts.join(c.text(0)))
    }),
    function("splitList", "ss", |c| Ok(Value::texts(split(c.text(1), c.text(0), usize::MAX)?))),
    function("split", "ss", |c| Ok(numbered(&split(c.text(1), c.text(0), usize::MAX)?))),
    function("splitn", "sis", |c| {
        let most = usize::try_from(c.int(1)).unwrap_or(usize::MAX);
        Ok(numbered(&split(c.text(2), c.text(0), most)?))
    }),
];

/// In upper case, each character on its own, as Go does: `ß` stays.
pub(super) fn upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

/// In lower case, each character on its own.
pub(super) fn lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

pub(super) fn upper_char(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

pub(super) fn lower_char(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn trim_all<'c>(c: &Call<'c, '_>) -> &'c str {
    let cut = c.text(0);
    c.text(1).trim_matches(|c| cut.contains(c))
}

/// The bytes of a text between two positions.
///
/// # Errors
/// They are outside of it, or not in order.
fn part(text: &str, from: i64, to: i64) -> Answer {
    let position = |at: i64| usize::try_from(at).ok().filter(|at| *at <= text.len());
    match (position(from), position(to)) {
        (Some(from), Some(to)) if from <= to => Ok(text
            .get(text.ceil_char_boundary(from)..text.floor_char_boundary(to))
            .unwrap_or_default()
            .into()),
        _ => Err(format!("there is no part from {from} to {to} of a text of {} bytes", text.len()).into()),
    }
}

fn substr(c: &mut Call<'_, '_>) -> Answer {
    let (from, to, text) = (c.int(0), c.int(1), c.text(2));
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    match (from, to) {
        (..0, to) => part(text, 0, to),
        (from, ..0) => part(text, from, length),
        (from, to) => part(text, from, to.min(length)),
    }
}

/// The first bytes, or with a negative number the last ones.
fn trunc(c: &mut Call<'_, '_>) -> Answer {
    let (count, text) = (c.int(0), c.text(1));
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    match count {
        ..0 if length.saturating_add(count) > 0 => part(text, length + count, length),
        0.. if length > count => part(text, 0, count),
        _ => Ok(text.into()),
    }
}

fn indent(c: &Call<'_, '_>, before: &str) -> Answer {
    let (count, text) = (c.count(0)?, c.text(1));
    let lines = text.matches('\n').count() + 1;
    long(lines.saturating_mul(count).saturating_add(text.len()), || {
        let pad = " ".repeat(count);
        format!("{before}{pad}{}", text.replace('\n', &format!("\n{pad}")))
    })
}

/// What is there, each as text, with spaces between.
fn joined(c: &Call<'_, '_>, show: impl Fn(&Value) -> Result<String, Wrong>) -> Answer {
    let present = c.args.iter().filter(|value| !value.is_nil());
    let mut text = String::new();
    for (index, value) in present.enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(&show(value)?);
        if text.len() > LONGEST {
            return Err(super::call::too_long());
        }
    }
    Ok(text.into())
}

/// The texts of a list's items, of one value, or none of nothing (`strslice` of sprig).
pub(super) fn texts_of(value: &Value) -> Result<Vec<String>, Wrong> {
    match value {
        Value::List(list) => list.items.iter().filter(|item| !item.is_nil()).map(fmt::text).collect(),
        value if value.is_nil() => Ok(vec![]),
        value => Ok(vec![fmt::text(value)?]),
    }
}

/// The parts between separators, at most so many; an empty separator stands between characters.
fn split<'t>(text: &'t str, separator: &str, most: usize) -> Result<Vec<&'t str>, Wrong> {
    let mut parts = vec![];
    let mut rest = text;
    if most == 0 || (separator.is_empty() && text.is_empty()) {
        return Ok(parts);
    }
    while parts.len() + 1 < most {
        let found = if separator.is_empty() {
            rest.chars().next().map(char::len_utf8).filter(|length| *length < rest.len())
        } else {
            rest.find(separator)
        };
        let Some(at) = found else { break };
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
        if parts.len() > MOST {
            return Err(format!("the list would have more than {MOST} items").into());
        }
    }
    parts.push(rest);
    Ok(parts)
}

/// `_0`, `_1`, ….
fn numbered(parts: &[&str]) -> Value {
    let entry = |(index, part): (usize, &&str)| (Rc::from(format!("_{index}")), Value::from(*part));
    Value::map(Shape::Texts, parts.iter().enumerate().map(entry).collect::<BTreeMap<_, _>>())
}
