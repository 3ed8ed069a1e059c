//! Releases are needed twice, to render and to deploy; images are set by templates.

use crate::config::upgrade::change::Scene;
use crate::config::upgrade::words::{dropped, filled, given, map, place, text};
use crate::yaml::{Data, Node, Span};

/// What an override sets: the key under the user's, the template before and after the image's name.
type Setting = (&'static str, &'static [&'static str]);

/// The whole reference in one value.
const WHOLE: &[Setting] = &[("", &["IMAGE_FULLY_QUALIFIED"])];
/// `imageStrategy.helm`.
const PARTS: &[Setting] = &[(".repository", &["IMAGE_REPO"]), (".tag", &["IMAGE_TAG", "IMAGE_DIGEST"])];
/// `imageStrategy.helm.explicitRegistry`.
const REGISTRY: &[Setting] = &[
    (".registry", &["IMAGE_DOMAIN"]),
    (".repository", &["IMAGE_REPO_NO_DOMAIN"]),
    (".tag", &["IMAGE_TAG", "IMAGE_DIGEST"]),
];

/// `deploy.helm` stays, and all of it but `hooks` is in `manifests.helm` too.
pub(super) fn pipeline(deploy: &mut Node, manifests: &mut Node, scene: &mut Scene<'_>) {
    if let Some(releases) = deploy.get_mut("helm").and_then(|helm| helm.get_mut("releases")) {
        releases.items_mut().iter_mut().for_each(|item| release(item, scene));
    }
    let Some((key, helm)) = deploy.entry("helm").filter(|(_, helm)| matches!(helm.data, Data::Map(_))) else {
        return;
    };
    let mut rendered = helm.clone();
    rendered.remove("hooks");
    manifests.set(key.clone(), rendered);
}

/// `artifactOverrides` by `imageStrategy` become entries of `setValueTemplates`.
fn release(release: &mut Node, scene: &mut Scene<'_>) {
    let strategy = release.remove("imageStrategy");
    let settings = match strategy.as_ref().and_then(|strategy| given(strategy, "helm")) {
        Some(helm) if helm.get("explicitRegistry").and_then(Node::truth) == Some(true) => REGISTRY,
        Some(_) => PARTS,
        None => WHOLE,
    };
    let named = strategy.as_ref().and_then(|strategy| given(strategy, "fqn"));
    if let Some(fqn) = named.filter(|fqn| filled(fqn.get("property")).is_some()) {
        let why = "the image is set under the key that `artifactOverrides` gives it";
        scene.warnings.push(dropped("property", why, place(fqn, "property")));
    }
    let Some((key, overrides)) = release.entry("artifactOverrides") else { return };
    let (key, span) = (key.clone(), overrides.span.clone());
    let mut leaves = vec![];
    flatten(overrides, "", &key.span, &mut leaves);
    if leaves.is_empty() {
        release.remove("artifactOverrides");
        return;
    }
    let mut templates = vec![];
    for (key, image) in &leaves {
        let name = image.text().unwrap_or_default();
        let key_text = key.text().unwrap_or_default();
        for (suffix, variables) in settings {
            let template: Vec<_> = variables.iter().map(|variable| template(variable, &name)).collect();
            let key = text(format!("{key_text}{suffix}"), &key.span);
            templates.push((key, text(template.join("@"), &image.span)));
        }
    }
    add_templates(release, templates, &span, scene);
}

/// `{{.IMAGE_REPO_gcr_io_p_web}}`.
fn template(variable: &str, image: &str) -> String {
    format!("{{{{.{variable}_{}}}}}", image.replace(['.', '-', '/', ':'], "_"))
}

/// Puts the templates in place of `artifactOverrides`, or to those that are there.
fn add_templates(release: &mut Node, templates: Vec<(Node, Node)>, span: &Span, scene: &mut Scene<'_>) {
    if given(release, "setValueTemplates").is_none() {
        release.remove("setValueTemplates");
        release.rename("artifactOverrides", "setValueTemplates");
        if let Some(section) = release.get_mut("setValueTemplates") {
            *section = map(templates, span);
        }
        return;
    }
    release.remove("artifactOverrides");
    let Some(section) = release.get_mut("setValueTemplates") else { return };
    // Nested values are the same as keys with dots, so they are compared as such.
    if section.entries().iter().any(|(_, value)| !value.is_scalar()) {
        let mut leaves = vec![];
        flatten(section, "", &section.span, &mut leaves);
        section.data = Data::Map(leaves);
    }
    for (key, value) in templates {
        let name = key.text().unwrap_or_default().into_owned();
        if section.get(&name).is_some() {
            let why = "`artifactOverrides` sets the same value";
            scene.warnings.push(dropped(&name, why, place(section, &name)));
        }
        section.set(key, value);
    }
}

/// The scalars below a node under keys with dots: `a: {b: x, c: [y]}` has `a.b` and `a.c[0]`.
fn flatten(node: &Node, prefix: &str, span: &Span, leaves: &mut Vec<(Node, Node)>) {
    match &node.data {
        Data::Map(entries) => {
            for (key, value) in entries {
                let name = key.text().unwrap_or_default();
                let name = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}.{name}") };
                flatten(value, &name, &key.span, leaves);
            }
        }
        Data::Seq(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(item, &format!("{prefix}[{index}]"), span, leaves);
            }
        }
        _ if prefix.is_empty() => {}
        _ => leaves.push((text(prefix, span), node.clone())),
    }
}
