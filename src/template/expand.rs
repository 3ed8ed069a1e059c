//! Fields of the project file that are templates.

use std::ops::Range;
use std::rc::Rc;

use super::context::Context;
use super::eval::{self, Done, Failure};
use super::functions::PROJECT;
use super::parse::{Fault, parse};
use super::value::{Shape, Value};

/// Why a template could not be expanded. `Display` names the template and what is wrong with it; it never holds a
/// variable's value (but for what a program that `cmd` ran printed as its errors, and what `fail` was told).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template `{template}`: {reason}{}", self.position())]
pub struct TemplateError {
    /// The template as it was written.
    pub template: String,
    /// What is wrong.
    pub reason: String,
    /// The variable that is not defined, when that is what is wrong.
    pub undefined: Option<String>,
    /// The bytes of the template that are wrong.
    pub span: Range<usize>,
}

impl TemplateError {
    fn new(template: &str, reason: String, span: Range<usize>) -> Self {
        Self { template: template.to_owned(), reason, undefined: None, span }
    }

    pub(super) fn fault(template: &str, (reason, span): Fault) -> Self {
        Self::new(template, reason, span)
    }

    pub(super) fn failure(template: &str, failure: Failure) -> Self {
        let undefined = failure.wrong.undefined.map(|name| name.as_ref().to_owned());
        Self { undefined, ..Self::new(template, failure.wrong.reason, failure.place) }
    }

    /// Where, in a template of several lines.
    fn position(&self) -> String {
        let Some(before) =
            self.template.get(..self.span.start).filter(|_| self.template.trim().contains('\n'))
        else {
            return String::new();
        };
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(" (line {}, column {column})", before.matches('\n').count() + 1)
    }
}

/// Expands a template over the variables. A text without `{{` is returned as it is.
///
/// # Errors
/// The template does not parse, names an unknown function, prints a variable that is not defined or gives it to a
/// function that needs a value, or a function fails.
pub fn expand(text: &str, context: &Context) -> Result<String, TemplateError> {
    let done = fill(text, context)?;
    let Some((name, span)) = done.missing else { return Ok(done.text) };
    let reason = match &name {
        Some(name) => format!("variable {name} is not defined"),
        None => "it prints a value that is not there".to_owned(),
    };
    let undefined = name.map(|name| name.as_ref().to_owned());
    Err(TemplateError { undefined, ..TemplateError::new(text, reason, span) })
}

/// [`expand`], but a template that would print a variable that is not defined stays as it is written
/// (Skaffold: `pkg/skaffold/tags/tags.go`, where such a text holds `<no value>`).
///
/// # Errors
/// Those of [`expand`] but for that.
pub fn expand_if_defined(text: &str, context: &Context) -> Result<String, TemplateError> {
    let done = fill(text, context)?;
    Ok(if done.missing.is_none() { done.text } else { text.to_owned() })
}

fn fill(text: &str, context: &Context) -> Result<Done, TemplateError> {
    if !text.contains("{{") {
        return Ok(Done { text: text.to_owned(), missing: None });
    }
    let template = parse(text, PROJECT).map_err(|fault| TemplateError::fault(text, fault))?;
    let variables = context.iter().map(|(name, value)| (Rc::from(name), Value::from(value))).collect();
    let variables = Value::map(Shape::Texts, variables);
    eval::run(&template, context, &variables).map_err(|failure| TemplateError::failure(text, failure))
}
