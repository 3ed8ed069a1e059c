//! What a project must hold to, beyond its types (Skaffold: `schema/validation`, `yamltags`). Everything that is
//! wrong is found and shown at its place, not just the first.

mod artifacts;
mod graph;
mod manifests;
mod schema;
mod sections;
mod warnings;

#[cfg(test)]
pub(super) use schema::rules;
pub use warnings::{ignored, unbuilt, warnings};

use std::collections::BTreeSet;

use super::Project;
use crate::diagnostic::{Excerpt, Report, Result};
use crate::yaml::{self, Key, Node};

/// What a verb needs of a project, beyond what every verb does. The default is what `build` needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demands {
    /// The files of `manifests.rawYaml` are there.
    pub manifests: bool,
    /// Profiles that are not active are whole too: values that must be there are, of alternatives there is one.
    pub profiles: bool,
    /// There is something to verify.
    pub verify: bool,
    /// A deployment to Cloud Run has a region, unless a flag gives one.
    pub cloud_run_region: bool,
    /// There is the file alone, without what it requires of others: images may come from there.
    pub alone: bool,
}

impl Demands {
    /// What the verb of this name needs (Skaffold: `cmd/runner.go`, `parser/config.go`); that of `build` where the name
    /// is unknown. `fix` looks at profiles, as it writes them.
    pub fn of(verb: &str) -> Self {
        Self {
            manifests: matches!(verb, "dev" | "deploy" | "run" | "debug" | "render"),
            profiles: matches!(verb, "test" | "verify" | "exec" | "apply" | "fix"),
            verify: verb == "verify",
            cloud_run_region: matches!(verb, "run" | "deploy" | "debug" | "dev" | "delete" | "apply"),
            alone: verb == "fix",
        }
    }
}

/// Checks a project for `build`; the report shows all that is wrong.
pub fn validate(project: &Project) -> Result<()> {
    validate_for(project, Demands::default())
}

/// Checks a project for a verb; the report shows all that is wrong. Looks at the file system for [`Demands::manifests`]
/// only.
pub fn validate_for(project: &Project, demands: Demands) -> Result<()> {
    let mut found = Findings::default();
    for module in &project.modules {
        schema::check(module, demands.profiles, &mut found);
        artifacts::check(module, &mut found);
        sections::check(module, &mut found);
        if demands.cloud_run_region {
            sections::check_region(module, &mut found);
        }
        if demands.manifests {
            manifests::check(module, &mut found);
        }
    }
    graph::check(project, demands.alone, &mut found);
    sections::check_names(project, &mut found);
    if demands.verify {
        sections::check_verify(project, &mut found);
    }
    found.result()
}

/// Checks what a document requires, before it is followed.
pub(super) fn check_requires(document: &Node) -> Result<()> {
    let mut found = Findings::default();
    schema::check_requires(document, &mut found);
    found.result()
}

/// What is wrong, so far.
#[derive(Default)]
struct Findings {
    reports: Vec<Report>,
}

impl Findings {
    /// Something is wrong at a place; the hint says what to do, empty = the title does.
    fn add(&mut self, place: Excerpt, title: impl Into<String>, hint: impl Into<String>) {
        let hint = hint.into();
        let report = Report::config(title).at(place);
        self.reports.push(if hint.is_empty() { report } else { report.hint(hint) });
    }

    /// All of it in one report. What stands in two sections of the newest version, but once in the file (a helm release
    /// of a version before `manifests`), is told once.
    fn result(mut self) -> Result<()> {
        let mut told = BTreeSet::new();
        self.reports.retain(|report| {
            // The path that a title begins with is all that the two differ by.
            let what = report.title.strip_prefix('`').and_then(|title| title.split_once("` "));
            let what = what.map_or(report.title.as_str(), |(_, what)| what).to_owned();
            let Some(place) = report.excerpts.first() else { return true };
            told.insert((place.path.clone(), place.span.start, place.span.end, what))
        });
        yaml::refuse(self.reports)
    }

    /// Something that may stand once stands twice.
    fn twice(&mut self, again: Excerpt, first: Excerpt, title: impl Into<String>, hint: &str) {
        self.reports.push(
            Report::config(title)
                .at(Excerpt { label: "again here".into(), ..again })
                .at(Excerpt { label: "first here".into(), ..first })
                .hint(hint),
        );
    }
}

/// A path below a path.
fn below(path: &[Key], rest: impl IntoIterator<Item = Key>) -> Vec<Key> {
    path.iter().cloned().chain(rest).collect()
}
