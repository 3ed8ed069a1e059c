//! One JSON patch as a profile has it, and applying it while upgrading. Applying profiles for good is another
//! matter (`profiles`): here it is only to be seen what a patch changes.

use super::words::{map, text};
use crate::config::patch::{Op, pointer, segments};
use crate::yaml::{Data, Node, Span};

/// Items that are made up before the one that a patch names.
const MAX_FILL: usize = 256;

/// An item of a profile's `patches`.
#[derive(Debug, Clone)]
pub(super) struct Patch {
    /// As written.
    pub(super) node: Node,
    pub(super) op: Op,
    pub(super) path: Vec<String>,
    pub(super) from: Option<Vec<String>>,
    /// Null where none is written.
    pub(super) value: Node,
    /// Where `path` stands.
    pub(super) span: Span,
}

impl Patch {
    /// Reads an item; `None` where it is no patch.
    pub(super) fn read(node: &Node) -> Option<Self> {
        let path = node.get("path")?;
        let op = match node.get("op").and_then(Node::text).as_deref() {
            None | Some("") => Op::DEFAULT,
            Some(word) => Op::of(word)?,
        };
        let from = node.get("from").and_then(Node::text).and_then(|from| segments(&from));
        if from.is_none() && matches!(op, Op::Move | Op::Copy) {
            return None;
        }
        let span = path.span.clone();
        let nowhere = Span { start: span.end, ..span.clone() };
        let value = node.get("value").cloned().unwrap_or_else(|| Node::new(Data::Null, nowhere));
        Some(Self { node: node.clone(), op, path: segments(&path.text()?)?, from, value, span })
    }

    /// The patch with another path (or `from`).
    pub(super) fn set_pointer(&mut self, key: &str, segments: &[String]) {
        if let Some(node) = self.node.get_mut(key) {
            node.data = Data::String(pointer(segments));
        }
    }

    /// Does it, as far as it can be done. False = it can't, and nothing is changed.
    pub(super) fn apply(&self, tree: &mut Node, path: &[String]) -> bool {
        match self.op {
            Op::Add => put(tree, path, self.value.clone(), &self.span, false),
            Op::Replace => at(tree, path).is_some() && put(tree, path, self.value.clone(), &self.span, true),
            Op::Remove => cut(tree, path).is_some(),
            Op::Test => false,
            Op::Move | Op::Copy => {
                let Some(from) = self.from.as_ref().map(|from| resolve(tree, from)) else { return false };
                let Some(value) = at(tree, &from).cloned() else { return false };
                let mut changed = tree.clone();
                if self.op == Op::Move {
                    cut(&mut changed, &from);
                }
                let done = put(&mut changed, path, value, &self.span, true);
                if done {
                    *tree = changed;
                }
                done
            }
        }
    }
}

/// The node at the segments.
pub(super) fn at<'a>(tree: &'a Node, path: &[String]) -> Option<&'a Node> {
    path.iter().try_fold(tree, |node, segment| match &node.data {
        Data::Seq(items) => items.get(segment.parse::<usize>().ok()?),
        _ => node.get(segment),
    })
}

fn at_mut<'a>(tree: &'a mut Node, path: &[String]) -> Option<&'a mut Node> {
    path.iter().try_fold(tree, |node, segment| match node.data {
        Data::Seq(_) => node.items_mut().get_mut(segment.parse::<usize>().ok()?),
        _ => node.get_mut(segment),
    })
}

/// Puts a value at the segments: into a list before the item there (`over`: in its place), `-` is its end.
pub(super) fn put(tree: &mut Node, path: &[String], value: Node, span: &Span, over: bool) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    let Some(parent) = at_mut(tree, above) else { return false };
    match &mut parent.data {
        Data::Map(_) | Data::Null => {
            match parent.get_mut(last) {
                Some(known) => *known = value,
                None => parent.set(text(last, span), value),
            }
            true
        }
        Data::Seq(items) if last == "-" => {
            items.push(value);
            true
        }
        Data::Seq(items) => match last.parse::<usize>() {
            Ok(index) if over && index < items.len() => {
                items[index] = value;
                true
            }
            Ok(index) if index <= items.len() => {
                items.insert(index, value);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// Takes out what is at the segments.
pub(super) fn cut(tree: &mut Node, path: &[String]) -> Option<Node> {
    let (last, above) = path.split_last()?;
    let parent = at_mut(tree, above)?;
    match &mut parent.data {
        Data::Seq(items) => {
            let index = last.parse::<usize>().ok().filter(|index| *index < items.len())?;
            Some(items.remove(index))
        }
        _ => parent.remove(last),
    }
}

/// The segments with an index for each `key=value` that exactly one item of its list has.
pub(super) fn resolve(tree: &Node, path: &[String]) -> Vec<String> {
    let mut resolved: Vec<String> = vec![];
    for segment in path {
        let index = at(tree, &resolved).and_then(|node| choose(node, segment));
        resolved.push(index.map_or_else(|| segment.clone(), |index| index.to_string()));
    }
    resolved
}

/// Which item of a list `key=value` means.
fn choose(node: &Node, segment: &str) -> Option<usize> {
    let (key, value) = segment.split_once('=')?;
    let is_meant = |item: &Node| item.get(key).and_then(Node::text).is_some_and(|text| text == value);
    let mut meant =
        node.items().iter().enumerate().filter(|(_, item)| is_meant(item)).map(|(index, _)| index);
    meant.next().filter(|_| meant.next().is_none())
}

/// Makes up everything that is missing above the last segment, with `span` as its place. Answers the segments with
/// indexes for `key=value` and `-`. `None` = something else is in the way.
pub(super) fn make_way(tree: &mut Node, path: &[String], span: &Span) -> Option<Vec<String>> {
    let mut resolved: Vec<String> = vec![];
    for (depth, segment) in path.iter().enumerate() {
        let node = at_mut(tree, &resolved)?;
        if node.is_null() {
            node.data = if is_item(segment) { Data::Seq(vec![]) } else { Data::Map(vec![]) };
        }
        let last = depth + 1 == path.len();
        let empty = || Node::new(Data::Null, span.clone());
        let chosen = choose(node, segment);
        let name = match &mut node.data {
            Data::Map(_) => {
                if !last && node.get(segment).is_none() {
                    node.set(text(segment, span), empty());
                }
                segment.clone()
            }
            Data::Seq(_) if last && segment == "-" => segment.clone(),
            Data::Seq(items) => {
                let index = match chosen {
                    Some(index) => index,
                    None => segment.parse::<usize>().unwrap_or(items.len()),
                };
                if index > items.len() + MAX_FILL {
                    return None;
                }
                while items.len() < index + usize::from(!last) {
                    items.push(map(vec![], span));
                }
                if let (Some((key, value)), Some(item)) = (segment.split_once('='), items.get_mut(index))
                    && chosen.is_none()
                {
                    item.set(text(key, span), text(value, span));
                }
                index.to_string()
            }
            _ => return None,
        };
        resolved.push(name);
    }
    Some(resolved)
}

/// Does the segment name an item of a list?
fn is_item(segment: &str) -> bool {
    segment == "-"
        || segment.contains('=')
        || (!segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit()))
}
