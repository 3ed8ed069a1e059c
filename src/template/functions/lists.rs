//! Lists (sprig: lists).

use super::call::{Answer, Call, MOST, Wrong, items};
use super::defaults::is_empty;
use super::math::to_int;
use super::strings::texts_of;
use super::{Function, function};
use crate::template::fmt;
use crate::template::value::{Items, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("list", "a*", |c| Ok(Value::list(c.args.to_vec()))),
    function("tuple", "a*", |c| Ok(Value::list(c.args.to_vec()))),
    function("first", "a", first),
    function("mustFirst", "a", first),
    function("last", "a", last),
    function("mustLast", "a", last),
    function("rest", "a", rest),
    function("mustRest", "a", rest),
    function("initial", "a", initial),
    function("mustInitial", "a", initial),
    function("append", "aa", append),
    function("mustAppend", "aa", append),
    function("push", "aa", append),
    function("mustPush", "aa", append),
    function("prepend", "aa", prepend),
    function("mustPrepend", "aa", prepend),
    function("concat", "a*", concat),
    function("reverse", "a", reverse),
    function("mustReverse", "a", reverse),
    function("uniq", "a", uniq),
    function("mustUniq", "a", uniq),
    function("without", "aa*", without),
    function("mustWithout", "aa*", without),
    function("has", "aa", has),
    function("mustHas", "aa", has),
    function("compact", "a", compact),
    function("mustCompact", "a", compact),
    function("slice", "aa*", slice),
    function("mustSlice", "aa*", slice),
    function("chunk", "ia", chunk),
    function("mustChunk", "ia", chunk),
    function("sortAlpha", "a", |c| {
        let Value::List(_) = c.value(0) else { return Ok(Value::texts([fmt::text(c.value(0))?])) };
        let mut texts = texts_of(c.value(0))?;
        texts.sort_unstable();
        Ok(Value::texts(texts))
    }),
];

/// A list, if it is not too long.
pub(super) fn list(items: Vec<Value>) -> Answer {
    if items.len() > MOST {
        return Err(format!("the list would have more than {MOST} items").into());
    }
    Ok(Value::list(items))
}

fn first(c: &mut Call<'_, '_>) -> Answer {
    Ok(c.list(0)?.first().cloned().unwrap_or(Value::Nil))
}

fn last(c: &mut Call<'_, '_>) -> Answer {
    Ok(c.list(0)?.last().cloned().unwrap_or(Value::Nil))
}

fn rest(c: &mut Call<'_, '_>) -> Answer {
    match c.list(0)? {
        [] => Ok(Value::nil_list(Items::Any)),
        [_, rest @ ..] => list(rest.to_vec()),
    }
}

fn initial(c: &mut Call<'_, '_>) -> Answer {
    match c.list(0)? {
        [] => Ok(Value::nil_list(Items::Any)),
        [initial @ .., _] => list(initial.to_vec()),
    }
}

fn append(c: &mut Call<'_, '_>) -> Answer {
    list([c.list(0)?, &c.args[1..]].concat())
}

fn prepend(c: &mut Call<'_, '_>) -> Answer {
    list([&c.args[1..], c.list(0)?].concat())
}

fn concat(c: &mut Call<'_, '_>) -> Answer {
    let mut all = vec![];
    for value in c.args {
        all.extend_from_slice(items(value)?);
        if all.len() > MOST {
            break;
        }
    }
    if all.is_empty() { Ok(Value::nil_list(Items::Any)) } else { list(all) }
}

fn reverse(c: &mut Call<'_, '_>) -> Answer {
    list(c.list(0)?.iter().rev().cloned().collect())
}

fn contains(items: &[Value], wanted: &Value) -> bool {
    items.iter().any(|item| item.equals(wanted))
}

fn uniq(c: &mut Call<'_, '_>) -> Answer {
    let mut kept: Vec<Value> = vec![];
    for item in c.list(0)? {
        c.spend(kept.len())?;
        if !contains(&kept, item) {
            kept.push(item.clone());
        }
    }
    list(kept)
}

fn without(c: &mut Call<'_, '_>) -> Answer {
    let left_out = c.rest(1);
    c.spend(c.list(0)?.len().saturating_mul(left_out.len()))?;
    list(c.list(0)?.iter().filter(|item| !contains(left_out, item)).cloned().collect())
}

fn has(c: &mut Call<'_, '_>) -> Answer {
    if matches!(c.value(1), Value::Nil) {
        return Ok(false.into());
    }
    let items = c.list(1)?;
    c.spend(items.len())?;
    Ok(contains(items, c.value(0)).into())
}

fn compact(c: &mut Call<'_, '_>) -> Answer {
    list(c.list(0)?.iter().filter(|item| !is_empty(item)).cloned().collect())
}

/// `slice list from to`.
fn slice(c: &mut Call<'_, '_>) -> Answer {
    let Value::List(whole) = c.value(0) else {
        let Value::Text(_) = c.value(0) else { return c.list(0).map(|_| Value::Nil) };
        return Err("it takes a list and got a text, for which there is `substr`".into());
    };
    let length = whole.items.len();
    if length == 0 {
        return Ok(Value::Nil);
    }
    let bound = |index: usize, otherwise: usize| match c.args.get(index) {
        Some(value) => {
            let at = to_int(value);
            usize::try_from(at)
                .ok()
                .filter(|at| *at <= length)
                .ok_or_else(|| Wrong::from(format!("there is no position {at} in a list of {length} items")))
        }
        None => Ok(otherwise),
    };
    let (from, to) = (bound(1, 0)?, bound(2, length)?);
    let Some(items) = whole.items.get(from..to) else {
        return Err(format!("there is no part from {from} to {to}").into());
    };
    Ok(Value::list_of(whole.of, items.to_vec()))
}

/// Lists of at most so many items.
fn chunk(c: &mut Call<'_, '_>) -> Answer {
    let size = c.count(0)?;
    let items = c.list(1)?;
    if size == 0 {
        return Err("it takes a size of at least 1".into());
    }
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(Value::list_of(Items::Lists, chunks))
}
