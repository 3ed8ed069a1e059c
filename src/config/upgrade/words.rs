//! Small questions to nodes, and how steps make them and speak of them.

use crate::diagnostic::{Excerpt, Report};
use crate::yaml::{Data, Key, Node, Span};

/// A text at a place.
pub(super) fn text(value: impl Into<String>, span: &Span) -> Node {
    Node::new(Data::String(value.into()), span.clone())
}

/// A list at a place.
pub(super) fn list(items: Vec<Node>, span: &Span) -> Node {
    Node::new(Data::Seq(items), span.clone())
}

/// A mapping at a place.
pub(super) fn map(entries: Vec<(Node, Node)>, span: &Span) -> Node {
    Node::new(Data::Map(entries), span.clone())
}

/// Is there anything in it that was set to something: a scalar other than null, `""`, `false` and `0`?
pub(super) fn says_something(node: &Node) -> bool {
    match &node.data {
        Data::Seq(items) => items.iter().any(says_something),
        Data::Map(entries) => entries.iter().any(|(_, value)| says_something(value)),
        _ => super::super::tree::is_set(node),
    }
}

/// A text that is not empty.
pub(super) fn filled(node: Option<&Node>) -> Option<&Node> {
    node.filter(|node| node.text().is_some_and(|text| !text.is_empty()))
}

/// The value of this name in a mapping; null counts as absent.
pub(super) fn given<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    node.get(name).filter(|value| !value.is_null())
}

/// Takes the key and value of this name out of a mapping. A null is taken out too, but is none.
pub(super) fn take(node: &mut Node, name: &str) -> Option<(Node, Node)> {
    let key = node.entry(name)?.0.clone();
    node.remove(name).filter(|value| !value.is_null()).map(|value| (key, value))
}

/// Where the entry of this name in a mapping is shown.
pub(super) fn place(node: &Node, name: &str) -> Excerpt {
    node.locate(&[Key::from(name.to_owned())]).unwrap_or_else(|| node.head())
}

/// The mapping at `name` in a mapping; where there is none, one is made before the entry `next`, else at the end,
/// at the place `span`. `None` = something else stands there.
pub(super) fn section<'a>(node: &'a mut Node, name: &str, next: &str, span: &Span) -> Option<&'a mut Node> {
    if given(node, name).is_none() {
        let index = node.position(next).unwrap_or(usize::MAX);
        node.insert(index, text(name, span), map(vec![], span));
    }
    node.get_mut(name).filter(|section| matches!(section.data, Data::Map(_)))
}

/// What a step says of a setting that it leaves out.
pub(super) fn dropped(name: &str, why: &str, place: Excerpt) -> Report {
    Report::config(format!("`{name}` is dropped: {why}")).at(place)
}
