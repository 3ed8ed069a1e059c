//! Nodes to typed values. Unknown keys are refused; all errors of a tree are found, not just the first.

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use super::node::{Data, Key, Node, path_text};
use super::problems::join;
use super::scalar;
use crate::diagnostic::{Report, Result, nearest};

/// More errors than this are not looked for in one tree.
const MAX_ERRORS: usize = 20;

/// What a format asks for beyond its types.
#[derive(Clone, Copy)]
pub struct Rules<'r> {
    /// Where the node is in its document, for messages.
    pub path: &'r [Key],
    /// An empty text in an optional field of a struct is an absent one, as in Go, where both are the zero value.
    /// The values of maps keep the difference.
    pub empty_is_absent: bool,
    /// Names of structs in which, and below which, unknown keys are skipped.
    pub lenient: &'r [&'r str],
    /// Names of newtypes in which numbers and booleans are text as their author wrote it, whatever type would take them.
    pub verbatim: &'r [&'r str],
    /// What to say about a key of a struct (`("KubectlDeploy", "manifests")`). Said of a key that the struct has,
    /// it refuses the key; said of an unknown one, it takes the place of "did you mean".
    pub note: &'r dyn Fn(&str, &str) -> Option<String>,
}

impl Default for Rules<'_> {
    fn default() -> Self {
        Self { path: &[], empty_is_absent: false, lenient: &[], verbatim: &[], note: &|_, _| None }
    }
}

/// Reads a typed value. Text fields take numbers (as written) and booleans, null is an absent list, mapping or struct, a null item of a list is an error. The report shows each place with its path.
pub fn from_node<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T> {
    from_node_with(node, &Rules::default())
}

/// [`from_node`] with rules of the format.
pub fn from_node_with<'de, T: Deserialize<'de>>(node: &'de Node, rules: &Rules<'_>) -> Result<T> {
    let context = Context {
        rules,
        path: RefCell::new(rules.path.to_vec()),
        unknown: RefCell::default(),
        broken: RefCell::default(),
        first: Cell::new(true),
    };
    let mut reports = vec![];
    loop {
        let outcome =
            T::deserialize(Reader { node, field: false, lenient: false, verbatim: false, context: &context });
        context.path.borrow_mut().truncate(rules.path.len());
        reports.append(&mut context.unknown.borrow_mut());
        match outcome {
            Ok(value) if reports.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(error) => {
                reports.push(*error.report);
                // What cannot be read is skipped from now on, so that the next round finds the next error.
                let whole = std::ptr::from_ref(node);
                let skip = error.node.filter(|broken| *broken != whole);
                if !skip.is_some_and(|broken| context.broken.borrow_mut().insert(broken))
                    || reports.len() >= MAX_ERRORS
                {
                    break;
                }
            }
        }
        context.first.set(false);
    }
    match join(reports) {
        Some(report) => Err(Box::new(report)),
        None => Err(Box::new(Report::new(crate::diagnostic::Kind::Internal, "a value could not be read"))),
    }
}

struct Context<'r> {
    rules: &'r Rules<'r>,
    path: RefCell<Vec<Key>>,
    /// Reports of unknown keys.
    unknown: RefCell<Vec<Report>>,
    /// Nodes that earlier rounds could not read.
    broken: RefCell<HashSet<*const Node>>,
    /// The first round: the only one that reports unknown keys.
    first: Cell<bool>,
}

impl Context<'_> {
    fn is_broken(&self, node: &Node) -> bool {
        self.broken.borrow().contains(&std::ptr::from_ref(node))
    }

    fn within<T>(&self, key: Key, read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        self.path.borrow_mut().push(key);
        let outcome = read();
        if outcome.is_ok() {
            self.path.borrow_mut().pop();
        }
        outcome
    }

    /// `build.artifacts[0]`, or what stands in for the path of the whole document.
    fn place(&self) -> String {
        place(&self.path.borrow())
    }
}

fn place(path: &[Key]) -> String {
    if path.is_empty() { "the document".into() } else { format!("`{}`", path_text(path)) }
}

/// Why a value could not be read, and which node to skip to find further errors.
#[derive(Debug)]
struct Error {
    report: Box<Report>,
    node: Option<*const Node>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { report: Box::new(Report::config(message.to_string())), node: None }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut report = Report::config(format!("unknown value {variant:?}"));
        report = match nearest(variant, expected.iter().copied()) {
            Some(name) => report.hint(format!("did you mean `{name}`?")),
            None => report.hint(format!("one of: {}", expected.join(", "))),
        };
        Self { report: Box::new(report), node: None }
    }
}

#[derive(Clone, Copy)]
struct Reader<'de, 'c> {
    node: &'de Node,
    /// The node is the value of a struct's field.
    field: bool,
    lenient: bool,
    verbatim: bool,
    context: &'c Context<'c>,
}

impl<'de> Reader<'de, '_> {
    const fn child(self, node: &'de Node) -> Self {
        Self { node, field: false, ..self }
    }

    fn wanted<T>(self, wanted: &str) -> Result<T, Error> {
        let title = format!("{} must be {wanted}, not {}", self.context.place(), self.node.describe());
        Err(Error { report: Box::new(Report::config(title)), node: None })
    }

    /// Gives an error without a place this node's.
    fn placed(self, mut error: Error) -> Error {
        if error.node.is_none() {
            error.node = Some(std::ptr::from_ref(self.node));
            if !error.report.title.starts_with('`') && !self.context.path.borrow().is_empty() {
                error.report.title = format!("{}: {}", self.context.place(), error.report.title);
            }
            error.report.excerpts.insert(0, self.node.head());
        }
        error
    }

    fn int(self) -> Result<i128, Error> {
        match self.node.data {
            Data::Int(value) => Ok(value),
            Data::Null => Ok(0),
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
            Data::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Ok(value as i128),
            _ => self.wanted("a whole number"),
        }
    }

    fn visit_int<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.int()?;
        let read = match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => visitor.visit_i64(value),
            (_, Ok(value)) => visitor.visit_u64(value),
            _ => visitor.visit_i128(value),
        };
        read.map_err(|error| self.placed(error))
    }

    fn visit_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let read = match (&self.node.data, self.node.text()) {
            (Data::String(text), _) => visitor.visit_borrowed_str(text),
            (_, Some(text)) => visitor.visit_string(text.into_owned()),
            (_, None) => self.wanted("text"),
        };
        read.map_err(|error| self.placed(error))
    }

    fn visit_items<V: Visitor<'de>>(self, visitor: V, nulls: bool) -> Result<V::Value, Error> {
        let items = match &self.node.data {
            Data::Seq(items) => items.as_slice(),
            Data::Null => &[],
            _ => return self.wanted("a list").map_err(|error| self.placed(error)),
        };
        visitor
            .visit_seq(Items { list: self, rest: items.iter().enumerate(), nulls })
            .map_err(|error| self.placed(error))
    }

    fn visit_entries<V: Visitor<'de>>(
        self,
        visitor: V,
        fields: Option<(&'static str, &'static [&'static str])>,
    ) -> Result<V::Value, Error> {
        let entries = match &self.node.data {
            Data::Map(entries) => entries.as_slice(),
            Data::Null => &[],
            _ => return self.wanted("a mapping").map_err(|error| self.placed(error)),
        };
        visitor
            .visit_map(Entries { mapping: self, rest: entries.iter(), value: None, fields })
            .map_err(|error| self.placed(error))
    }
}

struct Items<'de, 'c> {
    list: Reader<'de, 'c>,
    rest: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
    nulls: bool,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let context = self.list.context;
        let Some((index, item)) = self.rest.by_ref().find(|(_, item)| !context.is_broken(item)) else {
            return Ok(None);
        };
        context
            .within(index.into(), || {
                let reader = self.list.child(item);
                if item.is_null() && !self.nulls {
                    let report = Report::config(format!("{} is empty", context.place()))
                        .hint("remove the item or give it a value");
                    return Err(reader.placed(Error { report: Box::new(report), node: None }));
                }
                seed.deserialize(reader)
            })
            .map(Some)
    }
}

struct Entries<'de, 'c> {
    mapping: Reader<'de, 'c>,
    rest: std::slice::Iter<'de, (Node, Node)>,
    value: Option<(Key, &'de Node)>,
    /// Name and fields of the struct that is read; `None` for maps, which take any key.
    fields: Option<(&'static str, &'static [&'static str])>,
}

impl Entries<'_, '_> {
    /// Is the key taken? Reports it when it may not stand here.
    fn takes(&self, key: &Node, name: &str) -> bool {
        let Some((struct_name, fields)) = self.fields else { return true };
        let context = self.mapping.context;
        let known = fields.contains(&name);
        let note = (context.rules.note)(struct_name, name);
        if known && note.is_none() {
            return true;
        }
        if self.mapping.lenient || !context.first.get() {
            return false;
        }
        let title = format!("unknown key `{name}` in {}", context.place());
        let mut report = Report::config(title).at(key.span.excerpt(""));
        report = match note {
            Some(note) => report.hint(note),
            None => match nearest(name, fields.iter().copied()) {
                Some(near) => report.hint(format!("did you mean `{near}`?")),
                None if fields.is_empty() => report.hint("no keys are known here"),
                None => report.hint(format!("known keys: {}", fields.join(", "))),
            },
        };
        context.unknown.borrow_mut().push(report);
        false
    }
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        while let Some((key, value)) = self.rest.next() {
            let name = key.text().unwrap_or_default();
            if self.mapping.context.is_broken(value) || !self.takes(key, &name) {
                continue;
            }
            self.value = Some((name.to_string().into(), value));
            return match &key.data {
                Data::String(text) => seed.deserialize(BorrowedStrDeserializer::<Error>::new(text)).map(Some),
                _ => seed.deserialize(StrDeserializer::<Error>::new(&name)).map(Some),
            };
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((key, value)) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let reader = Reader { field: self.fields.is_some(), ..self.mapping.child(value) };
        self.mapping.context.within(key, || seed.deserialize(reader).map_err(|error| reader.placed(error)))
    }
}

macro_rules! whole_numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.visit_int(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.data {
            Data::Null => visitor.visit_unit().map_err(|error| self.placed(error)),
            Data::Bool(_) | Data::Int(_) | Data::Float(_) if self.verbatim => self.visit_text(visitor),
            Data::Bool(value) => visitor.visit_bool(*value).map_err(|error| self.placed(error)),
            Data::Int(_) => self.visit_int(visitor),
            Data::Float(value) => visitor.visit_f64(*value).map_err(|error| self.placed(error)),
            Data::String(_) => self.visit_text(visitor),
            Data::Seq(_) => self.visit_items(visitor, true),
            Data::Map(_) => self.visit_entries(visitor, None),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = match &self.node.data {
            Data::Bool(value) => Some(*value),
            Data::Null => Some(false),
            Data::String(text) => scalar::bool_word(text),
            _ => None,
        };
        match value {
            Some(value) => visitor.visit_bool(value),
            None => self.wanted("true or false"),
        }
        .map_err(|error| self.placed(error))
    }

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.data {
            #[expect(clippy::cast_precision_loss, reason = "a float was asked for")]
            Data::Int(value) => visitor.visit_f64(value as f64),
            Data::Float(value) => visitor.visit_f64(value),
            _ => self.wanted("a number"),
        }
        .map_err(|error| self.placed(error))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let absent = match &self.node.data {
            Data::Null => true,
            Data::String(text) => text.is_empty() && self.field && self.context.rules.empty_is_absent,
            _ => false,
        };
        if absent { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() { visitor.visit_unit() } else { self.wanted("empty") }
            .map_err(|error| self.placed(error))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let verbatim = self.verbatim || self.context.rules.verbatim.contains(&name);
        visitor.visit_newtype_struct(Self { verbatim, ..self })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_items(visitor, false)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.visit_items(visitor, false)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.visit_items(visitor, false)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_entries(visitor, None)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let lenient = self.lenient || self.context.rules.lenient.contains(&name);
        Self { lenient, ..self }.visit_entries(visitor, Some((name, fields)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.node.text() {
            Some(text) => visitor.visit_enum(text.into_deserializer()),
            None => self.wanted("a single word"),
        }
        .map_err(|error| self.placed(error))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_text(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}
