//! Commands and their words.

use std::rc::Rc;

use super::{Failure, Run};
use crate::template::functions::call::parameter;
use crate::template::functions::{
    Answer, Call, Function, Wrong, check, number_method, time_method, versions,
};
use crate::template::parse::{Command, Operand, Pipeline, Place, Term};
use crate::template::value::{Shape, Value};

/// A name that stands for all variables where none has it.
const ENVIRONMENT: &str = "Env";

impl<'r> Run<'r> {
    /// The commands of a pipeline, each given the value of the one before.
    pub(super) fn commands(&mut self, pipeline: &'r Pipeline, dot: &Value) -> Result<Value, Failure> {
        let mut value = None;
        for command in &pipeline.commands {
            value = Some(self.command(command, dot, value)?);
        }
        Ok(value.unwrap_or(Value::Nil))
    }

    fn command(&mut self, command: &'r Command, dot: &Value, piped: Option<Value>) -> Result<Value, Failure> {
        let Some((first, words)) = command.words.split_first() else { return Ok(Value::Nil) };
        let place = first.place.start..command.words.last().unwrap_or(first).place.end;
        Self::at(self.spend(1), &place)?;
        let alone = |what: &str| match piped {
            None if words.is_empty() => Ok(()),
            _ => Self::at(Err(format!("{what} takes no arguments").into()), &place),
        };
        match &first.term {
            Term::Function(function) => self.function(function, words, dot, piped, &place),
            Term::Field(names) => self.chain(dot.clone(), names, words, dot, piped, first),
            Term::Variable(name, names) if names.is_empty() => {
                alone("a variable")?;
                Ok(self.variable(name))
            }
            Term::Variable(name, names) => {
                let value = self.variable(name);
                self.chain(value, names, words, dot, piped, first)
            }
            Term::Chain(operand, names) => {
                let value = self.operand(operand, dot, None)?;
                self.chain(value, names, words, dot, piped, first)
            }
            Term::Nil => Self::at(Err("nil is no command".into()), &place),
            _ => {
                alone("a value")?;
                self.operand(first, dot, None)
            }
        }
    }

    /// The value of a word; a constant fits itself to the parameter it is for.
    fn operand(
        &mut self,
        operand: &'r Operand,
        dot: &Value,
        parameter: Option<char>,
    ) -> Result<Value, Failure> {
        Ok(match &operand.term {
            Term::Bool(value) => Value::Bool(*value),
            Term::Int(value) => match parameter {
                #[expect(clippy::cast_precision_loss, reason = "Go's constants lose it, too")]
                Some('f') => Value::Float(*value as f64),
                _ => Value::int(*value),
            },
            Term::Float(value) => match parameter {
                #[expect(clippy::cast_possible_truncation, reason = "a whole number of this size is exact")]
                Some('i') if value.fract() == 0.0 && value.abs() < 9e15 => Value::int(*value as i64),
                _ => Value::Float(*value),
            },
            Term::Text(text) => text.as_str().into(),
            Term::Nil => Value::Nil,
            Term::Dot => dot.clone(),
            Term::Field(names) => self.chain(dot.clone(), names, &[], dot, None, operand)?,
            Term::Variable(name, names) => {
                let value = self.variable(name);
                self.chain(value, names, &[], dot, None, operand)?
            }
            Term::Function(function) => self.function(function, &[], dot, None, &operand.place)?,
            Term::Pipeline(pipeline) => self.deeper(&operand.place, |run| run.pipeline(pipeline, dot))?,
            Term::Chain(inner, names) => {
                let value = self.operand(inner, dot, None)?;
                self.chain(value, names, &[], dot, None, operand)?
            }
        })
    }

    fn function(
        &mut self,
        function: &'static Function,
        words: &'r [Operand],
        dot: &Value,
        piped: Option<Value>,
        place: &Place,
    ) -> Result<Value, Failure> {
        Self::at(self.spend(1), place)?;
        let mut args = Vec::with_capacity(words.len() + 1);
        // These two stop at the value that decides.
        let stops_at = match function.name {
            "and" => Some(false),
            "or" => Some(true),
            _ => None,
        };
        for (index, word) in words.iter().enumerate() {
            let value = self.operand(word, dot, parameter(function, index))?;
            if stops_at == Some(value.is_true()) {
                return Ok(value);
            }
            args.push(value);
        }
        args.extend(piped);
        let name = function.name;
        let answer =
            check(function, &args).and_then(|()| (function.run)(&mut Call { args: &args, run: self }));
        Self::at(self.charge(answer), place).map_err(|mut failure| {
            if failure.wrong.undefined.is_none() {
                failure.wrong.reason = format!("`{name}`: {}", failure.wrong.reason);
            }
            failure
        })
    }

    /// Counts what an answer holds.
    fn charge(&mut self, answer: Answer) -> Answer {
        let value = answer?;
        match &value {
            Value::Text(text) => self.spend(text.len() / 64)?,
            Value::List(list) => self.spend(list.items.len())?,
            Value::Map(map) => self.spend(map.entries.borrow().len())?,
            _ => {}
        }
        Ok(value)
    }

    /// `.A.B` of a value; the last may be a method with arguments.
    fn chain(
        &mut self,
        value: Value,
        names: &'r [String],
        words: &'r [Operand],
        dot: &Value,
        piped: Option<Value>,
        operand: &Operand,
    ) -> Result<Value, Failure> {
        let place = words.last().map_or(operand.place.clone(), |last| operand.place.start..last.place.end);
        let mut args = vec![];
        for word in words {
            args.push(self.operand(word, dot, None)?);
        }
        args.extend(piped);
        let mut value = value;
        for (index, name) in names.iter().enumerate() {
            let args = if index + 1 == names.len() { args.as_slice() } else { &[] };
            value = Self::at(Self::field(&value, name, args), &place)?;
        }
        Ok(value)
    }

    fn field(value: &Value, name: &str, args: &[Value]) -> Answer {
        let known = match value {
            Value::Missing(_) | Value::Nil => Some(value.clone()),
            Value::Time(time) => return time_method(time, name, args),
            Value::Version(version) => return versions::method(version, name, args),
            Value::Map(map) => match (map.get(name), &map.shape) {
                (Some(value), _) => Some(value),
                (None, Shape::Struct { .. }) => None,
                (None, Shape::Texts) if name == ENVIRONMENT => Some(value.clone()),
                (None, _) => Some(Value::Missing(Rc::from(name))),
            },
            value => return number_method(value, name, args),
        };
        match known {
            None => Err(format!("{} has no field `{name}`", value.describe()).into()),
            Some(_) if !args.is_empty() => Err(Wrong::from(format!("`{name}` takes no arguments"))),
            Some(value) => Ok(value),
        }
    }
}
