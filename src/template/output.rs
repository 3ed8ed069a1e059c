//! Templates that print a value: `--output`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use serde::Serialize;

use super::context::Context;
use super::expand::TemplateError;
use super::functions::OUTPUT;
use super::parse::{Template, parse};
use super::value::{Shape, Value};
use super::{eval, json};
use crate::diagnostic::{Excerpt, Kind, Report, Result};

/// What the title of an error calls the template, and the path of its excerpt.
const FLAG: &str = "--output";

/// A template for a value, checked when it is parsed. `{{json .}}` is the whole value as JSON; fields are named as in
/// Go, with an upper-case first letter (`{{range .Builds}}{{.ImageName}}={{.Tag}}{{end}}`).
pub struct ValueTemplate {
    text: String,
    /// `None`: the template is `{{json .}}`, which needs no engine.
    template: Option<Template>,
}

impl ValueTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// It does not parse, or uses an unknown function ([`Kind::Usage`]).
    pub fn parse(text: &str) -> Result<Self> {
        if is_json_of_all(text) {
            return Ok(Self { text: text.to_owned(), template: None });
        }
        match parse(text, OUTPUT) {
            Ok(template) => Ok(Self { text: text.to_owned(), template: Some(template) }),
            Err(fault) => {
                let error = TemplateError::fault(text, fault);
                let report = Report::new(Kind::Usage, format!("the template of `{FLAG}` is wrong"))
                    .at(place(&error))
                    .cause(error.reason)
                    .hint("for all of the result use `{{json .}}`, which is the default");
                Err(report.into())
            }
        }
    }

    /// The value, printed by the template, without a newline at the end.
    ///
    /// # Errors
    /// The template names a field that is not there ([`Kind::Usage`]).
    pub fn render(&self, value: &impl Serialize) -> Result<String> {
        let json = serde_json::to_value(value).map_err(|error| {
            Box::new(Report::new(Kind::Internal, "the result cannot be written as JSON").cause(error))
        })?;
        let Some(template) = &self.template else { return Ok(json::go_json(&json)) };
        let error = match eval::run(template, &Context::default(), &shown(&json)) {
            Ok(done) => match done.missing {
                None => return Ok(done.text),
                Some((_, span)) => TemplateError {
                    template: self.text.clone(),
                    reason: "it prints a field that is not there".to_owned(),
                    undefined: None,
                    span,
                },
            },
            Err(failure) => TemplateError::failure(&self.text, failure),
        };
        Err(Box::new(
            Report::new(Kind::Usage, format!("the template of `{FLAG}` cannot be printed"))
                .at(place(&error))
                .cause(error.reason)
                .hint("fields are `.Builds`, and of each of them `.ImageName`, `.Tag` and `.RuntimeType`: `{{range .Builds}}{{.Tag}}{{end}}`"),
        ))
    }
}

/// Whether the template is `{{json .}}`, which is the default.
fn is_json_of_all(text: &str) -> bool {
    let inside = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inside.is_some_and(|inside| inside.split_whitespace().eq(["json", "."]))
}

fn place(error: &TemplateError) -> Excerpt {
    Excerpt {
        path: PathBuf::from(FLAG),
        text: error.template.as_str().into(),
        span: error.span.clone(),
        label: String::new(),
    }
}

/// The value with Go's field names.
fn shown(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => (*value).into(),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::int(number),
            None => number.as_f64().unwrap_or(0.0).into(),
        },
        serde_json::Value::Array(items) => Value::list(items.iter().map(shown).collect()),
        serde_json::Value::Object(entries) => {
            let names: Vec<_> =
                entries.keys().map(|key| (Rc::from(field_name(key)), Rc::from(key.as_str()))).collect();
            let values =
                names.iter().zip(entries.values()).map(|((name, _), value)| (Rc::clone(name), shown(value)));
            let mut values: BTreeMap<Rc<str>, Value> = values.collect();
            // In JSON it is left out where there is none; in Go's struct it is empty then.
            if values.contains_key("ImageName") {
                values.entry(Rc::from("RuntimeType")).or_insert_with(|| "".into());
            }
            Value::map(Shape::Struct { name: "struct", fields: names }, values)
        }
    }
}

fn field_name(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
