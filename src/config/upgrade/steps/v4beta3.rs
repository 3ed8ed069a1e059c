//! v4beta3 to v4beta4: the container of a `verify` test is no longer one of Kubernetes.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{dropped, place, says_something};
use crate::yaml::Node;

const KEPT: &[&str] = &["name", "image", "command", "args", "env"];
const KEPT_OF_VARIABLES: &[&str] = &["name", "value"];
const WHY: &str = "the container of a test has no such setting any more";

/// What the container of a test no longer has is left out.
pub(super) fn container(container: &mut Node, scene: &mut Scene<'_>) {
    keep(container, KEPT, scene);
    if let Some(variables) = container.get_mut("env") {
        variables.items_mut().iter_mut().for_each(|variable| keep(variable, KEPT_OF_VARIABLES, scene));
    }
}

fn keep(node: &mut Node, kept: &[&str], scene: &mut Scene<'_>) {
    let names: Vec<String> =
        node.entries().iter().filter_map(|(key, _)| key.text().map(Into::into)).collect();
    for name in names.iter().filter(|name| !kept.contains(&name.as_str())) {
        if node.get(name).is_some_and(says_something) {
            scene.warnings.push(dropped(name, WHY, place(node, name)));
        }
        node.remove(name);
    }
}
