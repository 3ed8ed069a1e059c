//! Rules about single artifacts.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Findings;
use crate::config::Module;
use crate::config::model::{Artifact, ArtifactKind as Kind};
use crate::image::Reference;
use crate::yaml::Key;

/// An alias becomes a build argument or an environment variable.
static ALIAS: LazyLock<Regex> = LazyLock::new(|| pattern("^[a-zA-Z_][a-zA-Z0-9_]*$"));
static CONTAINER: LazyLock<Regex> = LazyLock::new(|| pattern("^[a-zA-Z0-9][a-zA-Z0-9_.-]*$"));

#[expect(clippy::expect_used, reason = "the patterns above are fixed and tested")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// Every kind but kaniko, which an artifact of a cluster is where it does not say.
const KINDS: &[Kind] = &[Kind::Docker, Kind::Bazel, Kind::Jib, Kind::Custom, Kind::Buildpacks, Kind::Ko];

pub(super) fn check(module: &Module, found: &mut Findings) {
    for (index, artifact) in module.model.build.artifacts.iter().enumerate() {
        image(module, index, artifact, found);
        aliases(module, index, artifact, found);
        kinds(module, index, artifact, found);
        sync(module, index, artifact, found);
        builder(module, index, artifact, found);
    }
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
    // In a cluster everything is made a kaniko build by default, also what says to be something else.
    let said = KINDS.iter().find(|kind| {
        let path = ["build".into(), "artifacts".into(), index.into(), kind.key().into()];
        build.cluster.is_some() && module.is_written(&path)
    });
    let kind = said.copied().unwrap_or_else(|| artifact.kind());
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
