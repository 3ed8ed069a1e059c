//! Rules that a table can hold: values that must be there, and alternatives of which one may be.

use super::{Findings, below};
use crate::config::Module;
use crate::config::schema::MAY_BE_EMPTY;
use crate::config::tree::{is_set, place};
use crate::diagnostic::Excerpt;
use crate::yaml::{Data, Key, Node, path_text};

/// Keys that must have a value, by the place they are in; `[]` is every item of a list. The first line is the
/// document's own, the others hold in profiles too.
const REQUIRED: &[(&str, &[&str])] = &[
    ("", &["kind"]),
    ("build.artifacts[]", &["image"]),
    ("build.artifacts[].requires[]", &["image"]),
    ("build.artifacts[].sync.manual[]", &["src", "dest"]),
    ("build.artifacts[].docker.secrets[]", &["id"]),
    ("build.artifacts[].bazel", &["target"]),
    ("build.artifacts[].bazel.platforms[]", &["platform", "target"]),
    ("build.artifacts[].buildpacks.volumes[]", &["host", "target"]),
    ("build.tagPolicy.envTemplate", &["template"]),
    ("build.tagPolicy.customTemplate", &["template"]),
    ("build.tagPolicy.customTemplate.components[].envTemplate", &["template"]),
    ("build.googleCloudBuild.platformEmulatorInstallStep", &["image"]),
    ("build.hooks.before[]", &["command"]),
    ("build.hooks.after[]", &["command"]),
    ("build.artifacts[].hooks.before[]", &["command"]),
    ("build.artifacts[].hooks.after[]", &["command"]),
    ("build.artifacts[].sync.hooks.before[].host", &["command"]),
    ("build.artifacts[].sync.hooks.before[].container", &["command"]),
    ("build.artifacts[].sync.hooks.after[].host", &["command"]),
    ("build.artifacts[].sync.hooks.after[].container", &["command"]),
    ("test[]", &["image"]),
    ("test[].custom[]", &["command"]),
    ("manifests.hooks.before[].host", &["command"]),
    ("manifests.hooks.after[].host", &["command"]),
    ("manifests.helm", &["releases"]),
    ("manifests.helm.releases[]", &["name"]),
    ("manifests.transform[]", &["name"]),
    ("manifests.validate[]", &["name"]),
    ("deploy.docker", &["images"]),
    ("deploy.helm.releases[]", &["name"]),
    ("deploy.helm.hooks.before[].host", &["command"]),
    ("deploy.helm.hooks.before[].container", &["command", "podName"]),
    ("deploy.helm.hooks.after[].host", &["command"]),
    ("deploy.helm.hooks.after[].container", &["command", "podName"]),
    ("deploy.kubectl.hooks.before[].host", &["command"]),
    ("deploy.kubectl.hooks.before[].container", &["command", "podName"]),
    ("deploy.kubectl.hooks.after[].host", &["command"]),
    ("deploy.kubectl.hooks.after[].container", &["command", "podName"]),
    ("deploy.cloudrun.hooks.before[]", &["command"]),
    ("deploy.cloudrun.hooks.after[]", &["command"]),
    ("resourceSelector.allow[]", &["groupKind"]),
    ("resourceSelector.deny[]", &["groupKind"]),
    ("verify[]", &["name", "container"]),
    ("verify[].container", &["name", "image"]),
    ("verify[].container.env[]", &["name"]),
    ("customActions[]", &["name", "containers"]),
    ("customActions[].containers[]", &["name", "image"]),
    ("customActions[].containers[].env[]", &["name"]),
];

/// Keys of which at most one has a value, by the place they are in.
const ONE_OF: &[(&str, &[&str])] = &[
    ("build", &["local", "googleCloudBuild", "cluster"]),
    ("build.tagPolicy", TAGGERS),
    ("build.tagPolicy.customTemplate.components[]", TAGGERS),
    ("build.artifacts[]", &["docker", "bazel", "ko", "jib", "kaniko", "buildpacks", "custom"]),
    ("build.artifacts[].sync", &["manual", "infer", "auto"]),
    ("build.artifacts[].sync.hooks.before[]", &["host", "container"]),
    ("build.artifacts[].sync.hooks.after[]", &["host", "container"]),
    ("build.artifacts[].docker.secrets[]", &["src", "env"]),
    ("build.artifacts[].custom.dependencies", &["dockerfile", "command", "paths"]),
    ("manifests.helm.releases[]", &["chartPath", "remoteChart"]),
    ("deploy.helm.releases[]", &["chartPath", "remoteChart"]),
    ("deploy.helm.hooks.before[]", &["host", "container"]),
    ("deploy.helm.hooks.after[]", &["host", "container"]),
    ("deploy.kubectl.hooks.before[]", &["host", "container"]),
    ("deploy.kubectl.hooks.after[]", &["host", "container"]),
];
const TAGGERS: &[&str] = &["gitCommit", "sha256", "envTemplate", "dateTime", "customTemplate", "inputDigest"];

/// Keys of `requires` that must have a value, and of which there may be one: asked before they are followed.
const REQUIRED_IN_REQUIRES: &[(&str, &[&str])] = &[
    ("requires[].git", &["repo"]),
    ("requires[].googleCloudBuildRepoV2", &["projectID", "region", "connection", "repo"]),
    ("requires[].activeProfiles[]", &["name"]),
];
const ONE_OF_IN_REQUIRES: &[(&str, &[&str])] =
    &[("requires[]", &["path", "git", "googleCloudStorage", "googleCloudBuildRepoV2"])];

/// Keys of a profile itself that must have a value; the sections in it are those of a document.
const REQUIRED_IN_PROFILES: &[(&str, &[&str])] =
    &[("profiles[]", &["name"]), ("profiles[].patches[]", &["path"])];

/// Checks a document, and with `profiles` those profiles that are not active too (active ones are part of the document).
pub(super) fn check(module: &Module, profiles: bool, found: &mut Findings) {
    let root = &module.tree;
    section(root, &[], REQUIRED, ONE_OF, found);
    if !profiles {
        return;
    }
    section(root, &[], REQUIRED_IN_PROFILES, &[], found);
    let items = root.get("profiles").map(Node::items).unwrap_or_default();
    for (index, profile) in items.iter().enumerate() {
        let name = profile.get("name").and_then(Node::text).unwrap_or_default();
        if !module.active_profiles.iter().any(|active| *active == name) {
            section(root, &["profiles".into(), index.into()], &REQUIRED[1..], ONE_OF, found);
        }
    }
}

/// Checks what a document requires, before it is followed.
pub(super) fn check_requires(document: &Node, found: &mut Findings) {
    section(document, &[], REQUIRED_IN_REQUIRES, ONE_OF_IN_REQUIRES, found);
}

type Table = [(&'static str, &'static [&'static str])];

/// Checks what is below `start`.
fn section(root: &Node, start: &[Key], required: &Table, one_of: &Table, found: &mut Findings) {
    for (pattern, keys) in required {
        for path in paths(root, start, pattern) {
            let Some(node) = root.at(&path) else { continue };
            // All of them are texts, lists or mappings: an unquoted `false` is a text.
            let has = |key: &str| match node.get(key).map(|value| &value.data) {
                None | Some(Data::Null) => false,
                Some(Data::String(text)) => !text.is_empty(),
                Some(Data::Seq(items)) => !items.is_empty() || MAY_BE_EMPTY.contains(&key),
                Some(_) => true,
            };
            for key in keys.iter().filter(|key| !has(key)) {
                let name =
                    if path.is_empty() { "the document".into() } else { format!("`{}`", path_text(&path)) };
                let cure = if *key == "kind" { "write `kind: Config`" } else { "" };
                found.add(missing(root, &path, key), format!("{name} has no `{key}`"), cure);
            }
        }
    }
    for (pattern, keys) in one_of {
        for path in paths(root, start, pattern) {
            let Some(node) = root.at(&path) else { continue };
            // An optional false is a value (`sync.auto: false`).
            let present = |key: &&&str| {
                node.get(key).is_some_and(|value| is_set(value) || matches!(value.data, Data::Bool(_)))
            };
            let set: Vec<&str> = keys.iter().filter(present).copied().collect();
            if let [first, second, ..] = set[..] {
                found.add(
                    place(root, &below(&path, [Key::from(second.to_owned())])),
                    format!("`{}` has both `{first}` and `{second}`", path_text(&path)),
                    format!("keep one of {}", set.join(", ")),
                );
            }
        }
    }
}

/// Where a key is missing: at the key that is there without a value, else where it is missing from.
fn missing(root: &Node, path: &[Key], key: &str) -> Excerpt {
    let key = below(path, [Key::from(key.to_owned())]);
    place(root, if root.at(&key).is_some() { &key } else { path })
}

/// The paths of all nodes below `start` that a pattern means and that are there.
fn paths(root: &Node, start: &[Key], pattern: &str) -> Vec<Vec<Key>> {
    let mut paths = vec![start.to_vec()];
    for step in pattern.split('.').filter(|step| !step.is_empty()) {
        let (name, list) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
        let mut next = vec![];
        for mut path in paths {
            path.push(Key::from(name.to_owned()));
            let Some(node) = root.at(&path).filter(|node| !node.is_null()) else { continue };
            if list {
                next.extend((0..node.items().len()).map(|index| below(&path, [index.into()])));
            } else {
                next.push(path);
            }
        }
        paths = next;
    }
    paths
}

/// The beginnings of all titles that the tables lead to, for the test that no line of them goes untested.
#[cfg(test)]
pub(in crate::config) fn rules() -> Vec<String> {
    let required = REQUIRED.iter().chain(REQUIRED_IN_REQUIRES).chain(REQUIRED_IN_PROFILES);
    let required = required.flat_map(|(pattern, keys)| {
        let place = if pattern.is_empty() { "the document".into() } else { format!("`{pattern}`") };
        keys.iter().map(move |key| format!("{place} has no `{key}`"))
    });
    let one_of = ONE_OF.iter().chain(ONE_OF_IN_REQUIRES);
    required.chain(one_of.map(|(pattern, _)| format!("`{pattern}` has both "))).collect()
}
