//! v2beta29 to v3alpha1: what is rendered (`manifests`) is parted from how it is deployed (`deploy`).

mod helm;
mod kpt;
mod kubectl;

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::pattern::find_mut;
use crate::config::upgrade::words::map;
use crate::yaml::{Data, Node};

/// What is changed here.
pub(super) const KEYS: &[&str] = &["deploy/kubectl", "deploy/kustomize", "deploy/helm", "deploy/kpt"];

pub(super) fn pipeline(pipeline: &mut Node, scene: &mut Scene<'_>) {
    let Some(index) = pipeline.position("deploy") else { return };
    let Some(deploy) = find_mut(pipeline, "deploy") else { return };
    let mut manifests = map(vec![], &deploy.span);
    kubectl::pipeline(deploy, &mut manifests, scene);
    helm::pipeline(deploy, &mut manifests, scene);
    kpt::pipeline(deploy, &mut manifests, scene);
    let Data::Map(entries) = &manifests.data else { return };
    if entries.is_empty() {
        return;
    }
    let mut key = pipeline.entries()[index].0.clone();
    key.data = Data::String("manifests".to_owned());
    pipeline.insert(index, key, manifests);
}
