//! What stands in for what is missing (sprig: defaults, flow control).

use super::{Function, function};
use crate::template::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    function("default", "aa*", |c| {
        let given = c.args.get(1).filter(|value| !is_empty(value));
        Ok(given.unwrap_or(c.value(0)).clone())
    }),
    function("empty", "a", |c| Ok(is_empty(c.value(0)).into())),
    function("coalesce", "a*", |c| {
        Ok(c.args.iter().find(|value| !is_empty(value)).cloned().unwrap_or(Value::Nil))
    }),
    function("all", "a*", |c| Ok((!c.args.iter().any(is_empty)).into())),
    function("any", "a*", |c| Ok((!c.args.iter().all(is_empty)).into())),
    function("ternary", "aab", |c| {
        let yes = matches!(c.value(2), Value::Bool(true));
        Ok(c.value(usize::from(!yes)).clone())
    }),
    function("fail", "s", |c| Err(c.text(0).into())),
];

/// Nothing, false, zero, and what holds nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.is_true()
}
