//! Which profiles are active, and what they change (Skaffold: `schema/profiles.go`). Changes are made on the tree,
//! so that every value keeps its place in the file.

mod activation;
mod explain;
mod overlay;
mod patch;
mod pointer;
mod select;
#[cfg(test)]
mod tests;

pub(super) use activation::{Activated, Circumstances, activated, keeps_context};
pub(super) use select::select;

use crate::diagnostic::{Excerpt, Report, Result};
use crate::yaml::{Key, Node};

/// Applies the named profiles to a document, one after the other: the sections of a profile, then its patches. Names
/// that only `.skeg` knows change nothing here.
///
/// Answers what the user should know.
///
/// # Errors
/// A patch that cannot be applied.
pub(super) fn apply(document: &mut Node, active: &[String]) -> Result<Vec<Report>> {
    let mut warnings = vec![];
    // Patches may change what stands under `profiles`; what counts is what was written.
    let Some(profiles) = document.get("profiles").cloned() else { return Ok(warnings) };
    for name in active {
        let named =
            |profile: &&Node| profile.get("name").and_then(Node::text).is_some_and(|text| text == *name);
        let mut definitions = profiles.items().iter().filter(named).rev();
        // Of several definitions the last one counts.
        let Some(profile) = definitions.next() else { continue };
        warnings.extend(definitions.map(|ignored| twice(name, ignored, profile)));
        overlay::apply(document, profile, name, &mut warnings);
        patch::apply(document, profile, name)?;
    }
    Ok(warnings)
}

/// Two profiles have one name.
fn twice(name: &str, ignored: &Node, used: &Node) -> Report {
    let place = |profile: &Node, label: &str| {
        let excerpt = profile.locate(&[Key::from("name")]).unwrap_or_else(|| profile.head());
        Excerpt { label: label.into(), ..excerpt }
    };
    Report::config(format!("two profiles are named `{name}`; only the last one is applied"))
        .at(place(ignored, "not applied"))
        .at(place(used, "applied"))
        .hint("give each profile a name of its own")
}
