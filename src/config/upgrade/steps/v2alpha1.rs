//! v2alpha1 to v2alpha2: kaniko gets its build context from this machine, and from nowhere else.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{dropped, place, says_something, take};
use crate::yaml::Node;

/// `buildContext.localDir.initImage` becomes `initImage`; the rest of `buildContext` is left out.
pub(super) fn kaniko(kaniko: &mut Node, scene: &mut Scene<'_>) {
    let Some(index) = kaniko.position("buildContext") else { return };
    let Some((_, mut context)) = take(kaniko, "buildContext") else { return };
    if context.get("gcsBucket").is_some_and(says_something) {
        let why = "kaniko gets the build context from this machine, without a bucket";
        scene.warnings.push(dropped("gcsBucket", why, place(&context, "gcsBucket")));
    }
    if let Some((key, image)) = context.get_mut("localDir").and_then(|local| take(local, "initImage")) {
        kaniko.insert(index, key, image);
    }
}
