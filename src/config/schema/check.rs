//! Does a document keep to its version? Every key must be one that the version has, and every value of its type, as
//! Skaffold's strict decoding has it (Skaffold: `pkg/skaffold/yaml`, `schema/versions.go`).

use super::table::{Field, Kind, ROOT, Type};
use super::version::Version;
use crate::diagnostic::{Report, nearest};
use crate::yaml::{Data, Key, Node, from_node, path_text};

/// More errors than this are not looked for in one document.
const MAX_ERRORS: usize = 100;
/// What is longer than this is no misspelled key.
const LONGEST_KEY: usize = 64;

/// Checks a document, without its dot keys, against a version. Answers all errors, each at its place and said once.
///
/// As in Skaffold, numbers and booleans are fine where text is wanted, nothing at all is as good as a left-out key,
/// the booleans of YAML 1.1 are booleans, and nobody asks here whether what must be there is there. Unlike there,
/// an empty item of a list is an error with a place.
pub fn check(tree: &Node, version: Version) -> Vec<Report> {
    let mut check = Check::new(version);
    check.mapping(tree, &Kin::root(), false);
    let Check { mut reports, needed, .. } = check;
    if let Some(needed) = needed {
        // Raising the version is a cure only if nothing else stands in its way.
        let mut retry = Check::new(needed);
        retry.mapping(tree, &Kin::root(), false);
        let cure = if retry.reports.is_empty() {
            format!("write `apiVersion: {needed}`")
        } else {
            "leave it out, run `skeg fix --overwrite`, and put it back".to_owned()
        };
        for report in reports.iter_mut().filter(|report| report.hints.is_empty()) {
            report.hints.push(cure.clone());
        }
    }
    reports
}

/// Takes out of a document the keys that its version skips: those that it does not know in the sections that are not
/// read strictly. Answers a warning for each of them.
pub fn prune(tree: &mut Node, version: Version) -> Vec<Report> {
    let mut warnings = vec![];
    prune_below(tree, ROOT, version, false, &mut vec![], &mut warnings);
    warnings
}

fn prune_below(
    node: &mut Node,
    of: &'static Type,
    version: Version,
    lenient: bool,
    path: &mut Vec<Key>,
    warnings: &mut Vec<Report>,
) {
    let lenient = lenient || of.is_lenient(version);
    let Data::Map(entries) = &mut node.data else { return };
    entries.retain_mut(|(key, value)| {
        let name = key.text().unwrap_or_default();
        let Some(field) = of.field_in(&name, version) else {
            if lenient {
                path.push(Key::from(name.to_string()));
                let title = format!("`{}` is not known in {version}, and is skipped", path_text(path));
                warnings.push(Report::config(title).at(key.span.excerpt("")));
                path.pop();
            }
            return !lenient;
        };
        path.push(Key::from(field.key));
        match (field.kind, &mut value.data) {
            (Kind::One(below), _) => prune_below(value, below, version, lenient, path, warnings),
            (Kind::Many(below), Data::Seq(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    path.push(index.into());
                    prune_below(item, below, version, lenient, path, warnings);
                    path.pop();
                }
            }
            _ => {}
        }
        path.pop();
        true
    });
}

/// The type of a mapping, and what types stand in its place in other versions.
struct Kin {
    own: &'static Type,
    /// With the versions in which they stand there.
    all: Vec<(&'static Type, Version, Version)>,
}

impl Kin {
    fn root() -> Self {
        Self { own: ROOT, all: vec![(ROOT, Version::OLDEST, Version::LATEST)] }
    }

    /// What stands in place of `own`, the type of a field `key` of the type `of`.
    fn new(own: &'static Type, of: &'static Type, key: &str) -> Self {
        let mut all = vec![(own, Version::OLDEST, Version::LATEST)];
        for row in of.fields.iter().filter(|field| field.key == key) {
            all.extend(
                row.type_below()
                    .filter(|other| other.name != own.name)
                    .map(|other| (other, row.since, row.until)),
            );
        }
        Self { own, all }
    }

    /// The versions that have a key, which this one has not: the first of those that are newer, else the last of
    /// those that are older.
    fn elsewhere(&self, key: &str, version: Version) -> Option<Elsewhere> {
        let mut found = None;
        for (of, since, until) in &self.all {
            for field in of.fields.iter().filter(|field| field.key == key) {
                let (since, until) = (field.since.max(*since), field.until.min(*until));
                if since > until {
                } else if since > version {
                    return Some(Elsewhere::Newer(since));
                } else if until < version {
                    found = Some(Elsewhere::Older(until, field.instead));
                }
            }
        }
        found
    }
}

enum Elsewhere {
    /// From this version on.
    Newer(Version),
    /// Up to this version; and what to write instead.
    Older(Version, &'static str),
}

struct Check {
    version: Version,
    path: Vec<Key>,
    reports: Vec<Report>,
    /// The first version that has all the keys that this one has not yet.
    needed: Option<Version>,
}

impl Check {
    const fn new(version: Version) -> Self {
        Self { version, path: vec![], reports: vec![], needed: None }
    }

    fn mapping(&mut self, node: &Node, kin: &Kin, lenient: bool) {
        let lenient = lenient || kin.own.is_lenient(self.version);
        for (key, value) in node.entries() {
            if self.reports.len() >= MAX_ERRORS {
                return;
            }
            let name = key.text().unwrap_or_default();
            match kin.own.field_in(&name, self.version) {
                Some(field) => {
                    self.path.push(Key::from(field.key));
                    self.value(value, kin.own, field, lenient);
                    self.path.pop();
                }
                None if lenient => {}
                None => {
                    let report = self.unknown(&name, kin).at(key.span.excerpt(""));
                    self.reports.push(report);
                }
            }
        }
    }

    fn unknown(&mut self, name: &str, kin: &Kin) -> Report {
        let below = if self.path.is_empty() { String::new() } else { format!("{}.", path_text(&self.path)) };
        match kin.elsewhere(name, self.version) {
            Some(Elsewhere::Newer(since)) => {
                self.needed = self.needed.max(Some(since));
                return Report::config(format!("`{below}{name}` needs {since} or newer"));
            }
            Some(Elsewhere::Older(until, instead)) => {
                let cure = if instead.is_empty() { "remove it" } else { instead };
                return Report::config(format!("`{below}{name}` was last known in {until}")).hint(cure);
            }
            None => {}
        }
        let report = Report::config(format!("unknown key `{name}` in {}", self.place()));
        let known = || kin.own.fields_in(self.version).map(|field| field.key);
        let near = if name.len() > LONGEST_KEY { None } else { nearest(name, known()) };
        match near {
            Some(near) => report.hint(format!("did you mean `{near}`?")),
            None if known().next().is_none() => report.hint("no keys are known here"),
            None => report.hint(format!("known keys: {}", known().collect::<Vec<_>>().join(", "))),
        }
    }

    /// The value of a field of the type `of`.
    fn value(&mut self, node: &Node, of: &'static Type, field: &'static Field, lenient: bool) {
        if node.is_null() {
            return;
        }
        if !takes(field.kind, node) {
            let mut report = self.wrong(node, wanted(field.kind));
            let cure = || slip(node, field.kind).map(String::from);
            report.hints.extend(self.other_form(node, of, field).or_else(cure));
            self.reports.push(report);
            return;
        }
        match field.kind {
            Kind::One(below) => self.mapping(node, &Kin::new(below, of, field.key), lenient),
            Kind::Many(below) => {
                let kin = Kin::new(below, of, field.key);
                self.items(
                    node,
                    "a mapping",
                    |item| matches!(item.data, Data::Map(_)),
                    |check, item| {
                        check.mapping(item, &kin, lenient);
                    },
                );
            }
            Kind::Objects => {
                self.items(node, "a mapping", |item| matches!(item.data, Data::Map(_)), |_, _| {});
            }
            Kind::Texts => self.items(node, "text", Node::is_scalar, |_, _| {}),
            Kind::Pairs if !node.items().is_empty() => self.items(node, "text", Node::is_scalar, |_, _| {}),
            Kind::TextMap | Kind::Pairs => {
                for (key, value) in node.entries().iter().filter(|(_, value)| !value.is_scalar()) {
                    self.path.push(Key::from(key.text().unwrap_or_default().into_owned()));
                    let mut report = self.wrong(value, "text");
                    report.hints.extend(self.other_form(node, of, field));
                    self.reports.push(report);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn items(
        &mut self,
        list: &Node,
        wanted: &str,
        takes: impl Fn(&Node) -> bool,
        mut go_on: impl FnMut(&mut Self, &Node),
    ) {
        for (index, item) in list.items().iter().enumerate() {
            self.path.push(index.into());
            if item.is_null() {
                let report = Report::config(format!("{} is empty", self.place()))
                    .at(item.head())
                    .hint("remove the item or give it a value");
                self.reports.push(report);
            } else if takes(item) {
                go_on(self, item);
            } else {
                let mut report = self.wrong(item, wanted);
                if wanted == "a mapping" && is_without_space(item) {
                    report = report.hint(SPACE);
                }
                self.reports.push(report);
            }
            self.path.pop();
            if self.reports.len() >= MAX_ERRORS {
                return;
            }
        }
    }

    fn wrong(&self, node: &Node, wanted: &str) -> Report {
        let title = format!("{} must be {wanted}, not {}", self.place(), node.describe());
        Report::config(title).at(node.head())
    }

    /// Is a value wrong only because another version takes it so?
    fn other_form(&self, node: &Node, of: &'static Type, field: &Field) -> Option<String> {
        let others = of.fields.iter().filter(|other| other.key == field.key && takes_whole(other.kind, node));
        for other in others {
            if other.since > self.version {
                return Some(format!("it may be so from {} on", other.since));
            }
            if other.until < self.version {
                return Some(if other.instead.is_empty() {
                    format!("it could be so up to {}", other.until)
                } else {
                    other.instead.to_owned()
                });
            }
        }
        None
    }

    /// The path in a sentence.
    fn place(&self) -> String {
        if self.path.is_empty() { "the document".into() } else { format!("`{}`", path_text(&self.path)) }
    }
}

/// Is a value of the right shape, whatever is in it?
fn takes(kind: Kind, node: &Node) -> bool {
    match kind {
        Kind::Text | Kind::Words(_) => node.is_scalar(),
        Kind::Whole => from_node::<i64>(node).is_ok(),
        Kind::Bool => from_node::<bool>(node).is_ok(),
        Kind::Port => matches!(node.data, Data::Int(..) | Data::String(..)),
        Kind::Any => true,
        Kind::Texts | Kind::Objects | Kind::Many(_) => matches!(node.data, Data::Seq(_)),
        Kind::TextMap | Kind::Values | Kind::One(_) => matches!(node.data, Data::Map(_)),
        Kind::Pairs => matches!(node.data, Data::Seq(_) | Data::Map(_)),
    }
}

/// [`takes`], and a mapping of texts has texts only.
fn takes_whole(kind: Kind, node: &Node) -> bool {
    let texts = || node.entries().iter().all(|(_, value)| value.is_scalar());
    takes(kind, node) && (!matches!(kind, Kind::TextMap) || texts())
}

const SPACE: &str = "put a space behind the `:`";

/// What was likely meant by a value of the wrong shape, as a cure.
fn slip(node: &Node, kind: Kind) -> Option<&'static str> {
    match wanted(kind) {
        "a list" if !is_empty(node) => Some("put `- ` before each item"),
        "a mapping" if is_without_space(node) => Some(SPACE),
        _ => None,
    }
}

fn is_empty(node: &Node) -> bool {
    node.text().is_some_and(|text| text.is_empty())
        || matches!(&node.data, Data::Map(entries) if entries.is_empty())
}

/// `key:value`, which is a text.
fn is_without_space(node: &Node) -> bool {
    let Data::String(text) = &node.data else { return false };
    text.split_once(':').is_some_and(|(key, value)| {
        let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
        is_key && !value.is_empty() && !value.starts_with([' ', '/'])
    })
}

/// What a value must be, in a sentence.
const fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Words(_) => "text",
        Kind::Whole => "a whole number",
        Kind::Bool => "true or false",
        Kind::Port => "a whole number or the name of a port",
        Kind::Any => "anything",
        Kind::Texts | Kind::Objects | Kind::Many(_) => "a list",
        Kind::TextMap | Kind::Values | Kind::One(_) => "a mapping",
        Kind::Pairs => "a list or a mapping",
    }
}
