//! JSON schemas as far as they are used here: a validator small enough for tests without optimization. A keyword that
//! it does not know fails the test.

use serde_json::Value;

/// What a schema has against a value, each with its place.
pub(crate) fn objections(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = vec![];
    below(schema, schema, value, "", &mut found);
    found
}

fn below(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if let Value::Bool(allowed) = schema {
        if !allowed {
            found.push(format!("{place} may not be there"));
        }
        return;
    }
    for (keyword, rule) in schema.as_object().unwrap() {
        let broken = match (keyword.as_str(), value) {
            ("additionalProperties", _) if schema.get("properties").is_none() => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    below(root, rule, value, &format!("{place}/{key}"), found);
                }
                false
            }
            ("additionalProperties", Value::Object(entries)) => {
                assert_eq!(rule, false);
                let dotted = schema.get("patternProperties").is_some();
                entries
                    .keys()
                    .any(|key| schema["properties"].get(key).is_none() && !(dotted && key.starts_with('.')))
            }
            ("patternProperties", _) => {
                assert_eq!(rule.to_string(), r#"{"^\\.":true}"#);
                false
            }
            ("properties", Value::Object(entries)) => {
                for (key, rule) in rule.as_object().unwrap() {
                    if let Some(value) = entries.get(key) {
                        below(root, rule, value, &format!("{place}/{key}"), found);
                    }
                }
                false
            }
            ("items", Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    below(root, rule, item, &format!("{place}/{index}"), found);
                }
                false
            }
            ("required", Value::Object(entries)) => {
                rule.as_array().unwrap().iter().any(|key| !entries.contains_key(key.as_str().unwrap()))
            }
            ("$ref", _) => {
                let rule = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                below(root, rule, value, place, found);
                false
            }
            ("anyOf", _) => {
                let mut ways = rule.as_array().unwrap().iter().map(|way| {
                    let mut found = vec![];
                    below(root, way, value, place, &mut found);
                    found
                });
                let first = ways.next().unwrap();
                let fits = first.is_empty() || ways.any(|found| found.is_empty());
                if !fits {
                    found.extend(first);
                }
                false
            }
            ("not", _) => {
                let mut against = vec![];
                below(root, rule, value, place, &mut against);
                against.is_empty()
            }
            ("enum", _) => !rule.as_array().unwrap().contains(value),
            ("const", _) => rule != value,
            ("pattern", Value::String(text)) => {
                !regex::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text)
            }
            ("minLength", Value::String(text)) => {
                assert_eq!(rule, 1);
                text.is_empty()
            }
            ("minItems", Value::Array(items)) => {
                assert_eq!(rule, 1);
                items.is_empty()
            }
            ("type", _) => match rule {
                Value::Array(kinds) => !kinds.iter().any(|kind| is(value, kind.as_str().unwrap())),
                kind => !is(value, kind.as_str().unwrap()),
            },
            // Of another type.
            (
                "additionalProperties"
                | "properties"
                | "items"
                | "required"
                | "pattern"
                | "minLength"
                | "minItems",
                _,
            ) => false,
            (keyword, _) => {
                let told = ["$schema", "title", "description", "default", "definitions"];
                assert!(told.contains(&keyword), "unknown keyword {keyword}");
                false
            }
        };
        if broken {
            found.push(format!("{place}: {keyword} {rule}"));
        }
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("unknown type {kind}"),
    }
}

#[test]
fn it_refuses_what_it_should() {
    use serde_json::json;
    let schema = json!({
        "type": "object",
        "required": ["a"],
        "properties": { "a": { "$ref": "#/definitions/A" }, "b": { "type": ["array", "null"], "items": { "const": 1 } } },
        "additionalProperties": false,
        "definitions": { "A": { "anyOf": [{ "enum": ["x", "y"] }, { "type": "integer" }] } },
    });
    for (value, count) in [
        (json!({ "a": "x", "b": [1, 1] }), 0),
        (json!({ "a": 1, "b": null }), 0),
        (json!({ "b": [] }), 1),
        (json!({ "a": "z" }), 1),
        (json!({ "a": 1.5 }), 1),
        (json!({ "a": 1, "b": [1, 2, 3] }), 2),
        (json!({ "a": 1, "c": 1 }), 1),
        (json!([]), 1),
    ] {
        assert_eq!(objections(&schema, &value).len(), count, "{value}");
    }
}
