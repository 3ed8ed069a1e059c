//! Templates that print a value: `--output`.

use std::cell::RefCell;
use std::path::PathBuf;

use gtmpl_ng::{Func, FuncError, ParseError, Template, Value};
use serde::Serialize;

use super::expand::{parse, parse_reason, render_reason};
use super::json;
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

/// A value as it is serialised, and as the template sees it.
struct Shown {
    json: serde_json::Value,
    value: Value,
}

thread_local! {
    /// What is being rendered: `json` finds the serialised form of what it is given here.
    static ROOT: RefCell<Option<Shown>> = const { RefCell::new(None) };
}

static FUNCTIONS: &[(&str, Func)] = &[("json", to_json)];

impl ValueTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// It does not parse, or uses an unknown function ([`Kind::Usage`]).
    pub fn parse(text: &str) -> Result<Self> {
        if is_json_of_all(text) {
            return Ok(Self { text: text.to_owned(), template: None });
        }
        let mut template = Template::default();
        template.add_funcs(FUNCTIONS);
        match parse(&mut template, text) {
            Ok(()) => Ok(Self { text: text.to_owned(), template: Some(template) }),
            Err(error) => Err(refuse(text, &error).into()),
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
        let value = shown(&json);
        let context = gtmpl_ng::Context::from(value.clone());
        ROOT.set(Some(Shown { json, value }));
        let rendered = template.render(&context);
        ROOT.set(None);
        let reason = match rendered {
            Ok(text) if !text.contains("<no value>") => return Ok(text),
            Ok(_) => "it prints a field that is not there".to_owned(),
            Err(error) => render_reason(&error),
        };
        Err(Box::new(
            Report::new(Kind::Usage, format!("the template of `{FLAG}` cannot be printed: `{}`", self.text))
                .cause(reason)
                .hint("fields are `.Builds`, and of each of them `.ImageName` and `.Tag`: `{{range .Builds}}{{.Tag}}{{end}}`"),
        ))
    }
}

/// Whether the template is `{{json .}}`, which is the default.
fn is_json_of_all(text: &str) -> bool {
    let inside = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inside.is_some_and(|inside| inside.split_whitespace().eq(["json", "."]))
}

fn refuse(text: &str, error: &ParseError) -> Report {
    let place = match error {
        ParseError::WithContext(at, _) => {
            let line_start: usize =
                text.split_inclusive('\n').take(at.line.saturating_sub(1)).map(str::len).sum();
            let start = (line_start + at.col.saturating_sub(1)).min(text.len());
            Some(Excerpt {
                path: PathBuf::from(FLAG),
                text: text.into(),
                span: start..(start + at.len).min(text.len()),
                label: String::new(),
            })
        }
        _ => None,
    };
    Report::new(Kind::Usage, format!("the template of `{FLAG}` is wrong"))
        .at_some(place)
        .cause(parse_reason(error))
        .hint("for all of the result use `{{json .}}`, which is the default")
}

/// The value with Go's field names.
fn shown(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(b) => (*b).into(),
        serde_json::Value::String(s) => s.as_str().into(),
        serde_json::Value::Number(n) => match (n.as_i64(), n.as_u64()) {
            (Some(n), _) => n.into(),
            (None, Some(n)) => n.into(),
            (None, None) => n.as_f64().into(),
        },
        serde_json::Value::Array(items) => Value::Array(items.iter().map(shown).collect()),
        serde_json::Value::Object(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (field_name(key), shown(value))).collect())
        }
    }
}

fn field_name(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A part of the value as it is serialised: keys in their order and case.
fn to_json(args: &[Value]) -> std::result::Result<Value, FuncError> {
    let [wanted] = args else { return Err(FuncError::ExactlyXArgs("json".to_owned(), 1)) };
    let original = ROOT.with_borrow(|root| {
        let root = root.as_ref()?;
        if root.value == *wanted { Some(root.json.clone()) } else { find(&root.json, wanted).cloned() }
    });
    Ok(json::go_json(&original.unwrap_or_else(|| json::of_template_value(wanted))).into())
}

/// The part that the template sees as `wanted`. Parts that look the same are the same but for their place.
fn find<'a>(json: &'a serde_json::Value, wanted: &Value) -> Option<&'a serde_json::Value> {
    if shown(json) == *wanted {
        return Some(json);
    }
    match json {
        serde_json::Value::Array(items) => items.iter().find_map(|item| find(item, wanted)),
        serde_json::Value::Object(entries) => entries.values().find_map(|value| find(value, wanted)),
        _ => None,
    }
}
