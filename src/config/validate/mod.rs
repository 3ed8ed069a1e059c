//! What a project must hold to, beyond its types (Skaffold: `schema/validation`, `yamltags`). Everything that is
//! wrong is found and shown at its place, not just the first.

mod artifacts;
mod schema;

use std::collections::BTreeMap;

use super::{Module, Project};
use crate::diagnostic::{Excerpt, Report, Result};
use crate::yaml;

/// Checks a project; the report shows all that is wrong.
pub fn validate(project: &Project) -> Result<()> {
    let mut found = Findings::default();
    for module in &project.modules {
        schema::check(module, &mut found);
        artifacts::check(module, &mut found);
    }
    unique_images(project, &mut found);
    artifacts::check_graph(project, &mut found);
    yaml::join(found.reports).map_or(Ok(()), |report| Err(Box::new(report)))
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
}

/// An image is built by one artifact.
fn unique_images(project: &Project, found: &mut Findings) {
    let mut seen: BTreeMap<&str, (&Module, usize)> = BTreeMap::new();
    for (module, index, artifact) in project.artifacts().filter(|(.., artifact)| !artifact.image.is_empty()) {
        let Some((first, first_index)) = seen.get(&*artifact.image) else {
            seen.insert(&artifact.image, (module, index));
            continue;
        };
        let place = |module: &Module, index: usize, label: &str| Excerpt {
            label: label.into(),
            ..module.locate_artifact(index, &["image".into()])
        };
        found.reports.push(
            Report::config(format!("two artifacts build the image {}", artifact.image))
                .at(place(module, index, "again here"))
                .at(place(first, *first_index, "first here"))
                .hint("give each image once in all configurations that are loaded together"),
        );
    }
}
