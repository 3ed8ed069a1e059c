//! v1beta7 to v1beta8: `kind` has to be said.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::text;
use crate::yaml::Node;

pub(super) fn document(pipeline: &mut Node, _: &mut Scene<'_>) {
    // Profiles and the trees that patches are tried out on have no version.
    let Some(index) = pipeline.position("apiVersion") else { return };
    match pipeline.get_mut("kind") {
        None => {
            let span = pipeline.entries()[index].1.span.clone();
            pipeline.insert(index + 1, text("kind", &span), text("Config", &span));
        }
        Some(kind) => {
            if kind.text().is_none_or(|said| said.is_empty()) {
                *kind = text("Config", &kind.span);
            }
        }
    }
}
