//! Values to text, in the one form that Skaffold writes its configurations in (Go's yaml.v3 with an indent of two):
//! block style, lists indented below their key, no folding, quotes only where they are needed.

mod order;
mod scalar;
mod ser;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::Serialize;

use super::node::{Data, Node};
use crate::diagnostic::Result;

pub use order::natural;
pub(super) use scalar::{Quotes, in_flow, key_text, literal, one_line};

/// Columns per level.
const INDENT: usize = 2;
/// Longer keys are written as `? key`, as Go's emitter does it.
const MAX_SIMPLE_KEY: usize = 128;

/// A value as YAML, ending with a newline: the fields of structs in their order, the keys of maps in the natural order
/// of Go's encoder (`a2` before `a10`). Errors only for what YAML has no form for: a map or list as a key, bytes.
pub fn to_text(value: &impl Serialize) -> Result<String> {
    Ok(text(&ser::value(value)?))
}

/// A tree as YAML, ending with a newline: mappings in their order, numbers as their author wrote them.
pub fn node_text(node: &Node) -> String {
    text(&Value::of(node))
}

/// Several documents as one text, with a line `---` between them.
pub fn join_documents<T: AsRef<str>>(documents: &[T]) -> String {
    documents.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("---\n")
}

/// What is printed.
#[derive(Debug)]
enum Value<'a> {
    Null,
    /// A boolean or number: printed as it is.
    Plain(Cow<'a, str>),
    /// Text: quoted where it must be.
    Text(Cow<'a, str>),
    Seq(Vec<Self>),
    Map(Vec<(Self, Self)>),
}

impl<'a> Value<'a> {
    fn of(node: &'a Node) -> Self {
        match &node.data {
            Data::Null => Self::Null,
            Data::Bool(_) | Data::Int(_) | Data::Float(_) => Self::Plain(node.text().unwrap_or_default()),
            Data::String(text) => Self::Text(Cow::Borrowed(text)),
            Data::Seq(items) => Self::Seq(items.iter().map(Self::of).collect()),
            Data::Map(entries) => {
                Self::Map(entries.iter().map(|(key, value)| (Self::of(key), Self::of(value))).collect())
            }
        }
    }

    /// What fits on the line of its key or dash; `None` for what needs lines of its own.
    fn inline(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null => Some(Cow::Borrowed("null")),
            Self::Plain(text) => Some(Cow::Borrowed(text)),
            Self::Text(text) => one_line(text, Quotes::Needed),
            Self::Seq(items) => items.is_empty().then_some(Cow::Borrowed("[]")),
            Self::Map(entries) => entries.is_empty().then_some(Cow::Borrowed("{}")),
        }
    }

    fn key(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => scalar::key(text),
            _ => self.inline().unwrap_or_default(),
        }
    }
}

fn text(value: &Value<'_>) -> String {
    let mut out = String::new();
    match value.inline() {
        Some(line) => out.extend([&line, "\n"]),
        None => lines(&mut out, value, 0),
    }
    out
}

/// What needs lines of its own, the first one without its indent: the caller has written that.
fn lines(out: &mut String, value: &Value<'_>, indent: usize) {
    let pad = " ".repeat(indent);
    match value {
        Value::Map(entries) => {
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(&pad);
                }
                let key = key.key();
                if key.len() > MAX_SIMPLE_KEY {
                    out.extend(["? ", &key, "\n", &pad]);
                } else {
                    out.push_str(&key);
                }
                out.push(':');
                match (value.inline(), value) {
                    (Some(line), _) => out.extend([" ", &line, "\n"]),
                    (None, Value::Text(text)) => {
                        out.extend([" ", &scalar::literal(text, indent + INDENT), "\n"]);
                    }
                    (None, _) => {
                        out.push('\n');
                        out.push_str(&" ".repeat(indent + INDENT));
                        lines(out, value, indent + INDENT);
                    }
                }
            }
        }
        Value::Seq(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(&pad);
                }
                out.push_str("- ");
                match item.inline() {
                    Some(line) => out.extend([&line, "\n"]),
                    None => lines(out, item, indent + INDENT),
                }
            }
        }
        Value::Text(text) => out.extend([&scalar::literal(text, indent.max(INDENT)), "\n"]),
        Value::Null | Value::Plain(_) => {}
    }
}
