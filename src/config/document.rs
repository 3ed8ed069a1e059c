//! One file's documents: dot keys taken off, version known, content read strictly.

use std::sync::Arc;

use super::model::SkaffoldConfig;
use super::overlay::{OVERLAY_KEY, Overlay};
use super::version::Version;
use crate::diagnostic::{Report, Result};
use crate::yaml::{self, Data, Node, Source};

/// A document as it stands in its file, before profiles.
#[derive(Debug)]
pub(super) struct Document {
    /// The content without dot keys.
    pub(super) tree: Node,
    /// The key and value of `.skeg`.
    pub(super) overlay: Option<(Node, Node)>,
    pub(super) version: Version,
    /// The typed content.
    pub(super) model: SkaffoldConfig,
}

impl Document {
    /// The names that `-p` may use for this document.
    pub(super) fn profile_names(&self) -> impl Iterator<Item = String> {
        let own = self.model.profiles.iter().map(|profile| profile.name.clone());
        let overlay = self.overlay.iter().flat_map(|(_, node)| super::tree::names(node.get("profiles")));
        own.chain(overlay).filter(|name| !name.is_empty())
    }
}

/// Reads the documents of a file; empty ones are skipped. All errors of a file are in one report.
pub(super) fn documents(source: &Arc<Source>) -> Result<Vec<Document>> {
    let trees: Vec<Node> = yaml::parse(source)?.into_iter().filter(|tree| !tree.is_null()).collect();
    if trees.is_empty() {
        return Err(Box::new(
            Report::config(format!("{} holds no configuration", source.path.display()))
                .hint("write at least `apiVersion: skaffold/v4beta14` and `kind: Config`"),
        ));
    }
    let mut documents = vec![];
    let mut errors = vec![];
    for tree in trees {
        match document(tree) {
            Ok(document) => documents.push(document),
            Err(report) => errors.push(*report),
        }
    }
    yaml::join(errors).map_or(Ok(documents), |report| Err(Box::new(report)))
}

fn document(mut tree: Node) -> Result<Document> {
    let Data::Map(entries) = &mut tree.data else {
        let title = format!("a document must be a mapping, not {}", tree.describe());
        return Err(Box::new(Report::config(title).at(tree.head())));
    };
    let is_dotted = |key: &Node| key.text().is_some_and(|name| name.starts_with('.'));
    let (dotted, kept) = std::mem::take(entries).into_iter().partition(|(key, _)| is_dotted(key));
    *entries = kept;
    let dotted: Vec<(Node, Node)> = dotted;
    let overlay = dotted.into_iter().find(|(key, _)| key.text().is_some_and(|name| name == OVERLAY_KEY));
    let version = Version::of(&tree)?;
    let model = version.decode(&tree);
    // Read here too, so that its errors show although no profile needs it yet.
    let checked = overlay.as_ref().map_or(Ok(()), |(_, node)| Overlay::read(node).map(drop));
    match (model, checked) {
        (Ok(model), Ok(())) => Ok(Document { tree, overlay, version, model }),
        (model, checked) => {
            let errors = model.err().into_iter().chain(checked.err()).map(|report| *report).collect();
            yaml::join(errors).map_or_else(
                || Err(Box::new(Report::config("a document could not be read"))),
                |report| Err(Box::new(report)),
            )
        }
    }
}
