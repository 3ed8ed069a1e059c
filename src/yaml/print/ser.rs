//! Anything serialisable as a tree to print.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeMap, SerializeSeq, Serializer};

use super::Value;
use super::order::natural;
use crate::diagnostic::{Kind, Report};
use crate::yaml::scalar::float_text;

/// The tree of a value.
pub(super) fn value(value: &impl Serialize) -> Result<Value<'static>, Box<Report>> {
    value.serialize(Builder).map_err(|Error(reason)| {
        Box::new(Report::new(Kind::Internal, "a value cannot be written as YAML").cause(reason))
    })
}

/// Why there is no YAML for a value.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Error(String);

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

struct Builder;

macro_rules! plain {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method(self, value: $kind) -> Result<Value<'static>, Error> {
            Ok(Value::Plain(Cow::Owned(value.to_string())))
        })*
    };
}

fn text(text: impl Into<String>) -> Value<'static> {
    Value::Text(Cow::Owned(text.into()))
}

/// `{variant: value}`
fn variant(name: &str, value: Value<'static>) -> Value<'static> {
    Value::Map(vec![(text(name), value)])
}

impl Serializer for Builder {
    type Ok = Value<'static>;
    type Error = Error;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Impossible<Value<'static>, Error>;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    plain! {
        serialize_bool: bool,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    fn serialize_f32(self, value: f32) -> Result<Value<'static>, Error> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Value<'static>, Error> {
        Ok(Value::Plain(Cow::Owned(float_text(value))))
    }

    fn serialize_char(self, value: char) -> Result<Value<'static>, Error> {
        Ok(text(value))
    }

    fn serialize_str(self, value: &str) -> Result<Value<'static>, Error> {
        Ok(text(value))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value<'static>, Error> {
        Err(Error("bytes are no text".into()))
    }

    fn serialize_none(self) -> Result<Value<'static>, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value<'static>, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value<'static>, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value<'static>, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Value<'static>, Error> {
        Ok(text(name))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value<'static>, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value<'static>, Error> {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, Error> {
        Ok(Items(Vec::with_capacity(length.unwrap_or_default())))
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(Error(format!("`{name}` holds several values without names")))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Error> {
        Ok(Entries { sorted: true, ..Entries::default() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, Error> {
        Ok(Entries::default())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Entries, Error> {
        Ok(Entries { variant: Some(name), ..Entries::default() })
    }
}

struct Items(Vec<Value<'static>>);

impl SerializeSeq for Items {
    type Ok = Value<'static>;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.0.push(item.serialize(Builder)?);
        Ok(())
    }

    fn end(self) -> Result<Value<'static>, Error> {
        Ok(Value::Seq(self.0))
    }
}

impl ser::SerializeTuple for Items {
    type Ok = Value<'static>;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        SerializeSeq::serialize_element(self, item)
    }

    fn end(self) -> Result<Value<'static>, Error> {
        SerializeSeq::end(self)
    }
}

impl ser::SerializeTupleStruct for Items {
    type Ok = Value<'static>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        SerializeSeq::serialize_element(self, item)
    }

    fn end(self) -> Result<Value<'static>, Error> {
        SerializeSeq::end(self)
    }
}

#[derive(Default)]
struct Entries {
    list: Vec<(Value<'static>, Value<'static>)>,
    key: Option<Value<'static>>,
    /// A map, whose keys have no order of their own.
    sorted: bool,
    variant: Option<&'static str>,
}

impl Entries {
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.list.push((text(name), value.serialize(Builder)?));
        Ok(())
    }

    fn finish(mut self) -> Value<'static> {
        if self.sorted {
            let name = |key: &Value<'static>| match key {
                Value::Text(text) | Value::Plain(text) => text.clone(),
                Value::Null | Value::Seq(_) | Value::Map(_) => Cow::default(),
            };
            self.list.sort_by(|(a, _), (b, _)| natural(&name(a), &name(b)));
        }
        match self.variant {
            Some(name) => variant(name, Value::Map(self.list)),
            None => Value::Map(self.list),
        }
    }
}

impl SerializeMap for Entries {
    type Ok = Value<'static>;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        match key.serialize(Builder)? {
            Value::Seq(_) | Value::Map(_) => Err(Error("a key must be a single word or text".into())),
            key => {
                self.key = Some(key);
                Ok(())
            }
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().ok_or_else(|| Error("a value without a key".into()))?;
        self.list.push((key, value.serialize(Builder)?));
        Ok(())
    }

    fn end(self) -> Result<Value<'static>, Error> {
        Ok(self.finish())
    }
}

impl ser::SerializeStruct for Entries {
    type Ok = Value<'static>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Result<Value<'static>, Error> {
        Ok(self.finish())
    }
}

impl ser::SerializeStructVariant for Entries {
    type Ok = Value<'static>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Result<Value<'static>, Error> {
        Ok(self.finish())
    }
}
