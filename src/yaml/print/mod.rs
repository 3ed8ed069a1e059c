//! Trees to text, in the one form that Skaffold writes its configurations in (Go's yaml.v3 with an indent of two):
//! block style, lists indented below their key, no folding, quotes only where they are needed.

mod order;
mod scalar;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::node::{Data, Node};

pub use order::natural;
pub(super) use scalar::{Quotes, in_flow, key_text, literal, one_line};

/// Columns per level.
const INDENT: usize = 2;
/// Longer keys are written as `? key`, as Go's emitter does it.
const MAX_SIMPLE_KEY: usize = 128;

/// A tree as YAML, ending with a newline: mappings in their order, numbers as their author wrote them.
pub fn node_text(node: &Node) -> String {
    let mut out = String::new();
    match inline(node) {
        Some(line) => out.extend([&line, "\n"]),
        None => lines(&mut out, node, 0),
    }
    out
}

/// Several documents as one text, with a line `---` between them.
pub fn join_documents<T: AsRef<str>>(documents: &[T]) -> String {
    documents.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("---\n")
}

/// What fits on the line of its key or dash; `None` for what needs lines of its own.
fn inline(node: &Node) -> Option<Cow<'_, str>> {
    match &node.data {
        Data::Null => Some(Cow::Borrowed("null")),
        Data::Bool(_) | Data::Int(_) | Data::Float(_) => node.text(),
        Data::String(text) => one_line(text, Quotes::Needed),
        Data::Seq(items) => items.is_empty().then_some(Cow::Borrowed("[]")),
        Data::Map(entries) => entries.is_empty().then_some(Cow::Borrowed("{}")),
    }
}

fn key(node: &Node) -> Cow<'_, str> {
    match &node.data {
        Data::String(text) => scalar::key(text),
        _ => inline(node).unwrap_or_default(),
    }
}

/// What needs lines of its own, the first one without its indent: the caller has written that.
fn lines(out: &mut String, node: &Node, indent: usize) {
    let pad = " ".repeat(indent);
    match &node.data {
        Data::Map(entries) => {
            for (index, (name, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(&pad);
                }
                let key = key(name);
                if key.len() > MAX_SIMPLE_KEY {
                    out.extend(["? ", &key, "\n", &pad]);
                } else {
                    out.push_str(&key);
                }
                out.push(':');
                match (inline(value), &value.data) {
                    (Some(line), _) => out.extend([" ", &line, "\n"]),
                    (None, Data::String(text)) => {
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
        Data::Seq(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(&pad);
                }
                out.push_str("- ");
                match inline(item) {
                    Some(line) => out.extend([&line, "\n"]),
                    None => lines(out, item, indent + INDENT),
                }
            }
        }
        Data::String(text) => out.extend([&scalar::literal(text, indent.max(INDENT)), "\n"]),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) => {}
    }
}
