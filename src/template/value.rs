//! What a template works with: Go's values, as far as a template can come by them.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Zoned;

use super::functions::versions::Version;

/// Values inside each other that are still looked at; a map can hold itself.
pub(super) const DEEPEST: usize = 100;

/// A value. Cheap to clone: what is large is shared.
#[derive(Clone)]
pub(super) enum Value {
    /// A variable or entry that is not there, with its name: nil, but for messages.
    Missing(Rc<str>),
    Nil,
    Bool(bool),
    Int(i64, Whole),
    Float(f64),
    Text(Rc<str>),
    List(Rc<List>),
    Map(Rc<Map>),
    Time(Rc<Zoned>),
    Version(Rc<Version>),
}

/// The type of a whole number. Comparisons and arithmetic take all of them; a parameter takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// `int`: numbers in a template, lengths, counts.
    Plain,
    /// `int64`: results of arithmetic.
    Wide,
    /// `uint64`: parts of a version.
    Unsigned,
    /// A byte of a text.
    Byte,
    /// A month, which prints as its name.
    Month,
    /// A day of the week, which prints as its name.
    Weekday,
    /// Nanoseconds, which print as `1h2m3s`.
    Duration,
}

/// The type of the items of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    Any,
    Text,
    Int,
    Lists,
}

/// A list.
pub(super) struct List {
    pub(super) of: Items,
    pub(super) items: Vec<Value>,
    /// Go's nil slice: empty, and null in JSON.
    pub(super) is_nil: bool,
}

/// What a map is in Go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// `map[string]interface {}`: functions can change it.
    Dict,
    /// `map[string]string`.
    Texts,
    /// A struct: the name of its type, and its fields in order, each with its name in JSON.
    Struct { name: &'static str, fields: Vec<(Rc<str>, Rc<str>)> },
}

/// A map from texts, or a struct.
pub(super) struct Map {
    pub(super) shape: Shape,
    pub(super) entries: RefCell<BTreeMap<Rc<str>, Value>>,
}

impl Value {
    /// The `int` that a number in a template, a length or a count is.
    pub(super) const fn int(value: i64) -> Self {
        Self::Int(value, Whole::Plain)
    }

    /// The `int64` that arithmetic makes.
    pub(super) const fn int64(value: i64) -> Self {
        Self::Int(value, Whole::Wide)
    }

    /// A length or position.
    pub(super) fn size(value: usize) -> Self {
        Self::int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// `[]interface {}`.
    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::list_of(Items::Any, items)
    }

    /// A list whose items are of a type.
    pub(super) fn list_of(of: Items, items: Vec<Self>) -> Self {
        Self::List(Rc::new(List { of, items, is_nil: false }))
    }

    /// No list, of a type: Go's nil slice.
    pub(super) fn nil_list(of: Items) -> Self {
        Self::List(Rc::new(List { of, items: vec![], is_nil: true }))
    }

    /// `[]string`.
    pub(super) fn texts<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::list_of(Items::Text, items.into_iter().map(Into::into).collect())
    }

    /// `map[string]interface {}`.
    pub(super) fn dict(entries: BTreeMap<Rc<str>, Self>) -> Self {
        Self::map(Shape::Dict, entries)
    }

    /// A map of this shape.
    pub(super) fn map(shape: Shape, entries: BTreeMap<Rc<str>, Self>) -> Self {
        Self::Map(Rc::new(Map { shape, entries: RefCell::new(entries) }))
    }

    /// Nothing, named or not.
    pub(super) const fn is_nil(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Nil)
    }

    /// What `if` goes by: not the zero value of its type (Go: `text/template`, `isTrue`).
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Missing(_) | Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value, _) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Map(map) => matches!(map.shape, Shape::Struct { .. }) || !map.entries.borrow().is_empty(),
            Self::Time(_) | Self::Version(_) => true,
        }
    }

    /// Its type, as Go prints it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_, Whole::Plain) => "int",
            Self::Int(_, Whole::Wide) => "int64",
            Self::Int(_, Whole::Unsigned) => "uint64",
            Self::Int(_, Whole::Byte) => "uint8",
            Self::Int(_, Whole::Month) => "time.Month",
            Self::Int(_, Whole::Weekday) => "time.Weekday",
            Self::Int(_, Whole::Duration) => "time.Duration",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(list) => match list.of {
                Items::Any => "[]interface {}",
                Items::Text => "[]string",
                Items::Int => "[]int",
                Items::Lists => "[][]interface {}",
            },
            Self::Map(map) => match map.shape {
                Shape::Dict => "map[string]interface {}",
                Shape::Texts => "map[string]string",
                Shape::Struct { name, .. } => name,
            },
            Self::Time(_) => "time.Time",
            Self::Version(_) => "*semver.Version",
        }
    }

    /// The kind of its type, as Go's `reflect` names it.
    pub(super) fn kind_name(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Nil => "invalid",
            Self::Int(_, Whole::Month | Whole::Weekday) => "int",
            Self::Int(_, Whole::Duration) => "int64",
            Self::List(_) => "slice",
            Self::Map(map) if !matches!(map.shape, Shape::Struct { .. }) => "map",
            Self::Map(_) | Self::Time(_) => "struct",
            Self::Version(_) => "ptr",
            other => other.type_name(),
        }
    }

    /// What it is, for a message; never the value itself, which may be a secret.
    pub(super) const fn describe(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Nil => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_, Whole::Wide) => "a number of type int64",
            Self::Int(..) => "a number",
            Self::Float(_) => "a number with a fraction",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Time(_) => "a time",
            Self::Version(_) => "a version",
        }
    }

    /// Whether both are of one type and hold the same (Go: `reflect.DeepEqual`).
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.equals_below(other, 0)
    }

    fn equals_below(&self, other: &Self, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        match (self, other) {
            (Self::Missing(_) | Self::Nil, Self::Missing(_) | Self::Nil) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a, of), Self::Int(b, like)) => a == b && of == like,
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b) == Some(Ordering::Equal),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => {
                let same = |(a, b): (&Self, &Self)| a.equals_below(b, depth + 1);
                a.of == b.of
                    && a.is_nil == b.is_nil
                    && a.items.len() == b.items.len()
                    && a.items.iter().zip(&b.items).all(same)
            }
            (Self::Map(a), Self::Map(b)) => {
                let (left, right) = (a.entries.borrow(), b.entries.borrow());
                let same_keys = left.keys().eq(right.keys());
                let same = |(a, b): (&Self, &Self)| a.equals_below(b, depth + 1);
                a.shape == b.shape && same_keys && left.values().zip(right.values()).all(same)
            }
            (Self::Time(a), Self::Time(b)) => a.timestamp() == b.timestamp(),
            (Self::Version(a), Self::Version(b)) => a == b,
            _ => false,
        }
    }
}

impl Map {
    /// The entry of a name.
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        self.entries.borrow().get(name).cloned()
    }

    /// The entries in the order of their names.
    pub(super) fn pairs(&self) -> Vec<(Rc<str>, Value)> {
        self.entries.borrow().iter().map(|(key, value)| (Rc::clone(key), value.clone())).collect()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

// A loop can put a hundred thousand values inside each other: they go one after the other, not one within the other.
impl Drop for List {
    fn drop(&mut self) {
        bury(std::mem::take(&mut self.items));
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        bury(std::mem::take(self.entries.get_mut()).into_values().collect());
    }
}

fn bury(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value {
            Value::List(list) => {
                if let Some(mut list) = Rc::into_inner(list) {
                    values.append(&mut list.items);
                }
            }
            Value::Map(map) => {
                if let Some(mut map) = Rc::into_inner(map) {
                    values.extend(std::mem::take(map.entries.get_mut()).into_values());
                }
            }
            _ => {}
        }
    }
}
