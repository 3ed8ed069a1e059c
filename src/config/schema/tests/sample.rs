//! Documents made from the table.

use serde_json::{Map, Value, json};

use crate::config::schema::table::{Field, Kind, ROOT, Type};
use crate::config::schema::version::Version;

/// Documents that together set every key of a version, and none that shuts out another.
pub(crate) fn documents(version: Version) -> Vec<Value> {
    variants(ROOT, version, &mut vec![])
        .into_iter()
        .map(|mut document| {
            document["apiVersion"] = version.to_string().into();
            document["kind"] = "Config".into();
            document
        })
        .collect()
}

/// Mappings of a type that together set all its keys: alternatives one after the other, everything else as often as
/// there are mappings.
fn variants(of: &'static Type, version: Version, above: &mut Vec<&'static str>) -> Vec<Value> {
    let within_itself = above.contains(&of.name);
    above.push(of.name);
    let fields = || of.fields_in(version).filter(|field| !field.ours && (!within_itself || field.required));
    let mut alternatives: Vec<(&str, Value)> = vec![];
    let mut others: Vec<(&Field, Vec<Value>)> = vec![];
    for field in fields() {
        let values = values(field, version, above);
        if field.one_of {
            alternatives.extend(values.into_iter().map(|value| (field.key, value)));
        } else {
            others.push((field, values));
        }
    }
    above.pop();
    let count = others.iter().map(|(_, values)| values.len()).chain([alternatives.len(), 1]).max().unwrap();
    (0..count)
        .map(|index| {
            let mut mapping = Map::new();
            for (field, values) in &others {
                let again = values.last().filter(|_| field.required);
                if let Some(value) = values.get(index).or(again) {
                    mapping.insert(field.key.to_owned(), value.clone());
                }
            }
            if let Some((key, value)) = alternatives.get(index) {
                mapping.insert((*key).to_owned(), value.clone());
            }
            mapping.into()
        })
        .collect()
}

fn values(field: &Field, version: Version, above: &mut Vec<&'static str>) -> Vec<Value> {
    match field.kind {
        Kind::One(below) => variants(below, version, above),
        Kind::Many(below) => vec![variants(below, version, above).into()],
        kind => vec![value(field.key, kind)],
    }
}

/// Something that a key may have.
pub(super) fn value(key: &str, kind: Kind) -> Value {
    match kind {
        Kind::Text => match key {
            // What the step from v1alpha1 and the reader of plugins look at.
            "tagPolicy" => "gitCommit".into(),
            "name" => "docker".into(),
            "op" => "replace".into(),
            "path" => "/build".into(),
            _ => format!("{key}-text").into(),
        },
        Kind::Words(words) => words[0].into(),
        Kind::Whole => 7.into(),
        Kind::Bool => true.into(),
        Kind::Port => "http".into(),
        Kind::Any => json!({ "any": [1, "thing"] }),
        Kind::Texts => json!(["a", "b"]),
        Kind::TextMap | Kind::Pairs => json!({ "a": "b", "c": "d" }),
        Kind::Values => json!({ "a": { "b": "c" }, "d": "e" }),
        Kind::Objects => json!([{ "a": "b" }]),
        Kind::One(_) => json!({}),
        Kind::Many(_) => json!([{}]),
    }
}

/// Values that a key may not have.
pub(super) fn wrong(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Text | Kind::Words(_) => vec![json!({}), json!(["a"])],
        Kind::Whole => vec![json!("many"), json!(1.5), json!([1])],
        Kind::Bool => vec![json!("perhaps"), json!(1), json!({})],
        Kind::Port => vec![json!([80]), json!(true)],
        Kind::Any => vec![],
        Kind::Texts => vec![json!("a"), json!({ "a": "b" }), json!([null]), json!([["a"]])],
        Kind::TextMap => vec![json!("a"), json!(["a"]), json!({ "a": ["b"] })],
        Kind::Values => vec![json!("a"), json!(["a"])],
        Kind::Pairs => vec![json!("a"), json!([null]), json!({ "a": [] })],
        Kind::One(_) => vec![json!("a"), json!([]), json!(1)],
        Kind::Objects | Kind::Many(_) => vec![json!("a"), json!({}), json!([null]), json!(["a"])],
    }
}

/// Every type that a version has, each with the steps from the top of a document to one of its mappings, and whether
/// unknown keys are skipped there.
pub(super) fn types(version: Version) -> Vec<(&'static Type, Vec<&'static Field>, bool)> {
    let mut found = vec![(ROOT, vec![], false)];
    let mut next = 0;
    while let Some((of, steps, lenient)) = found.get(next).cloned() {
        for field in of.fields_in(version) {
            let Some(below) = field.type_below() else { continue };
            if !found.iter().any(|(known, ..)| known.name == below.name) {
                let steps = [steps.clone(), vec![field]].concat();
                found.push((below, steps, lenient || below.is_lenient(version)));
            }
        }
        next += 1;
    }
    found
}

/// A document with nothing but a mapping at the end of these steps.
pub(super) fn around(steps: &[&Field], mapping: Value) -> Value {
    steps.iter().rev().fold(mapping, |below, step| match step.kind {
        Kind::Many(_) => json!({ step.key: [below] }),
        _ => json!({ step.key: below }),
    })
}
