use std::collections::BTreeMap;

use super::*;
use crate::yaml::{Source, parse};

#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Top {
    name: String,
    note: Option<String>,
    port: i64,
    on: bool,
    maybe: Option<bool>,
    list: Vec<String>,
    map: BTreeMap<String, String>,
    inner: Option<Inner>,
    inners: Vec<Inner>,
    mode: Mode,
    any: Option<serde_json::Value>,
    loose: Option<Loose>,
}

#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Inner {
    tag_policy: String,
}

#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
struct Loose {
    inner: Inner,
}

#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Fast,
    Slow,
}

fn read(text: &str) -> Result<Top> {
    let node = parse(&Source::new("a.yaml", text)).unwrap().remove(0);
    from_node_with(&node, &Rules { lenient: &["Loose"], ..Rules::default() })
}

#[test]
fn values_are_read_as_the_field_wants_them() {
    let top = read(
        "name: 1.10\nnote: true\nport: 1e3\non: yes\nmaybe: off\nlist: [1, x, 2020-01-02]\nmap: {1: 007, b: , c: yes}\ninner: {}\ninners: [{tagPolicy: x}]\nmode: slow\nany: {a: [1, null, x]}",
    )
    .unwrap();
    assert_eq!(top.name, "1.10");
    assert_eq!(top.note.as_deref(), Some("true"));
    assert_eq!((top.port, top.on, top.maybe), (1000, true, Some(false)));
    assert_eq!(top.list, ["1", "x", "2020-01-02"]);
    let map = [("1", "007"), ("b", ""), ("c", "yes")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(top.map, BTreeMap::from(map));
    assert_eq!(top.inner, Some(Inner::default()));
    assert_eq!(top.mode, Mode::Slow);
    assert_eq!(top.any, Some(serde_json::json!({"a": [1, null, "x"]})));
}

#[test]
fn null_is_absent_wherever_a_value_may_be_missing() {
    let top = read("name:\nnote:\nport:\non:\nmaybe:\nlist:\nmap:\ninner:\ninners:\n").unwrap();
    assert_eq!(top, Top::default());
}

#[test]
fn empty_text_is_absent_only_where_the_format_says_so() {
    let node = parse(&Source::new("a.yaml", "note: ''")).unwrap().remove(0);
    assert_eq!(from_node::<Top>(&node).unwrap().note.as_deref(), Some(""));
    let rules = Rules { empty_is_absent: true, ..Rules::default() };
    assert_eq!(from_node_with::<Top>(&node, &rules).unwrap().note, None);
}

#[test]
fn unknown_keys_are_skipped_below_lenient_structs_only() {
    assert_eq!(read("loose: {x: 1, inner: {y: 2}}").unwrap().loose, Some(Loose::default()));
    assert!(read("inner: {y: 2}").is_err());
}

#[test]
fn errors_name_path_and_place() {
    for (text, title, line_column, hint) in [
        ("nam: x", "unknown key `nam` in the document", (1, 1), Some("did you mean `name`?")),
        (
            "inners:\n- tagPolicy: a\n- tagpolicy: b\n",
            "unknown key `tagpolicy` in `inners[1]`",
            (3, 3),
            Some("did you mean `tagPolicy`?"),
        ),
        ("inner: {q: 1}", "unknown key `q` in `inner`", (1, 9), Some("known keys: tagPolicy")),
        ("list: x", "`list` must be a list, not the text \"x\"", (1, 7), None),
        ("list: [a, [b]]", "`list[1]` must be text, not a list", (1, 11), None),
        ("list: [a, ]\nport: x", "`port` must be a whole number, not the text \"x\"", (2, 7), None),
        ("port: '80'", "`port` must be a whole number, not the text \"80\"", (1, 7), None),
        ("on: 'true'", "`on` must be true or false, not the text \"true\"", (1, 5), None),
        ("list:\n- a\n-\n", "`list[1]` is empty", (3, 2), Some("remove the item or give it a value")),
        ("inner: [a]", "`inner` must be a mapping, not a list", (1, 8), None),
        ("mode: slo", "`mode`: unknown value \"slo\"", (1, 7), Some("did you mean `slow`?")),
        ("- a", "the document must be a mapping, not a list", (1, 1), None),
    ] {
        let report = read(text).unwrap_err();
        assert_eq!(
            (
                report.title.as_str(),
                report.excerpts[0].line_column(),
                report.hints.first().map(String::as_str)
            ),
            (title, line_column, hint),
            "{text}"
        );
    }
}

#[test]
fn all_errors_of_a_tree_are_found() {
    let report = read("nam: x\nport: x\nlist: [[a], b, [c]]\ninner: {tagPolicy: {}}\non: 3\n").unwrap_err();
    assert_eq!(report.title, "6 errors in a.yaml");
    let labels: Vec<_> = report.excerpts.iter().map(|e| e.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "unknown key `nam` in the document; did you mean `name`?",
            "`port` must be a whole number, not the text \"x\"",
            "`list[0]` must be text, not a list",
            "`list[2]` must be text, not a list",
            "`inner.tagPolicy` must be text, not a mapping",
            "`on` must be true or false, not 3",
        ]
        .map(|label| label.replace("not 3", "not the number 3"))
    );
}

#[test]
fn a_note_refuses_a_known_key_and_explains_an_unknown_one() {
    let node = parse(&Source::new("a.yaml", "port: 1\nold: 2")).unwrap().remove(0);
    let note = |_: &str, key: &str| match key {
        "port" => Some("not in this version".to_owned()),
        "old" => Some("moved".to_owned()),
        _ => None,
    };
    let report = from_node_with::<Top>(&node, &Rules { note: &note, ..Rules::default() }).unwrap_err();
    assert_eq!(report.hints, [] as [&str; 0]);
    let labels: Vec<_> = report.excerpts.iter().map(|e| e.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "unknown key `port` in the document; not in this version",
            "unknown key `old` in the document; moved"
        ]
    );
}
