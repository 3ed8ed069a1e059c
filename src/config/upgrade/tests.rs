//! The cases of `testdata/upgrade`: a document, a line `=== v2beta9` (the version to bring it to), the document that
//! it becomes, and if something is said, a line `=== warnings` and `line:column: title` of each. Where upgrading
//! fails, a line `=== error v2beta9` and these lines follow at once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::config::patch::Op;
use crate::yaml::{Source, parse};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/upgrade")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn tree(text: &str) -> Node {
    parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0)
}

fn version(tree: &Node) -> Version {
    Version::parse(&tree.get("apiVersion").unwrap().text().unwrap()).unwrap()
}

/// A tree as YAML, a line for each scalar.
fn print(node: &Node, indent: usize, text: &mut String) {
    match &node.data {
        Data::Map(entries) if !entries.is_empty() => {
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    text.push_str(&" ".repeat(indent));
                }
                write!(text, "{}:", scalar(key)).unwrap();
                match &value.data {
                    Data::Map(inner) if !inner.is_empty() => {
                        write!(text, "\n{}", " ".repeat(indent + 2)).unwrap();
                        print(value, indent + 2, text);
                    }
                    Data::Seq(items) if !items.is_empty() => {
                        write!(text, "\n{}", " ".repeat(indent)).unwrap();
                        print(value, indent, text);
                    }
                    _ => writeln!(text, " {}", scalar(value)).unwrap(),
                }
            }
        }
        Data::Seq(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(&" ".repeat(indent));
                }
                text.push_str("- ");
                print(item, indent + 2, text);
            }
        }
        _ => writeln!(text, "{}", scalar(node)).unwrap(),
    }
}

fn scalar(node: &Node) -> String {
    match &node.data {
        Data::Null => "null".into(),
        Data::Seq(_) => "[]".into(),
        Data::Map(_) => "{}".into(),
        Data::String(text) => {
            let plain = text.starts_with(|c: char| c.is_alphanumeric() || "/._$".contains(c))
                && text.chars().all(|c| c.is_alphanumeric() || " /._$*@-=,".contains(c))
                && !text.ends_with(' ')
                && tree(text) == *node;
            if plain { text.clone() } else { format!("'{}'", text.replace('\'', "''")) }
        }
        _ => node.text().unwrap().into_owned(),
    }
}

fn printed(node: &Node) -> String {
    let mut text = String::new();
    print(node, 0, &mut text);
    text
}

fn said(reports: &[Report]) -> String {
    let mut lines: Vec<((usize, usize), String)> = vec![];
    for report in reports {
        // Several errors are one report whose places are labelled with their titles.
        let joined = report.title.ends_with(" errors in skaffold.yaml");
        for excerpt in report.excerpts.iter().take(if joined { usize::MAX } else { 1 }) {
            let title = if joined { &excerpt.label } else { &report.title };
            lines.push((excerpt.line_column(), title.clone()));
        }
    }
    lines.sort();
    lines.iter().fold(String::new(), |mut text, ((line, column), title)| {
        writeln!(text, "{line}:{column}: {title}").unwrap();
        text
    })
}

/// All nodes stand somewhere in the text.
fn assert_placed(node: &Node, length: usize) {
    assert!(node.span.start <= node.span.end && node.span.end <= length, "{node:?}");
    node.items().iter().for_each(|item| assert_placed(item, length));
    for (key, value) in node.entries() {
        assert_placed(key, length);
        assert_placed(value, length);
    }
}

/// What becomes of a case's document, in the words of the case.
fn outcome(input: &str, to: Version) -> String {
    let mut node = tree(input);
    let from = version(&node);
    match upgrade(&mut node, from, to) {
        Ok(warnings) => {
            assert_placed(&node, input.len());
            let warnings = said(&warnings);
            let heading = if warnings.is_empty() { "" } else { "=== warnings\n" };
            format!("=== {}\n{}{heading}{warnings}", to.name(), printed(&node))
        }
        Err(report) => format!("=== error {}\n{}", to.name(), said(&[*report])),
    }
}

#[test]
fn documents_become_what_is_expected() {
    let mut failures = String::new();
    let mut count = 0;
    for step in sorted(&folder()) {
        let cases = sorted(&step);
        assert!(cases.len() >= 4, "{} has {} cases", step.display(), cases.len());
        for path in cases {
            count += 1;
            let case = fs_err::read_to_string(&path).unwrap();
            let start = case.find("=== ").unwrap();
            let (input, expected) = case.split_at(start);
            let name = expected.lines().next().unwrap().rsplit(' ').next().unwrap();
            let to = Version::parse(&format!("skaffold/{name}")).unwrap();
            let actual = outcome(input, to);
            if actual != expected {
                writeln!(failures, "{}\n{actual}", path.display()).unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 100, "{count}");
}

/// A profile means the same before and after: laying it over the main pipeline, with its patches, and upgrading the
/// result comes to the same as upgrading first.
#[test]
fn profiles_and_patches_mean_what_they_meant() {
    // A profile can't say in the later version that there is nothing, because an empty list overrides nothing; defaults
    // are written in one way only; and what is dropped can't be copied.
    const EXCEPTIONS: &[&str] = &[
        "chains/v1alpha2-to-latest",
        "v1beta6/profile-that-needs-nothing",
        "v2beta16/patches",
        "v2beta29/default-manifests-of-a-profile",
        "v2beta29/kubectl-by-default",
        "v3/context-of-a-profile",
    ];
    let mut failures = String::new();
    let mut compared = 0;
    for step in sorted(&folder()) {
        for path in sorted(&step) {
            let case = fs_err::read_to_string(&path).unwrap();
            let (input, expected) = case.split_at(case.find("=== ").unwrap());
            if expected.starts_with("=== error")
                || EXCEPTIONS.iter().any(|name| path.with_extension("").ends_with(name))
            {
                continue;
            }
            let whole = tree(input);
            let from = version(&whole);
            let mut upgraded = whole.clone();
            let to = expected.lines().next().unwrap().trim_start_matches("=== ");
            let to = Version::parse(&format!("skaffold/{to}")).unwrap();
            upgrade(&mut upgraded, from, to).unwrap();
            let profiles =
                |node: &Node| node.get("profiles").map(|node| node.items().to_vec()).unwrap_or_default();
            for (old, new) in profiles(&whole).iter().zip(&profiles(&upgraded)) {
                let Some(mut before) = applied(&whole, old) else { continue };
                // Contradictions that the profile settles are errors where they stand in one pipeline.
                if upgrade(&mut before, from, to).is_err() {
                    continue;
                }
                let after = applied(&upgraded, new)
                    .unwrap_or_else(|| panic!("{}: a patch fails\n{}", path.display(), printed(new)));
                let (before, after) = (in_order(&before), in_order(&after));
                if before != after {
                    writeln!(
                        failures,
                        "{}
{before}--- upgraded first:
{after}",
                        path.display()
                    )
                    .unwrap();
                }
                compared += 1;
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(compared > 60, "{compared}");
}

/// The main pipeline with a profile on it and its patches applied; `None` where one of them can't be.
fn applied(main: &Node, profile: &Node) -> Option<Node> {
    let mut whole = effective::effective(&effective::sections(main), &effective::sections(profile));
    for item in profile.get("patches").map(Node::items).unwrap_or_default() {
        let patch = json_patch::Patch::read(item)?;
        let path = json_patch::resolve(&whole, &patch.path);
        if patch.op != Op::Test && !patch.apply(&mut whole, &path) {
            return None;
        }
    }
    Some(whole)
}

/// As text, with the keys in order, without what is null.
fn in_order(node: &Node) -> String {
    fn ordered(node: &Node) -> Node {
        let data = match &node.data {
            Data::Seq(items) => Data::Seq(items.iter().map(ordered).collect()),
            Data::Map(entries) => {
                let said = entries.iter().filter(|(_, value)| !value.is_null());
                let mut entries: Vec<_> = said.map(|(key, value)| (key.clone(), ordered(value))).collect();
                entries.sort_by_key(|(key, _)| key.text().map(Into::<String>::into));
                Data::Map(entries)
            }
            data => data.clone(),
        };
        Node::new(data, node.span.clone())
    }
    printed(&ordered(node))
}

/// Whatever a document looks like, upgrading it ends, and at the latest version if it is no error.
#[test]
fn no_document_is_too_odd() {
    for step in sorted(&folder()) {
        for path in sorted(&step) {
            let case = fs_err::read_to_string(&path).unwrap();
            let input = &case[..case.find("=== ").unwrap()];
            let whole = tree(input);
            let mut seed = 7_u64;
            for _ in 0..40 {
                let mut node = whole.clone();
                spoil(&mut node, &mut seed);
                for from in [Version::OLDEST, version(&whole)] {
                    let mut node = node.clone();
                    if upgrade(&mut node, from, Version::LATEST).is_ok() {
                        assert_placed(&node, input.len());
                    }
                }
            }
        }
    }
}

/// Puts something else in place of one node in about eight.
fn spoil(node: &mut Node, seed: &mut u64) {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let drawn = *seed >> 33;
    if drawn.is_multiple_of(8) {
        node.data = match drawn / 8 % 6 {
            0 => Data::Null,
            1 => Data::Bool(true),
            2 => Data::Int(3),
            3 => Data::String("/a/0/-".into()),
            4 => Data::Seq(vec![Node::new(Data::Null, node.span.clone())]),
            _ => Data::Map(vec![]),
        };
    }
    match &mut node.data {
        Data::Seq(items) => items.iter_mut().for_each(|item| spoil(item, seed)),
        Data::Map(entries) => entries.iter_mut().for_each(|(_, value)| spoil(value, seed)),
        _ => {}
    }
}

#[test]
fn an_older_version_is_an_error_and_the_same_one_changes_nothing() {
    let text = "apiVersion: skaffold/v2beta9\nkind: Config\n";
    let mut node = tree(text);
    let report = upgrade(&mut node, Version::of("v2beta9"), Version::of("v2beta8")).unwrap_err();
    assert_eq!(
        report.title,
        "a document of skaffold/v2beta9 can't be turned into one of skaffold/v2beta8, which is older"
    );
    assert_eq!(report.excerpts[0].line_column(), (1, 13));
    upgrade(&mut node, Version::of("v2beta9"), Version::of("v2beta9")).unwrap();
    assert_eq!(node, tree(text));
}

#[test]
fn places_are_those_of_the_file() {
    let text = "apiVersion: skaffold/v1alpha3\nbuild:\n  artifacts:\n  - imageName: a\n    docker:\n      dockerfilePath: D\n  local:\n    skipPush: true\ndeploy:\n  kubectl:\n    manifests:\n    - a.yaml\n  helm:\n    releases:\n    - name: r\n      values:\n        image: a\n";
    let mut node = tree(text);
    upgrade(&mut node, Version::of("v1alpha3"), Version::LATEST).unwrap();
    let name = |name: &'static str| Key::from(name);
    let artifact = [name("build"), name("artifacts"), Key::from(0)];
    let release = |top: &'static str| vec![name(top), name("helm"), name("releases"), Key::from(0)];
    for (path, expected) in [
        (vec![name("apiVersion")], (1, 13)),
        ([&artifact[..], &[name("image")]].concat(), (4, 16)),
        ([&artifact[..], &[name("docker"), name("dockerfile")]].concat(), (6, 23)),
        (vec![name("build"), name("local"), name("push")], (8, 15)),
        (vec![name("manifests"), name("rawYaml")], (11, 5)),
        (vec![name("manifests"), name("rawYaml"), Key::from(0)], (12, 7)),
        ([release("manifests"), vec![name("name")]].concat(), (15, 13)),
        ([release("deploy"), vec![name("setValueTemplates"), name("image")]].concat(), (17, 16)),
    ] {
        let excerpt = node.locate(&path).unwrap_or_else(|| panic!("{path:?} in\n{}", printed(&node)));
        assert_eq!(excerpt.line_column(), expected, "{path:?}");
    }
}
