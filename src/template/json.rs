//! JSON as Go's `encoding/json` writes it.

use gtmpl_ng::{NumberKind, Value};
use serde_json::{Map, Number};

/// Compact JSON, byte for byte as Go writes it: `<`, `>`, `&` and the two line separators are escaped.
pub fn go_json(value: &serde_json::Value) -> String {
    let text = value.to_string();
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    // Outside of strings JSON has none of these characters.
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A template's value as JSON; keys sorted, as Go sorts a map's.
pub(super) fn of_template_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(b) => (*b).into(),
        Value::String(s) => s.as_str().into(),
        Value::Number(number) => match number.kind() {
            NumberKind::Signed(n) => n.into(),
            NumberKind::Unsigned(n) => n.into(),
            NumberKind::Float(n) => Number::from_f64(n).map_or(serde_json::Value::Null, Into::into),
        },
        Value::Array(items) => items.iter().map(of_template_value).collect(),
        Value::Map(entries) | Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(k, v)| (k.clone(), of_template_value(v))).collect::<Map<_, _>>().into()
        }
        Value::Nil | Value::NoValue | Value::Function(_) => serde_json::Value::Null,
    }
}
