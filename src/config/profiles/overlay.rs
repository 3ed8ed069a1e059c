//! The sections of a profile laid over those of the document.

use crate::config::tree::is_set;
use crate::diagnostic::{Excerpt, Report};
use crate::yaml::{Data, Node};

/// The sections that a profile can change.
const SECTIONS: &[&str] =
    &["build", "test", "manifests", "deploy", "portForward", "resourceSelector", "verify", "customActions"];
/// Mappings that are changed key by key; every other one is replaced as a whole.
const MERGED: &[&str] = &[
    "build",
    "build.tagPolicy",
    "build.hooks",
    "manifests",
    "manifests.hooks",
    "deploy",
    "deploy.logs",
    "deploy.logs.jsonParse",
    "resourceSelector",
];
/// Alternatives: the first one of these that a profile sets takes the place of all of them.
const ALTERNATIVES: &[(&str, &[&str])] = &[
    ("build", &["local", "googleCloudBuild", "cluster"]),
    ("build.tagPolicy", &["gitCommit", "sha256", "envTemplate", "dateTime", "customTemplate", "inputDigest"]),
];
/// Values that are optional in Skaffold's model, so that `false` and an empty list are values too.
const OPTIONAL: &[&str] = &["deploy.statusCheck", "manifests.transform", "manifests.validate"];

/// Lays the sections of `profile` over the document.
pub(super) fn apply(document: &mut Node, profile: &Node, name: &str, warnings: &mut Vec<Report>) {
    for (key, value) in profile.entries() {
        let section = key.text().unwrap_or_default();
        if SECTIONS.contains(&&*section) {
            lay(document, key, value, &section, name, warnings);
        }
    }
}

/// Lays `value` over what `base` has at `key`; `path` is where that is in the document.
fn lay(base: &mut Node, key: &Node, value: &Node, path: &str, profile: &str, warnings: &mut Vec<Report>) {
    let name = key.text().unwrap_or_default();
    if !MERGED.contains(&path) {
        if is_set(value) || (OPTIONAL.contains(&path) && !value.is_null()) {
            base.set(key.clone(), value.clone());
        }
        return;
    }
    if value.entries().is_empty() {
        return;
    }
    if base.get(&name).is_none_or(Node::is_null) {
        base.set(key.clone(), Node::new(Data::Map(vec![]), value.span.clone()));
    }
    let Some(base) = base.get_mut(&name) else { return };
    let alternatives =
        ALTERNATIVES.iter().find(|(place, _)| *place == path).map_or(&[][..], |(_, names)| names);
    let mut set =
        alternatives.iter().filter_map(|name| value.entry(name)).filter(|(_, value)| !value.is_null());
    if let Some((key, value)) = set.next() {
        for name in alternatives {
            base.remove(name);
        }
        base.set(key.clone(), value.clone());
        for (ignored, _) in set {
            warnings.push(one_of(profile, path, key, ignored));
        }
    }
    for (key, value) in value.entries() {
        let name = key.text().unwrap_or_default();
        if !alternatives.contains(&&*name) {
            lay(base, key, value, &format!("{path}.{name}"), profile, warnings);
        }
    }
}

/// A profile sets several of what can only be one.
fn one_of(profile: &str, path: &str, used: &Node, ignored: &Node) -> Report {
    let place = |key: &Node, label: &str| Excerpt { label: label.into(), ..key.head() };
    let name = |key: &Node| key.text().unwrap_or_default().into_owned();
    Report::config(format!(
        "profile `{profile}` sets both `{path}.{}` and `{path}.{}`; the first is used",
        name(used),
        name(ignored)
    ))
    .at(place(ignored, "not used"))
    .at(place(used, "used"))
    .hint("leave one of them")
}
