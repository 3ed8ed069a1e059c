//! The model as a tree.

use std::fmt;

use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use super::unplaced;
use crate::yaml::{Data, Node, natural};

/// What the schema wants written even where it says nothing: structs and their keys (Skaffold: the fields of
/// `schema/latest/config.go` without `omitempty`).
const ALWAYS: &[(&str, &[&str])] = &[
    ("Action", &["name", "containers"]),
    ("ArtifactDependency", &["image"]),
    ("BazelPlatformMapping", &["platform", "target"]),
    ("BuildpackVolume", &["host", "target"]),
    ("ContainerHook", &["command"]),
    ("CustomTest", &["command"]),
    ("DockerDeploy", &["images"]),
    ("GitInfo", &["repo"]),
    ("GoogleCloudBuildRepoV2Info", &["projectID", "region", "connection", "repo"]),
    ("HostHook", &["command"]),
    ("NamedContainerHook", &["command", "podName"]),
    ("PlatformEmulatorInstallStep", &["image"]),
    ("PostRenderHostHook", &["command"]),
    ("ProfileDependency", &["name"]),
    ("ResourceFilter", &["groupKind"]),
    ("SkaffoldConfig", &["apiVersion", "kind"]),
    ("TestCase", &["image"]),
    ("Transformer", &["name"]),
    ("Validator", &["name"]),
    ("VerifyContainer", &["name", "image"]),
    ("VerifyEnvVar", &["name", "value"]),
    ("VerifyTestCase", &["name", "container"]),
];

/// Sections whose keys are written by name, not in the order of the schema: as there they pass through JSON.
const BY_NAME: &[&str] = &["ClusterDetails", "KanikoArtifact"];

/// What is written flat: `a.b[0]: value`.
const FLAT: &str = "HelmValues";

/// The tree of a value of the model.
pub(super) fn to_node<T: Serialize + ?Sized>(value: &T) -> Result<Node, Error> {
    Ok(unplaced(value.serialize(ToData)?.data))
}

/// Why a value has no tree: no value of the model is such.
#[derive(Debug)]
pub(super) struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A value, and whether it says something although it may be zero: what stands in an `Option` does.
struct Written {
    data: Data,
    stated: bool,
}

impl Written {
    /// Does it say nothing? As Go's `omitempty`: zero numbers, empty texts, lists and mappings. An empty text says
    /// nothing in an `Option` either, for Go's texts are no pointers.
    fn is_zero(&self) -> bool {
        match &self.data {
            Data::Null => true,
            Data::String(text) => text.is_empty(),
            _ if self.stated => false,
            Data::Bool(value) => !value,
            Data::Int(value) => *value == 0,
            Data::Float(value) => *value == 0.0,
            Data::Seq(items) => items.is_empty(),
            Data::Map(entries) => entries.is_empty(),
        }
    }
}

fn plain(data: Data) -> Written {
    Written { data, stated: false }
}

struct ToData;

impl Serializer for ToData {
    type Ok = Written;
    type Error = Error;
    type SerializeSeq = Items;
    type SerializeTuple = Impossible<Written, Error>;
    type SerializeTupleStruct = Impossible<Written, Error>;
    type SerializeTupleVariant = Impossible<Written, Error>;
    type SerializeMap = Entries;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<Written, Error>;

    fn serialize_bool(self, value: bool) -> Result<Written, Error> {
        Ok(plain(Data::Bool(value)))
    }

    fn serialize_i8(self, value: i8) -> Result<Written, Error> {
        self.serialize_i128(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Written, Error> {
        self.serialize_i128(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Written, Error> {
        self.serialize_i128(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Written, Error> {
        self.serialize_i128(value.into())
    }

    fn serialize_i128(self, value: i128) -> Result<Written, Error> {
        Ok(plain(Data::Int(value)))
    }

    fn serialize_u8(self, value: u8) -> Result<Written, Error> {
        self.serialize_i128(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Written, Error> {
        self.serialize_i128(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Written, Error> {
        self.serialize_i128(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Written, Error> {
        self.serialize_i128(value.into())
    }

    fn serialize_f32(self, value: f32) -> Result<Written, Error> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Written, Error> {
        Ok(plain(Data::Float(value)))
    }

    fn serialize_char(self, value: char) -> Result<Written, Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Written, Error> {
        Ok(plain(Data::String(value.to_owned())))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Written, Error> {
        Err(ser::Error::custom("bytes"))
    }

    fn serialize_none(self) -> Result<Written, Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Written, Error> {
        Ok(Written { stated: true, ..value.serialize(self)? })
    }

    fn serialize_unit(self) -> Result<Written, Error> {
        Ok(plain(Data::Null))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Written, Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Written, Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Written, Error> {
        let mut written = value.serialize(self)?;
        if name == FLAT {
            let mut flat = vec![];
            if !matches!(written.data, Data::Null) {
                flatten(&mut flat, String::new(), written.data);
            }
            sort(&mut flat);
            written.data = Data::Map(flat);
        }
        Ok(written)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Written, Error> {
        Err(ser::Error::custom(name))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, Error> {
        Ok(Items(Vec::with_capacity(length.unwrap_or_default())))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        Err(ser::Error::custom("a tuple"))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        Err(ser::Error::custom(name))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(ser::Error::custom(name))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Error> {
        Ok(Entries { key: None, entries: vec![] })
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields, Error> {
        let always = ALWAYS.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, keys)| keys);
        Ok(Fields { name, always, entries: vec![] })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(ser::Error::custom(name))
    }
}

struct Items(Vec<Node>);

impl SerializeSeq for Items {
    type Ok = Written;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.0.push(to_node(value)?);
        Ok(())
    }

    fn end(self) -> Result<Written, Error> {
        Ok(plain(Data::Seq(self.0)))
    }
}

/// Entries whose keys are the user's: all are written, in natural order.
struct Entries {
    key: Option<Node>,
    entries: Vec<(Node, Node)>,
}

impl SerializeMap for Entries {
    type Ok = Written;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = Some(to_node(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().ok_or_else(|| Error("a value without key".into()))?;
        self.entries.push((key, to_node(value)?));
        Ok(())
    }

    fn end(mut self) -> Result<Written, Error> {
        sort(&mut self.entries);
        Ok(plain(Data::Map(self.entries)))
    }
}

/// Fields of the schema: in its order, those that say nothing left out.
struct Fields {
    name: &'static str,
    always: &'static [&'static str],
    entries: Vec<(Node, Node)>,
}

impl SerializeStruct for Fields {
    type Ok = Written;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        let written = value.serialize(ToData)?;
        if written.is_zero() && !self.always.contains(&key) {
            return Ok(());
        }
        self.entries.push((unplaced(Data::String(key.to_owned())), unplaced(written.data)));
        Ok(())
    }

    fn end(mut self) -> Result<Written, Error> {
        if BY_NAME.contains(&self.name) {
            sort_all(&mut self.entries);
        }
        Ok(plain(Data::Map(self.entries)))
    }
}

fn sort(entries: &mut [(Node, Node)]) {
    entries.sort_by(|(a, _), (b, _)| natural(&a.text().unwrap_or_default(), &b.text().unwrap_or_default()));
}

/// Sorts these entries and those of all mappings below them.
fn sort_all(entries: &mut [(Node, Node)]) {
    sort(entries);
    for (_, value) in entries {
        sort_below(value);
    }
}

fn sort_below(node: &mut Node) {
    match &mut node.data {
        Data::Map(entries) => sort_all(entries),
        Data::Seq(items) => items.iter_mut().for_each(sort_below),
        _ => {}
    }
}

/// Helm's values as `--set` takes them (Skaffold: `schema/util/util.go`, `FlatMap`): keys joined with `.`, items
/// numbered, empty lists and mappings gone.
fn flatten(flat: &mut Vec<(Node, Node)>, path: String, data: Data) {
    match data {
        Data::Map(entries) => {
            for (key, value) in entries {
                let name = key.text().unwrap_or_default();
                let below = if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") };
                flatten(flat, below, value.data);
            }
        }
        Data::Seq(items) => {
            for (index, item) in items.into_iter().enumerate() {
                flatten(flat, format!("{path}[{index}]"), item.data);
            }
        }
        scalar => {
            let text = match &scalar {
                Data::Null => "<nil>".to_owned(),
                scalar => unplaced(scalar.clone()).text().unwrap_or_default().into_owned(),
            };
            flat.push((unplaced(Data::String(path)), unplaced(Data::String(text))));
        }
    }
}
