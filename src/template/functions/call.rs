//! A call of a function: its arguments, and the bounds of its answer.

use std::rc::Rc;

use jiff::Zoned;

use super::Function;
use crate::template::eval::Run;
use crate::template::value::{Map, Shape, Value};

/// The longest text a function makes, in bytes.
pub(in crate::template) const LONGEST: usize = 1 << 20;
/// The most items a function puts into a list.
pub(in crate::template) const MOST: usize = 100_000;

/// What a function gives.
pub(in crate::template) type Answer = Result<Value, Wrong>;

/// Why a function gives nothing. Never holds a value, which may be a secret, but for what `fail` was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::template) struct Wrong {
    pub(in crate::template) reason: String,
    /// The variable that is not there, when that is why.
    pub(in crate::template) undefined: Option<Rc<str>>,
}

impl Wrong {
    /// That a value is not there.
    pub(in crate::template) fn missing(value: &Value) -> Option<Self> {
        let Value::Missing(name) = value else { return None };
        let reason = format!("variable {name} is not defined");
        Some(Self { reason, undefined: Some(Rc::clone(name)) })
    }
}

impl<T: Into<String>> From<T> for Wrong {
    fn from(reason: T) -> Self {
        Self { reason: reason.into(), undefined: None }
    }
}

/// A call whose arguments are what the function's parameters say.
pub(in crate::template) struct Call<'c, 'r> {
    pub(in crate::template) args: &'c [Value],
    pub(in crate::template) run: &'c mut Run<'r>,
}

impl<'c> Call<'c, '_> {
    /// The argument at a place; nothing where there is none.
    pub(super) fn value(&self, index: usize) -> &'c Value {
        static_nil(self.args.get(index))
    }

    /// The arguments from a place on.
    pub(super) fn rest(&self, from: usize) -> &'c [Value] {
        self.args.get(from..).unwrap_or_default()
    }

    /// The text at a place.
    pub(super) fn text(&self, index: usize) -> &'c str {
        match self.args.get(index) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The number at a place.
    pub(super) fn int(&self, index: usize) -> i64 {
        match self.args.get(index) {
            Some(Value::Int(value, _)) => *value,
            _ => 0,
        }
    }

    /// The number at a place as a count.
    ///
    /// # Errors
    /// It is negative.
    pub(super) fn count(&self, index: usize) -> Result<usize, Wrong> {
        usize::try_from(self.int(index)).map_err(|_| "it takes no negative number".into())
    }

    /// The list at a place.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn list(&self, index: usize) -> Result<&'c [Value], Wrong> {
        items(self.value(index))
    }

    /// The dict at a place; nothing is an empty one.
    pub(super) fn dict(&self, index: usize) -> Option<&'c Rc<Map>> {
        match self.args.get(index) {
            Some(Value::Map(map)) => Some(map),
            _ => None,
        }
    }

    /// The time at a place.
    pub(super) fn time(&self, index: usize) -> Result<&'c Zoned, Wrong> {
        match self.value(index) {
            Value::Time(time) => Ok(time),
            other => Err(mismatch('t', other)),
        }
    }

    /// Does work as large as this many steps.
    ///
    /// # Errors
    /// The template has done too much.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Wrong> {
        self.run.spend(steps)
    }
}

fn static_nil(value: Option<&Value>) -> &Value {
    const NIL: &Value = &Value::Nil;
    value.unwrap_or(NIL)
}

/// Makes a text of this many bytes, if that is not too many.
///
/// # Errors
/// It would be too long.
pub(super) fn long(bytes: usize, make: impl FnOnce() -> String) -> Answer {
    if bytes > LONGEST { Err(too_long()) } else { Ok(make().into()) }
}

/// The items of a list.
///
/// # Errors
/// It is none.
pub(super) fn items(value: &Value) -> Result<&[Value], Wrong> {
    match value {
        Value::List(list) => Ok(&list.items),
        other => Err(Wrong::missing(other).unwrap_or_else(|| got("a list", other))),
    }
}

pub(in crate::template) fn too_long() -> Wrong {
    format!("the text would be longer than {LONGEST} bytes").into()
}

fn got(wanted: &str, value: &Value) -> Wrong {
    format!("it takes {wanted} and got {}", value.describe()).into()
}

fn mismatch(parameter: char, value: &Value) -> Wrong {
    Wrong::missing(value).unwrap_or_else(|| {
        let wanted = match parameter {
            's' => "a text",
            'i' => "a number of type int",
            'f' => "a number with a fraction",
            'b' => "true or false",
            'm' => "a dict",
            _ => "a time",
        };
        got(wanted, value)
    })
}

/// The parameter at a place.
pub(in crate::template) fn parameter(function: &Function, index: usize) -> Option<char> {
    let parameters = function.parameters.as_bytes();
    let repeated = parameters.ends_with(b"*").then(|| parameters.len().saturating_sub(2));
    let index = repeated.map_or(index, |last| index.min(last));
    parameters.get(index).map(|letter| char::from(*letter))
}

/// Checks arguments against the function's parameters: their number, and the type of each, as strictly as Go
/// (`text/template`, `validateType`).
///
/// # Errors
/// The number or a type is another.
pub(in crate::template) fn check(function: &Function, args: &[Value]) -> Result<(), Wrong> {
    let parameters = function.parameters;
    let (wanted, more) = match parameters.strip_suffix('*') {
        Some(parameters) => (parameters.len() - 1, true),
        None => (parameters.len(), false),
    };
    if args.len() < wanted || (args.len() > wanted && !more) {
        let least = if more { "at least " } else { "" };
        let s = if wanted == 1 { "" } else { "s" };
        return Err(format!("it takes {least}{wanted} argument{s} and got {}", args.len()).into());
    }
    for (index, value) in args.iter().enumerate() {
        let parameter = parameter(function, index).unwrap_or('a');
        let fits = match (parameter, value) {
            ('a', _)
            | ('s', Value::Text(_))
            | ('f', Value::Float(_))
            | ('b', Value::Bool(_))
            | ('t', Value::Time(_))
            | ('m', Value::Nil | Value::Missing(_)) => true,
            ('i', Value::Int(_, of)) => *of == crate::template::value::Whole::Plain,
            ('m', Value::Map(map)) => map.shape == Shape::Dict,
            _ => false,
        };
        if !fits {
            return Err(mismatch(parameter, value));
        }
    }
    Ok(())
}
