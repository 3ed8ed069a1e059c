//! Manifests of kubectl and kustomize; both are deployed with kubectl, by the settings of both.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::pattern::find;
use crate::config::upgrade::words::{given, list, map, place, says_something, take, text};
use crate::diagnostic::{Excerpt, Report};
use crate::yaml::{Data, Node};

/// What kubectl deploys where nothing else is said.
const DEFAULT_MANIFESTS: &str = "k8s/*.yaml";
/// Lists of flags.
const FLAGS: [&str; 3] = ["global", "apply", "delete"];
/// Lists of hooks.
const HOOKS: [&str; 2] = ["before", "after"];
/// Settings of the deployer, for kubectl and kustomize alike.
const SETTINGS: [&str; 3] = ["flags", "defaultNamespace", "hooks"];

pub(super) fn pipeline(deploy: &mut Node, manifests: &mut Node, scene: &mut Scene<'_>) {
    raw(deploy, manifests, scene);
    let main = scene.main.and_then(|main| find(main, "deploy"));
    let own = take(deploy, "kustomize");
    if let Some((key, mut kustomize)) = own {
        let settings = settings_of(&mut kustomize);
        if given(&kustomize, "paths").is_none_or(|paths| paths.items().is_empty()) {
            let index = kustomize.position("paths").unwrap_or_default();
            kustomize.remove("paths");
            kustomize.insert(index, text("paths", &key.span), list(vec![text(".", &key.span)], &key.span));
        }
        manifests.set(key.clone(), kustomize);
        let in_place = given(deploy, "kubectl").is_some();
        if !in_place {
            // What a profile says takes the place of all that the main pipeline says of kubectl, so that is repeated.
            let mut kubectl = main
                .and_then(|main| given(main, "kubectl"))
                .map_or_else(|| map(vec![], &settings.span), Node::clone);
            kubectl.remove("manifests");
            deploy.remove("kubectl");
            deploy.set(text("kubectl", &key.span), kubectl);
        }
        if let Some(kubectl) = deploy.get_mut("kubectl") {
            merge(kubectl, &settings, if in_place { Wins::Neither } else { Wins::Kustomize }, scene);
        }
    } else if let Some(mut kustomize) = main.and_then(|main| given(main, "kustomize")).cloned()
        && let Some(kubectl) = deploy.get_mut("kubectl").filter(|kubectl| !kubectl.is_null())
    {
        // Likewise what the main pipeline says of kustomize, which is said of kubectl now.
        merge(kubectl, &settings_of(&mut kustomize), Wins::Kubectl, scene);
    }
}

/// `deploy.kubectl.manifests` become `manifests.rawYaml`. Where there are none, but something else is rendered too, the
/// default is written down, because it is only one where nothing else is rendered.
fn raw(deploy: &mut Node, manifests: &mut Node, scene: &Scene<'_>) {
    let main = scene.main.and_then(|main| find(main, "deploy"));
    if let Some(kubectl) = deploy.get_mut("kubectl")
        && let Some((key, paths)) = take(kubectl, "manifests").filter(|(_, paths)| !paths.items().is_empty())
    {
        manifests.set(text("rawYaml", &key.span), paths);
        return;
    }
    let own = given(deploy, "kubectl").is_some();
    let others = has_others(deploy);
    let source = if own { Some(&*deploy) } else { main };
    let Some(source) = source else { return };
    let replaces = own && main.is_some_and(|main| find(main, "kubectl/manifests").is_some());
    let wanted = is_bare(source) && (others || replaces || main.is_some_and(has_others));
    let is_written = main.is_some_and(|main| is_bare(main) && has_others(main));
    if wanted
        && (own || others)
        && !is_written
        && let Some((key, _)) = source.entry("kubectl")
    {
        let span = key.span.clone();
        manifests.set(text("rawYaml", &span), list(vec![text(DEFAULT_MANIFESTS, &span)], &span));
    }
}

/// Does it have kubectl without manifests?
fn is_bare(deploy: &Node) -> bool {
    let is_empty = |name| find(deploy, name).is_none_or(|list| list.items().is_empty());
    find(deploy, "kubectl").is_some_and(|kubectl| matches!(kubectl.data, Data::Map(_)))
        && is_empty("kubectl/manifests")
        && is_empty("kubectl/remoteManifests")
}

/// Does it render with kustomize or helm?
fn has_others(deploy: &Node) -> bool {
    given(deploy, "kustomize").is_some() || given(deploy, "helm").is_some()
}

/// Takes the settings of the deployer out of a section.
fn settings_of(kustomize: &mut Node) -> Node {
    let span = kustomize.span.clone();
    map(SETTINGS.iter().filter_map(|name| take(kustomize, name)).collect(), &span)
}

/// Whose value counts where kubectl and kustomize say different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wins {
    /// Both stand in the same pipeline.
    Neither,
    /// The profile's is that of kubectl.
    Kubectl,
    /// The profile's is that of kustomize.
    Kustomize,
}

/// Adds what kustomize says to what kubectl says.
fn merge(kubectl: &mut Node, kustomize: &Node, wins: Wins, scene: &mut Scene<'_>) {
    scalar(kubectl, kustomize, "defaultNamespace", wins, scene);
    for (section, lists) in [("flags", &FLAGS[..]), ("hooks", &HOOKS[..])] {
        let Some((key, from)) = kustomize.entry(section) else { continue };
        let Some(into) = kubectl.get_mut(section).filter(|into| !into.is_null()) else {
            kubectl.remove(section);
            kubectl.set(key.clone(), from.clone());
            continue;
        };
        for name in lists {
            let Some((key, added)) = from.entry(name) else { continue };
            match into.get_mut(name).map(|list| &mut list.data) {
                Some(Data::Seq(items)) => items.extend(added.items().iter().cloned()),
                _ => into.set(key.clone(), added.clone()),
            }
        }
        if section == "flags" {
            scalar(into, from, "disableValidation", wins, scene);
        }
    }
}

fn scalar(into: &mut Node, from: &Node, name: &str, wins: Wins, scene: &mut Scene<'_>) {
    let Some((key, value)) = from.entry(name).filter(|(_, value)| says(value)) else { return };
    match into.get(name).filter(|known| says(known)) {
        Some(known) if known != value && wins == Wins::Neither => scene.errors.push(
            Report::config(format!("kubectl and kustomize have a different `{name}`"))
                .at(place(from, name))
                .at(Excerpt { label: "here kubectl's".into(), ..place(into, name) })
                .cause("since skaffold/v3alpha1 both are deployed by the settings of `deploy.kubectl`")
                .hint("give both the same value, or remove one of them"),
        ),
        Some(_) if wins == Wins::Kubectl => {}
        _ => into.set(key.clone(), value.clone()),
    }
}

/// Is it set, be it to false?
fn says(value: &Node) -> bool {
    matches!(value.data, Data::Bool(_)) || says_something(value)
}
