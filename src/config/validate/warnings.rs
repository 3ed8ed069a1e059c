//! What a project says that `skeg` reads, but does not do as it is said: each once, at its place, with what is done
//! instead.

use crate::config::{Artifact, ArtifactKind, Module, Project};
use crate::diagnostic::{Excerpt, Report};
use crate::yaml::Key;

/// Kinds of artifacts that are read but not built yet.
const UNBUILT: &[ArtifactKind] = &[
    ArtifactKind::Bazel,
    ArtifactKind::Buildpacks,
    ArtifactKind::Jib,
    ArtifactKind::Kaniko,
    ArtifactKind::Ko,
];

/// Everything that is read but not followed. `build` speaks itself of what it must refuse or does otherwise when it
/// comes to that; what it would pass over in silence is [`ignored`].
pub fn warnings(project: &Project) -> Vec<Report> {
    let mut found = unbuilt(project.artifacts());
    for module in &project.modules {
        otherwise(module, &mut found);
    }
    found.extend(ignored(project));
    found.sort_by_key(|report| {
        let place = report.excerpts.first();
        place.map(|place| (place.path.clone(), place.span.start))
    });
    found
}

/// Settings without effect, and names of which only one counts.
pub fn ignored(project: &Project) -> Vec<Report> {
    let mut found = vec![];
    for module in &project.modules {
        if module.model.build.local.as_ref().is_some_and(|local| local.use_docker_cli) {
            found.push(
                Report::config(
                    "`useDockerCLI` has no effect: images are built through BuildKit, not by `docker build`",
                )
                .at(module.locate(&["build".into(), "local".into(), "useDockerCLI".into()]))
                .hint("remove it; `--builder` chooses another builder"),
            );
        }
        for (index, profile) in module.model.profiles.iter().enumerate() {
            let earlier = module.model.profiles[..index].iter().rposition(|other| other.name == profile.name);
            if let Some(earlier) = earlier.filter(|_| !profile.name.is_empty()) {
                let place = |index: usize| module.locate(&["profiles".into(), index.into(), "name".into()]);
                found.push(
                    Report::config(format!("two profiles are named {}; this one counts", profile.name))
                        .at(place(index))
                        .at(Excerpt { label: "not this one".into(), ..place(earlier) })
                        .hint("rename one of them, or make them one"),
                );
            }
        }
    }
    found
}

/// Which of these artifacts are not built yet: each kind at its first one, and builders other than this machine's.
pub fn unbuilt<'p>(artifacts: impl Iterator<Item = (&'p Module, usize, &'p Artifact)>) -> Vec<Report> {
    let artifacts: Vec<_> = artifacts.collect();
    let of_kind = |kind: &ArtifactKind| {
        let mut artifacts = artifacts.iter().filter(|(.., artifact)| artifact.kind() == *kind);
        let (module, index, artifact) = artifacts.next()?;
        let title = match artifacts.count() {
            0 => format!("{} is built by {kind}, which `skeg` does not do yet", artifact.image),
            more => format!(
                "{} and {more} more are built by {kind}, which `skeg` does not do yet",
                artifact.image
            ),
        };
        let place = module.locate_artifact(*index, &[kind.key().into()]);
        Some(Report::config(title).at(place).hint("`skeg build -b IMAGE` builds the others"))
    };
    let mut found: Vec<Report> = UNBUILT.iter().filter_map(of_kind).collect();
    let mut modules: Vec<&Module> = artifacts.iter().map(|(module, ..)| *module).collect();
    modules.dedup_by(|a, b| std::ptr::eq(*a, *b));
    for module in modules {
        elsewhere(module, &mut found);
    }
    found
}

/// Builders other than this machine's.
fn elsewhere(module: &Module, found: &mut Vec<Report>) {
    let build = &module.model.build;
    for (key, place, present) in [
        ("googleCloudBuild", "in Google Cloud Build", build.google_cloud_build.is_some()),
        ("cluster", "in a cluster", build.cluster.is_some()),
    ] {
        if present && module.is_written(&["build".into(), key.into()]) {
            found.push(
                Report::config(format!("`build.{key}` is read, but `skeg` does not build {place} yet"))
                    .at(module.locate(&["build".into(), key.into()]))
                    .hint("use a profile with `build.local`; `--builder` names a remote BuildKit"),
            );
        }
    }
}

/// What is done otherwise, or by some builders only.
fn otherwise(module: &Module, found: &mut Vec<Report>) {
    let build = &module.model.build;
    if build.local.as_ref().is_some_and(|local| local.try_import_missing) {
        found.push(
            Report::config(
                "`tryImportMissing` is not followed: a tag does not prove what an image was built from",
            )
            .at(module.locate(&["build".into(), "local".into(), "tryImportMissing".into()]))
            .hint("a registry cache (`cache-repo`) brings the layers of others"),
        );
    }
    for (index, artifact) in build.artifacts.iter().enumerate() {
        let Some(docker) = &artifact.docker else { continue };
        let place = |key: &'static str| module.locate_artifact(index, &[Key::from("docker"), key.into()]);
        if docker.squash {
            found.push(
                Report::config(format!("{} asks for `squash`, which BuildKit does not have", artifact.image))
                    .at(place("squash"))
                    .hint("copy the result of a build stage into a small last stage instead"),
            );
        }
        let network = docker.network.as_deref().unwrap_or_default();
        if network.eq_ignore_ascii_case("bridge") {
            found.push(
                Report::config(format!(
                    "{} gets BuildKit's own network, which is no docker `bridge`",
                    artifact.image
                ))
                .at(place("network"))
                .hint("remove `network`"),
            );
        } else if network.get(..10).is_some_and(|prefix| prefix.eq_ignore_ascii_case("container:")) {
            found.push(
                Report::config(format!(
                    "{} shares a container's network, which BuildKit cannot",
                    artifact.image
                ))
                .at(place("network"))
                .hint("`--builder classic` can; or use `none`, `host` or no network at all"),
            );
        }
    }
}
