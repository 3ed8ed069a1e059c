//! v3 to v4beta1: remote manifests are manifests.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::pattern::{find, find_mut};
use crate::config::upgrade::words::{filled, list, map, section, take, text};
use crate::yaml::Node;

/// What is changed here.
pub(super) const KEYS: &[&str] = &["deploy/kubectl/remoteManifests", "deploy/kubeContext"];

/// `deploy.kubectl.remoteManifests` become `manifests.remoteManifests`, each with the context of this pipeline.
pub(super) fn pipeline(pipeline: &mut Node, scene: &mut Scene<'_>) {
    let Some(deploy) = find_mut(pipeline, "deploy") else { return };
    let context = deploy.entry("kubeContext").filter(|(_, context)| filled(Some(context)).is_some());
    let context = context.map(|(key, value)| (key.clone(), value.clone()));
    let own = deploy.get_mut("kubectl").and_then(|kubectl| take(kubectl, "remoteManifests"));
    // A profile with a context of its own means those of the main pipeline in it.
    let inherited = scene
        .main
        .filter(|_| context.is_some() && find(deploy, "kubectl").is_none())
        .and_then(|main| find(main, "deploy/kubectl")?.entry("remoteManifests"));
    let Some((key, manifests)) = own.or_else(|| inherited.map(|(key, value)| (key.clone(), value.clone())))
    else {
        return;
    };
    let items: Vec<Node> =
        manifests.items().iter().map(|manifest| remote(manifest, context.as_ref())).collect();
    if items.is_empty() {
        return;
    }
    let Some(section) = section(pipeline, "manifests", "deploy", &key.span) else { return };
    let index = section.position("rawYaml").map_or(0, |index| index + 1);
    section.insert(index, text("remoteManifests", &key.span), list(items, &manifests.span));
}

fn remote(manifest: &Node, context: Option<&(Node, Node)>) -> Node {
    let entry = (text("manifest", &manifest.span), manifest.clone());
    map(std::iter::once(entry).chain(context.cloned()).collect(), &manifest.span)
}
