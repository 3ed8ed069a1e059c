//! Paths of patches: JSON pointers (RFC 6901), whose segments may also be `key=value` to choose what has that value.

use crate::config::patch;
use crate::yaml::{Data, Key, Node};

/// A path as a patch writes it.
#[derive(Debug)]
pub(super) struct Pointer<'p> {
    /// As written.
    pub(super) text: String,
    /// The node it was written in, for its place.
    pub(super) node: &'p Node,
    segments: Vec<String>,
}

/// Where a path ends that leads nowhere.
#[derive(Debug)]
pub(super) struct Stuck {
    /// What it still reached.
    pub(super) reached: Vec<Key>,
    /// Which segment leads nowhere.
    pub(super) segment: usize,
}

/// Where a value is to be put: below a list or mapping that is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slot {
    /// The list or mapping.
    pub(super) parent: Vec<Key>,
    /// Its entry or item; `None` = behind the last item.
    pub(super) last: Option<Key>,
}

impl<'p> Pointer<'p> {
    /// Reads a path. `None` for one that does not begin with `/`, or names the whole document.
    pub(super) fn new(node: &'p Node) -> Option<Self> {
        let text = node.text()?.into_owned();
        let segments = patch::segments(&text)?;
        (segments != [""]).then_some(Self { text, node, segments })
    }

    /// A segment.
    pub(super) fn segment(&self, index: usize) -> &str {
        &self.segments[index]
    }

    /// Whether this is the last segment.
    pub(super) fn is_last(&self, index: usize) -> bool {
        index + 1 == self.segments.len()
    }

    /// The path with another text at a segment.
    pub(super) fn with(&self, index: usize, segment: &str) -> String {
        let mut segments = self.segments.clone();
        segment.clone_into(&mut segments[index]);
        patch::pointer(segments)
    }

    /// What is there at the path: one place, or several where a segment chooses several.
    ///
    /// # Errors
    /// The path leads nowhere.
    pub(super) fn find(&self, document: &Node) -> Result<Vec<Vec<Key>>, Stuck> {
        self.walk(document, self.segments.len())
    }

    /// Where a value at the path belongs; what is above it must be there.
    ///
    /// # Errors
    /// There is nothing that could hold it; an index behind the end of the list.
    pub(super) fn slots(&self, document: &Node) -> Result<Vec<Slot>, Stuck> {
        let segment = self.segments.len() - 1;
        let last = self.segment(segment);
        let mut slots = vec![];
        let mut stuck = None;
        for parent in self.walk(document, segment)? {
            let Some(node) = document.at(&parent) else { continue };
            let chosen = step(node, &parent, last);
            match &node.data {
                _ if !chosen.is_empty() => slots.extend(chosen.into_iter().filter_map(slot)),
                Data::Seq(_) | Data::Null if last == "-" => slots.push(Slot { parent, last: None }),
                Data::Seq(items) if index(last) == Some(items.len()) => {
                    slots.push(Slot { parent, last: None });
                }
                Data::Map(_) | Data::Null if choice(last).is_none() => {
                    slots.push(Slot { parent, last: Some(Key::from(last.to_owned())) });
                }
                _ => {
                    stuck.get_or_insert(Stuck { reached: parent, segment });
                }
            }
        }
        match stuck {
            Some(stuck) if slots.is_empty() => Err(stuck),
            _ => Ok(slots),
        }
    }

    fn walk(&self, document: &Node, length: usize) -> Result<Vec<Vec<Key>>, Stuck> {
        let mut routes = vec![vec![]];
        for (index, segment) in self.segments[..length].iter().enumerate() {
            let next: Vec<Vec<Key>> = routes
                .iter()
                .filter_map(|route: &Vec<Key>| Some((document.at(route)?, route)))
                .flat_map(|(node, route)| step(node, route, segment))
                .collect();
            if next.is_empty() {
                return Err(Stuck { reached: routes.swap_remove(0), segment: index });
            }
            routes = next;
        }
        Ok(routes)
    }
}

/// Steps as a path.
pub(super) fn text(path: &[Key]) -> String {
    patch::pointer(path.iter().map(|key| match key {
        Key::Name(name) => name.to_string(),
        Key::Index(index) => index.to_string(),
    }))
}

/// Key and value of a segment that chooses.
pub(super) fn choice(segment: &str) -> Option<(&str, &str)> {
    segment.split_once('=').filter(|(key, _)| !key.is_empty())
}

/// The index a segment means; no sign, no needless zeros.
pub(super) fn index(segment: &str) -> Option<usize> {
    let canonical = segment == "0" || !segment.starts_with(['0', '+']);
    segment.parse().ok().filter(|_| canonical)
}

/// From a node to what a segment means below it.
fn step(node: &Node, route: &[Key], segment: &str) -> Vec<Vec<Key>> {
    let below = |key: Key| [route, &[key]].concat();
    match &node.data {
        Data::Map(_) if node.get(segment).is_some() => return vec![below(segment.to_owned().into())],
        Data::Seq(items) => {
            if let Some(index) = index(segment).filter(|index| *index < items.len()) {
                return vec![below(index.into())];
            }
        }
        _ => {}
    }
    let mut found = vec![];
    if let Some((key, value)) = choice(segment) {
        choose(node, route.to_vec(), key, value, &mut found);
    }
    found
}

/// Everything from `node` down whose `key` has the text `value`; what lies below such a thing is not looked at.
fn choose(node: &Node, route: Vec<Key>, key: &str, value: &str, found: &mut Vec<Vec<Key>>) {
    if node.get(key).is_some_and(|node| !node.is_null() && node.text().is_some_and(|text| text == value)) {
        found.push(route);
        return;
    }
    let below = |key: Key| [route.as_slice(), &[key]].concat();
    for (index, item) in node.items().iter().enumerate() {
        choose(item, below(index.into()), key, value, found);
    }
    for (name, item) in node.entries() {
        if let Some(name) = name.text() {
            choose(item, below(name.into_owned().into()), key, value, found);
        }
    }
}

fn slot(mut path: Vec<Key>) -> Option<Slot> {
    let last = path.pop();
    last.is_some().then_some(Slot { parent: path, last })
}
