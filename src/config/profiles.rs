//! Which profiles are active, and what they change (Skaffold: `schema/profiles.go`). Changes are made on the tree,
//! so that every value keeps its place in the file.

use super::tree::is_set;
use crate::diagnostic::{Report, Result};
use crate::yaml::{Data, Key, Node};

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

/// The active profiles of a document that has the profiles `known`, in the order of `requested`: `name` adds it
/// where it is known and not there yet, `-name` takes it out again, so the order matters.
pub(super) fn select(known: &[String], requested: &[String]) -> Vec<String> {
    let mut active: Vec<String> = vec![];
    for name in requested {
        if let Some(name) = name.strip_prefix('-') {
            active.retain(|other| other != name);
        } else if known.contains(name) && !active.contains(name) {
            active.push(name.clone());
        }
    }
    active
}

/// Applies the named profiles to a document, one after the other. Names that only `.skeg` knows change nothing here.
/// Answers what the user should know (sentences). Error: a profile with patches, which are not applied yet.
pub(super) fn apply(document: &mut Node, active: &[String]) -> Result<Vec<String>> {
    let mut warnings = vec![];
    let Some(profiles) = document.get("profiles").cloned() else { return Ok(warnings) };
    for name in active {
        let named =
            |profile: &&Node| profile.get("name").and_then(Node::text).is_some_and(|text| text == *name);
        // Of several definitions the last one counts.
        let Some(profile) = profiles.items().iter().rev().find(named) else { continue };
        if profile.get("patches").is_some_and(is_set) {
            return Err(Box::new(
                Report::config(format!("profile `{name}` has patches, which are not applied yet"))
                    .at(profile.locate(&[Key::from("patches")]).unwrap_or_else(|| profile.head()))
                    .hint("write the change as a section of the profile (`build:`, `deploy:`, …)"),
            ));
        }
        for (key, value) in profile.entries() {
            let section = key.text().unwrap_or_default();
            if SECTIONS.contains(&&*section) {
                lay(document, key, value, &section, name, &mut warnings);
            }
        }
    }
    Ok(warnings)
}

/// Lays `value` over what `base` has at `key`; `path` is where that is in the document.
fn lay(base: &mut Node, key: &Node, value: &Node, path: &str, profile: &str, warnings: &mut Vec<String>) {
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
        let used = key.text().unwrap_or_default();
        for (ignored, _) in set {
            let ignored = ignored.text().unwrap_or_default();
            warnings.push(format!(
                "profile `{profile}` sets both `{path}.{used}` and `{path}.{ignored}`; the first is used"
            ));
        }
    }
    for (key, value) in value.entries() {
        let name = key.text().unwrap_or_default();
        if !alternatives.contains(&&*name) {
            lay(base, key, value, &format!("{path}.{name}"), profile, warnings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse};

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn selection_follows_the_order_of_the_command_line() {
        let known = strings(&["a", "b", "c"]);
        for (requested, active) in [
            (&["a", "b"][..], &["a", "b"][..]),
            (&["b", "a", "b"], &["b", "a"]),
            (&["-a", "a"], &["a"]),
            (&["a", "-a"], &[]),
            (&["x", "a", "-y"], &["a"]),
            (&[], &[]),
        ] {
            assert_eq!(select(&known, &strings(requested)), strings(active), "{requested:?}");
        }
    }

    /// The document after profile `p`, as compact flow text.
    fn applied(base: &str, profile: &str) -> String {
        let text = format!("{base}\nprofiles:\n- name: p\n  {}\n", profile.replace('\n', "\n  "));
        let mut node = parse(&Source::new("skaffold.yaml", &text)).unwrap().remove(0);
        apply(&mut node, &["p".into()]).unwrap();
        node.remove("profiles");
        flow(&node)
    }

    fn flow(node: &Node) -> String {
        match &node.data {
            Data::Seq(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
            Data::Map(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(k, v)| format!("{}: {}", flow(k), flow(v))).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Data::Null => "~".into(),
            _ => node.text().unwrap().into_owned(),
        }
    }

    #[test]
    fn sections_are_laid_over_by_skaffolds_rules() {
        for (base, profile, expected) in [
            // Lists replace when they are not empty.
            (
                "build: {artifacts: [{image: a}]}",
                "build: {artifacts: [{image: b}]}",
                "{build: {artifacts: [{image: b}]}}",
            ),
            (
                "build: {artifacts: [{image: a}]}",
                "build: {artifacts: []}",
                "{build: {artifacts: [{image: a}]}}",
            ),
            (
                "build: {artifacts: [{image: a}]}",
                "build: {artifacts: }",
                "{build: {artifacts: [{image: a}]}}",
            ),
            ("build: {artifacts: [{image: a}]}", "build:", "{build: {artifacts: [{image: a}]}}"),
            ("build: ", "build: {artifacts: [{image: b}]}", "{build: {artifacts: [{image: b}]}}"),
            (
                "kind: Config",
                "build: {platforms: [linux/arm64]}",
                "{kind: Config, build: {platforms: [linux/arm64]}}",
            ),
            // Optional sections replace as a whole.
            (
                "build: {local: {push: false, concurrency: 2}}",
                "build: {local: {push: true}}",
                "{build: {local: {push: true}}}",
            ),
            ("build: {local: {push: false}}", "build: {local: {}}", "{build: {local: {}}}"),
            ("build: {local: {push: false}}", "build: {local: }", "{build: {local: {push: false}}}"),
            (
                "deploy: {kubectl: {}}",
                "deploy: {helm: {releases: []}}",
                "{deploy: {kubectl: {}, helm: {releases: []}}}",
            ),
            // Alternatives: the first takes the place of all.
            (
                "build: {local: {}, artifacts: [{image: a}]}",
                "build: {cluster: {}, googleCloudBuild: {}}",
                "{build: {artifacts: [{image: a}], googleCloudBuild: {}}}",
            ),
            (
                "build: {tagPolicy: {gitCommit: {}}}",
                "build: {tagPolicy: {envTemplate: {template: x}, sha256: {}}}",
                "{build: {tagPolicy: {sha256: {}}}}",
            ),
            (
                "build: {tagPolicy: {gitCommit: {}}}",
                "build: {tagPolicy: {}}",
                "{build: {tagPolicy: {gitCommit: {}}}}",
            ),
            (
                "kind: x",
                "build: {tagPolicy: {envTemplate: {template: x}, sha256: {}}}",
                "{kind: x, build: {tagPolicy: {sha256: {}}}}",
            ),
            // Zero values override nothing, except where the model tells them from absence.
            (
                "deploy: {kubeContext: a, statusCheckDeadlineSeconds: 5, tolerateFailuresUntilDeadline: true}",
                "deploy: {kubeContext: '', statusCheckDeadlineSeconds: 0, tolerateFailuresUntilDeadline: false}",
                "{deploy: {kubeContext: a, statusCheckDeadlineSeconds: 5, tolerateFailuresUntilDeadline: true}}",
            ),
            ("deploy: {statusCheck: true}", "deploy: {statusCheck: false}", "{deploy: {statusCheck: false}}"),
            // Plain sections merge key by key.
            (
                "deploy: {logs: {prefix: none}}",
                "deploy: {logs: {jsonParse: {fields: [a]}}}",
                "{deploy: {logs: {prefix: none, jsonParse: {fields: [a]}}}}",
            ),
            (
                "build: {hooks: {before: [{command: [a]}]}}",
                "build: {hooks: {after: [{command: [b]}]}}",
                "{build: {hooks: {before: [{command: [a]}], after: [{command: [b]}]}}}",
            ),
            (
                "manifests: {rawYaml: [a]}",
                "manifests: {kustomize: {paths: [b]}}",
                "{manifests: {rawYaml: [a], kustomize: {paths: [b]}}}",
            ),
            // The profile's own keys are no sections.
            ("kind: x", "activation: [{env: A=b}]\nrequiresAllActivations: true", "{kind: x}"),
        ] {
            assert_eq!(applied(base, profile), expected, "{base} + {profile}");
        }
    }

    #[test]
    fn the_last_of_equal_names_counts_and_patches_are_refused() {
        let text = "profiles:\n- {name: p, build: {platforms: [a]}}\n- {name: p, build: {platforms: [b]}}\n- name: q\n  patches:\n  - path: /build\n";
        let mut node = parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0);
        apply(&mut node, &["p".into()]).unwrap();
        assert_eq!(flow(node.get("build").unwrap()), "{platforms: [b]}");
        let report = apply(&mut node, &["q".into()]).unwrap_err();
        assert_eq!(report.excerpts[0].line_column(), (5, 3));
    }
}
