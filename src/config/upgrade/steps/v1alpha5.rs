//! v1alpha5 to v1beta1: Azure Container Registry builds, which only v1alpha5 had.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{given, place};
use crate::diagnostic::Report;
use crate::yaml::Node;

pub(super) fn build(build: &mut Node, scene: &mut Scene<'_>) {
    if given(build, "acr").is_none() {
        build.remove("acr");
        return;
    }
    scene.errors.push(
        Report::config("no version since skaffold/v1beta1 has `build.acr`")
            .at(place(build, "acr"))
            .hint("remove the section; without it images are built with the builder of this machine"),
    );
}
