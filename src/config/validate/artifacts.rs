//! Rules about artifacts and the sections around them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::Findings;
use crate::config::model::{Artifact, ArtifactKind as Kind};
use crate::config::{Module, Project};
use crate::diagnostic::{Excerpt, Report, nearest};
use crate::image::Reference;
use crate::yaml::Key;

/// An alias becomes a build argument or an environment variable.
static ALIAS: LazyLock<Regex> = LazyLock::new(|| pattern("^[a-zA-Z_][a-zA-Z0-9_]*$"));
static CONTAINER: LazyLock<Regex> = LazyLock::new(|| pattern("^[a-zA-Z0-9][a-zA-Z0-9_.-]*$"));
static WORKER_POOL: LazyLock<Regex> =
    LazyLock::new(|| pattern("projects/[^/]*/locations/[^/]*/workerPools/[^/]*"));

#[expect(clippy::expect_used, reason = "the patterns above are fixed and tested")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

const FORWARDED: &[&str] = &[
    "container",
    "pod",
    "deployment",
    "service",
    "replicaset",
    "replicationcontroller",
    "statefulset",
    "daemonset",
    "cronjob",
    "job",
];
const LOG_PREFIXES: &[&str] = &["auto", "container", "podAndContainer", "none"];

pub(super) fn check(module: &Module, found: &mut Findings) {
    for (index, artifact) in module.model.build.artifacts.iter().enumerate() {
        image(module, index, artifact, found);
        aliases(module, index, artifact, found);
        kinds(module, index, artifact, found);
        sync(module, index, artifact, found);
        builder(module, index, artifact, found);
    }
    around(module, found);
}

fn image(module: &Module, index: usize, artifact: &Artifact, found: &mut Findings) {
    if artifact.image.is_empty() {
        return;
    }
    if let Err(problem) = image_problem(&artifact.image) {
        let (title, hint) = problem;
        found.add(
            module.locate_artifact(index, &["image".into()]),
            format!("the image {:?} {title}", artifact.image),
            hint,
        );
    }
}

/// What is wrong with an artifact's image name, and the cure. The name may begin with `ko://`; case is no matter.
fn image_problem(image: &str) -> Result<(), (&'static str, &'static str)> {
    let name = image.strip_prefix("ko://").unwrap_or(image).to_lowercase();
    match Reference::parse(&name) {
        Ok(reference) if reference.digest().is_some() => {
            Err(("has a digest", "leave the digest out; it is known when the image is built"))
        }
        Ok(reference) if reference.tag().is_some() => {
            Err(("has a tag", "leave the tag out and choose it by `build.tagPolicy`"))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(("is no image name", error.reason)),
    }
}

/// The aliases of required images: each once, and usable as a name where one is made of it.
fn aliases(module: &Module, index: usize, artifact: &Artifact, found: &mut Findings) {
    let mut seen = BTreeSet::new();
    let named = matches!(artifact.kind(), Kind::Docker | Kind::Custom);
    for (position, dependency) in artifact.requires.iter().enumerate() {
        let Some(alias) = &dependency.alias else { continue };
        let place = || module.locate_artifact(index, &["requires".into(), position.into(), "alias".into()]);
        if !seen.insert(alias) {
            found.add(
                place(),
                format!("{} requires two images as `{alias}`", artifact.image),
                "give each a different `alias`",
            );
        } else if named && !ALIAS.is_match(alias) && !alias.is_empty() {
            found.add(
                place(),
                format!(
                    "{} requires an image as `{alias}`, which cannot name a build argument",
                    artifact.image
                ),
                "set `alias` to letters, digits and `_`, not beginning with a digit (`alias: BASE`)",
            );
        }
    }
}

/// What single kinds of builds ask for.
fn kinds(module: &Module, index: usize, artifact: &Artifact, found: &mut Findings) {
    let place = |path: &[&'static str]| {
        let path: Vec<Key> = path.iter().map(|key| Key::from(*key)).collect();
        module.locate_artifact(index, &path)
    };
    let name = &artifact.image;
    if let Some(network) = artifact.docker.as_ref().and_then(|docker| docker.network.as_deref()) {
        let container = network.get(..10).filter(|prefix| prefix.eq_ignore_ascii_case("container:"));
        let container = container.map(|prefix| &network[prefix.len()..]);
        // A template is checked when it is expanded.
        if container.is_some_and(|name| !name.contains("{{") && !CONTAINER.is_match(name)) {
            found.add(
                place(&["docker", "network"]),
                format!("{name} has the network {network:?}, which names no container"),
                "write `container:NAME`",
            );
        }
    }
    if let Some(dependencies) = artifact.custom.as_ref().and_then(|custom| custom.dependencies.as_ref())
        && !dependencies.ignore.is_empty()
        && (dependencies.dockerfile.is_some() || dependencies.command.is_some())
    {
        found.add(
            place(&["custom", "dependencies", "ignore"]),
            format!("{name} has `ignore` without `paths`"),
            "`ignore` belongs to `paths`; remove it or list `paths`",
        );
    }
    if let Some(kind) = artifact.jib.as_ref().and_then(|jib| jib.r#type.as_deref())
        && !["maven", "gradle"].contains(&kind.to_lowercase().as_str())
    {
        found.add(
            place(&["jib", "type"]),
            format!("{name} has the Jib type {kind:?}"),
            "write `maven` or `gradle`",
        );
    }
    if let (Some(ko), Some(sync)) = (&artifact.ko, &artifact.sync)
        && !sync.infer.is_empty()
    {
        if ko.main.as_deref().is_some_and(|main| main.contains("...")) {
            found.add(
                place(&["ko", "main"]),
                format!("{name} infers its synced files from a `main` with `...`"),
                "name the main package in `ko.main`",
            );
        }
        if let Some(position) = sync.infer.iter().position(|pattern| !pattern.contains("kodata")) {
            found.add(
                module.locate_artifact(index, &["sync".into(), "infer".into(), position.into()]),
                format!("{name} infers synced files outside of `kodata`"),
                "ko copies the files of `kodata` only; name it in the pattern",
            );
        }
    }
}

fn sync(module: &Module, index: usize, artifact: &Artifact, found: &mut Findings) {
    for (position, rule) in artifact.sync.iter().flat_map(|sync| sync.manual.iter().enumerate()) {
        let strip = rule.strip.as_deref().unwrap_or_default();
        if !rule.src.starts_with(strip) {
            found.add(
                module.locate_artifact(
                    index,
                    &["sync".into(), "manual".into(), position.into(), "strip".into()],
                ),
                format!("{:?} does not begin with {strip:?}, which is to be stripped", rule.src),
                "`strip` is a leading part of `src`",
            );
        }
    }
}

/// Not every kind of artifact is built everywhere.
fn builder(module: &Module, index: usize, artifact: &Artifact, found: &mut Findings) {
    let build = &module.model.build;
    let kind = artifact.kind();
    let (name, builds) = if build.cluster.is_some() {
        ("cluster", matches!(kind, Kind::Kaniko | Kind::Custom))
    } else if build.google_cloud_build.is_some() {
        ("googleCloudBuild", !matches!(kind, Kind::Bazel | Kind::Custom))
    } else {
        ("local", !matches!(kind, Kind::Kaniko))
    };
    if builds {
        return;
    }
    let hint = match name {
        "local" => "add `cluster: {}` to the `build` section".to_owned(),
        _ => format!("remove `build.{name}`, or build the image by something else"),
    };
    found.add(
        module.locate_artifact(index, &[kind.key().into()]),
        format!("{} is built by {kind}, which `build.{name}` cannot do", artifact.image),
        hint,
    );
}

/// The rest: test, deploy, port forwarding, Google Cloud Build.
fn around(module: &Module, found: &mut Findings) {
    let model = &module.model;
    let sha256 = model.build.tag_policy.as_ref().is_some_and(|policy| policy.sha256.is_some());
    if sha256 && model.build.local.as_ref().is_some_and(|local| local.try_import_missing) {
        found.add(
            module.locate(&["build".into(), "local".into(), "tryImportMissing".into()]),
            "`tryImportMissing` does not go with the tag policy `sha256`",
            "choose another tag policy: with this one every image has the same tag",
        );
    }
    let pool = model.build.google_cloud_build.as_ref().and_then(|cloud| cloud.worker_pool.as_deref());
    if let Some(pool) = pool.filter(|pool| !WORKER_POOL.is_match(pool)) {
        found.add(
            module.locate(&["build".into(), "googleCloudBuild".into(), "workerPool".into()]),
            format!("{pool:?} is no worker pool"),
            "write `projects/PROJECT/locations/LOCATION/workerPools/POOL`",
        );
    }
    for (index, forward) in model.port_forward.iter().enumerate() {
        let kind = forward.resource_type.as_deref().unwrap_or_default();
        if !FORWARDED.contains(&kind.to_lowercase().as_str()) {
            let (title, hint) = match nearest(kind, FORWARDED.iter().copied()) {
                _ if kind.is_empty() => (
                    "a forwarded port has no `resourceType`".to_owned(),
                    format!("one of {}", FORWARDED.join(", ")),
                ),
                Some(near) => {
                    (format!("ports of a {kind:?} cannot be forwarded"), format!("did you mean `{near}`?"))
                }
                None => (
                    format!("ports of a {kind:?} cannot be forwarded"),
                    format!("one of {}", FORWARDED.join(", ")),
                ),
            };
            found.add(
                module.locate(&["portForward".into(), index.into(), "resourceType".into()]),
                title,
                hint,
            );
        }
    }
    let prefix = model.deploy.logs.prefix.as_deref().unwrap_or_default();
    if !prefix.is_empty() && !LOG_PREFIXES.contains(&prefix) {
        found.add(
            module.locate(&["deploy".into(), "logs".into(), "prefix".into()]),
            format!("{prefix:?} is no prefix of logs"),
            format!("one of {}", LOG_PREFIXES.join(", ")),
        );
    }
    for (index, test) in model.test.iter().enumerate() {
        for (position, custom) in test.custom.iter().enumerate() {
            let Some(dependencies) = &custom.dependencies else { continue };
            let mut add = |key: &'static str, title: &str, hint: &str| {
                let path = [
                    "test".into(),
                    index.into(),
                    "custom".into(),
                    position.into(),
                    "dependencies".into(),
                    key.into(),
                ];
                found.add(module.locate(&path), title, hint);
            };
            if dependencies.command.is_some() && !dependencies.paths.is_empty() {
                add("command", "a test depends on both `command` and `paths`", "keep one of them");
            }
            if !dependencies.ignore.is_empty() && dependencies.paths.is_empty() {
                add("ignore", "a test has `ignore` without `paths`", "`ignore` belongs to `paths`");
            }
        }
    }
}

/// Where an artifact stands, by its image.
type Images<'p> = BTreeMap<&'p str, (&'p Module, usize, &'p Artifact)>;

/// Required images are built by the project, and not by each other in a circle.
pub(super) fn check_graph(project: &Project, found: &mut Findings) {
    let mut images = Images::new();
    for (module, index, artifact) in project.artifacts() {
        // That another one builds the same image is an error of its own.
        images.entry(&artifact.image).or_insert((module, index, artifact));
    }
    for (module, index, artifact) in project.artifacts() {
        for (position, dependency) in artifact.requires.iter().enumerate() {
            let image = dependency.image.as_str();
            if !image.is_empty() && !images.contains_key(image) {
                let hint = match nearest(image, images.keys().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "`requires` names images of this project; others are pulled by the Dockerfile".into()
                    }
                };
                found.add(
                    module.locate_artifact(index, &["requires".into(), position.into(), "image".into()]),
                    format!("{} requires {image}, which no artifact builds", artifact.image),
                    hint,
                );
            }
        }
    }
    let mut done = BTreeSet::new();
    for (.., artifact) in project.artifacts() {
        if let Some(cycle) = cycle(&artifact.image, &images, &mut vec![], &mut done) {
            let title = format!("images require each other in a circle: {}", cycle.join(" → "));
            let mut report = Report::config(title).hint("remove one of these `requires`");
            report.excerpts =
                cycle.windows(2).filter_map(|pair| requirement(pair[0], pair[1], &images)).collect();
            found.reports.push(report);
        }
    }
}

/// Where one image requires another.
fn requirement(image: &str, required: &str, images: &Images<'_>) -> Option<Excerpt> {
    let (module, index, artifact) = images.get(image)?;
    let position = artifact.requires.iter().position(|dependency| dependency.image == required)?;
    let place = module.locate_artifact(*index, &["requires".into(), position.into(), "image".into()]);
    Some(Excerpt { label: format!("{image} requires {required}"), ..place })
}

/// A circle that is reached from an image and was not found before, its first image also last.
fn cycle<'p>(
    image: &'p str,
    images: &Images<'p>,
    way: &mut Vec<&'p str>,
    done: &mut BTreeSet<&'p str>,
) -> Option<Vec<&'p str>> {
    if let Some(start) = way.iter().position(|before| *before == image) {
        let mut cycle = way[start..].to_vec();
        cycle.push(image);
        done.extend(way.iter());
        return Some(cycle);
    }
    if done.contains(image) {
        return None;
    }
    way.push(image);
    let found = images.get(image).and_then(|(.., artifact)| {
        artifact.requires.iter().find_map(|next| cycle(&next.image, images, way, done))
    });
    way.pop();
    done.insert(image);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_names() {
        for (image, problem) in [
            ("app", None),
            ("gcr.io/k8s-skaffold/example", None),
            ("localhost:5000/app", None),
            ("ko://github.com/Org/Repo", None),
            ("Org/App", None),
            ("a__b/c-d.e", None),
            ("app:v1", Some("has a tag")),
            ("localhost:5000/app:latest", Some("has a tag")),
            ("app@sha256:abc", Some("is no image name")),
            (&format!("app@sha256:{}", "a".repeat(64)), Some("has a digest")),
            ("app name", Some("is no image name")),
            ("a//b", Some("is no image name")),
            ("/a", Some("is no image name")),
            ("a/", Some("is no image name")),
            ("-a", Some("is no image name")),
            ("host:port/a", Some("is no image name")),
            ("{{.IMAGE}}", Some("is no image name")),
        ] {
            assert_eq!(image_problem(image).err().map(|(title, _)| title), problem, "{image}");
        }
    }
}
