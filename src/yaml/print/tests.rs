use std::collections::BTreeMap;

use super::*;
use crate::yaml::{Source, parse};

/// A tree without its places.
fn tree(text: &str) -> Vec<Node> {
    parse(&Source::new("a.yaml", text)).unwrap()
}

/// A value as it is printed.
fn printed(value: &impl serde::Serialize) -> String {
    node_text(&node(serde_json::to_value(value).unwrap()))
}

fn node(value: serde_json::Value) -> Node {
    let data = match value {
        serde_json::Value::String(text) => Data::String(text),
        serde_json::Value::Array(items) => Data::Seq(items.into_iter().map(node).collect()),
        serde_json::Value::Object(entries) => {
            Data::Map(entries.into_iter().map(|(key, value)| (node(key.into()), node(value))).collect())
        }
        other => tree(&other.to_string()).remove(0).data,
    };
    Node::new(data, tree("x").remove(0).span)
}

#[test]
fn a_config_as_skaffold_writes_it() {
    let config = r#"
apiVersion: skaffold/v4beta14
artifacts: [{image: a, command: [sh, -c, "x\ny"], nested: [[1, 2], []]}, {image: b, command: [], nested: []}]
labels: {B: '', a2: '1.10', a10: 'on'}
port:
ratio: 1.50
wait: False
nothing: []
mode: {slow: {seconds: 3}}
"#;
    assert_eq!(
        node_text(&tree(config)[0]),
        "\
apiVersion: skaffold/v4beta14
artifacts:
  - image: a
    command:
      - sh
      - -c
      - |-
        x
        y
    nested:
      - - 1
        - 2
      - []
  - image: b
    command: []
    nested: []
labels:
  B: \"\"
  a2: \"1.10\"
  a10: \"on\"
port: null
ratio: 1.50
wait: false
nothing: []
mode:
  slow:
    seconds: 3
"
    );
    assert_eq!((printed(&"fast"), printed(&[0; 0])), ("fast\n".into(), "[]\n".into()));
    assert_eq!(join_documents(&["a: 1\n", "b: 2\n"]), "a: 1\n---\nb: 2\n");
}

#[test]
fn texts_are_quoted_as_they_must_be() {
    for (text, written) in [
        // Plain.
        ("a b", "a b"),
        ("gcr.io/x:1", "gcr.io/x:1"),
        ("a#b", "a#b"),
        ("-c", "-c"),
        ("--flag=x", "--flag=x"),
        ("a,b", "a,b"),
        ("a'b\"c", "a'b\"c"),
        ("./k8s/*", "./k8s/*"),
        ("1.2.3", "1.2.3"),
        ("12ab", "12ab"),
        ("x: ", "'x: '"),
        (":a", ":a"),
        ("?a", "?a"),
        ("grüße", "grüße"),
        // Single quotes.
        ("{{.X}}", "'{{.X}}'"),
        ("*", "'*'"),
        ("a: b", "'a: b'"),
        ("a:", "'a:'"),
        ("a #b", "'a #b'"),
        ("#a", "'#a'"),
        ("[a]", "'[a]'"),
        ("'a'", "'''a'''"),
        ("\"a\"", "'\"a\"'"),
        ("@a", "'@a'"),
        ("%a", "'%a'"),
        ("`a`", "'`a`'"),
        ("- a", "'- a'"),
        ("-", "'-'"),
        ("--- a", "'--- a'"),
        (" a", "' a'"),
        ("a ", "'a '"),
        ("!a", "'!a'"),
        ("&a", "'&a'"),
        ("|", "'|'"),
        ("=", "="),
        // Double quotes: something else without.
        ("", "\"\""),
        ("~", "\"~\""),
        ("null", "\"null\""),
        ("true", "\"true\""),
        ("True", "\"True\""),
        ("y", "\"y\""),
        ("Yes", "\"Yes\""),
        ("off", "\"off\""),
        ("1", "\"1\""),
        ("1.10", "\"1.10\""),
        ("1e3", "\"1e3\""),
        ("0x1F", "\"0x1F\""),
        ("0o17", "\"0o17\""),
        ("007", "\"007\""),
        ("1_000", "\"1_000\""),
        ("1:30", "\"1:30\""),
        ("190:20:30.15", "\"190:20:30.15\""),
        ("2020-01-02", "\"2020-01-02\""),
        (".inf", "\".inf\""),
        ("<<", "\"<<\""),
        // Double quotes: escapes.
        ("a\tb", "\"a\\tb\""),
        ("a\r\nb", "\"a\\r\\nb\""),
        ("a \nb", "\"a \\nb\""),
        ("a\n ", "\"a\\n \""),
        ("\u{1}\u{7f}\u{85}\u{2028}\u{feff}", "\"\\x01\\x7F\\N\\L\\uFEFF\""),
        ("🚀", "\"\\U0001F680\""),
        // Literals.
        ("a\nb", "|-\n  a\n  b"),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\nb\n\n", "|+\n  a\n  b\n"),
        ("\n", "|2+\n"),
        (" a\nb", "|2-\n   a\n  b"),
        ("a\n\n b\tc", "|-\n  a\n\n   b\tc"),
    ] {
        assert_eq!(printed(&BTreeMap::from([("k", text)])), format!("k: {written}\n"), "{text:?}");
    }
}

#[test]
fn keys_are_quoted_too() {
    for (key, written) in
        [("a b", "a b"), ("on", "\"on\""), ("a\nb", "\"a\\nb\""), ("*", "'*'"), ("", "\"\"")]
    {
        assert_eq!(printed(&BTreeMap::from([(key, 1)])), format!("{written}: 1\n"));
    }
    let long = "k".repeat(200);
    assert_eq!(printed(&BTreeMap::from([(&long, [1])])), format!("? {long}\n:\n  - 1\n"));
}

proptest::proptest! {
    #[test]
    fn any_text_reads_back(
        text in proptest::prop_oneof![
            r"([-a-c:?*&!|>{}\[\]#'\x22,\. \tü\r\n<01T_eE+xo@%`=]|null|yes|\u{85}|\u{2028}|\u{1F680}|---){0,12}",
            "\\PC{0,12}",
        ],
        key in r"[-a-c:?*&!|>{}\[\]#'\x22, \n01]{0,6}",
    ) {
        let value = BTreeMap::from([(key.clone(), vec![BTreeMap::from([("k", text.clone())])])]);
        let written = printed(&value);
        let read = tree(&written).remove(0);
        let read_key = read.entries()[0].0.data.clone();
        proptest::prop_assert_eq!(read_key, Data::String(key), "{}", written);
        let read_text = read.entries()[0].1.items()[0].get("k").unwrap().data.clone();
        proptest::prop_assert_eq!(read_text, Data::String(text), "{}", written);
        let again = node_text(&read);
        proptest::prop_assert_eq!(again, written);
    }
}
