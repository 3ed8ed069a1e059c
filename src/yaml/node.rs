//! The tree.

use std::borrow::Cow;
use std::fmt;

use super::scalar;
use super::source::Span;
use crate::diagnostic::Excerpt;

/// A YAML value and where it stands. Aliases and merges are resolved: such nodes stand where they were written
/// first. Two nodes are equal when their data is, wherever they stand.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub data: Data,
    /// Where it is.
    pub span: Span,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Nothing, `~`, `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number from `i64::MIN` to `u64::MAX`.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text; also a date, with its time.
    String(String),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping in the order of the file, each key once; merged keys come last.
    Map(Vec<(Node, Node)>),
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

/// One step from a node to a node below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Into a mapping.
    Name(Cow<'static, str>),
    /// Into a list, from 0.
    Index(usize),
}

impl From<&'static str> for Key {
    fn from(name: &'static str) -> Self {
        Self::Name(Cow::Borrowed(name))
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Self::Name(Cow::Owned(name))
    }
}

impl From<usize> for Key {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The steps as people write them: `build.artifacts[0].docker`.
pub fn path_text(path: &[Key]) -> String {
    let mut text = String::new();
    for key in path {
        match key {
            Key::Name(name) if text.is_empty() => text.push_str(name),
            Key::Name(name) => {
                text.push('.');
                text.push_str(name);
            }
            Key::Index(index) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
        }
    }
    text
}

impl Node {
    /// A node at a place.
    pub const fn new(data: Data, span: Span) -> Self {
        Self { data, span }
    }

    /// Is it null?
    pub const fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Is it neither a list nor a mapping?
    pub const fn is_scalar(&self) -> bool {
        !matches!(self.data, Data::Seq(_) | Data::Map(_))
    }

    /// The text a string-typed field gets from this scalar: numbers and booleans as Go writes them, null as `""`.
    /// `None` for lists and mappings.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        scalar::text(&self.data)
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.data {
            Data::Seq(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The key and value of this name in a mapping.
    pub fn entry(&self, name: &str) -> Option<(&Self, &Self)> {
        self.entries().iter().find(|(key, _)| key.is_named(name)).map(|(key, value)| (key, value))
    }

    /// The value of this name in a mapping.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, value)| value)
    }

    /// The value of this name in a mapping, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Data::Map(entries) = &mut self.data else { return None };
        entries.iter_mut().find(|(key, _)| key.is_named(name)).map(|(_, value)| value)
    }

    /// Puts an entry into a mapping in place of one with the same key, else at the end. A null becomes a mapping.
    pub fn set(&mut self, key: Self, value: Self) {
        if self.is_null() {
            self.data = Data::Map(vec![]);
        }
        let Data::Map(entries) = &mut self.data else { return };
        match entries.iter_mut().find(|(known, _)| known.text() == key.text()) {
            Some(entry) => *entry = (key, value),
            None => entries.push((key, value)),
        }
    }

    /// Takes the value of this name out of a mapping.
    pub fn remove(&mut self, name: &str) -> Option<Self> {
        let Data::Map(entries) = &mut self.data else { return None };
        let index = entries.iter().position(|(key, _)| key.is_named(name))?;
        Some(entries.remove(index).1)
    }

    /// The items of a list, to change them; none for anything else.
    pub fn items_mut(&mut self) -> &mut [Self] {
        match &mut self.data {
            Data::Seq(items) => items,
            _ => &mut [],
        }
    }

    /// Which entry of a mapping has this name, from 0.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.entries().iter().position(|(key, _)| key.is_named(name))
    }

    /// Puts an entry into a mapping in place of one with the same key, else at `index` (at most the end). A null
    /// becomes a mapping.
    pub fn insert(&mut self, index: usize, key: Self, value: Self) {
        let known = key.text().and_then(|name| self.position(&name));
        match &mut self.data {
            Data::Map(entries) if known.is_none() => entries.insert(index.min(entries.len()), (key, value)),
            _ => self.set(key, value),
        }
    }

    /// Gives an entry of a mapping another name; its place and positions stay. False = there is none.
    pub fn rename(&mut self, name: &str, new: &str) -> bool {
        let Data::Map(entries) = &mut self.data else { return false };
        let Some((key, _)) = entries.iter_mut().find(|(key, _)| key.is_named(name)) else { return false };
        key.data = Data::String(new.to_owned());
        true
    }

    /// What a boolean field reads from this scalar, the words of YAML 1.1 (`yes`, `off`) included.
    pub fn truth(&self) -> Option<bool> {
        match &self.data {
            Data::Bool(value) => Some(*value),
            Data::String(text) => scalar::bool_word(text),
            _ => None,
        }
    }

    /// The node below this one at `path`.
    pub fn at(&self, path: &[Key]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| match key {
            Key::Name(name) => node.get(name),
            Key::Index(index) => node.items().get(*index),
        })
    }

    /// The place to show for `path`: the value where it is short, the key where the value is a list or a mapping,
    /// the first entry of a list item. `None` when there is nothing at the path.
    pub fn locate(&self, path: &[Key]) -> Option<Excerpt> {
        let Some((last, above)) = path.split_last() else { return Some(self.head()) };
        let parent = self.at(above)?;
        match last {
            Key::Name(name) => {
                let (key, value) = parent.entry(name)?;
                let short = value.is_scalar() && !value.is_null() && value.span.start > key.span.start;
                Some(if short { value.head() } else { key.head() })
            }
            Key::Index(index) => Some(parent.items().get(*index)?.head()),
        }
    }

    /// The first line of this node, for a message.
    pub fn head(&self) -> Excerpt {
        let mut excerpt = match self.entries().first() {
            Some((key, value)) if value.is_scalar() && !value.is_null() && key.same_line(value) => {
                let span = Span { end: value.span.end, ..key.span.clone() };
                span.excerpt("")
            }
            Some((key, _)) => key.span.excerpt(""),
            None => self.span.excerpt(""),
        };
        let line = excerpt.text.get(excerpt.span.clone()).and_then(|text| text.find(['\r', '\n']));
        if let Some(length) = line {
            excerpt.span.end = excerpt.span.start + length.max(1);
        }
        excerpt
    }

    /// Does this key start the line that `value` ends in?
    fn same_line(&self, value: &Self) -> bool {
        let text = &self.span.source.text;
        text.get(self.span.start..value.span.end).is_some_and(|between| !between.contains('\n'))
    }

    fn is_named(&self, name: &str) -> bool {
        match &self.data {
            Data::String(text) => text == name,
            _ => self.text().is_some_and(|text| text == name),
        }
    }

    /// What it is, for a message: `a list`, `the text "x"`.
    pub fn describe(&self) -> String {
        match &self.data {
            Data::Null => "nothing".into(),
            Data::Bool(value) => value.to_string(),
            Data::Int(_) | Data::Float(_) => format!("the number {}", self.text().unwrap_or_default()),
            Data::String(text) => format!("the text {}", Short(text)),
            Data::Seq(_) => "a list".into(),
            Data::Map(_) => "a mapping".into(),
        }
    }
}

/// A text in quotes, cut where it gets long.
struct Short<'a>(&'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LENGTH: usize = 40;
        let cut: String = self.0.chars().take(LENGTH).collect();
        write!(f, "{cut:?}")?;
        if cut.len() < self.0.len() { f.write_str("…") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Source, parse};
    use super::*;

    fn tree(text: &str) -> Node {
        parse(&Source::new("a.yaml", text)).unwrap().remove(0)
    }

    fn shown(node: &Node, path: &[Key]) -> Option<String> {
        node.locate(path).map(|e| e.text[e.span].to_owned())
    }

    #[test]
    fn locate_shows_short_values_keys_of_long_ones_and_the_head_of_items() {
        let node = tree(
            "build:\n  artifacts:\n  - image: a\n    docker:\n      target: x\n  - docker: {}\n  push:\n",
        );
        let artifacts = [Key::from("build"), "artifacts".into()];
        assert_eq!(shown(&node, &artifacts).as_deref(), Some("artifacts"));
        let item = |i: usize| [artifacts.to_vec(), vec![i.into()]].concat();
        assert_eq!(shown(&node, &item(0)).as_deref(), Some("image: a"));
        assert_eq!(shown(&node, &item(1)).as_deref(), Some("docker"));
        assert_eq!(shown(&node, &[item(0), vec!["image".into()]].concat()).as_deref(), Some("a"));
        assert_eq!(shown(&node, &["build".into(), "push".into()]).as_deref(), Some("push"));
        assert_eq!(shown(&node, &item(2)), None);
    }

    #[test]
    fn paths_read_as_people_write_them() {
        assert_eq!(
            path_text(&["build".into(), "artifacts".into(), 0.into(), "docker".into()]),
            "build.artifacts[0].docker"
        );
    }
}
