//! Small questions to node trees that several files here ask.

use crate::diagnostic::Excerpt;
use crate::yaml::{Data, Key, Node};

/// The `name`s of the items of a list.
pub(super) fn names(list: Option<&Node>) -> Vec<String> {
    values(list, "name")
}

/// The texts under `key` of the items of a list.
pub(super) fn values(list: Option<&Node>, key: &str) -> Vec<String> {
    let items = list.map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| item.get(key)?.text().map(Into::into)).collect()
}

/// Where something stands, by its path: the value where it is short, else its key; what is not there is shown at the
/// nearest thing above it.
pub(super) fn place(root: &Node, path: &[Key]) -> Excerpt {
    (0..=path.len()).rev().find_map(|length| root.locate(&path[..length])).unwrap_or_else(|| root.head())
}

/// Is there a value, where Go's zero values (null, `""`, `false`, `0`, an empty list) are none?
pub(super) fn is_set(node: &Node) -> bool {
    match &node.data {
        Data::Null => false,
        Data::Bool(value) => *value,
        Data::Int(value) => *value != 0,
        Data::Float(value) => *value != 0.0,
        Data::String(text) => !text.is_empty(),
        Data::Seq(items) => !items.is_empty(),
        Data::Map(_) => true,
    }
}
