//! JSON as Go's `encoding/json` writes and reads it.

use std::rc::Rc;

use super::functions::Wrong;
use super::functions::call::{LONGEST, too_long};
use super::go_time;
use super::value::{DEEPEST, Shape, Value};
use crate::template::fmt::go_float;

/// Compact JSON, byte for byte as Go writes it: `<`, `>`, `&` and the two line separators are escaped.
pub fn go_json(value: &serde_json::Value) -> String {
    escaped(value.to_string())
}

/// Outside of strings JSON has none of these characters.
fn escaped(text: String) -> String {
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// How JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// In one line; `<`, `>`, `&` are escaped.
    Escaped,
    /// In one line.
    Raw,
    /// Indented by two spaces; `<`, `>`, `&` are escaped.
    Pretty,
}

/// A template's value as JSON.
///
/// # Errors
/// It would be too long, holds itself, or has a number JSON has not.
pub(super) fn write(value: &Value, style: Style) -> Result<String, Wrong> {
    let mut out = String::new();
    write_below(&mut out, value, style, 0)?;
    Ok(out)
}

fn write_below(out: &mut String, value: &Value, style: Style, depth: usize) -> Result<(), Wrong> {
    if depth > DEEPEST {
        return Err("the value is too deep".into());
    }
    if out.len() > LONGEST {
        return Err(too_long());
    }
    match value {
        Value::Missing(_) | Value::Nil => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value, _) => out.push_str(&value.to_string()),
        Value::Float(value) => out.push_str(&number(*value)?),
        Value::Text(text) => string(out, text, style),
        Value::Time(time) => {
            string(out, &go_time::format("2006-01-02T15:04:05.999999999Z07:00", time), style);
        }
        Value::Version(version) => string(out, &version.to_string(), style),
        Value::List(list) if list.is_nil => out.push_str("null"),
        Value::List(list) => {
            let items = list.items.iter().map(|item| (None, item.clone())).collect();
            group(out, ('[', ']'), items, style, depth)?;
        }
        Value::Map(map) => {
            let entries = match &map.shape {
                Shape::Struct { fields, .. } => {
                    let field =
                        |(name, key): &(Rc<str>, Rc<str>)| Some((Some(Rc::clone(key)), map.get(name)?));
                    fields.iter().filter_map(field).collect()
                }
                Shape::Dict | Shape::Texts => {
                    map.pairs().into_iter().map(|(key, value)| (Some(key), value)).collect()
                }
            };
            group(out, ('{', '}'), entries, style, depth)?;
        }
    }
    Ok(())
}

fn group(
    out: &mut String,
    (open, close): (char, char),
    items: Vec<(Option<Rc<str>>, Value)>,
    style: Style,
    depth: usize,
) -> Result<(), Wrong> {
    let pretty = style == Style::Pretty && !items.is_empty();
    let line = |out: &mut String, depth: usize| {
        if pretty {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
    };
    out.push(open);
    for (index, (key, value)) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        line(out, depth + 1);
        if let Some(key) = key {
            string(out, key, style);
            out.push_str(if pretty { ": " } else { ":" });
        }
        write_below(out, value, style, depth + 1)?;
    }
    line(out, depth);
    out.push(close);
    Ok(())
}

fn string(out: &mut String, text: &str, style: Style) {
    let written = serde_json::Value::from(text).to_string();
    match style {
        // The line separators are escaped always.
        Style::Raw => out.push_str(&written.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")),
        Style::Escaped | Style::Pretty => out.push_str(&escaped(written)),
    }
}

/// A number: with an exponent where it is very small or large.
fn number(value: f64) -> Result<String, Wrong> {
    if !value.is_finite() {
        return Err("JSON has no such number".into());
    }
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Ok(go_float(value, 'f', None));
    }
    let text = go_float(value, 'e', None);
    // e-09 is e-9.
    Ok(text.replace("e-0", "e-"))
}

/// The value of a JSON text; its numbers are of type float64.
///
/// # Errors
/// It is no JSON.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| format!("it is no JSON (line {}, column {})", error.line(), error.column()))?;
    Ok(value_of(&value))
}

fn value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => (*value).into(),
        serde_json::Value::Number(number) => number.as_f64().unwrap_or(0.0).into(),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => Value::list(items.iter().map(value_of).collect()),
        serde_json::Value::Object(entries) => Value::dict(
            entries.iter().map(|(key, value)| (Rc::from(key.as_str()), value_of(value))).collect(),
        ),
    }
}
