//! The user's own file: defaults for every project, global and per kube-context.
//!
//! Same shape as Skaffold's (`global: {…}`, `kubeContexts: [{kube-context: REGEX, …}]`). `skeg` reads its own file
//! first and Skaffold's for the keys its own does not give; it only ever writes its own.

mod edit;
mod emit;
mod keys;
mod schema;
mod store;
pub(crate) mod tree;

pub use edit::{Change, Scope, parse_bool};
pub use emit::scalar;
pub use keys::{KEYS, Key, Kind, Merge};
pub use schema::schema;

use std::path::{Path, PathBuf};

use crate::diagnostic::{self, Report, Result, nearest};
use tree::{Shape, Tree};

/// Where the files lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locations {
    /// The file that is read first and written; `None` where there is no folder for it.
    pub own: Option<PathBuf>,
    /// Skaffold's file, read for keys the own one does not give; `None` = is not consulted.
    pub skaffold: Option<PathBuf>,
}

/// The place a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The `kube-context` of the entry as it is written there; `None` = `global`.
    pub context: Option<String>,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Of a [`Kind::Text`] key.
    Text(String),
    /// Of a [`Kind::Flag`] key.
    Flag(bool),
    /// Of a [`Kind::List`] key.
    List(Vec<String>),
    /// Of a [`Kind::Records`] key, as YAML lines.
    Records(String),
}

#[derive(Debug, Clone)]
struct Section {
    /// `None` is `global`.
    context: Option<String>,
    values: Vec<(&'static Key, Value)>,
}

#[derive(Debug, Clone)]
struct File {
    path: PathBuf,
    tree: Tree,
    sections: Vec<Section>,
}

/// The files, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: Vec<File>,
}

impl Files {
    /// Reads the files; one that is not there holds nothing.
    ///
    /// Errors: a file that cannot be read, is no YAML, or holds a value of the wrong type. Keys nobody knows are left
    /// alone: another version may know them.
    pub fn load(locations: &Locations) -> Result<Self> {
        let own = locations.own.as_deref().map(|path| File::load(path, false));
        let skaffold = locations.skaffold.as_deref().map(|path| File::load(path, true));
        let files =
            [own, skaffold].into_iter().flatten().filter_map(Result::transpose).collect::<Result<_>>()?;
        Ok(Self { files })
    }

    /// The values in force for a kube-context: of the last entry that matches it, over `global`.
    ///
    /// A key the own file gives (in either section) is taken from there alone, any other from Skaffold's file.
    pub fn effective(&self, context: Option<&str>) -> Effective {
        let mut found = Vec::new();
        for key in KEYS {
            if let Some(rows) = self.files.iter().map(|f| f.rows(key, context)).find(|rows| !rows.is_empty())
            {
                found.extend(rows.into_iter().map(|row| (key, row)));
            }
        }
        Effective { found }
    }

    /// The pattern of the entry that is in force for a context in the file at `path`.
    pub fn entry_in_force(&self, path: &Path, context: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path == path)?;
        file.entry(context)?.context.as_deref()
    }

    /// Everything the files hold, unknown keys too: per file its path and its content as YAML lines.
    pub fn contents(&self) -> impl Iterator<Item = (&Path, String)> {
        self.files.iter().map(|file| (file.path.as_path(), emit::block(&file.tree, 0)))
    }
}

impl File {
    fn load(path: &Path, skaffold: bool) -> Result<Option<Self>> {
        let Some(text) = store::read(path)? else { return Ok(None) };
        let tree = tree::parse(path, &text)?;
        let mut sections = check(path, &text, &tree)?;
        if skaffold {
            // There an empty value is as good as none; in our own file it says "nothing, whatever others say".
            for section in &mut sections {
                section.values.retain(|(_, value)| match value {
                    Value::Text(text) => !text.is_empty(),
                    Value::List(items) => !items.is_empty(),
                    Value::Flag(_) | Value::Records(_) => true,
                });
            }
        }
        Ok(Some(Self { path: path.to_owned(), tree, sections }))
    }

    fn entry(&self, context: &str) -> Option<&Section> {
        self.sections
            .iter()
            .rev()
            .find(|s| s.context.as_deref().is_some_and(|pattern| matches(pattern, context)))
    }

    fn rows(&self, key: &Key, context: Option<&str>) -> Vec<Found<Value>> {
        let entry = context.and_then(|context| self.entry(context));
        let global = self.sections.iter().find(|s| s.context.is_none());
        let all = [entry, global].into_iter().flatten().filter_map(|section| {
            let (_, value) = section.values.iter().find(|(known, _)| *known == key)?;
            let place = Place { file: self.path.clone(), context: section.context.clone() };
            Some(Found { value: value.clone(), place })
        });
        match key.merge {
            Merge::Replace => all.take(1).collect(),
            Merge::Append => all.collect(),
        }
    }
}

/// Whether a `kube-context` of the file means this context: a regular expression that matches anywhere in it, as Go's
/// do, or the same text; one that is no regular expression is only text (Skaffold: `util.RegexEqual`).
pub fn matches(pattern: &str, context: &str) -> bool {
    // Most patterns are names: no need to compile those.
    if !pattern.contains(|c: char| r"\.+*?()|[]{}^$".contains(c)) {
        return context.contains(pattern);
    }
    pattern == context || regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(context))
}

/// The values in force for one kube-context.
#[derive(Debug, Clone, Default)]
pub struct Effective {
    found: Vec<(&'static Key, Found<Value>)>,
}

impl Effective {
    /// Every value in the order of [`KEYS`]; a key that appends has a row per place.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Key, &Found<Value>)> {
        self.found.iter().map(|(key, found)| (*key, found))
    }

    fn rows(&self, name: &str) -> impl Iterator<Item = &Found<Value>> {
        debug_assert!(Key::find(name).is_some(), "{name} is no key");
        self.found.iter().filter(move |(key, _)| key.name == name).map(|(_, found)| found)
    }

    /// The value of a [`Kind::Text`] key. An empty one says: none, whatever others say.
    pub fn text(&self, name: &str) -> Option<Found<String>> {
        self.rows(name).find_map(|found| match &found.value {
            Value::Text(text) => Some(Found { value: text.clone(), place: found.place.clone() }),
            _ => None,
        })
    }

    /// The value of a [`Kind::Flag`] key.
    pub fn flag(&self, name: &str) -> Option<Found<bool>> {
        self.rows(name).find_map(|found| match &found.value {
            Value::Flag(flag) => Some(Found { value: *flag, place: found.place.clone() }),
            _ => None,
        })
    }

    /// The value of a [`Kind::List`] key that replaces; it may be empty.
    pub fn list(&self, name: &str) -> Option<Found<Vec<String>>> {
        self.rows(name).find_map(|found| match &found.value {
            Value::List(items) => Some(Found { value: items.clone(), place: found.place.clone() }),
            _ => None,
        })
    }

    /// The items of a [`Kind::List`] key that appends, each with its own place.
    pub fn items(&self, name: &str) -> Vec<Found<String>> {
        self.rows(name)
            .flat_map(|found| {
                match &found.value {
                    Value::List(items) => items.as_slice(),
                    _ => &[],
                }
                .iter()
                .map(|item| Found { value: item.clone(), place: found.place.clone() })
            })
            .collect()
    }
}

/// Changes one key of the file at `path`. Returns whether the file changed; comments, order and everything else stay.
///
/// Errors: the file cannot be read or written, or is not a user config; then it is left as it is.
pub fn change(path: &Path, scope: &Scope, key: &Key, change: &Change) -> Result<bool> {
    let mut changed = false;
    store::update(path, |text| {
        let new = edit::apply(path, text, scope, key, change)?;
        changed = new.is_some();
        Ok(new)
    })?;
    Ok(changed)
}

/// The key of this name, or the report that lists them all.
pub fn find_key(name: &str) -> Result<&'static Key> {
    Key::find(name).ok_or_else(|| {
        let names = || KEYS.iter().map(|key| key.name);
        let mut report =
            Report::new(diagnostic::Kind::Usage, format!("`{name}` is not a key of the user config"));
        if let Some(near) = nearest(name, names()) {
            report = report.hint(format!("did you mean `{near}`?"));
        }
        Box::new(report.hint(format!("the keys are {}", names().collect::<Vec<_>>().join(", "))))
    })
}

/// The booleans of YAML 1.1 and Go, both of which Skaffold's file may hold.
fn yaml_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

/// Checks that a tree is shaped as a user config and returns its sections, `global` first.
fn check(path: &Path, text: &str, root: &Tree) -> Result<Vec<Section>> {
    let wrong = |tree: &Tree, title: &str, label: &str| -> Box<Report> {
        let report = Report::config(format!("{}: {title}", path.display()));
        Box::new(report.at(tree::excerpt(path, text, tree.span.clone(), label)))
    };
    let is_map = |tree: &Tree| matches!(tree.shape, Shape::Map(_));
    let mut sections = Vec::new();
    if root.shape == Shape::Null {
        return Ok(sections);
    }
    if !is_map(root) {
        return Err(wrong(root, "this is no user config", "expected `global:` and `kubeContexts:`"));
    }
    let values = |section: &Tree| -> Result<Vec<(&'static Key, Value)>> {
        let mut values = Vec::new();
        for key in KEYS {
            let (group, name) = key.path();
            let tree = match group {
                Some(group) => match section.get(group) {
                    Some(inner) if !is_map(inner) => {
                        return Err(wrong(inner, &format!("{group} must be a mapping"), "expected keys"));
                    }
                    inner => inner.and_then(|inner| inner.get(name)),
                },
                None => section.get(name),
            };
            if let Some(tree) = tree {
                let value = typed(key, tree).map_err(|expected| {
                    wrong(tree, &format!("{} must be {expected}", key.name), &format!("expected {expected}"))
                })?;
                values.push((key, value));
            }
        }
        Ok(values)
    };
    if let Some(global) = root.get("global") {
        if !is_map(global) {
            return Err(wrong(global, "global must be a mapping", "expected keys"));
        }
        sections.push(Section { context: None, values: values(global)? });
    }
    if let Some(entries) = root.get("kubeContexts") {
        let Some(items) = entries.items() else {
            return Err(wrong(entries, "kubeContexts must be a list", "expected `- kube-context: …`"));
        };
        for item in items.iter().filter(|item| item.shape != Shape::Null) {
            if !is_map(item) {
                return Err(wrong(
                    item,
                    "an entry of kubeContexts must be a mapping",
                    "expected `kube-context: …`",
                ));
            }
            let context = match item.get("kube-context").map(|tree| (tree, tree.text())) {
                // No pattern matches every context, as the empty one does in Skaffold.
                None => String::new(),
                Some((_, Some(text))) => text.to_owned(),
                Some((tree, None)) => {
                    return Err(wrong(tree, "kube-context must be a string", "expected a string"));
                }
            };
            sections.push(Section { context: Some(context), values: values(item)? });
        }
    }
    Ok(sections)
}

/// The value of a key, or what it should be.
fn typed(key: &Key, tree: &Tree) -> Result<Value, &'static str> {
    match key.kind {
        Kind::Text => tree.text().map(|text| Value::Text(text.to_owned())).ok_or("a string"),
        Kind::Flag => tree.text().and_then(yaml_bool).map(Value::Flag).ok_or("`true` or `false`"),
        Kind::List => tree
            .items()
            .and_then(|items| items.iter().map(|item| item.text().map(str::to_owned)).collect())
            .map(Value::List)
            .ok_or("a list of strings"),
        Kind::Records => Ok(Value::Records(emit::block(tree, 0))),
    }
}

#[cfg(test)]
mod tests;
