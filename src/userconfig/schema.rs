//! A JSON schema (draft-07) of the user's file, for editors.

use serde_json::{Map, Value, json};

use super::keys::{KEYS, Key, Kind};

/// The schema of the user's file. Keys that nobody knows are allowed, as they are when it is read.
pub fn schema() -> Value {
    let mut context = section();
    let pattern =
        "Name of a kube-context, or a regular expression for it. The last entry that matches counts.";
    context["properties"]["kube-context"] = json!({ "type": ["string", "null"], "description": pattern });
    context["description"] = "Values for kube-contexts; they go over those of `global`.".into();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The user's defaults of skeg",
        "description": "`~/.config/skeg/config.yaml`, which `skeg config` reads and writes; Skaffold's \
            `~/.skaffold/config` has the same shape.",
        "type": ["object", "null"],
        "properties": {
            "global": section(),
            "kubeContexts": {
                "type": ["array", "null"],
                "description": "Values for single kube-contexts.",
                "items": context,
            },
        },
    })
}

fn section() -> Value {
    let mut properties = Map::new();
    for key in KEYS {
        let (group, name) = key.path();
        let within = match group {
            None => &mut properties,
            Some(group) => {
                let group = properties
                    .entry(group)
                    .or_insert_with(|| json!({ "type": ["object", "null"], "properties": {} }));
                let Some(within) = group["properties"].as_object_mut() else { continue };
                within
            }
        };
        within.insert(name.to_owned(), value(key));
    }
    json!({
        "type": ["object", "null"],
        "description": "Values for all kube-contexts.",
        "properties": properties,
    })
}

fn value(key: &Key) -> Value {
    const TEXT: &[&str] = &["string", "number", "boolean"];
    let mut value = match key.kind {
        Kind::Text => json!({ "type": TEXT }),
        Kind::Flag => json!({
            "anyOf": [{ "type": "boolean" }, { "enum": ["true", "false", "yes", "no", "on", "off", "y", "n"] }]
        }),
        Kind::List => json!({ "type": "array", "items": { "type": TEXT } }),
        Kind::Records => json!({ "type": ["array", "null"], "items": { "type": "object" } }),
    };
    value["description"] = format!("{}.", key.doc).into();
    value
}
