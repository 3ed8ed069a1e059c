//! v1alpha2 to v1alpha3: the bucket of a kaniko build goes into its context, the values file of a release into a list.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{filled, list, map, text};
use crate::yaml::Node;

/// `gcsBucket` becomes `buildContext.gcsBucket`.
pub(super) fn kaniko(kaniko: &mut Node, _: &mut Scene<'_>) {
    let Some(bucket) = filled(kaniko.get("gcsBucket")).cloned() else {
        kaniko.remove("gcsBucket");
        return;
    };
    let span = kaniko.entry("gcsBucket").map_or_else(|| bucket.span.clone(), |(key, _)| key.span.clone());
    kaniko.rename("gcsBucket", "buildContext");
    if let Some(context) = kaniko.get_mut("buildContext") {
        *context = map(vec![(text("gcsBucket", &span), bucket)], &span);
    }
}

/// `valuesFilePath: a` becomes `valuesFiles: [a]`.
pub(super) fn release(release: &mut Node, _: &mut Scene<'_>) {
    as_list(release, "valuesFilePath", "valuesFiles");
}

/// A text becomes a list of it under another name; an empty one is left out.
pub(super) fn as_list(node: &mut Node, name: &str, new: &str) {
    let Some(value) = node.get(name).filter(|value| value.is_scalar()).cloned() else { return };
    if filled(Some(&value)).is_none() {
        node.remove(name);
        return;
    }
    node.rename(name, new);
    if let Some(whole) = node.get_mut(new) {
        let span = value.span.clone();
        *whole = list(vec![value], &span);
    }
}
