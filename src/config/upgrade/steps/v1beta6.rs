//! v1beta6 to v1beta7: the kaniko builder becomes the cluster builder, and what it said of images moves to each
//! artifact.
//!
//! A profile lays its artifacts over those of the main pipeline as one list, and a builder over the builder. So a
//! profile that changes only one of the two gets what the other one now needs to know.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::pattern::{find, find_mut};
use crate::config::upgrade::words::{dropped, given, map, place, says_something, text};
use crate::yaml::{Data, Node};

/// What is changed here.
pub(super) const KEYS: &[&str] = &[
    "build/kaniko",
    "build/artifacts",
    "build/local",
    "build/googleCloudBuild",
    "build/executionEnvironment",
];
/// Settings of the builder that become the artifacts'.
const OF_ARTIFACTS: [&str; 4] = ["flags", "buildContext", "image", "cache"];
/// Settings of docker artifacts that kaniko has too.
const OF_DOCKER: [&str; 3] = ["dockerfile", "target", "buildArgs"];
/// Artifacts that kaniko could never build.
const OTHERS: [&str; 4] = ["bazel", "jibMaven", "jibGradle", "plugin"];
/// Builders in place of kaniko.
const BUILDERS: [&str; 3] = ["local", "googleCloudBuild", "executionEnvironment"];

pub(super) fn pipeline(pipeline: &mut Node, scene: &mut Scene<'_>) {
    let Some(build) = find_mut(pipeline, "build") else { return };
    let own = given(build, "kaniko").cloned();
    let other = BUILDERS.iter().any(|name| given(build, name).is_some());
    let inherited = scene.main.and_then(|main| find(main, "build/kaniko"));
    let settings = own.as_ref().or(inherited.filter(|_| !other));
    if build.get("artifacts").is_some_and(|artifacts| !artifacts.items().is_empty()) {
        if let (Some(settings), Some(artifacts)) = (settings, build.get_mut("artifacts")) {
            artifacts.items_mut().iter_mut().for_each(|artifact| made_kaniko(artifact, settings, scene));
        }
    } else if let Some(artifacts) = artifacts_of(scene.main) {
        let mut copy = artifacts.clone();
        let wanted = match &own {
            Some(settings) => {
                copy.items_mut().iter_mut().for_each(|artifact| made_kaniko(artifact, settings, scene));
                OF_ARTIFACTS.iter().any(|name| given(settings, name).is_some())
                    || inherited.is_some()
                    || artifacts.items().iter().any(|artifact| given(artifact, "docker").is_some())
            }
            None => other && inherited.is_some(),
        };
        if wanted {
            let index = build.position("kaniko").unwrap_or_default();
            build.insert(index, text("artifacts", &artifacts.span), copy);
        }
    }
    if build.rename("kaniko", "cluster")
        && let Some(cluster) = build.get_mut("cluster")
    {
        for name in OF_ARTIFACTS {
            cluster.remove(name);
        }
    }
}

/// The artifacts of the main pipeline, if it has any.
fn artifacts_of(main: Option<&Node>) -> Option<&Node> {
    find(main?, "build/artifacts").filter(|artifacts| !artifacts.items().is_empty())
}

/// Gives an artifact a section `kaniko`, in place of its section `docker` where it has one.
fn made_kaniko(artifact: &mut Node, settings: &Node, scene: &mut Scene<'_>) {
    if !matches!(artifact.data, Data::Map(_)) || OTHERS.iter().any(|name| given(artifact, name).is_some()) {
        return;
    }
    let mut entries = vec![];
    if let Some(docker) = artifact.get("docker") {
        entries.extend(OF_DOCKER.iter().filter_map(|name| docker.entry(name)));
        if docker.get("cacheFrom").is_some_and(says_something) {
            let why = "kaniko takes no images as cache; it has `cache`";
            scene.warnings.push(dropped("cacheFrom", why, place(docker, "cacheFrom")));
        }
    }
    entries.extend(OF_ARTIFACTS.iter().filter_map(|name| settings.entry(name)));
    let entries = entries.into_iter().filter(|(_, value)| !value.is_null());
    let entries = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
    let kaniko = map(entries, &settings.span);
    if artifact.rename("docker", "kaniko") {
        if let Some(section) = artifact.get_mut("kaniko") {
            *section = kaniko;
        }
    } else {
        artifact.set(text("kaniko", &settings.span), kaniko);
    }
}
