//! kpt: what is rendered is a list of packages, how they are applied is a plain section.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{dropped, filled, given, list, place, says_something, take, text};
use crate::diagnostic::Report;
use crate::yaml::{Data, Node};

/// Functions to run, which are declared in the package since kpt 1.0.
const FUNCTIONS: [&str; 2] = ["image", "fnPath"];
/// How functions are run.
const OF_FUNCTIONS: [&str; 4] = ["globalScope", "mount", "network", "networkName"];
/// Options of `kpt live apply`, and its flags.
const OPTIONS: [(&str, &str); 4] = [
    ("pollPeriod", "--poll-period"),
    ("prunePropagationPolicy", "--prune-propagation-policy"),
    ("pruneTimeout", "--prune-timeout"),
    ("reconcileTimeout", "--reconcile-timeout"),
];
/// Settings of `live.apply`, and their names now.
const APPLY: [(&str, &str); 3] =
    [("dir", "dir"), ("inventoryID", "inventoryID"), ("inventoryNamespace", "namespace")];

pub(super) fn pipeline(deploy: &mut Node, manifests: &mut Node, scene: &mut Scene<'_>) {
    let Some(kpt) = deploy.get_mut("kpt").filter(|kpt| matches!(kpt.data, Data::Map(_))) else { return };
    if let Some((key, directory)) =
        take(kpt, "dir").filter(|(_, directory)| filled(Some(directory)).is_some())
    {
        let span = directory.span.clone();
        manifests.set(text("kpt", &key.span), list(vec![directory], &span));
    }
    if let Some((_, functions)) = take(kpt, "fn") {
        self::functions(&functions, manifests, scene);
    }
    let Some((_, live)) = take(kpt, "live") else { return };
    if let Some(apply) = given(&live, "apply") {
        for (name, new) in APPLY {
            let Some((key, value)) = apply.entry(name).filter(|(_, value)| !value.is_null()) else {
                continue;
            };
            kpt.set(text(new, &key.span), value.clone());
        }
    }
    if let Some(options) = given(&live, "options") {
        let flag = |(name, flag): &(&str, &str)| {
            let value = filled(options.get(name))?;
            Some(text(format!("{flag}={}", value.text()?), &value.span))
        };
        let flags: Vec<Node> = OPTIONS.iter().filter_map(flag).collect();
        if !flags.is_empty() {
            kpt.set(text("applyFlags", &options.span), list(flags, &options.span));
        }
    }
}

/// Where the output goes is `manifests.output`; which functions run is for the package to say.
fn functions(functions: &Node, manifests: &mut Node, scene: &mut Scene<'_>) {
    for name in FUNCTIONS {
        if filled(functions.get(name)).is_some() {
            scene.errors.push(
                Report::config(format!("`deploy.kpt.fn.{name}` has no place since skaffold/v3alpha1"))
                    .at(place(functions, name))
                    .cause("a kpt package says itself which functions change its manifests")
                    .hint(format!("list the functions under `pipeline` in the Kptfile, and remove `{name}`")),
            );
        }
    }
    for name in OF_FUNCTIONS {
        if functions.get(name).is_some_and(says_something) {
            let why = "a kpt package says itself how its functions run";
            scene.warnings.push(dropped(name, why, place(functions, name)));
        }
    }
    if let Some((key, output)) =
        functions.entry("sinkDir").filter(|(_, output)| filled(Some(output)).is_some())
    {
        manifests.set(text("output", &key.span), output.clone());
    }
}
