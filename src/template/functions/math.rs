//! Numbers (sprig: math, integer slices).

use super::call::{Answer, Call, MOST, Wrong};
use super::decimal::{self, Operation};
use super::{Function, function};
use crate::template::fmt;
use crate::template::parse::integer;
use crate::template::value::{Items, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("int", "a", |c| Ok(Value::int(to_int(c.value(0))))),
    function("int64", "a", |c| Ok(Value::int64(to_int(c.value(0))))),
    function("float64", "a", |c| Ok(to_float(c.value(0)).into())),
    function("atoi", "s", |c| {
        let text = c.text(0);
        let plain = text.strip_prefix('+').unwrap_or(text);
        Ok(Value::int(plain.parse().ok().filter(|_| !plain.starts_with('+')).unwrap_or(0)))
    }),
    function("toDecimal", "a", |c| {
        let text = fmt::print(c.args)?;
        Ok(Value::int64(i64::from_str_radix(&text, 8).unwrap_or(0)))
    }),
    function("add", "a*", |c| fold(0, c.args, i64::checked_add)),
    function("add1", "a", |c| fold(1, c.args, i64::checked_add)),
    function("sub", "aa", |c| fold(to_int(c.value(0)), c.rest(1), i64::checked_sub)),
    function("mul", "aa*", |c| fold(to_int(c.value(0)), c.rest(1), i64::checked_mul)),
    function("div", "aa", |c| fold(to_int(c.value(0)), c.rest(1), i64::checked_div)),
    function("mod", "aa", |c| fold(to_int(c.value(0)), c.rest(1), i64::checked_rem)),
    function("max", "aa*", |c| Ok(Value::int64(c.args.iter().map(to_int).max().unwrap_or(0)))),
    function("biggest", "aa*", |c| Ok(Value::int64(c.args.iter().map(to_int).max().unwrap_or(0)))),
    function("min", "aa*", |c| Ok(Value::int64(c.args.iter().map(to_int).min().unwrap_or(0)))),
    function("maxf", "aa*", |c| Ok(c.args.iter().map(to_float).fold(f64::NEG_INFINITY, f64::max).into())),
    function("minf", "aa*", |c| Ok(c.args.iter().map(to_float).fold(f64::INFINITY, f64::min).into())),
    function("floor", "a", |c| Ok(to_float(c.value(0)).floor().into())),
    function("ceil", "a", |c| Ok(to_float(c.value(0)).ceil().into())),
    function("round", "aif*", |c| Ok(round(c).into())),
    function("addf", "a*", |c| decimals(Operation::Add, 0.0, c.args)),
    function("add1f", "a", |c| decimals(Operation::Add, 1.0, c.args)),
    function("subf", "aa*", |c| decimals(Operation::Subtract, to_float(c.value(0)), c.rest(1))),
    function("mulf", "aa*", |c| decimals(Operation::Multiply, to_float(c.value(0)), c.rest(1))),
    function("divf", "aa*", |c| decimals(Operation::Divide, to_float(c.value(0)), c.rest(1))),
    function("until", "i", |c| {
        let count = c.int(0);
        Ok(numbers(steps(0, count, if count < 0 { -1 } else { 1 })?))
    }),
    function("untilStep", "iii", |c| Ok(numbers(steps(c.int(0), c.int(1), c.int(2))?))),
    function("seq", "i*", seq),
];

/// A whole number of any value, as sprig's `int` finds it: zero where it finds none.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(value, _) => *value,
        #[expect(clippy::cast_possible_truncation, reason = "Go's conversion cuts the fraction, too")]
        Value::Float(value) if (-9.223_372_036_854_775e18..9.223_372_036_854_775e18).contains(value) => {
            *value as i64
        }
        // What processors make of the others.
        Value::Float(_) => i64::MIN,
        Value::Bool(value) => i64::from(*value),
        Value::Text(text) => integer(whole(text)).unwrap_or(0),
        _ => 0,
    }
}

/// The text without a fraction of zeros.
fn whole(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// A number of any value: zero where there is none.
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "Go's conversion loses it, too")]
        Value::Int(value, _) => *value as f64,
        Value::Float(value) => *value,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Text(text) => text.parse().unwrap_or(0.0),
        _ => 0.0,
    }
}

fn fold(first: i64, others: &[Value], f: impl Fn(i64, i64) -> Option<i64>) -> Answer {
    let result = others.iter().try_fold(first, |sum, value| f(sum, to_int(value)));
    result.map(Value::int64).ok_or_else(|| "the result is no number (division by zero, or too large)".into())
}

fn decimals(operation: Operation, first: f64, others: &[Value]) -> Answer {
    let mut result = first;
    for value in others {
        result = decimal::apply(operation, result, to_float(value))
            .ok_or_else(|| Wrong::from("the result is no number (division by zero)"))?;
    }
    Ok(result.into())
}

/// Rounds to decimal places; what lies below the limit (a half) is cut off downwards.
fn round(c: &Call<'_, '_>) -> f64 {
    let limit = match c.args.get(2) {
        Some(Value::Float(limit)) => *limit,
        _ => 0.5,
    };
    let places = i32::try_from(c.int(1)).unwrap_or(i32::MAX);
    let scale = 10_f64.powi(places);
    let scaled = scale * to_float(c.value(0));
    let rounded = if scaled.fract() >= limit { scaled.ceil() } else { scaled.floor() };
    rounded / scale
}

fn numbers(values: Vec<i64>) -> Value {
    Value::list_of(Items::Int, values.into_iter().map(Value::int).collect())
}

/// The numbers from `start` up or down to before `stop`.
fn steps(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Wrong> {
    let mut values = vec![];
    let down = stop < start;
    if step == 0 || down != (step < 0) {
        return Ok(values);
    }
    let mut value = start;
    while if down { value > stop } else { value < stop } {
        values.push(value);
        if values.len() > MOST {
            return Err(format!("the list would have more than {MOST} items").into());
        }
        let Some(next) = value.checked_add(step) else { break };
        value = next;
    }
    Ok(values)
}

/// Numbers as the program `seq` prints them, in one line.
fn seq(c: &mut Call<'_, '_>) -> Answer {
    let (start, step, end) = match c.args.len() {
        1 => (1, None, c.int(0)),
        2 => (c.int(0), None, c.int(1)),
        3 => (c.int(0), Some(c.int(1)), c.int(2)),
        _ => return Ok("".into()),
    };
    let one = if end < start { -1 } else { 1 };
    if one < 0 && step.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let values = steps(start, end.saturating_add(one), step.unwrap_or(one))?;
    let texts: Vec<String> = values.iter().map(i64::to_string).collect();
    Ok(texts.join(" ").into())
}
