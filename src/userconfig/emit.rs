//! Writing YAML for `config list`: block style, strings quoted only where they must be.

use super::tree::{Shape, Tree};

/// A string as a YAML scalar that every YAML reader (also those of version 1.1) reads back as the same string.
pub fn scalar(text: &str) -> String {
    let plain_characters =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./@:=+-".contains(&b)) && !text.ends_with(':');
    let plain_start = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_');
    // `1.10`, `0x1f`, `1e3`, `1:30` and `2001-01-01` are numbers, times or dates to some reader.
    let number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_hexdigit() || b"xo._:+-".contains(&b));
    let word = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    if plain_characters && plain_start && !number && !word {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

/// The lines of a tree, indented by `depth` steps of two blanks, each ending with a newline.
pub(crate) fn block(tree: &Tree, depth: usize) -> String {
    let pad = "  ".repeat(depth);
    let mut out = String::new();
    match &tree.shape {
        Shape::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let nested = match &value.shape {
                    Shape::Map(entries) => !entries.is_empty(),
                    Shape::List(items) => !items.is_empty(),
                    Shape::Null | Shape::Scalar { .. } => false,
                };
                out.extend([pad.as_str(), &scalar(key), ":"]);
                if nested {
                    out.extend(["\n", &block(value, depth + 1)]);
                } else {
                    out.extend([" ", &leaf(value), "\n"]);
                }
            }
        }
        Shape::List(items) if !items.is_empty() => {
            for item in items {
                out.extend([pad.as_str(), "- ", block(item, depth + 1).trim_start()]);
            }
        }
        _ => out.extend([pad.as_str(), &leaf(tree), "\n"]),
    }
    out
}

fn leaf(tree: &Tree) -> String {
    match &tree.shape {
        Shape::Null => "null".to_owned(),
        Shape::List(_) => "[]".to_owned(),
        Shape::Map(_) => "{}".to_owned(),
        // As written keeps a number a number; only what spans lines is written anew.
        Shape::Scalar { text, written } if written.contains('\n') => scalar(text),
        Shape::Scalar { written, .. } => written.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    #[test]
    fn strings_are_quoted_only_where_they_must_be() {
        for plain in
            ["gcr.io/x", "localhost:5000", "kind-dev", "tcp://h:1234", "mode=max", "/a/b", "user@kind"]
        {
            assert_eq!(scalar(plain), plain);
        }
        for (text, quoted) in [
            ("", "\"\""),
            ("true", "\"true\""),
            ("Yes", "\"Yes\""),
            ("1.10", "\"1.10\""),
            ("1_000", "\"1_000\""),
            ("1:30", "\"1:30\""),
            ("a b", "\"a b\""),
            ("a:", "\"a:\""),
            ("*", "\"*\""),
            ("kind-.*", "\"kind-.*\""),
            ("{{.X}}", "\"{{.X}}\""),
            ("q\"\n", "\"q\\\"\\n\""),
        ] {
            assert_eq!(scalar(text), quoted);
        }
    }

    #[test]
    fn trees_come_back_as_they_were() {
        let text = "a:\n  b: 1.10\n  c: 'x'\nd:\n  - e: 1\n    f: [g]\n  - h\ni: {}\nj: []\nk: ~\n";
        let path = std::path::Path::new("t");
        let written = block(&parse(path, text).unwrap(), 0);
        assert_eq!(
            written,
            "a:\n  b: 1.10\n  c: 'x'\nd:\n  - e: 1\n    f:\n      - g\n  - h\ni: {}\nj: []\nk: null\n"
        );
    }
}
