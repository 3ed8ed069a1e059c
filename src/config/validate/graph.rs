//! Rules about the images of a project together: each built once, and required images built by the project, but not by
//! each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
use crate::config::model::Artifact;
use crate::config::tree::is_set;
use crate::config::{Module, Project};
use crate::diagnostic::{Excerpt, Report, nearest};
use crate::yaml::Node;

/// Where an artifact stands, by its image.
type Images<'p> = BTreeMap<&'p str, (&'p Module, usize, &'p Artifact)>;

/// Required images are built by the project, and not by each other in a circle. `alone`: what other files build is not
/// known.
pub(super) fn check(project: &Project, alone: bool, found: &mut Findings) {
    unique_images(project, found);
    let mut images = Images::new();
    for (module, index, artifact) in project.artifacts() {
        // That another one builds the same image is an error of its own.
        images.entry(&artifact.image).or_insert((module, index, artifact));
    }
    let unknown = alone && project.modules.iter().any(requires_other_files);
    for (module, index, artifact) in project.artifacts().filter(|_| !unknown) {
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
    let required = |image: &str| {
        let artifact = images.get(image).map(|(.., artifact)| *artifact);
        artifact
            .into_iter()
            .flat_map(|artifact| artifact.requires.iter().map(|next| next.image.as_str()))
            .collect()
    };
    let mut done = BTreeSet::new();
    for (.., artifact) in project.artifacts() {
        if let Some(cycle) = cycle(&artifact.image, &required, &mut vec![], &mut done) {
            let title = format!("images require each other in a circle: {}", cycle.join(" → "));
            let mut report = Report::config(title).hint("remove one of these `requires`");
            report.excerpts =
                cycle.windows(2).filter_map(|pair| requirement(pair[0], pair[1], &images)).collect();
            found.reports.push(report);
        }
    }
}

/// Does a document require others than those of its own file?
fn requires_other_files(module: &Module) -> bool {
    let required = module.tree.get("requires").map(Node::items).unwrap_or_default();
    let elsewhere = ["path", "git", "googleCloudStorage", "googleCloudBuildRepoV2"];
    required.iter().any(|item| elsewhere.iter().any(|key| item.get(key).is_some_and(is_set)))
}

/// Where one image requires another.
fn requirement(image: &str, required: &str, images: &Images<'_>) -> Option<Excerpt> {
    let (module, index, artifact) = images.get(image)?;
    let position = artifact.requires.iter().position(|dependency| dependency.image == required)?;
    let place = module.locate_artifact(*index, &["requires".into(), position.into(), "image".into()]);
    Some(Excerpt { label: format!("{image} requires {required}"), ..place })
}

/// A circle that is reached from a name by `next` and was not found before, its first name also last.
pub(super) fn cycle<'p>(
    name: &'p str,
    next: &dyn Fn(&str) -> Vec<&'p str>,
    way: &mut Vec<&'p str>,
    done: &mut BTreeSet<&'p str>,
) -> Option<Vec<&'p str>> {
    if let Some(start) = way.iter().position(|before| *before == name) {
        let mut cycle = way[start..].to_vec();
        cycle.push(name);
        done.extend(way.iter());
        return Some(cycle);
    }
    if done.contains(name) {
        return None;
    }
    way.push(name);
    let found = next(name).into_iter().find_map(|name| cycle(name, next, way, done));
    way.pop();
    done.insert(name);
    found
}

/// An image is built by one artifact.
fn unique_images(project: &Project, found: &mut Findings) {
    let mut seen: BTreeMap<&str, (&Module, usize)> = BTreeMap::new();
    for (module, index, artifact) in project.artifacts().filter(|(.., artifact)| !artifact.image.is_empty()) {
        let Some((first, first_index)) = seen.get(&*artifact.image) else {
            seen.insert(&artifact.image, (module, index));
            continue;
        };
        found.twice(
            module.locate_artifact(index, &["image".into()]),
            first.locate_artifact(*first_index, &["image".into()]),
            format!("two artifacts build the image {}", artifact.image),
            "give each image once in all configurations that are loaded together",
        );
    }
}
