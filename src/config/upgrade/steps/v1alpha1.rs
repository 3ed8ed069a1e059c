//! v1alpha1 to v1alpha2: tag policies and docker settings become sections, manifests a plain list.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::pattern::{each, find_mut};
use crate::config::upgrade::words::{dropped, filled, given, map, place, says_something, take, text};
use crate::diagnostic::Report;
use crate::yaml::{Data, Node};

pub(super) fn pipeline(pipeline: &mut Node, scene: &mut Scene<'_>) {
    each(pipeline, "build", &mut |build| tag_policy(build, scene));
    each(pipeline, "build/artifacts/*", &mut artifact);
    if let Some(manifests) = find_mut(pipeline, "deploy/kubectl/manifests") {
        flatten(manifests, scene);
    }
}

/// `gitCommit` becomes `{gitCommit: {}}`.
fn tag_policy(build: &mut Node, scene: &mut Scene<'_>) {
    let Some(policy) = build.get("tagPolicy").filter(|policy| policy.is_scalar()) else { return };
    let name = policy.text().unwrap_or_default().into_owned();
    let span = policy.span.clone();
    match name.as_str() {
        "" => drop(build.remove("tagPolicy")),
        "gitCommit" | "sha256" => {
            let tagger = (text(name, &span), map(vec![], &span));
            if let Some(policy) = build.get_mut("tagPolicy") {
                *policy = map(vec![tagger], &span);
            }
        }
        _ => scene.errors.push(
            Report::config(format!("the tag policy `{name}` is not known in skaffold/v1alpha1"))
                .at(place(build, "tagPolicy"))
                .hint("write `gitCommit` or `sha256`, or a later `apiVersion`"),
        ),
    }
}

/// `dockerfilePath` and `buildArgs` go into a section `docker`.
fn artifact(artifact: &mut Node) {
    let index = ["dockerfilePath", "buildArgs"].iter().filter_map(|name| artifact.position(name)).min();
    let (dockerfile, arguments) = (take(artifact, "dockerfilePath"), take(artifact, "buildArgs"));
    let dockerfile = dockerfile.filter(|(_, path)| filled(Some(path)).is_some());
    let arguments = arguments.filter(|(_, arguments)| !arguments.entries().is_empty());
    let settings: Vec<_> = dockerfile.into_iter().chain(arguments).collect();
    let (Some(index), Some((key, _))) = (index, settings.first()) else { return };
    let span = key.span.clone();
    artifact.insert(index, text("docker", &span), map(settings, &span));
}

/// `{paths: [a, b]}, {paths: [c]}` become `a, b, c`.
fn flatten(manifests: &mut Node, scene: &mut Scene<'_>) {
    let Data::Seq(items) = &mut manifests.data else { return };
    let mut flat = vec![];
    for mut item in std::mem::take(items) {
        if !matches!(item.data, Data::Map(_)) {
            flat.push(item);
            continue;
        }
        if given(&item, "parameters").is_some_and(says_something) {
            let why = "manifests have no parameters any more";
            scene.warnings.push(dropped("parameters", why, place(&item, "parameters")));
        }
        if let Some((_, Node { data: Data::Seq(paths), .. })) = take(&mut item, "paths") {
            flat.extend(paths);
        }
    }
    *items = flat;
}
