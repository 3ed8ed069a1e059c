//! What a profile's patches are applied to, as far as upgrading needs to know it.

use crate::yaml::{Data, Node};

/// Builders of all versions: one takes the place of another.
const BUILDERS: &[&str] = &["local", "googleCloudBuild", "cluster", "kaniko", "acr", "executionEnvironment"];
/// Keys that are no part of a pipeline.
const OTHERS: &[&str] =
    &["apiVersion", "kind", "metadata", "requires", "profiles", "name", "activation", "patches"];

/// A copy of a pipeline's sections, without what stands beside them.
pub(super) fn sections(pipeline: &Node) -> Node {
    let is_section = |key: &Node| key.text().is_some_and(|name| !OTHERS.contains(&&*name));
    let entries = pipeline.entries().iter().filter(|(key, _)| is_section(key)).cloned().collect();
    Node::new(Data::Map(entries), pipeline.span.clone())
}

/// The sections with a profile's laid over them, two levels deep.
pub(super) fn effective(main: &Node, profile: &Node) -> Node {
    let mut whole = main.clone();
    for (key, section) in profile.entries() {
        let name = key.text().unwrap_or_default();
        match (&section.data, whole.get_mut(&name)) {
            (Data::Null, _) => {}
            (Data::Map(entries), Some(base)) if matches!(base.data, Data::Map(_)) => {
                for (key, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
                    let name = key.text().unwrap_or_default();
                    if BUILDERS.contains(&&*name) {
                        for other in BUILDERS {
                            base.remove(other);
                        }
                    }
                    base.set(key.clone(), value.clone());
                }
            }
            _ => whole.set(key.clone(), section.clone()),
        }
    }
    whole
}
