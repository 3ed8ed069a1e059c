//! Brings a document of an older version to a later one, one version after the other, in place (Skaffold:
//! `pkg/skaffold/schema/*/upgrade.go`).
//!
//! A step is a list of changes; each is made to the main pipeline, to every profile, and to the patches of the
//! profiles. Whatever a change moves or makes keeps the position of what it comes from.

mod change;
mod difference;
mod effective;
mod json_patch;
mod patches;
mod pattern;
mod steps;
#[cfg(test)]
mod tests;
mod words;

use change::Scene;
use steps::STEPS;

use super::schema::Version;
use crate::diagnostic::{Report, Result};
use crate::yaml::{self, Data, Key, Node};

/// Turns a document of the version `from` into one of the version `to`. Answers warnings: what has no place in the
/// later version and was left out, each with its position.
///
/// Errors: `to` is older than `from`; a setting without which the document would mean something else, and that has
/// no place in the later version. All errors of a step are in one report; the document is half upgraded then.
pub fn upgrade(tree: &mut Node, from: Version, to: Version) -> Result<Vec<Report>> {
    let place = |tree: &Node| tree.locate(&[Key::from("apiVersion")]).unwrap_or_else(|| tree.head());
    if to < from {
        return Err(Box::new(
            Report::config(format!("a document of {from} can't be turned into one of {to}, which is older"))
                .at(place(tree))
                .hint(format!("name {from} or a later version")),
        ));
    }
    let mut warnings: Vec<Report> = vec![];
    for step in STEPS.iter().filter(|step| step.from >= from && step.from < to) {
        let mut scene = Scene::default();
        for change in step.changes {
            change.make(tree, &mut scene);
        }
        yaml::refuse(scene.errors)?;
        for warning in scene.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    if let Some(version) = tree.get_mut("apiVersion") {
        version.data = Data::String(to.to_string());
    }
    Ok(warnings)
}
