//! Rules that a table can hold: values that must be there, and alternatives of which one may be.

use super::Findings;
use crate::config::Module;
use crate::config::tree::is_set;
use crate::yaml::{Key, path_text};

/// Keys that must have a value, by the place they are in; `[]` is every item of a list.
const REQUIRED: &[(&str, &[&str])] = &[
    ("", &["apiVersion", "kind"]),
    ("requires[].git", &["repo"]),
    ("requires[].googleCloudBuildRepoV2", &["projectID", "region", "connection", "repo"]),
    ("requires[].activeProfiles[]", &["name"]),
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
    ("requires[]", &["path", "git", "googleCloudStorage", "googleCloudBuildRepoV2"]),
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

pub(super) fn check(module: &Module, found: &mut Findings) {
    for (place, keys) in REQUIRED {
        for path in paths(module, place) {
            let Some(node) = module.tree.at(&path) else { continue };
            for key in *keys {
                if !node.get(key).is_some_and(is_set) {
                    let below = if path.is_empty() {
                        "the document".into()
                    } else {
                        format!("`{}`", path_text(&path))
                    };
                    found.add(module.locate(&path), format!("{below} has no `{key}`"), "");
                }
            }
        }
    }
    for (place, keys) in ONE_OF {
        for path in paths(module, place) {
            let Some(node) = module.tree.at(&path) else { continue };
            // An optional false is a value (`sync.auto: false`).
            let present = |key: &&&str| {
                node.get(key)
                    .is_some_and(|value| is_set(value) || matches!(value.data, crate::yaml::Data::Bool(_)))
            };
            let set: Vec<&str> = keys.iter().filter(present).copied().collect();
            if let [first, second, ..] = set[..] {
                let below = path_text(&path);
                let locate =
                    |key: &str| module.locate(&[path.clone(), vec![Key::from(key.to_owned())]].concat());
                found.add(
                    locate(second),
                    format!("`{below}` has both `{first}` and `{second}`"),
                    format!("keep one of {}", set.join(", ")),
                );
            }
        }
    }
}

/// The paths of all nodes that a pattern means and that are there.
fn paths(module: &Module, pattern: &str) -> Vec<Vec<Key>> {
    let mut paths: Vec<Vec<Key>> = vec![vec![]];
    for step in pattern.split('.').filter(|step| !step.is_empty()) {
        let (name, list) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
        let mut next = vec![];
        for mut path in paths {
            path.push(Key::from(name.to_owned()));
            let Some(node) = module.tree.at(&path).filter(|node| !node.is_null()) else { continue };
            if list {
                next.extend((0..node.items().len()).map(|index| [path.clone(), vec![index.into()]].concat()));
            } else {
                next.push(path);
            }
        }
        paths = next;
    }
    paths
}
