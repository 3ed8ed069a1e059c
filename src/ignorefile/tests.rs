use proptest::prelude::*;

use super::{Error, Rules};

const FILES: [(&str, &str); 4] = [
    ("lines", include_str!("../../testdata/ignorefile/lines.txt")),
    ("wildcards", include_str!("../../testdata/ignorefile/wildcards.txt")),
    ("exceptions", include_str!("../../testdata/ignorefile/exceptions.txt")),
    ("brackets", include_str!("../../testdata/ignorefile/brackets.txt")),
];

/// A case of `testdata/ignorefile`, whose form `lines.txt` tells.
struct Case {
    name: String,
    ignore_file: Vec<u8>,
    /// What is said of each path.
    paths: Vec<(char, Vec<u8>)>,
    refused: Option<usize>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = vec![];
    for (file, text) in FILES {
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (mark, rest) = line.split_at(1);
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            if mark == "=" {
                let name = format!("{file}: {}", rest.trim_start_matches(['=', ' ']));
                cases.push(Case { name, ignore_file: vec![], paths: vec![], refused: None });
                continue;
            }
            let case = cases.last_mut().unwrap();
            match mark {
                ">" => case.ignore_file.extend([bytes(rest), b"\n".to_vec()].concat()),
                "!" => case.refused = Some(rest.parse().unwrap()),
                _ => case.paths.push((mark.parse().unwrap(), bytes(rest))),
            }
        }
    }
    cases
}

fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(&part.as_bytes()[2..]);
    }
    bytes
}

/// Whether a walk ignores a path, and the folders above it that it ignores.
fn walk<'p>(rules: &Rules, path: &'p [u8]) -> (bool, Vec<&'p [u8]>) {
    let (mut state, mut folders) = (rules.root(), vec![]);
    for at in (0..path.len()).filter(|at| path[*at] == b'/') {
        let (ignored, below) = rules.enter(&state, &path[..at]);
        state = below;
        if ignored {
            folders.push(&path[..at]);
        }
    }
    (rules.enter(&state, path).0, folders)
}

#[test]
fn what_is_written_down() {
    let (mut rows, mut wrong) = (0, vec![]);
    for case in cases() {
        let rules = match (Rules::parse(&case.ignore_file), case.refused) {
            (Ok(rules), None) => rules,
            (refused, expected) => {
                rows += 1;
                let line = refused.err().map(|error| error.line);
                if line != expected {
                    wrong.push(format!("{}: refused {line:?}, expected {expected:?}", case.name));
                }
                continue;
            }
        };
        for (mark, path) in case.paths {
            rows += 1;
            let found = match (rules.ignores(&path), walk(&rules, &path).0) {
                (true, true) => '-',
                (false, false) => '+',
                (true, false) => '~',
                (false, true) => '^',
            };
            if found != mark {
                wrong.push(format!("{}: {found} {}", case.name, path.escape_ascii()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 400, "{rows}");
}

#[test]
fn no_rules() {
    for rules in [Rules::default(), Rules::parse(b"# nothing\n\n").unwrap()] {
        assert!(rules.is_empty());
        assert!(!rules.ignores(b"a"));
        assert!(!rules.may_keep_below(b"a"));
    }
    assert!(!Rules::parse(b"a").unwrap().is_empty());
}

#[test]
fn patterns_of_a_list() {
    let rules =
        Rules::of_patterns(&["*.txt".into(), " spaced ".into(), "/rooted".into(), String::new()]).unwrap();
    for (path, expected) in [("a.txt", true), ("spaced", true), ("rooted", false), ("b/a.txt", false)] {
        assert_eq!(rules.ignores(path.as_bytes()), expected, "{path}");
    }
    let error = Rules::of_patterns(&["a".into(), "b[".into()]).unwrap_err();
    assert_eq!(
        error,
        Error { line: 2, pattern: "b[".into(), reason: "a `[` is not closed".into() },
        "its place in the list"
    );
}

#[test]
fn why_a_pattern_is_refused() {
    for (pattern, expected) in [
        ("a\n!", "the pattern `!` cannot be used: nothing follows the `!`"),
        ("a[b", "the pattern `a[b` cannot be used: a `[` is not closed"),
        ("[-a]", "the pattern `[-a]` cannot be used: a `-` or `]` in `[…]` needs a `\\` before it"),
        ("a\\", "the pattern `a\\` cannot be used: nothing follows the last `\\`"),
    ] {
        assert_eq!(Rules::parse(pattern.as_bytes()).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_line_that_is_too_long() {
    let line = |length: usize| [b"a\n".to_vec(), vec![b'b'; length]].concat();
    let path = vec![b'b'; 65535];
    assert!(Rules::parse(&line(65535)).unwrap().ignores(&path));
    let error = Rules::parse(&line(65536)).unwrap_err();
    assert_eq!((error.line, error.reason.as_str()), (2, "the line is longer than 64 KiB"));
    assert!(error.pattern.len() < 100, "{}", error.pattern);
}

#[test]
fn where_something_may_be_kept() {
    for (file, below, expected) in [
        ("a", "a", false),
        ("a\n!a/b/c", "a", true),
        ("a\n!a/b/c", "a/b", true),
        ("a\n!a/b/c", "a/b/c", true),
        ("a\n!a/b/c", "a/b/c/d", false),
        ("a\n!a/b/c", "a/x", false),
        ("a\n!a/b/c", "a/bb", false),
        ("**\n!a/b/**", "a/b", true),
        ("**\n!a/b/*", "a/b", true),
        ("**\n!a/b/*/**", "a/b/c", false),
        ("**\n!a/b/**", "c", false),
        ("**\n!a*", "c", true),
        ("**\n!**/x", "c", true),
        ("**\n!a[b]", "c", true),
        ("**\n!\\a", "c", true),
        ("**\n!a", "", true),
    ] {
        let rules = Rules::parse(file.as_bytes()).unwrap();
        assert_eq!(rules.may_keep_below(below.as_bytes()), expected, "{file:?} {below}");
    }
}

/// Patterns of few letters, so that they match one another's paths.
fn file() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vec![
        "a", "b", "ab", "*", "**", "?", "a*", "*b", "**b", "a**", "[ab]", "[^a]", "\\a", "é", "a{2}", "[a*]",
    ]);
    let pattern = (proptest::bool::weighted(0.3), proptest::collection::vec(name, 1..4))
        .prop_map(|(keeps, names)| format!("{}{}", if keeps { "!" } else { "" }, names.join("/")));
    proptest::collection::vec(pattern, 1..6).prop_map(|patterns| patterns.join("\n"))
}

fn path() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vec!["a", "b", "ab", "aa", "é", "b]"]);
    proptest::collection::vec(name, 1..5).prop_map(|names| names.join("/"))
}

proptest! {
    #[test]
    fn nothing_is_kept_where_no_walk_goes(file in file(), path in path()) {
        let rules = Rules::parse(file.as_bytes()).unwrap();
        let (ignored, folders) = walk(&rules, path.as_bytes());
        let pruned = folders.iter().any(|folder| !rules.may_keep_below(folder));
        prop_assert!(!pruned || ignored, "{file:?} {path}");
    }

    #[test]
    fn without_exceptions_a_walk_says_what_a_question_says(file in file(), path in path()) {
        let rules = Rules::parse(file.replace('!', "").as_bytes()).unwrap();
        prop_assert_eq!(walk(&rules, path.as_bytes()).0, rules.ignores(path.as_bytes()));
    }

    #[test]
    fn a_walk_that_begins_anywhere_asks_for_the_folders_above(file in file(), path in path()) {
        let rules = Rules::parse(file.as_bytes()).unwrap();
        let (ignored, _) = rules.enter(&rules.root(), path.as_bytes());
        prop_assert_eq!(ignored, rules.ignores(path.as_bytes()));
    }
}
