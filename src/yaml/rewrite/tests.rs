use std::fmt::Write as _;

use super::*;
use crate::yaml::Span;

fn source(text: &str) -> Arc<Source> {
    Source::new("a.yaml", text)
}

/// The text after a change to the first document.
fn changed(text: &str, change: impl FnOnce(&mut Node)) -> String {
    let source = source(text);
    let mut documents = parse(&source).unwrap();
    change(&mut documents[0]);
    let rewritten = rewrite(&source, &documents);
    assert!(rewritten.comments_kept, "comments were lost:\n{}", rewritten.text);
    assert!(reads_as(&rewritten.text, &documents), "{}", rewritten.text);
    rewritten.text
}

fn text_node(text: &str, span: &Span) -> Node {
    Node::new(Data::String(text.into()), span.clone())
}

/// Another name for a key, at its place.
fn rename(node: &mut Node, from: &str, to: &str) {
    let Data::Map(entries) = &mut node.data else { panic!("no mapping") };
    let (key, _) = entries.iter_mut().find(|(key, _)| key.text().as_deref() == Some(from)).unwrap();
    key.data = Data::String(to.into());
}

/// Puts an entry under a new key: `a: 1` becomes `outer: {a: 1}`.
fn wrap(node: &mut Node, name: &str, outer: &str) {
    let Data::Map(entries) = &mut node.data else { panic!("no mapping") };
    let entry = entries.iter_mut().find(|(key, _)| key.text().as_deref() == Some(name)).unwrap();
    let span = entry.0.span.clone();
    let inner = Data::Map(vec![entry.clone()]);
    *entry = (text_node(outer, &span), Node::new(inner, span));
}

fn set(node: &mut Node, key: &str, text: &str) {
    node.get_mut(key).unwrap().data = Data::String(text.into());
}

const COMMENTED: &str = "\
# about the file

# about the version
apiVersion: skaffold/v1   # behind the version
kind:   Config

# about build
build:   # behind build
  # about artifacts
  artifacts:
  # about a
  - image: a   # behind a
    # about docker
    docker:
      file: 'x'
      # end of docker
  # about b
  -   image: b

      # apart
      args: {A: 1, B: [x, y]}   # behind args
  # end of artifacts

# about deploy
deploy:
    list: [1,
      # inside
      2]
    text: |  # behind text
      one
        # no comment

    folded: >-
      two
# end
";

#[test]
fn one_value() {
    let text = changed(COMMENTED, |root| set(root, "apiVersion", "skaffold/v2"));
    assert_eq!(text, COMMENTED.replace("skaffold/v1", "skaffold/v2"));
    let text = changed(COMMENTED, |root| {
        root.get_mut("apiVersion").unwrap().data = Data::String("on".into());
        let Data::Seq(items) = &mut root.get_mut("build").unwrap().get_mut("artifacts").unwrap().data else {
            panic!()
        };
        set(&mut items[0], "image", "c d");
        set(items[0].get_mut("docker").unwrap(), "file", "y");
    });
    let expected = COMMENTED
        .replace("skaffold/v1", "\"on\"")
        .replace("- image: a", "- image: c d")
        .replace("'x'", "'y'");
    assert_eq!(text, expected);
}

#[test]
fn renamed_keys() {
    let text = changed(COMMENTED, |root| {
        rename(root, "deploy", "ship");
        let build = root.get_mut("build").unwrap();
        rename(build, "artifacts", "images");
        let Data::Seq(items) = &mut build.get_mut("images").unwrap().data else { panic!() };
        rename(&mut items[0], "docker", "podman");
        rename(&mut items[1], "image", "name");
        rename(items[1].get_mut("args").unwrap(), "B", "on");
    });
    let expected = COMMENTED
        .replace("deploy:", "ship:")
        .replace("  artifacts:", "  images:")
        .replace("docker:", "podman:")
        .replace("image: b", "name: b")
        .replace("{A: 1, B: [x, y]}", "{A: 1, \"on\": [x, y]}");
    assert_eq!(text, expected);
}

#[test]
fn moved_parts_take_their_comments_along() {
    let text = "a:\n  # about b\n  b: 1 # behind b\n  # about c\n  c:\n  - x # behind x\n  # end of c\n# about d\nd: |\n  text\n";
    assert_eq!(
        changed(text, |root| {
            wrap(root, "d", "outer");
            let a = root.get_mut("a").unwrap();
            wrap(a, "b", "deep");
            wrap(a, "c", "deeper");
        }),
        "a:\n  # about b\n  deep:\n    b: 1 # behind b\n  # about c\n  deeper:\n    c:\n    - x # behind x\n    # end of c\n# about d\nouter:\n  d: |\n    text\n"
    );
    // Out of a mapping, up to another place.
    let text = "a:\n  # about b\n  b:\n    # about x\n    x: 'q'\n    # end of b\n  c: 1\nz: 2\n";
    assert_eq!(
        changed(text, |root| {
            let a = root.get_mut("a").unwrap();
            let key = a.entry("b").unwrap().0.clone();
            let b = a.remove("b").unwrap();
            root.set(key, b);
        }),
        "a:\n  c: 1\nz: 2\n# about b\nb:\n  # about x\n  x: 'q'\n  # end of b\n"
    );
}

#[test]
fn comments_of_dropped_parts_stay() {
    let text = "# about a\na: 1 # behind a\n# about b\nb:\n  x: 1 # x\n  # about y\n  y: 2\nc: 3\n";
    assert_eq!(
        changed(text, |root| {
            root.remove("a");
            root.get_mut("b").unwrap().remove("y");
        }),
        "# about a\n# behind a\n# about b\nb:\n  x: 1 # x\n# about y\nc: 3\n"
    );
    let text = "a: 1\nb: 2 # last\n";
    assert_eq!(changed(text, |root| drop(root.remove("b"))), "a: 1\n# last\n");
    let text = "a:\n- x # x\n- y # y\n# end\n";
    let drop_first = |root: &mut Node| {
        let Data::Seq(items) = &mut root.get_mut("a").unwrap().data else { panic!() };
        items.remove(0);
    };
    assert_eq!(changed(text, drop_first), "a:\n# x\n- y # y\n# end\n");
}

#[test]
fn new_parts_are_written_as_the_author_writes() {
    for (text, expected) in [
        ("a: 1\n", "a: 1\nnew:\n  list:\n    - x\n  map:\n    k: |\n      1\n      2\n    empty: {}\n"),
        (
            "a:\n    b:\n    - c\n",
            "a:\n    b:\n    - c\nnew:\n    list:\n    - x\n    map:\n        k: |\n            1\n            2\n        empty: {}\n",
        ),
    ] {
        let new =
            parse(&source("new:\n  list: [x]\n  map: {k: \"1\\n2\\n\", empty: {}}\n")).unwrap().remove(0);
        let written = changed(text, |root| {
            let span = Span { start: usize::MAX, end: usize::MAX, ..root.span.clone() };
            let (key, value) = new.entries()[0].clone();
            root.set(Node::new(key.data, span.clone()), unplaced(value, &span));
        });
        assert_eq!(written, expected);
    }
}

/// A tree that comes from nowhere.
fn unplaced(node: Node, span: &Span) -> Node {
    let data = match node.data {
        Data::Seq(items) => Data::Seq(items.into_iter().map(|item| unplaced(item, span)).collect()),
        Data::Map(entries) => {
            Data::Map(entries.into_iter().map(|(k, v)| (unplaced(k, span), unplaced(v, span))).collect())
        }
        data => data,
    };
    Node::new(data, span.clone())
}

#[test]
fn anchors_stay_while_they_mean_the_same() {
    let text = "\
.base: &base # shared
  # about x
  x: 1
  y: &y [1, 2]
a: &a
  <<: *base # merged
  z: 3
b: *a
c:
  d: *y
  e: {<<: *base, y: *y}
";
    // Nothing that is shared changes.
    assert_eq!(
        changed(text, |root| rename(root.get_mut("a").unwrap(), "z", "q")),
        text.replace("z: 3", "q: 3")
            .replace("b: *a", "b:\n  <<: *base # merged\n  z: 3")
            .replace("*base # merged\n  z", "*base\n  z")
    );
    // The same change everywhere: the aliases stay.
    let renamed = changed(text, |root| {
        rename(root.get_mut("a").unwrap(), "z", "q");
        rename(root.get_mut("b").unwrap(), "z", "q");
    });
    assert_eq!(renamed, text.replace("z: 3", "q: 3"));
    // A change in what is merged, where it is defined only.
    let text = "base: &base\n  x: 1 # x\na:\n  <<: *base\n  z: 3\n";
    assert_eq!(
        changed(text, |root| set(root.get_mut("base").unwrap(), "x", "2")),
        "base: &base\n  x: \"2\" # x\na:\n  z: 3\n  x: 1\n"
    );
    // And where it is used only.
    assert_eq!(
        changed(text, |root| set(root.get_mut("a").unwrap(), "x", "2")),
        "base: &base\n  x: 1 # x\na:\n  z: 3\n  x: \"2\"\n"
    );
    let text = "base: &base {x: 1, y: 2}\na:\n  <<: *base\n  z: 3\n";
    assert_eq!(
        changed(text, |root| set(root.get_mut("a").unwrap(), "x", "2")),
        "base: &base {x: 1, y: 2}\na:\n  <<: *base\n  z: 3\n  x: \"2\"\n"
    );
    let text = "base: &base\n  x: 1 # x\na:\n  <<: *base\n  z: 3\n";
    assert_eq!(
        changed(text, |root| drop(root.get_mut("a").unwrap().remove("x"))),
        "base: &base\n  x: 1 # x\na:\n  z: 3\n"
    );
    // The definition goes: its value stays where it was used.
    let text = "list:\n- &one {k: 1}\n- x\nuse: *one\nagain: *one\n";
    let gone = changed(text, |root| {
        let Data::Seq(items) = &mut root.get_mut("list").unwrap().data else { panic!() };
        items.remove(0);
    });
    assert_eq!(gone, "list:\n- x\nuse: &one {k: 1}\nagain: *one\n");
}

#[test]
fn brackets_and_json() {
    let text = "a: { image: x, 'q': [1.10, \"s\"] } # c\nb: [\n  1, # one\n  2 ]\n";
    assert_eq!(
        changed(text, |root| rename(root.get_mut("a").unwrap(), "image", "name")),
        "a: { name: x, 'q': [ 1.10, \"s\" ] } # c\nb: [\n  1, # one\n  2 ]\n"
    );
    let longer = changed(text, |root| {
        let Data::Seq(items) = &mut root.get_mut("b").unwrap().data else { panic!() };
        items.pop();
    });
    assert_eq!(longer, "a: { image: x, 'q': [1.10, \"s\"] } # c\n# one\nb:\n  - 1\n");
    assert_eq!(
        changed("{\"a\": 1, \"b\": \"x\"}", |root| rename(root, "a", "c")),
        "{\"c\": 1, \"b\": \"x\"}\n"
    );
}

#[test]
fn documents_are_apart() {
    let text = "%YAML 1.2\n--- # first\na: 1\n# end of first\n---\n# only a comment\n---\nb: 1\n...\n# after\n--- {c: 1}\n";
    let source = source(text);
    let mut documents = parse(&source).unwrap();
    assert_eq!(documents.len(), 4);
    set(&mut documents[0], "a", "x");
    rename(&mut documents[2], "b", "bb");
    rename(&mut documents[3], "c", "cc");
    let rewritten = rewrite(&source, &documents);
    assert!(rewritten.comments_kept, "{}", rewritten.text);
    assert_eq!(
        rewritten.text,
        text.replace("a: 1", "a: x").replace("b: 1", "bb: 1").replace("c: 1", "cc: 1")
    );
}

#[test]
fn line_ends_are_kept() {
    let text = "a: 1 # x\r\n# y\r\nb:\r\n- |\r\n  t\r\n  u\r\n";
    assert_eq!(
        changed(text, |root| wrap(root, "b", "o")),
        "a: 1 # x\r\n# y\r\no:\r\n  b:\r\n  - |\r\n    t\r\n    u\r\n"
    );
    assert_eq!(changed("a: 1", |root| set(root, "a", "b")), "a: b\n");
    assert_eq!(changed("\u{feff}a: 1\n", |root| set(root, "a", "b")), "a: b\n");
}

#[test]
fn what_cannot_be_kept_is_written_anew() {
    let old = source("a: 1\n");
    let other = parse(&source("b: 1\n---\nc: 2\n")).unwrap();
    let rewritten = rewrite(&old, &other);
    assert_eq!(rewritten, Rewritten { text: "b: 1\n---\nc: 2\n".into(), comments_kept: false });
}

#[test]
fn scalars_of_all_kinds_move() {
    let text = "a:\n  l: |2-\n     x\n    y\n  f: >+\n    a\n    b\n\n  q: \"a\n    b\"\n  p: one\n    two\n  n:\n  ? k\n  : v\n  t: !!str 12\n  e: |\n\n   z\nb: 1\n";
    let out = changed(text, |root| {
        wrap(root, "a", "outer");
        rename(root.get_mut("outer").unwrap().get_mut("a").unwrap(), "n", "null");
    });
    assert_eq!(
        out,
        "outer:\n  a:\n    l: |2-\n       x\n      y\n    f: >+\n      a\n      b\n\n    q: \"a\n      b\"\n    p: one\n      two\n    \"null\":\n    ? k\n    : v\n    t: !!str 12\n    e: |\n\n     z\nb: 1\n"
    );
}

/// Texts and changes at random, always the same for one seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn comment(&mut self, out: &mut String, before: &str, count: &mut usize) {
        if self.one_in(3) {
            *count += 1;
            write!(out, "{before}# comment {count}.").unwrap();
        }
        out.push('\n');
    }

    fn scalar(&mut self) -> &'static str {
        const SCALARS: [&str; 12] = [
            "x",
            "1.10",
            "0x1F",
            "'q: r'",
            "\"on\"",
            "",
            "true",
            "*s",
            "*m",
            "*l",
            "a b",
            "\"multi\\nline\"",
        ];
        SCALARS[self.below(SCALARS.len())]
    }

    /// The lines of a list or mapping at a column, and the number of their comments.
    fn block(&mut self, column: usize, depth: usize, out: &mut String, count: &mut usize) {
        let pad = " ".repeat(column);
        let is_map = depth == 0 || !self.one_in(3);
        let step = 1 + self.below(3);
        if is_map && depth > 0 && self.one_in(4) {
            write!(out, "{pad}<<: *m").unwrap();
            self.comment(out, " ", count);
        }
        for index in 0..=self.below(4) {
            if self.one_in(3) {
                self.comment(out, &pad, count);
            }
            let head = if is_map { format!("k{index}:") } else { "-".to_owned() };
            write!(out, "{pad}{head}").unwrap();
            match self.below(if depth < 4 { 6 } else { 3 }) {
                0 => {
                    write!(out, " {{a: [{}], b: {{}}, 'c': d}}", self.scalar()).unwrap();
                    self.comment(out, "  ", count);
                }
                1 => {
                    out.push_str(" |-");
                    self.comment(out, " ", count);
                    write!(out, "{pad}    one\n\n{pad}     # two\n").unwrap();
                }
                2 | 3 => {
                    write!(out, " {}", self.scalar()).unwrap();
                    self.comment(out, " ", count);
                }
                _ => {
                    self.comment(out, "   ", count);
                    self.block(column + step, depth + 1, out, count);
                }
            }
        }
        if self.one_in(3) {
            self.comment(out, &pad, count);
        }
    }

    fn change(&mut self, node: &mut Node) {
        match &mut node.data {
            Data::Map(entries) => {
                for (key, value) in entries.iter_mut() {
                    match self.below(16) {
                        0 => key.data = Data::String(format!("new {}", self.below(1 << 30))),
                        1 => value.data = Data::String("changed: 1\n".into()),
                        2 => value.data = Data::Int(7),
                        3 => {
                            let span = [&key.span, &value.span][self.below(2)].clone();
                            let inner = Node::new(value.data.clone(), value.span.clone());
                            let inner_key = Node::new(Data::String("inner".into()), key.span.clone());
                            *value = Node::new(Data::Map(vec![(inner_key, inner)]), span);
                        }
                        4 => {
                            let inner = value.clone();
                            *value = Node::new(Data::Seq(vec![inner]), value.span.clone());
                        }
                        _ => self.change(value),
                    }
                }
                if self.one_in(8) && entries.len() > 1 {
                    entries.remove(self.below(entries.len()));
                }
                if self.one_in(8) && !entries.is_empty() {
                    entries.rotate_left(1);
                }
            }
            Data::Seq(items) => {
                for item in items.iter_mut() {
                    self.change(item);
                }
                if self.one_in(6) && !items.is_empty() {
                    items.remove(self.below(items.len()));
                }
                if self.one_in(6) {
                    items.reverse();
                }
            }
            _ => {}
        }
    }
}

/// What is wrong with the new text for one seed, with the whole story.
fn wrong(seed: u64) -> Option<String> {
    let mut random = Random(seed);
    let mut text = "s: &s 1_0\nm: &m {k0: 1, k9: *s}\nl: &l [*s, 2]\n".to_owned();
    let mut count = 0;
    random.block(0, 0, &mut text, &mut count);
    let source = source(&text);
    let mut documents = parse(&source).unwrap_or_else(|report| panic!("{report:?}\n{text}"));
    assert_eq!(rewrite(&source, &documents).text, text);
    random.change(&mut documents[0]);
    let new = changed_text(&source, &documents).unwrap();
    let reason = if !reads_as(&new, &documents) {
        "is something else".to_owned()
    } else if let Some(lost) =
        (1..=count).find(|number| new.matches(&format!("# comment {number}.")).count() != 1)
    {
        format!("comment {lost} is not there once")
    } else {
        // What was written stays as it is.
        let again = Source::new("a.yaml", &new);
        if rewrite(&again, &parse(&again).unwrap()).text == new {
            return None;
        }
        "changes again".to_owned()
    };
    Some(format!("seed {seed}: {reason}\n{text}\n=>\n{}\n=>\n{new}", node_text(&documents[0])))
}

#[test]
fn any_change_of_any_text_keeps_each_comment_once() {
    let wrong: Vec<String> = (0..300).filter_map(wrong).collect();
    let shortest = wrong.iter().min_by_key(|story| story.len());
    assert!(shortest.is_none(), "{} times, as with {}", wrong.len(), shortest.unwrap());
}
