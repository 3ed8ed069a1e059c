//! Values as text, as Go prints them (Go: package `fmt`).

mod float;
mod quote;
mod show;
mod verbs;

pub(super) use float::{go_float, shortest};
pub(super) use quote::{is_printable, quote};
pub(super) use verbs::printf;

use super::functions::Wrong;
use super::functions::call::{LONGEST, too_long};
use super::value::Value;

/// What Go prints for a value that is not there.
pub(super) const NO_VALUE: &str = "<no value>";

/// How a value is written: the flags of a verb.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "Go's flags are five switches")]
struct Flags {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// `fmt.Sprint`: a space between two values of which none is a text.
///
/// # Errors
/// The text would be too long.
pub(super) fn print(values: &[Value]) -> Result<String, Wrong> {
    let mut text = String::new();
    let mut after_text = true;
    for (index, value) in values.iter().enumerate() {
        let is_text = matches!(value, Value::Text(_));
        if index > 0 && !is_text && !after_text {
            text.push(' ');
        }
        after_text = is_text;
        show::show(&mut text, value, 'v', Flags::default())?;
        bounded(&text)?;
    }
    Ok(text)
}

/// `fmt.Sprintln`: a space between values, and the end of a line.
///
/// # Errors
/// The text would be too long.
pub(super) fn println(values: &[Value]) -> Result<String, Wrong> {
    let mut text = String::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        show::show(&mut text, value, 'v', Flags::default())?;
        bounded(&text)?;
    }
    text.push('\n');
    Ok(text)
}

fn bounded(text: &str) -> Result<(), Wrong> {
    if text.len() > LONGEST { Err(too_long()) } else { Ok(()) }
}

/// The text of a value (`strval` of sprig): itself, else as `%v` prints it.
///
/// # Errors
/// The text would be too long.
pub(super) fn text(value: &Value) -> Result<String, Wrong> {
    match value {
        Value::Text(text) => Ok(text.as_ref().to_owned()),
        value => print(std::slice::from_ref(value)),
    }
}
