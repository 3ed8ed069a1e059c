//! What a step changes.

use super::effective::{effective, sections};
use super::patches;
use super::pattern::{each, split_last};
use super::words::{dropped, place, says_something};
use crate::config::schema::Version;
use crate::diagnostic::Report;
use crate::yaml::{Data, Node};

/// What it takes to make the next version of a document. Versions without a step differ in nothing that a document
/// of the older one can have.
#[derive(Debug)]
pub(super) struct Step {
    /// The older version.
    pub(super) from: Version,
    /// In this order.
    pub(super) changes: &'static [Change],
}

/// One change to a pipeline. Places are patterns (`pattern.rs`).
#[derive(Debug)]
pub(super) enum Change {
    /// The entry there gets another key.
    Rename(&'static str, &'static str),
    /// The entry there is left out, with a warning that ends in this reason.
    Drop(&'static str, &'static str),
    /// What matches the pattern `at` is made over.
    Reshape {
        /// What `run` gets.
        at: &'static str,
        /// What it changes, as patterns from there: patches of these are made over too.
        keys: &'static [&'static str],
        /// Does it. Leaves alone what it doesn't expect.
        run: fn(&mut Node, &mut Scene<'_>),
    },
}

/// What a change may look at, and what it has to say.
#[derive(Debug, Default)]
pub(super) struct Scene<'a> {
    /// While a profile is changed: the main pipeline as it was before this change.
    pub(super) main: Option<&'a Node>,
    /// What is left out, and why.
    pub(super) warnings: Vec<Report>,
    /// What can't be left out.
    pub(super) errors: Vec<Report>,
}

impl Scene<'_> {
    /// Says what another one said.
    pub(super) fn take(&mut self, said: Scene<'_>) {
        self.warnings.extend(said.warnings);
        self.errors.extend(said.errors);
    }
}

impl Change {
    /// Makes the change to a document: the main pipeline, the profiles, their patches.
    pub(super) fn make(&self, tree: &mut Node, scene: &mut Scene<'_>) {
        let has_profiles = tree.get("profiles").is_some_and(|profiles| !profiles.items().is_empty());
        let reshapes = matches!(self, Self::Reshape { .. });
        let before = (has_profiles && reshapes).then(|| sections(tree));
        self.pipeline(tree, scene);
        let Some(profiles) = tree.get_mut("profiles") else { return };
        for profile in profiles.items_mut() {
            let patches =
                profile.get_mut("patches").map(|patches| std::mem::replace(&mut patches.data, Data::Null));
            let own = (reshapes && patches.is_some()).then(|| sections(profile));
            let mut inner = Scene { main: before.as_ref(), ..Scene::default() };
            self.pipeline(profile, &mut inner);
            scene.take(inner);
            let Some(mut data) = patches else { continue };
            if let Data::Seq(items) = &mut data {
                let around = || match (&before, &own) {
                    (Some(main), Some(profile)) => effective(main, profile),
                    _ => Node::new(Data::Null, profile.span.clone()),
                };
                *items = patches::made_over(std::mem::take(items), self, &around, scene);
            }
            if let Some(patches) = profile.get_mut("patches") {
                patches.data = data;
            }
        }
    }

    /// Makes the change to one pipeline, without its profiles and patches.
    pub(super) fn pipeline(&self, pipeline: &mut Node, scene: &mut Scene<'_>) {
        match *self {
            Self::Rename(pattern, new) => rename(pipeline, pattern, new),
            Self::Drop(pattern, why) => drop_entry(pipeline, pattern, why, scene),
            Self::Reshape { at, run, .. } => each(pipeline, at, &mut |node| run(node, scene)),
        }
    }
}

/// Gives the entries at the pattern another key.
pub(super) fn rename(node: &mut Node, pattern: &str, new: &str) {
    let (above, name) = split_last(pattern);
    each(node, above, &mut |node| {
        node.rename(name, new);
    });
}

/// Leaves the entries at the pattern out; warns of those that say something.
pub(super) fn drop_entry(node: &mut Node, pattern: &str, why: &str, scene: &mut Scene<'_>) {
    let (above, name) = split_last(pattern);
    each(node, above, &mut |node| {
        if node.get(name).is_some_and(says_something) {
            scene.warnings.push(dropped(name, why, place(node, name)));
        }
        node.remove(name);
    });
}
