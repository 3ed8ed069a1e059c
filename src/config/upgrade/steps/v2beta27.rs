//! v2beta27 to v2beta28: the platforms of a ko artifact are those of the artifact.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{dropped, place};
use crate::yaml::Node;

/// `ko.platforms` become `platforms`, which they also won against before.
pub(super) fn artifact(artifact: &mut Node, scene: &mut Scene<'_>) {
    let taken = artifact.get_mut("ko").and_then(|ko| {
        let key = ko.entry("platforms")?.0.clone();
        Some((key, ko.remove("platforms")?))
    });
    let Some((key, platforms)) = taken else { return };
    if platforms.items().is_empty() {
        return;
    }
    if artifact.get("platforms").is_some_and(|own| !own.items().is_empty() && *own != platforms) {
        let why = "those of `ko` are used, as before";
        scene.warnings.push(dropped("platforms", why, place(artifact, "platforms")));
    }
    let index = artifact.position("ko").unwrap_or_default();
    artifact.insert(index, key, platforms);
}
