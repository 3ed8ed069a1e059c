//! Go's own functions (Go: `text/template`, `funcs.go`).

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::call::{Answer, Call, Wrong, long};
use super::urls::query_escape;
use super::{Function, function};
use crate::template::fmt;
use crate::template::value::{Shape, Value};

/// Of every template. `and` and `or` stop at the value that decides: the engine sees to that.
pub(super) const FUNCTIONS: &[Function] = &[
    function("and", "aa*", |c| Ok(c.args.last().cloned().unwrap_or(Value::Nil))),
    function("or", "aa*", |c| Ok(c.args.last().cloned().unwrap_or(Value::Nil))),
    function("not", "a", |c| Ok((!c.value(0).is_true()).into())),
    function("eq", "aa*", eq),
    function("ne", "aa", |c| Ok((!equal(c.value(0), c.value(1))?).into())),
    function("lt", "aa", |c| compare(c, Ordering::is_lt)),
    function("le", "aa", |c| compare(c, Ordering::is_le)),
    function("gt", "aa", |c| compare(c, Ordering::is_gt)),
    function("ge", "aa", |c| compare(c, Ordering::is_ge)),
    function("len", "a", len),
    function("index", "aa*", index),
    function("print", "a*", |c| Ok(fmt::print(c.args)?.into())),
    function("println", "a*", |c| Ok(fmt::println(c.args)?.into())),
    function("printf", "sa*", |c| Ok(fmt::printf(c.text(0), c.rest(1))?.into())),
    function("html", "a*", |c| escape(c, html)),
    function("js", "a*", |c| escape(c, js)),
    function("urlquery", "a*", |c| escape(c, query_escape)),
    function("call", "aa*", |c| match Wrong::missing(c.value(0)) {
        Some(wrong) => Err(wrong),
        None => Err(format!("it takes a function and got {}", c.value(0).describe()).into()),
    }),
];

/// Where sprig's of the same name does not hide it.
pub(super) const SLICE: &[Function] = &[function("slice", "aa*", slice)];

/// What can be compared.
#[derive(PartialEq, Eq)]
enum Basic {
    Bool,
    Number,
    Float,
    Text,
}

fn basic(value: &Value) -> Option<Basic> {
    match value {
        Value::Bool(_) => Some(Basic::Bool),
        Value::Int(..) => Some(Basic::Number),
        Value::Float(_) => Some(Basic::Float),
        Value::Text(_) => Some(Basic::Text),
        _ => None,
    }
}

fn incompatible(a: &Value, b: &Value) -> Wrong {
    format!("{} and {} cannot be compared", a.describe(), b.describe()).into()
}

/// Whether the first equals any other.
fn eq(c: &mut Call<'_, '_>) -> Answer {
    if c.args.len() < 2 {
        return Err("it takes at least 2 arguments and got 1".into());
    }
    for other in c.rest(1) {
        if equal(c.value(0), other)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

fn equal(a: &Value, b: &Value) -> Result<bool, Wrong> {
    if basic(a) != basic(b) {
        // Nothing can be compared with anything, and equals nothing only.
        return if a.is_nil() || b.is_nil() { Ok(false) } else { Err(incompatible(a, b)) };
    }
    match (a, b) {
        (Value::Int(a, _), Value::Int(b, _)) => Ok(a == b),
        _ if a.is_nil() || b.is_nil() => Ok(a.is_nil() && b.is_nil()),
        (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => Err(incompatible(a, b)),
        _ => Ok(a.equals(b)),
    }
}

fn compare(c: &Call<'_, '_>, holds: impl Fn(Ordering) -> bool) -> Answer {
    let (a, b) = (c.value(0), c.value(1));
    let order = match (a, b) {
        (Value::Int(a, _), Value::Int(b, _)) => Some(a.cmp(b)),
        // Nothing is less, equal or greater than no number.
        (Value::Float(a), Value::Float(b)) => return Ok(a.partial_cmp(b).is_some_and(holds).into()),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => None,
    };
    match order {
        Some(order) => Ok(holds(order).into()),
        None => Err(Wrong::missing(a).or_else(|| Wrong::missing(b)).unwrap_or_else(|| incompatible(a, b))),
    }
}

fn len(c: &mut Call<'_, '_>) -> Answer {
    Ok(Value::size(match c.value(0) {
        Value::Text(text) => text.len(),
        Value::List(list) => list.items.len(),
        Value::Map(map) if !matches!(map.shape, Shape::Struct { .. }) => map.entries.borrow().len(),
        other => {
            let reason = format!("it takes a text, a list or a map and got {}", other.describe());
            return Err(Wrong::missing(other).unwrap_or_else(|| reason.into()));
        }
    }))
}

/// `index x 1 2` is `x[1][2]`.
fn index(c: &mut Call<'_, '_>) -> Answer {
    let mut value = c.value(0).clone();
    if value.is_nil() {
        return Err(
            Wrong::missing(&value).unwrap_or_else(|| "it takes a list or a map and got nothing".into())
        );
    }
    for key in c.rest(1) {
        value = item(&value, key)?;
    }
    Ok(value)
}

fn item(value: &Value, key: &Value) -> Answer {
    let position = |length: usize| match key {
        Value::Int(position, _) => usize::try_from(*position)
            .ok()
            .filter(|position| *position < length)
            .ok_or_else(|| Wrong::from(format!("there is no item {position}: the length is {length}"))),
        key => {
            let reason = format!("an item has a number, and this is {}", key.describe());
            Err(Wrong::missing(key).unwrap_or_else(|| reason.into()))
        }
    };
    match value {
        Value::List(list) => Ok(list.items[position(list.items.len())?].clone()),
        Value::Text(text) => {
            Ok(Value::Int(text.as_bytes()[position(text.len())?].into(), crate::template::value::Whole::Byte))
        }
        Value::Map(map) if !matches!(map.shape, Shape::Struct { .. }) => match key {
            Value::Text(key) => Ok(map.get(key).unwrap_or_else(|| match map.shape {
                // The zero value of a text.
                Shape::Texts => "".into(),
                _ => Value::Nil,
            })),
            key => {
                let reason = format!("the key of an entry is a text, and this is {}", key.describe());
                Err(Wrong::missing(key).unwrap_or_else(|| reason.into()))
            }
        },
        // What an entry that is not there holds is not there either.
        Value::Missing(_) | Value::Nil => Err("nothing has no items".into()),
        other => Err(format!("{} has no items", other.describe()).into()),
    }
}

/// `slice x 1 2` is `x[1:2]`.
fn slice(c: &mut Call<'_, '_>) -> Answer {
    let length = match c.value(0) {
        Value::Text(text) => text.len(),
        Value::List(list) => list.items.len(),
        other => return Err(format!("it takes a text or a list and got {}", other.describe()).into()),
    };
    let mut bounds = [0, length];
    for (bound, value) in bounds.iter_mut().zip(c.rest(1)) {
        let Value::Int(value, _) = value else {
            return Err(format!("a position is a number, and this is {}", value.describe()).into());
        };
        *bound = usize::try_from(*value)
            .ok()
            .filter(|value| *value <= length)
            .ok_or_else(|| Wrong::from(format!("there is no position {value}: the length is {length}")))?;
    }
    let [from, to] = bounds;
    if from > to || c.args.len() > 3 {
        return Err(format!("there is no part from {from} to {to}").into());
    }
    Ok(match c.value(0) {
        Value::Text(text) => {
            text.get(text.floor_char_boundary(from)..text.floor_char_boundary(to)).unwrap_or_default().into()
        }
        Value::List(list) => {
            let items = list.items.get(from..to).unwrap_or_default().to_vec();
            Value::list_of(list.of, items)
        }
        _ => Value::Nil,
    })
}

fn escape(c: &Call<'_, '_>, f: impl Fn(&str) -> String) -> Answer {
    let shown = |value: &Value| if value.is_nil() { fmt::NO_VALUE.into() } else { value.clone() };
    let args: Vec<Value> = c.args.iter().map(shown).collect();
    let escaped = f(&fmt::print(&args)?);
    long(escaped.len(), || escaped)
}

fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '\0' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

fn js(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => escaped.extend(['\\', c]),
            '<' | '>' | '&' | '=' => unicode(&mut escaped, c),
            c if c.is_ascii_control() || !fmt::is_printable(c) => unicode(&mut escaped, c),
            c => escaped.push(c),
        }
    }
    escaped
}

fn unicode(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\\u{:04X}", u32::from(c));
}
