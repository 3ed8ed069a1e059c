//! Text to trees, over the parser's events: aliases and `<<` merges are resolved here, duplicate keys refused.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag};

use super::node::{Data, Node};
use super::scalar;
use super::slack::Slack;
use super::source::{Source, Span};
use crate::diagnostic::{Excerpt, Report, Result};

/// Lists and mappings inside each other, aliases included. Bounds the recursion of everything that walks a tree.
const MAX_DEPTH: usize = 128;
/// What all aliases of a file may copy, in bytes (a node counts [`NODE_COST`] and its text). Stops files that
/// grow without bound ("billion laughs").
const ALIAS_BUDGET: usize = 16 << 20;
/// How often a file is read again with some slack; one that needs more has another fault.
const MOST_HELP: usize = 100;
/// About the size of a node in memory.
const NODE_COST: usize = 64;

/// Reads all documents of a file, an empty document as null. An error is a [`Report`] with the position: bad
/// syntax, a key that stands twice, an alias without anchor, nesting or aliases beyond all reason.
pub fn parse(source: &Arc<Source>) -> Result<Vec<Node>> {
    let mut slack = Slack::default();
    let first = match documents(source, &slack)? {
        Ok(documents) => return Ok(documents),
        Err(wrong) => wrong,
    };
    let mut next = None;
    for _ in 0..MOST_HELP {
        if !slack.help(&source.text, next.as_ref().unwrap_or(&first)) {
            break;
        }
        match documents(source, &slack) {
            Ok(Ok(documents)) if slack.is_right(&documents) => return Ok(documents),
            Ok(Err(wrong)) => next = Some(wrong),
            _ => break,
        }
    }
    // What was first seen is what is wrong, where help does not lead to an end.
    Err(syntax_error(source, &first).into())
}

/// The documents of a file with some slack, or what is no YAML all the same.
fn documents(source: &Arc<Source>, slack: &Slack) -> Result<std::result::Result<Vec<Node>, ScanError>> {
    let mut builder = Builder { documents: vec![], stack: vec![], anchors: HashMap::new(), spent: 0 };
    let options = granit_parser::options! { emit_comments: false };
    for event in Parser::new_from_str_with_options(&slack.apply(&source.text), options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        let range = span.byte_range().unwrap_or_default();
        let (start, end) = (slack.original(range.start), slack.original(range.end));
        builder.event(event, Span { source: Arc::clone(source), start, end })?;
    }
    Ok(Ok(builder.documents))
}

/// A finished node of an anchor.
struct Anchored {
    node: Node,
    depth: usize,
    cost: usize,
}

/// A list or mapping that is being read.
struct Frame {
    content: Content,
    start: Span,
    anchor: usize,
    flow: bool,
    /// Levels below this one so far.
    depth: usize,
    cost: usize,
}

enum Content {
    Seq(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(Node, bool)> },
}

struct Entry {
    key: Node,
    value: Node,
    /// The key is an unquoted `<<`.
    merge: bool,
}

struct Builder {
    documents: Vec<Node>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    spent: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let merge = style == ScalarStyle::Plain && text == "<<" && tag.is_none();
                let data = scalar_data(&text, style, tag.as_deref(), &span)?;
                let cost = NODE_COST + text.len();
                self.node(Node::new(data, span), anchor, 0, cost, merge)
            }
            Event::SequenceStart(style, anchor, _) => {
                let flow = style == granit_parser::StructureStyle::Flow;
                self.open(Content::Seq(vec![]), span, anchor, flow)
            }
            Event::MappingStart(style, anchor, _) => {
                let flow = style == granit_parser::StructureStyle::Flow;
                self.open(Content::Map { entries: vec![], key: None }, span, anchor, flow)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&span),
            Event::Alias(id) => {
                let Some(anchored) = self.anchors.get(&id) else {
                    return Err(error("an alias stands inside its own anchor", &span).into());
                };
                self.spent += anchored.cost;
                if self.spent > ALIAS_BUDGET {
                    return Err(error("the aliases of this file expand to too much data", &span).into());
                }
                let (node, depth, cost) = (anchored.node.clone(), anchored.depth, anchored.cost);
                self.node(node, 0, depth, cost, false)
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, content: Content, start: Span, anchor: usize, flow: bool) -> Result<()> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(&start).into());
        }
        self.stack.push(Frame { content, start, anchor, flow, depth: 0, cost: NODE_COST });
        Ok(())
    }

    fn close(&mut self, end: &Span) -> Result<()> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let mut span = frame.start;
        // A block ends where its last child does; the parser only says where the next thing begins.
        let last = match &frame.content {
            Content::Seq(items) => items.last().map(|node| node.span.end),
            Content::Map { entries, .. } => entries.last().map(|entry| entry.value.span.end),
        };
        span.end = match last {
            Some(last) if !frame.flow => last.max(span.end),
            _ => end.end.max(span.end),
        };
        let data = match frame.content {
            Content::Seq(items) => Data::Seq(items),
            Content::Map { entries, .. } => Data::Map(merged(entries)?),
        };
        self.node(Node::new(data, span), frame.anchor, frame.depth + 1, frame.cost, false)
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, node: Node, anchor: usize, depth: usize, cost: usize, merge: bool) -> Result<()> {
        if self.stack.len() + depth > MAX_DEPTH {
            return Err(too_deep(&node.span).into());
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), depth, cost });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.documents.push(node);
            self.anchors.clear();
            return Ok(());
        };
        frame.depth = frame.depth.max(depth);
        frame.cost += cost;
        match &mut frame.content {
            Content::Seq(items) => items.push(node),
            Content::Map { entries, key } => match key.take() {
                None => {
                    if !node.is_scalar() {
                        return Err(bad_key(&node).into());
                    }
                    *key = Some((node, merge));
                }
                Some((key, merge)) => entries.push(Entry { key, value: node, merge }),
            },
        }
        Ok(())
    }
}

/// The entries with duplicates refused and `<<` resolved: the mapping's own keys win, then the first merged one.
fn merged(entries: Vec<Entry>) -> Result<Vec<(Node, Node)>> {
    refuse_duplicates(&entries)?;
    if !entries.iter().any(|entry| entry.merge) {
        return Ok(entries.into_iter().map(|entry| (entry.key, entry.value)).collect());
    }
    let (merges, own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.merge);
    let mut all: Vec<(Node, Node)> = own.into_iter().map(|entry| (entry.key, entry.value)).collect();
    let mut known: std::collections::HashSet<String> =
        all.iter().filter_map(|(key, _)| key.text().map(Into::into)).collect();
    for merge in merges {
        let sources = match merge.value.data {
            Data::Map(_) => vec![merge.value],
            Data::Seq(items) if items.iter().all(|item| matches!(item.data, Data::Map(_))) => items,
            _ => return Err(error("`<<` merges a mapping or a list of mappings", &merge.key.span).into()),
        };
        for source in sources {
            let Data::Map(entries) = source.data else { continue };
            for (key, value) in entries {
                if key.text().is_some_and(|text| known.insert(text.into())) {
                    all.push((key, value));
                }
            }
        }
    }
    Ok(all)
}

fn refuse_duplicates(entries: &[Entry]) -> Result<()> {
    let mut seen = HashMap::with_capacity(entries.len());
    for entry in entries {
        let Some(text) = entry.key.text() else { continue };
        let name = text.to_string();
        if let Some(first) = seen.insert(text, &entry.key) {
            return Err(Box::new(
                Report::config(format!("the key `{name}` stands twice in one mapping"))
                    .at(entry.key.span.excerpt("again here"))
                    .at(first.span.excerpt("first here"))
                    .hint("remove one of the two, or merge their contents"),
            ));
        }
    }
    Ok(())
}

fn scalar_data(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Result<Data> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => scalar::resolve(text),
            _ => Data::String(text.to_owned()),
        });
    };
    let resolved = scalar::resolve(text);
    Ok(match (tag.core_suffix(), resolved) {
        (Some("bool"), Data::String(word)) => match scalar::bool_word(&word) {
            Some(value) => Data::Bool(value),
            None => return Err(bad_tag(tag, text, span).into()),
        },
        (Some("bool"), data @ Data::Bool(_))
        | (Some("int"), data @ Data::Int(_))
        | (Some("float"), data @ Data::Float(_))
        | (Some("null"), data @ Data::Null) => data,
        (Some("timestamp"), data @ Data::String(_)) if scalar::is_timestamp(text) => data,
        (Some("float"), Data::Int(_)) => match text.replace('_', "").parse() {
            Ok(value) => Data::Float(value),
            Err(_) => return Err(bad_tag(tag, text, span).into()),
        },
        (Some("bool" | "int" | "float" | "null" | "timestamp" | "binary"), _) => {
            return Err(bad_tag(tag, text, span).into());
        }
        // `!!str`, `!`, and tags of others, which carry no meaning here.
        _ => Data::String(text.to_owned()),
    })
}

fn bad_key(node: &Node) -> Report {
    let report = error("a key must be a single word or text, not a list or mapping", &node.span);
    // `{{.X}}` without quotes is a mapping with a mapping as its key.
    let template =
        node.span.source.text[..node.span.start].ends_with('{') && matches!(node.data, Data::Map(_));
    if template { report.hint("put quotes around a template: \"{{.NAME}}\"") } else { report }
}

fn bad_tag(tag: &Tag, text: &str, span: &Span) -> Report {
    error(&format!("{text:?} cannot be read as {}", tag.original()), span)
}

fn too_deep(span: &Span) -> Report {
    error(&format!("more than {MAX_DEPTH} lists and mappings inside each other"), span)
}

fn error(title: &str, span: &Span) -> Report {
    Report::config(title).at(span.excerpt(""))
}

fn syntax_error(source: &Arc<Source>, error: &ScanError) -> Report {
    let text = &source.text;
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        let start = error.marker().byte_offset().unwrap_or_default().min(text.len());
        return too_deep(&Span { source: Arc::clone(source), start, end: start });
    }
    if let Some(conflict) = conflict(source) {
        return conflict;
    }
    let start = error.marker().byte_offset().unwrap_or_default().min(text.len());
    let is_tab = matches!(
        error.kind(),
        ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    );
    // The parser may name the place where the value with the tab begins.
    let start = text
        .get(start..)
        .filter(|_| is_tab)
        .and_then(|rest| rest.find('\t'))
        .map_or(start, |tab| start + tab);
    let length = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let (title, hint) = match error.kind() {
        _ if is_tab => ("a tab where YAML wants spaces".to_owned(), "indent with spaces"),
        ErrorKind::UnclosedQuotedScalar => {
            ("a quoted text is not closed".to_owned(), "look for a missing quote above this place")
        }
        ErrorKind::InvalidQuotedScalarIndent => (
            "a quoted text is not closed".to_owned(),
            "look for a missing quote above this place; if the text goes on here, indent this line more than its key",
        ),
        ErrorKind::UnclosedFlowCollection { open } => {
            (format!("`{open}` is not closed"), "look for a missing bracket")
        }
        ErrorKind::MappingValueNotAllowed => (
            "a `:` where no value can begin".to_owned(),
            "put quotes around a text that holds `: `, or check the indentation of this line",
        ),
        ErrorKind::UnknownAnchor => (
            "an alias without an anchor".to_owned(),
            "define it above with `&name`, or quote a text that begins with `*`",
        ),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            "this line does not go with the mapping above it".to_owned(),
            "check the indentation of this line and the one above",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            ("a line without `:` among the keys of a mapping".to_owned(), "write `key: value`")
        }
        _ => (error.info(), ""),
    };
    let place = Excerpt { label: title.clone(), ..source.excerpt(start..start + length, "") };
    let mut report =
        Report::config(format!("{} is not valid YAML: {title}", source.path.display())).at(place);
    if !hint.is_empty() {
        report = report.hint(hint);
    }
    report
}

/// What git leaves in a file that it cannot merge.
fn conflict(source: &Arc<Source>) -> Option<Report> {
    let mut start = 0;
    let line = source.text.split_inclusive('\n').find(|line| {
        let found = line.starts_with("<<<<<<< ");
        start += if found { 0 } else { line.len() };
        found
    })?;
    let place = source.excerpt(start..start + line.trim_end().len(), "");
    let title = format!("{} has a conflict of a merge in it", source.path.display());
    let hint = "settle it, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`";
    Some(Report::config(title).at(place).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Node>> {
        parse(&Source::new("a.yaml", text))
    }

    /// Flow-style text of a tree.
    fn flow(node: &Node) -> String {
        match &node.data {
            Data::Seq(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
            Data::Map(entries) => {
                let entries = entries.iter().map(|(k, v)| format!("{}: {}", flow(k), flow(v)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            Data::String(text) => format!("{text:?}"),
            Data::Null => "null".into(),
            _ => node.text().unwrap().into_owned(),
        }
    }

    fn documents(text: &str) -> Vec<String> {
        read(text).unwrap().iter().map(flow).collect()
    }

    #[test]
    fn documents_of_a_stream() {
        for (text, expected) in [
            ("", vec![]),
            ("# only a comment\n", vec![]),
            ("a: 1", vec![r#"{"a": 1}"#]),
            ("---\na: 1\n---\nb: 2\n", vec![r#"{"a": 1}"#, r#"{"b": 2}"#]),
            ("---\na: 1\n---\n", vec![r#"{"a": 1}"#, "null"]),
            ("a: 1\n...\n", vec![r#"{"a": 1}"#]),
            ("---\n---\na: 1\n", vec!["null", r#"{"a": 1}"#]),
            ("\u{feff}a: 1\r\nb: 2\r\n", vec![r#"{"a": 1, "b": 2}"#]),
            ("{\"a\": [1, \"1\", null, true]}", vec![r#"{"a": [1, "1", null, true]}"#]),
            ("a:\n  - |\n    x\n    y\n  - >-\n    x\n    y\n", vec![r#"{"a": ["x\ny\n", "x y"]}"#]),
            ("a: {{.X}}", vec![]),
        ] {
            if text == "a: {{.X}}" {
                assert!(read(text).is_err());
            } else {
                assert_eq!(documents(text), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn aliases_and_merges() {
        for (text, expected) in [
            ("a: &x 1\nb: *x", r#"{"a": 1, "b": 1}"#),
            ("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}", r#"{"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}"#),
            (
                "a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc: {<<: [*x, *y]}",
                r#"{"a": {"k": 1}, "b": {"k": 2, "m": 3}, "c": {"k": 1, "m": 3}}"#,
            ),
            // The mapping's own keys win wherever they stand, then the first merged one.
            ("a: &x {k: 1, l: 2}\nb: {k: 3, <<: *x}", r#"{"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}"#),
            (
                "a: &x {k: 1}\nb: &y {<<: *x, l: 2}\nc:\n  <<: *y\n  l: 3",
                r#"{"a": {"k": 1}, "b": {"l": 2, "k": 1}, "c": {"l": 3, "k": 1}}"#,
            ),
            (
                "a: &x {k: 1, m: 1}\nb: {<<: [{k: 2}, *x, {n: 3}]}",
                r#"{"a": {"k": 1, "m": 1}, "b": {"k": 2, "m": 1, "n": 3}}"#,
            ),
            // An anchor can be given again; an alias means the last one above it.
            ("a: &x 1\nb: *x\nc: &x 2\nd: *x", r#"{"a": 1, "b": 1, "c": 2, "d": 2}"#),
            ("a: &x [1]\n---\nb: &x 2\nc: *x", r#"{"b": 2, "c": 2}"#),
            ("\"<<\": 1", r#"{"<<": 1}"#),
            ("a: {<<: {k: 1}}", r#"{"a": {"k": 1}}"#),
            (
                "a: !!str 12\nb: !custom 12\nc: !!int 12\nd: !!float 1\ne: !!bool yes",
                r#"{"a": "12", "b": "12", "c": 12, "d": 1, "e": true}"#,
            ),
        ] {
            assert_eq!(documents(text).pop().as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_others_take_is_taken() {
        for (text, expected) in [
            (
                "a:\n  b: \"one\ntwo\n\n three\"\n  c: d\n",
                "{\"a\": {\"b\": \"one two\\nthree\", \"c\": \"d\"}}",
            ),
            (
                "- a: 'x {\n\"b\": 1\n}'\n- é: \"1\\\n  2\"#c\n- e",
                "[{\"a\": \"x { \\\"b\\\": 1 }\"}, {\"é\": \"12\"}, \"e\"]",
            ),
            ("a: [\"b\"#c\n]# d\ne: {}#\n", "{\"a\": [\"b\"], \"e\": {}}"),
        ] {
            assert_eq!(documents(text), [expected], "{text}");
        }
        let long = format!("a:\n  b: '{}'\n  c: d\n", "some\nthing\n\"else\"\n".repeat(50));
        assert!(documents(&long)[0].ends_with("\"c\": \"d\"}}"));
        let text = "a:\n  b: \"one\ntwo\"#x\n  c: d\n";
        let tree = read(text).unwrap().remove(0);
        let inner = tree.get("a").unwrap();
        assert_eq!(inner.get("b").unwrap().span.text(), "\"one\ntwo\"");
        assert_eq!(inner.get("c").unwrap().span.text(), "d");
        // What is not closed is where it was first seen not to be.
        let report = read("a:\n  b: \"one\n  c: d\ne: f\n").unwrap_err();
        assert_eq!(report.excerpts[0].line_column(), (3, 3));
        for text in [
            "a:\n  b: \"one\n  c: \"x\"\n",
            // What looks like a text is none: nothing may be moved for it.
            "a:\n  b: 'it is \"one\n  c: d\n  e: '\"'\n",
        ] {
            assert_eq!(read(text).unwrap_err().excerpts[0].line_column(), (3, 3), "{text}");
        }
        let report = read("a:\n  b: \"one\ntwo: \"x\"\n").unwrap_err();
        assert_eq!(report.excerpts[0].line_column(), (3, 1));
    }

    #[test]
    fn errors_say_where() {
        for (text, title, line_column) in [
            ("a: 1\nb: 2\na: 3\n", "the key `a` stands twice in one mapping", (3, 1)),
            ("b: {a: 1, <<: {}, <<: {}}", "the key `<<` stands twice in one mapping", (1, 19)),
            ("a: &x 1\n---\nb: *x", "a.yaml is not valid YAML: an alias without an anchor", (3, 4)),
            ("a: 1\n\tb: 2\n", "a.yaml is not valid YAML: a tab where YAML wants spaces", (2, 1)),
            ("a: 1\n1: 2\n\"1\": 3\n", "the key `1` stands twice in one mapping", (3, 1)),
            ("a: &x [*x]", "an alias stands inside its own anchor", (1, 8)),
            ("a: *x", "a.yaml is not valid YAML: an alias without an anchor", (1, 4)),
            ("a:\n\tb: 1\n", "a.yaml is not valid YAML: a tab where YAML wants spaces", (2, 2)),
            ("é: \"x\nb: 1\n", "a.yaml is not valid YAML: a quoted text is not closed", (2, 1)),
            ("a: 1\n<<<<<<< HEAD\nb: 1\n", "a.yaml has a conflict of a merge in it", (2, 1)),
            ("a: b: c", "a.yaml is not valid YAML: a `:` where no value can begin", (1, 5)),
            ("a: [1, 2", "a.yaml is not valid YAML: `[` is not closed", (1, 4)),
            ("a: {<<: 1}", "`<<` merges a mapping or a list of mappings", (1, 5)),
            ("[a, b]: 1", "a key must be a single word or text, not a list or mapping", (1, 1)),
            ("a: !!int x", "\"x\" cannot be read as !!int", (1, 10)),
        ] {
            let report = read(text).unwrap_err();
            assert_eq!(
                (report.title.as_str(), report.excerpts[0].line_column()),
                (title, line_column),
                "{text}"
            );
        }
        let report = read("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(report.excerpts[1].line_column(), (1, 1));
    }

    #[test]
    fn files_cannot_grow_without_bound() {
        use std::fmt::Write as _;
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for i in 1..12 {
            let alias = format!("*a{}", i - 1);
            writeln!(laughs, "a{i}: &a{i} [{}]", vec![alias; 10].join(",")).unwrap();
        }
        assert_eq!(read(&laughs).unwrap_err().title, "the aliases of this file expand to too much data");
        let mut towers = "a0: &a0 [x]\n".to_owned();
        for i in 1..200 {
            writeln!(towers, "a{i}: &a{i} [*a{}]", i - 1).unwrap();
        }
        assert!(read(&towers).unwrap_err().title.starts_with("more than 128"));
        let blocks = (0..5000).map(|depth| " ".repeat(depth) + "a:\n").collect::<String>();
        for deep in ["[".repeat(10_000), "- ".repeat(10_000), "{a: ".repeat(10_000), blocks] {
            let report = read(&deep).unwrap_err();
            assert_eq!(report.title, "more than 128 lists and mappings inside each other");
            assert!(report.excerpts[0].span.start >= 128, "{report:?}");
        }
    }

    #[test]
    fn large_files_are_read() {
        let large = "- name: n\n  list: [1, 'x']\n".repeat(50_000);
        let documents = read(&large).unwrap();
        assert_eq!(documents[0].items().len(), 50_000);
        let long = format!("a: '{}'\nb: |\n  {}\n", "x".repeat(1 << 20), "y".repeat(1 << 20));
        assert_eq!(read(&long).unwrap()[0].get("b").unwrap().text().unwrap().len(), (1 << 20) + 1);
    }

    #[test]
    fn spans_are_bytes_of_the_text() {
        let source =
            Source::new("a.yaml", "\u{feff}é: ünï\r\nk:\r\n- a: 'q'\r\n  b: [1,\r\n 2]\r\n\r\nz: 1\r\n");
        let node = parse(&source).unwrap().remove(0);
        let shown = |node: &Node| source.text[node.span.start..node.span.end].to_owned();
        assert_eq!(shown(node.get("é").unwrap()), "ünï");
        let item = &node.get("k").unwrap().items()[0];
        assert_eq!(shown(item), "a: 'q'\r\n  b: [1,\r\n 2]");
        assert_eq!(shown(item.get("a").unwrap()), "'q'");
        assert_eq!(node.get("z").unwrap().head().line_column(), (7, 4));
    }

    proptest::proptest! {
        /// Whatever the text: no panic, and every place shown is a part of it.
        #[test]
        fn any_text_is_read_or_refused(text in r"([-a-c:?*&!|>{}\[\]#'\x22,\. \tü\r\n<01T]|\n  |- |: |&a |\*a|<<: ){0,60}") {
            fn check(node: &Node) {
                let text = &node.span.source.text;
                assert!(text.get(node.span.start..node.span.end).is_some(), "{node:?}");
                let head = node.head();
                assert!(head.text.get(head.span.clone()).is_some(), "{node:?}");
                node.items().iter().for_each(check);
                for (key, value) in node.entries() {
                    check(key);
                    check(value);
                }
            }
            match read(&text) {
                Ok(documents) => documents.iter().for_each(check),
                Err(report) => {
                    let excerpt = &report.excerpts[0];
                    assert!(excerpt.text.get(excerpt.span.clone()).is_some(), "{report:?}");
                }
            }
        }
    }
}
