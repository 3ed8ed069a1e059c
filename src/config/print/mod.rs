//! A resolved document as text again: keys in the schema's order, what says nothing left out.

mod serializer;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use super::model::SkaffoldConfig;
use super::overlay::OVERLAY_KEY;
use super::{Module, paths};
use crate::diagnostic::{Kind, Report, Result};
use crate::yaml::{Data, Node, Source, Span};

/// The document of a module as it is after loading: file paths absolute, without `requires` and `profiles`, which
/// have done their work (Skaffold: `cmd/diagnose.go`).
pub fn resolved(module: &Module) -> SkaffoldConfig {
    let mut config = module.model.clone();
    paths::make_absolute(&mut config, &module.dir);
    config.requires.clear();
    config.profiles.clear();
    config
}

/// The tree of a document: keys in the order of the schema, entries of free mappings in their natural order, zero
/// values left out unless the schema wants them written (Skaffold: the yaml tags of `schema/latest/config.go`).
pub fn to_node(config: &SkaffoldConfig) -> Result<Node> {
    serializer::to_node(config).map_err(|error| {
        Box::new(Report::new(Kind::Internal, "a configuration cannot be written").cause(error))
    })
}

/// [`resolved`] as a tree, with `.skeg` behind it.
pub fn resolved_node(module: &Module, config: &SkaffoldConfig) -> Result<Node> {
    let mut node = to_node(config)?;
    if let Some((key, section)) = module.tree.entry(OVERLAY_KEY) {
        let mut section = section.clone();
        // Applied already, as the profiles they belong to.
        section.remove("profiles");
        node.set(key.clone(), section);
    }
    Ok(node)
}

/// A node that stands in no file.
pub fn unplaced(data: Data) -> Node {
    static NOWHERE: LazyLock<Arc<Source>> = LazyLock::new(|| Source::new("<configuration>", ""));
    Node::new(data, Span { source: Arc::clone(&NOWHERE), start: 0, end: 0 })
}
