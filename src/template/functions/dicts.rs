//! Dicts (sprig: dictionaries). They are shared: what `set` changes is changed wherever the dict is known.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::call::{Answer, Call, MOST, Wrong};
use super::defaults::is_empty;
use super::{Function, function};
use crate::template::fmt;
use crate::template::value::{DEEPEST, Map, Shape, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("dict", "a*", dict),
    function("get", "ms", |c| {
        Ok(c.dict(0).and_then(|dict| dict.get(c.text(1))).unwrap_or_else(|| "".into()))
    }),
    function("set", "msa", set),
    function("unset", "ms", |c| {
        if let Some(dict) = c.dict(0) {
            dict.entries.borrow_mut().remove(c.text(1));
        }
        Ok(c.value(0).clone())
    }),
    function("hasKey", "ms", |c| Ok(c.dict(0).is_some_and(|dict| dict.get(c.text(1)).is_some()).into())),
    function("pluck", "sm*", |c| {
        Ok(Value::list(c.rest(1).iter().filter_map(|value| map(value)?.get(c.text(0))).collect()))
    }),
    function("keys", "m*", |c| {
        let keys = c.args.iter().filter_map(map).flat_map(Map::pairs);
        Ok(Value::texts(keys.map(|(key, _)| Value::Text(key))))
    }),
    function("values", "m", |c| {
        let pairs = c.dict(0).map(|dict| dict.pairs()).unwrap_or_default();
        Ok(Value::list(pairs.into_iter().map(|(_, value)| value).collect()))
    }),
    function("pick", "ms*", |c| Ok(filtered(c, true))),
    function("omit", "ms*", |c| Ok(filtered(c, false))),
    function("merge", "mm*", |c| merge(c, false)),
    function("mustMerge", "mm*", |c| merge(c, false)),
    function("mergeOverwrite", "mm*", |c| merge(c, true)),
    function("mustMergeOverwrite", "mm*", |c| merge(c, true)),
    function("dig", "aaaa*", dig),
    function("deepCopy", "a", deep_copy),
    function("mustDeepCopy", "a", deep_copy),
];

fn map(value: &Value) -> Option<&Map> {
    match value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn dict(c: &mut Call<'_, '_>) -> Answer {
    let mut entries = BTreeMap::new();
    for pair in c.args.chunks(2) {
        let [key, value @ ..] = pair else { continue };
        let key = fmt::text(key)?;
        entries.insert(key.into(), value.first().cloned().unwrap_or_else(|| "".into()));
    }
    Ok(Value::dict(entries))
}

fn set(c: &mut Call<'_, '_>) -> Answer {
    let Some(dict) = c.dict(0) else { return Err("it takes a dict and got nothing".into()) };
    let mut entries = dict.entries.borrow_mut();
    entries.insert(c.text(1).into(), c.value(2).clone());
    if entries.len() > MOST {
        return Err(format!("the dict would have more than {MOST} entries").into());
    }
    Ok(c.value(0).clone())
}

/// The entries that are named, or all others.
fn filtered(c: &Call<'_, '_>, named: bool) -> Value {
    let pairs = c.dict(0).map(|dict| dict.pairs()).unwrap_or_default();
    let is_named =
        |key: &str| c.rest(1).iter().any(|name| matches!(name, Value::Text(name) if **name == *key));
    Value::dict(pairs.into_iter().filter(|(key, _)| is_named(key) == named).collect())
}

/// Puts the entries of the others into the first: all if `overwrite`, else those it has not, or that are empty there.
fn merge(c: &mut Call<'_, '_>, overwrite: bool) -> Answer {
    let target = match c.value(0) {
        Value::Map(map) => Rc::clone(map),
        _ => Rc::new(Map { shape: Shape::Dict, entries: std::cell::RefCell::default() }),
    };
    for source in c.rest(1).iter().filter_map(map) {
        merge_into(c, &target, source, overwrite, 0)?;
    }
    Ok(Value::Map(target))
}

fn merge_into(
    c: &mut Call<'_, '_>,
    target: &Rc<Map>,
    source: &Map,
    overwrite: bool,
    depth: usize,
) -> Result<(), Wrong> {
    if depth > DEEPEST {
        return Err("the dict is too deep".into());
    }
    let pairs = source.pairs();
    c.spend(pairs.len())?;
    for (key, value) in pairs {
        let known = target.get(&key);
        if let (Some(Value::Map(inner)), Value::Map(value)) = (&known, &value) {
            merge_into(c, inner, value, overwrite, depth + 1)?;
            continue;
        }
        if value.is_nil() && !overwrite {
            continue;
        }
        let taken = match &known {
            None => true,
            Some(known) => overwrite || is_empty(known),
        };
        if taken {
            target.entries.borrow_mut().insert(key, value);
        }
    }
    Ok(())
}

/// `dig "a" "b" otherwise dict`: the entry `b` of the entry `a`.
fn dig(c: &mut Call<'_, '_>) -> Answer {
    let [keys @ .., otherwise, dict] = c.args else { return Err("it takes at least 3 arguments".into()) };
    let mut value = dict.clone();
    for key in keys {
        let Value::Text(key) = key else {
            return Err(format!("a key is a text, and this is {}", key.describe()).into());
        };
        value = match &value {
            Value::Map(map) if map.shape == Shape::Dict => match map.get(key) {
                Some(value) => value,
                None => return Ok(otherwise.clone()),
            },
            other => {
                let reason = format!("it looks into a dict and got {}", other.describe());
                return Err(Wrong::missing(other).unwrap_or_else(|| reason.into()));
            }
        };
    }
    Ok(value)
}

fn deep_copy(c: &mut Call<'_, '_>) -> Answer {
    if c.value(0).is_nil() {
        return Err(Wrong::missing(c.value(0)).unwrap_or_else(|| "it takes a value and got nothing".into()));
    }
    copy(c, c.value(0), 0)
}

fn copy(c: &mut Call<'_, '_>, value: &Value, depth: usize) -> Answer {
    if depth > DEEPEST {
        return Err("the value is too deep".into());
    }
    c.spend(1)?;
    Ok(match value {
        Value::List(list) => {
            let items = list.items.iter().map(|item| copy(c, item, depth + 1)).collect::<Result<_, _>>()?;
            Value::list_of(list.of, items)
        }
        Value::Map(map) => {
            let mut entries = BTreeMap::new();
            for (key, value) in map.pairs() {
                entries.insert(key, copy(c, &value, depth + 1)?);
            }
            Value::map(map.shape.clone(), entries)
        }
        value => value.clone(),
    })
}
