//! v1beta8 to v1beta9: plugins and execution environments are sections of their own again.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{dropped, given, map, place, says_something, take};
use crate::diagnostic::nearest;
use crate::yaml::{Data, Node};

/// A plugin or environment, and the settings it has.
type Known = (&'static str, &'static [&'static str]);

const PLUGINS: &[Known] =
    &[("docker", &["dockerfile", "target", "buildArgs", "cacheFrom"]), ("bazel", &["target", "args"])];
const ENVIRONMENTS: &[Known] = &[
    (
        "googleCloudBuild",
        &["projectId", "diskSizeGb", "machineType", "timeout", "dockerImage", "mavenImage", "gradleImage"],
    ),
    ("local", &["push", "useDockerCLI", "useBuildkit"]),
];

/// `plugin: {name: bazel, properties: {…}}` becomes `bazel: {…}`.
pub(super) fn artifact(artifact: &mut Node, scene: &mut Scene<'_>) {
    unwrap(artifact, "plugin", PLUGINS, scene);
}

/// `executionEnvironment: {name: local, properties: {…}}` becomes `local: {…}`.
pub(super) fn build(build: &mut Node, scene: &mut Scene<'_>) {
    unwrap(build, "executionEnvironment", ENVIRONMENTS, scene);
}

fn unwrap(node: &mut Node, key: &str, known: &[Known], scene: &mut Scene<'_>) {
    let Some(section) = node.get(key) else { return };
    let Data::Map(_) = section.data else {
        if section.is_null() {
            node.remove(key);
        }
        return;
    };
    let name = section.get("name").and_then(Node::text).unwrap_or_default().into_owned();
    let Some((_, settings)) = known.iter().find(|(known, _)| *known == name) else {
        if says_something(section) {
            let at = if given(section, "name").is_some() { place(section, "name") } else { place(node, key) };
            let names: Vec<_> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
            let why = format!("only {} are there since skaffold/v1beta9", names.join(" and "));
            let report = dropped(key, &why, at);
            scene.warnings.push(match nearest(&name, known.iter().map(|(name, _)| *name)) {
                Some(near) => report.hint(format!("did you mean `{near}`?")),
                None => report,
            });
        }
        node.remove(key);
        return;
    };
    let mut section = section.clone();
    let span = section.span.clone();
    let mut properties =
        take(&mut section, "properties").map_or_else(|| map(vec![], &span), |(_, value)| value);
    for (property, _) in properties.clone().entries() {
        let property = property.text().unwrap_or_default();
        if !settings.contains(&&*property) {
            let why = format!("`{name}` has no such setting");
            scene.warnings.push(dropped(&property, &why, place(&properties, &property)));
            properties.remove(&property);
        }
    }
    if given(&section, "contents").is_some_and(says_something) {
        let why = "a plugin has no contents any more";
        scene.warnings.push(dropped("contents", why, place(&section, "contents")));
    }
    if node.get(&name).is_some_and(says_something) {
        let why = format!("`{key}` takes its place");
        scene.warnings.push(dropped(&name, &why, place(node, &name)));
    }
    node.remove(&name);
    node.rename(key, &name);
    if let Some(value) = node.get_mut(&name) {
        *value = properties;
    }
}
