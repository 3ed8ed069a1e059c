//! Editing the file's text: only the lines of the value change, comments and order stay.

use std::path::Path;

use yaml_edit::{Mapping, Sequence};

use super::emit;
use super::keys::{Key, Kind};
use super::tree::{self, Shape, Tree};
use crate::diagnostic::{self, Report, Result};

/// The part of the file a value stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// `global`
    Global,
    /// The entry of `kubeContexts` whose `kube-context` is exactly this text.
    Context(String),
}

/// What to do to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Store a string.
    Text(String),
    /// Store `true` or `false`.
    Flag(bool),
    /// Add these items to the list; those it already has are not added again.
    Append(Vec<String>),
    /// Store the empty list.
    Empty,
    /// Remove the key.
    Unset,
}

impl Change {
    /// What `set KEY VALUE` does. A list takes several items separated by commas; an empty value or `[]` empties it.
    ///
    /// Errors: a boolean key with another value than Go's `strconv.ParseBool` takes; a key that cannot be set.
    pub fn setting(key: &Key, value: &str) -> Result<Self> {
        match key.kind {
            Kind::Text => Ok(Self::Text(value.to_owned())),
            Kind::Flag => parse_bool(value).map(Self::Flag).ok_or_else(|| {
                let title = format!("`{value}` is no value for {}", key.name);
                Box::new(Report::new(diagnostic::Kind::Usage, title).hint("use `true` or `false`"))
            }),
            Kind::List => {
                let value = value.trim();
                let items: Vec<String> =
                    value.split(',').map(str::trim).filter(|i| !i.is_empty()).map(str::to_owned).collect();
                Ok(if items.is_empty() || value == "[]" { Self::Empty } else { Self::Append(items) })
            }
            Kind::Records => {
                let title = format!("{} holds records and cannot be set from the command line", key.name);
                Err(Box::new(Report::new(diagnostic::Kind::Usage, title).hint("edit the file itself")))
            }
        }
    }
}

/// The booleans Go's `strconv.ParseBool` takes.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The text with `change` done to `key` in `scope`; `None` when the file says that already.
///
/// Errors: the file is no YAML, or is not shaped as a user config; then nothing may be written.
pub(crate) fn apply(
    path: &Path,
    text: &str,
    scope: &Scope,
    key: &Key,
    change: &Change,
) -> Result<Option<String>> {
    let before = tree::parse(path, text)?;
    super::check(path, text, &before)?;
    let current = section(&before, scope).and_then(|section| lookup(section, key));
    let Some(wanted) = wanted(current, change) else { return Ok(None) };

    let after = match (&wanted, &before.shape) {
        (Wanted::Nothing, _) => {
            let (file, root) = tree::editable(path, text)?;
            remove(&root, scope, key);
            if root.is_empty() { comments_of(text) } else { file.to_string() }
        }
        (_, Shape::Null) => format!("{}{}", comments_of(text), fresh(scope, key, &wanted)),
        _ => {
            let (file, root) = tree::editable(path, text)?;
            insert(&root, scope, key, &wanted);
            file.to_string()
        }
    };
    let after = if after.is_empty() || after.ends_with('\n') { after } else { format!("{after}\n") };
    verify(path, &after, scope, key, &wanted)?;
    Ok(Some(after))
}

/// The value a key shall have in the end.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Text(String),
    Flag(bool),
    List { all: Vec<String>, new: Vec<String> },
}

/// `None` when it is there already.
fn wanted(current: Option<&Tree>, change: &Change) -> Option<Wanted> {
    let list = || -> Option<Vec<String>> {
        Some(current?.items()?.iter().filter_map(Tree::text).map(str::to_owned).collect())
    };
    match change {
        Change::Unset => current.map(|_| Wanted::Nothing),
        Change::Text(text) => {
            (current.and_then(Tree::text) != Some(text)).then(|| Wanted::Text(text.clone()))
        }
        Change::Flag(flag) => {
            let same = current.and_then(Tree::text).and_then(super::yaml_bool) == Some(*flag);
            (!same).then_some(Wanted::Flag(*flag))
        }
        Change::Empty => {
            (list().is_none_or(|l| !l.is_empty())).then(|| Wanted::List { all: vec![], new: vec![] })
        }
        Change::Append(items) => {
            let mut all = list().unwrap_or_default();
            let mut new = Vec::new();
            for item in items {
                if !all.contains(item) {
                    all.push(item.clone());
                    new.push(item.clone());
                }
            }
            (!new.is_empty()).then_some(Wanted::List { all, new })
        }
    }
}

/// The section of a scope in the tree.
fn section<'a>(root: &'a Tree, scope: &Scope) -> Option<&'a Tree> {
    match scope {
        Scope::Global => root.get("global"),
        Scope::Context(context) => root
            .get("kubeContexts")?
            .items()?
            .iter()
            .find(|entry| entry.get("kube-context").and_then(Tree::text) == Some(context)),
    }
}

fn lookup<'a>(section: &'a Tree, key: &Key) -> Option<&'a Tree> {
    let (group, name) = key.path();
    match group {
        Some(group) => section.get(group)?.get(name),
        None => section.get(name),
    }
}

/// The comments (and document marker) of a text that holds no value.
fn comments_of(text: &str) -> String {
    text.lines()
        .filter(|line| {
            let line = line.trim();
            line.is_empty() || line.starts_with('#') || line == "---"
        })
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// The text of a file that holds one value.
fn fresh(scope: &Scope, key: &Key, wanted: &Wanted) -> String {
    let value = match wanted {
        Wanted::Nothing => return String::new(),
        Wanted::Text(text) => Shape::Scalar { text: text.clone(), written: emit::scalar(text) },
        Wanted::Flag(flag) => Shape::Scalar { text: flag.to_string(), written: flag.to_string() },
        Wanted::List { all, .. } => Shape::List(all.iter().map(|item| string(item)).collect()),
    };
    let (group, name) = key.path();
    let mut entry = (name.to_owned(), plain(value));
    if let Some(group) = group {
        entry = (group.to_owned(), plain(Shape::Map(vec![entry])));
    }
    let root = match scope {
        Scope::Global => ("global".to_owned(), plain(Shape::Map(vec![entry]))),
        Scope::Context(context) => {
            let item = Shape::Map(vec![("kube-context".to_owned(), string(context)), entry]);
            ("kubeContexts".to_owned(), plain(Shape::List(vec![plain(item)])))
        }
    };
    emit::block(&plain(Shape::Map(vec![root])), 0)
}

fn plain(shape: Shape) -> Tree {
    Tree { shape, span: 0..0 }
}

fn string(text: &str) -> Tree {
    plain(Shape::Scalar { text: text.to_owned(), written: emit::scalar(text) })
}

/// Writes the value into the document, making the section where there is none.
fn insert(root: &Mapping, scope: &Scope, key: &Key, wanted: &Wanted) {
    let section = match scope {
        Scope::Global => child(root, "global"),
        Scope::Context(context) => entry(root, context).unwrap_or_else(|| {
            let entries = root.get_sequence("kubeContexts").unwrap_or_else(|| {
                root.set("kubeContexts", Sequence::new());
                root.get_sequence("kubeContexts").unwrap_or_default()
            });
            let new = Mapping::new();
            new.set("kube-context", context.as_str());
            entries.push(&new);
            entry(root, context).unwrap_or(new)
        }),
    };
    let (group, name) = key.path();
    let section = group.map_or(section.clone(), |group| child(&section, group));
    match wanted {
        Wanted::Nothing => {}
        Wanted::Text(text) => section.set(name, text.as_str()),
        Wanted::Flag(flag) => section.set(name, *flag),
        Wanted::List { all, .. } if all.is_empty() => section.set(name, Sequence::new_flow()),
        Wanted::List { all, new } => {
            if let Some(list) = section.get_sequence(name).filter(|list| !list.is_empty()) {
                for item in new {
                    list.push(item.as_str());
                }
            } else {
                let list = Sequence::new();
                for item in all {
                    list.push(item.as_str());
                }
                section.set(name, &list);
            }
        }
    }
}

/// The mapping below `key`, made when it is missing or null.
fn child(mapping: &Mapping, key: &str) -> Mapping {
    mapping.get_mapping(key).unwrap_or_else(|| {
        mapping.set(key, Mapping::new());
        mapping.get_mapping(key).unwrap_or_default()
    })
}

/// The `kubeContexts` entry of exactly this context.
fn entry(root: &Mapping, context: &str) -> Option<Mapping> {
    let entries = root.get_sequence("kubeContexts")?;
    entries.values().filter_map(|node| node.as_mapping().cloned()).find(|entry| {
        entry.get("kube-context").and_then(|n| n.as_scalar().map(yaml_edit::Scalar::as_string)).as_deref()
            == Some(context)
    })
}

/// Removes the key, and the sections that held nothing else: an entry with nothing but its name would still hide
/// other entries that match the context.
fn remove(root: &Mapping, scope: &Scope, key: &Key) {
    let (group, name) = key.path();
    let clean = |section: &Mapping| match group {
        Some(group) => {
            if let Some(inner) = section.get_mapping(group) {
                drop(inner.remove(name));
                if inner.is_empty() {
                    drop(section.remove(group));
                }
            }
        }
        None => drop(section.remove(name)),
    };
    match scope {
        Scope::Global => {
            let Some(section) = root.get_mapping("global") else { return };
            clean(&section);
            if section.is_empty() {
                drop(root.remove("global"));
            }
        }
        Scope::Context(context) => {
            let (Some(section), Some(entries)) = (entry(root, context), root.get_sequence("kubeContexts"))
            else {
                return;
            };
            clean(&section);
            if section.len() == 1 {
                let index = entries.values().position(|node| {
                    let name = node.as_mapping().and_then(|m| m.get("kube-context"));
                    name.and_then(|n| n.as_scalar().map(yaml_edit::Scalar::as_string)).as_deref()
                        == Some(context)
                });
                drop(index.and_then(|index| entries.remove(index)));
            }
            if entries.is_empty() {
                drop(root.remove("kubeContexts"));
            }
        }
    }
}

/// Reads the new text back before anybody writes it: a user's file is worth the second look.
fn verify(path: &Path, text: &str, scope: &Scope, key: &Key, wanted: &Wanted) -> Result<()> {
    let tree = tree::parse(path, text)?;
    super::check(path, text, &tree)?;
    let found = section(&tree, scope).and_then(|section| lookup(section, key));
    let right = match wanted {
        Wanted::Nothing => found.is_none(),
        Wanted::Text(text) => found.and_then(Tree::text) == Some(text),
        Wanted::Flag(flag) => found.and_then(Tree::text).and_then(super::yaml_bool) == Some(*flag),
        Wanted::List { all, .. } => found
            .and_then(Tree::items)
            .is_some_and(|items| items.iter().map(Tree::text).eq(all.iter().map(|i| Some(i.as_str())))),
    };
    if right {
        return Ok(());
    }
    let title = format!("{} cannot be edited without damage; it was left as it is", path.display());
    Err(Box::new(Report::config(title).hint(format!("edit `{}` in the file itself", key.name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str, scope: &Scope, key: &str, change: &Change) -> Option<String> {
        apply(Path::new("config.yaml"), text, scope, Key::find(key).unwrap(), change).unwrap()
    }

    fn context(name: &str) -> Scope {
        Scope::Context(name.into())
    }

    fn text(value: &str) -> Change {
        Change::Text(value.into())
    }

    fn append(items: &[&str]) -> Change {
        Change::Append(items.iter().map(|&i| i.to_owned()).collect())
    }

    const FILE: &str = "\
# my settings
global:
  # where images go
  default-repo: gcr.io/x   # the team's
  insecure-registries:
    - a.io  # first
  future-key: {keep: [me]}

kubeContexts:
  # the laptop
  - kube-context: kind-dev
    buildx-builder: 'local'
  - kube-context: prod-.*
    cache-flags: [mode=max]
unknown: 1
";

    #[test]
    fn only_the_value_changes() {
        let cases: &[(Scope, &str, Change, &str, &str)] = &[
            (Scope::Global, "default-repo", text("gcr.io/y"), "gcr.io/x", "gcr.io/y"),
            (Scope::Global, "insecure-registries", append(&["b.io"]), "# first\n", "# first\n    - b.io\n"),
            (
                Scope::Global,
                "local-cluster",
                Change::Flag(true),
                "  future-key: {keep: [me]}\n",
                "  future-key: {keep: [me]}\n  local-cluster: true\n",
            ),
            (context("kind-dev"), "buildx-builder", text("remote"), "'local'", "remote"),
            (
                context("kind-dev"),
                "cache-tag",
                text("1.10"),
                "    buildx-builder: 'local'\n",
                "    buildx-builder: 'local'\n    cache-tag: '1.10'\n",
            ),
            (context("prod-.*"), "cache-flags", append(&["x=1"]), "[mode=max]", "[mode=max, x=1]"),
            (context("prod-.*"), "cache-flags", Change::Empty, "[mode=max]", "[]"),
            (
                context("new"),
                "cache-repo",
                text("r.io"),
                "    cache-flags: [mode=max]\n",
                "    cache-flags: [mode=max]\n  - kube-context: new\n    cache-repo: r.io\n",
            ),
            (
                context("kind-dev"),
                "buildx-builder",
                Change::Unset,
                "  - kube-context: kind-dev\n    buildx-builder: 'local'\n",
                "",
            ),
            (
                Scope::Global,
                "insecure-registries",
                Change::Unset,
                "  insecure-registries:\n    - a.io  # first\n",
                "",
            ),
        ];
        for (scope, key, change, from, to) in cases {
            let found = edit(FILE, scope, key, change).unwrap();
            assert_eq!(FILE.matches(from).count(), 1);
            assert_eq!(found, FILE.replace(from, to), "{scope:?} {key} {change:?}");
        }
    }

    #[test]
    fn nothing_to_do_is_none() {
        for (scope, key, change) in [
            (Scope::Global, "default-repo", text("gcr.io/x")),
            (Scope::Global, "insecure-registries", append(&["a.io"])),
            (Scope::Global, "cache-tag", Change::Unset),
            (context("other"), "cache-tag", Change::Unset),
        ] {
            assert_eq!(edit(FILE, &scope, key, &change), None, "{key}");
        }
    }

    #[test]
    fn a_file_grows_from_nothing_and_shrinks_back() {
        for start in ["", "# mine\n", "---\n", "null\n", "# mine\n\nglobal:\nkubeContexts:\n"] {
            let mut file = start.to_owned();
            let steps = [
                (Scope::Global, "survey.disable-prompt", Change::Flag(true)),
                (context("kind-.*"), "cache-flags", append(&["mode=max", "ref: odd"])),
                (context("kind-dev"), "default-repo", text("")),
                (context("kind-dev"), "cache-flags", Change::Empty),
                (Scope::Global, "cache-tag", text("{{.BRANCH}}")),
                (Scope::Global, "cache-repo", text("on")),
            ];
            for (scope, key, change) in &steps {
                file = edit(&file, scope, key, change).unwrap();
            }
            if start.is_empty() {
                assert_eq!(
                    file,
                    "global:\n  survey:\n    disable-prompt: true\n  cache-tag: '{{.BRANCH}}'\n  cache-repo: 'on'\n\
                     kubeContexts:\n  - kube-context: 'kind-.*'\n    cache-flags:\n      - mode=max\n      - 'ref: odd'\n  \
                     - kube-context: kind-dev\n    default-repo: ''\n    cache-flags: []\n"
                );
            }
            for (scope, key, _) in &steps {
                file = edit(&file, scope, key, &Change::Unset).unwrap();
            }
            assert_eq!(
                file,
                comments_of(if start.ends_with("kubeContexts:\n") { "# mine\n\n" } else { start })
            );
        }
    }

    #[test]
    fn list_items_can_follow_an_empty_list() {
        let file =
            edit("global:\n  cache-flags: []\n", &Scope::Global, "cache-flags", &append(&["mode=max"]));
        assert_eq!(file.as_deref(), Some("global:\n  cache-flags:\n    - mode=max\n"));
    }

    #[test]
    fn broken_files_are_never_edited() {
        let key = Key::find("cache-tag").unwrap();
        for (file, line) in [
            ("global:\n  a: [1, 2\n", 2),
            ("- a\n", 1),
            ("global: text\n", 1),
            ("global:\n  a: 1\nkubeContexts: {}\n", 3),
            ("kubeContexts:\n  - kind-dev\n", 2),
            ("global:\n  default-repo:\n    - a\n", 3),
            ("global:\n  local-cluster: maybe\n", 2),
        ] {
            let report = apply(Path::new("c.yaml"), file, &Scope::Global, key, &text("x")).unwrap_err();
            let (found, _) = report.excerpts[0].line_column();
            assert!(found.abs_diff(line) <= 1, "{file:?}: line {found}: {report}");
        }
    }

    #[test]
    fn values_are_read_by_the_kind_of_key() {
        let setting = |key: &str, value: &str| Change::setting(Key::find(key).unwrap(), value);
        assert_eq!(setting("default-repo", "x").unwrap(), text("x"));
        assert_eq!(setting("local-cluster", "T").unwrap(), Change::Flag(true));
        assert!(setting("local-cluster", "yes").is_err());
        assert_eq!(
            setting("cache-flags", "type=registry, mode=max,").unwrap(),
            append(&["type=registry", "mode=max"])
        );
        assert_eq!(setting("cache-flags", "").unwrap(), Change::Empty);
        assert_eq!(setting("cache-flags", "[]").unwrap(), Change::Empty);
        assert!(setting("survey.user-surveys", "x").is_err());
    }
}
