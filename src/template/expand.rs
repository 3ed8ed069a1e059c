//! Fields of the project file that are templates.

use std::sync::LazyLock;

use gtmpl_ng::{ExecError, ParseError, Template, Value};
use regex::Regex;

use super::context::{Context, Scope};
use super::functions::{FUNCTIONS, UNDEFINED};

/// What the engine prints for a variable that is not there.
const NO_VALUE: &str = "<no value>";

/// The engine's bound for blocks in each other; it has none for parentheses, and a stack that ends.
const DEEPEST: usize = 64;

/// What makes an action do with a variable that is not there.
const GUARDS: &[&str] = &["default", "coalesce", "empty", "ternary", "if", "with"];

/// The actions of a template.
static ACTION: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)\{\{(.*?)\}\}"));
/// String literals, or a variable that belongs to the dot (or to the root, `$.NAME`).
static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| regex(r#""(?:\\.|[^"\\])*"|`[^`]*`|(?:^|[\s(|,=$])\.([\p{L}_][\p{L}\p{N}_]*)"#));

#[expect(clippy::expect_used, reason = "the patterns are constants")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}

/// Why a template could not be expanded. `Display` names the template and what is wrong with it; it never holds a
/// variable's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template `{template}`: {reason}")]
pub struct TemplateError {
    /// The template as it was written.
    pub template: String,
    /// What is wrong, with the place where it is known.
    pub reason: String,
    /// The variable that is not defined, when that is what is wrong.
    pub undefined: Option<String>,
}

/// Expands a template over the variables. A text without `{{` is returned as it is.
///
/// # Errors
/// The template does not parse, names an unknown function or a variable that is not defined (unless `default`,
/// `coalesce` or a condition handles that), or a function fails.
pub fn expand(text: &str, context: &Context) -> Result<String, TemplateError> {
    if !text.contains("{{") {
        return Ok(text.to_owned());
    }
    let error = |reason, undefined| TemplateError { template: text.to_owned(), reason, undefined };
    let mut template = Template::default();
    template.add_funcs(FUNCTIONS);
    parse(&mut template, text).map_err(|e| error(parse_reason(&e), None))?;

    let variables = context.iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
    let scope = Scope::enter(context);
    let rendered = template.render(&gtmpl_ng::Context::from(Value::Map(variables.collect())));
    drop(scope);

    let undefined = |otherwise: String| {
        let name = undefined_variable(text, context);
        error(name.as_ref().map_or(otherwise, |name| format!("variable {name} is not defined")), name)
    };
    match rendered {
        Ok(text) if text.contains(NO_VALUE) => {
            Err(undefined("it uses a value that is not defined".to_owned()))
        }
        Ok(text) => Ok(text),
        Err(e) => {
            let reason = render_reason(&e);
            Err(if reason.contains(UNDEFINED) { undefined(reason) } else { error(reason, None) })
        }
    }
}

/// Reads a template, if its parentheses are not too deep for that.
pub(super) fn parse(template: &mut Template, text: &str) -> Result<(), ParseError> {
    for action in text.split("{{").skip(1) {
        let mut open = 0_usize;
        for byte in action.bytes() {
            match byte {
                b'(' if open == DEEPEST => return Err(ParseError::MaxParseDepth(DEEPEST)),
                b'(' => open += 1,
                b')' => open = open.saturating_sub(1),
                _ => {}
            }
        }
    }
    template.parse(text)
}

/// The variable that is most likely meant: the first that is used and not there, those which an action has a
/// substitute for (`default`, `coalesce`, a condition) last.
fn undefined_variable(text: &str, context: &Context) -> Option<String> {
    let actions: Vec<&str> =
        ACTION.captures_iter(text).filter_map(|c| c.get(1)).map(|m| m.as_str()).collect();
    let guarded = |action: &str| action.split_whitespace().any(|word| GUARDS.contains(&word));
    let (last, first): (Vec<&str>, Vec<&str>) = actions.into_iter().partition(|action| guarded(action));
    first
        .into_iter()
        .chain(last)
        .flat_map(|action| VARIABLE.captures_iter(action).filter_map(|c| c.get(1)).map(|m| m.as_str()))
        .find(|name| context.get(name).is_none())
        .map(str::to_owned)
}

/// What a parser's error says, with line and column.
pub(super) fn parse_reason(error: &ParseError) -> String {
    match error {
        ParseError::WithContext(at, message) => {
            format!("{} (line {}, column {})", message.trim(), at.line, at.col)
        }
        other => other.to_string(),
    }
}

/// What an error while rendering says, with line and column.
pub(super) fn render_reason(error: &ExecError) -> String {
    let Some(at) = error.as_structured() else { return error.to_string() };
    let message = at.message.trim();
    // These the engine words with the value itself, which may be a secret.
    let of_range = message.starts_with("range can't iterate") || message.contains("to iterate over");
    let message = if of_range { "`range` takes a list or a map" } else { message };
    format!("{message} (line {}, column {})", at.context.line, at.context.col)
}
