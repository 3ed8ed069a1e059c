//! The `.skeg` section: what the schema has no words for. Skaffold drops top-level keys that begin with a dot, so a
//! file with it stays valid there.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::tree;
use crate::diagnostic::{Report, Result, nearest};
use crate::yaml::{self, Data, Key, Node, Rules};

/// The top-level key of our own section.
pub(super) const OVERLAY_KEY: &str = ".skeg";

/// The `.skeg` section. An empty list differs from an absent one where the field is an `Option`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Overlay {
    /// Builder of all artifacts: buildx instance, docker context, address, `none` or `classic`.
    pub builder: Option<String>,
    /// Tag of cache references (a template).
    pub cache_tag: Option<String>,
    /// Registry of cache references.
    pub cache_repo: Option<String>,
    /// Attributes of cache exports; an empty list turns exports off.
    pub cache_flags: Option<Vec<String>>,
    /// How old a base image's digest may be before its registry is asked again (`24h`).
    pub base_image_max_age: Option<String>,
    /// Provenance attestation: `min`, `max`, `true`, `false`, or buildx's own value.
    pub provenance: Option<String>,
    /// SBOM attestation: `true`, `false`, or buildx's own value.
    pub sbom: Option<String>,
    /// What is said of single artifacts.
    pub artifacts: Vec<OverlayArtifact>,
    /// What is said when the profile of that name is active.
    pub profiles: Vec<OverlayProfile>,
}

/// What `.skeg` says of one artifact.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OverlayArtifact {
    /// The artifact's image name.
    pub image: String,
    /// What its docker build gets.
    pub docker: OverlayDocker,
}

/// What `.skeg` says of an artifact's docker build.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OverlayDocker {
    /// Images or typed references to export cache to (templates); an empty list turns it off.
    pub cache_to: Option<Vec<String>>,
    /// Its builder.
    pub builder: Option<String>,
    /// Named contexts: name to source (a folder, URL, `docker-image://…`, `oci-layout://…`).
    pub contexts: BTreeMap<String, String>,
    /// The Dockerfile's text.
    pub dockerfile_inline: Option<String>,
    /// Image labels.
    pub labels: BTreeMap<String, String>,
    /// OCI annotations in buildx's notation, written as list or mapping.
    #[serde(deserialize_with = "pairs")]
    pub annotations: Vec<String>,
    /// `name=soft[:hard]`, written as list or mapping.
    #[serde(deserialize_with = "pairs")]
    pub ulimits: Vec<String>,
    /// Size of /dev/shm (`64m`).
    pub shm_size: Option<String>,
    /// `network.host`, `security.insecure`, `device=…`.
    pub entitlements: Vec<String>,
    /// Where the result goes instead (`type=oci,dest=…`).
    pub outputs: Vec<String>,
    /// Provenance attestation of this artifact.
    pub provenance: Option<String>,
    /// SBOM attestation of this artifact.
    pub sbom: Option<String>,
}

/// What `.skeg` says when a profile is active. [`Overlay::of`] has applied these already.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OverlayProfile {
    /// The profile's name, as `-p` gives it.
    pub name: String,
    /// In place of [`Overlay::builder`].
    pub builder: Option<String>,
    /// In place of [`Overlay::cache_tag`].
    pub cache_tag: Option<String>,
    /// In place of [`Overlay::cache_repo`].
    pub cache_repo: Option<String>,
    /// In place of [`Overlay::cache_flags`].
    pub cache_flags: Option<Vec<String>>,
    /// In place of [`Overlay::base_image_max_age`].
    pub base_image_max_age: Option<String>,
    /// In place of [`Overlay::provenance`].
    pub provenance: Option<String>,
    /// In place of [`Overlay::sbom`].
    pub sbom: Option<String>,
    /// Key by key over the artifact of the same image, or one more.
    pub artifacts: Vec<OverlayArtifact>,
}

/// A list of `key=value`, or a mapping.
fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Pairs;
    impl<'de> serde::de::Visitor<'de> for Pairs {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list or a mapping")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(vec![])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut pairs = vec![];
            while let Some(pair) = items.next_element()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut pairs = vec![];
            while let Some((key, value)) = entries.next_entry::<String, String>()? {
                pairs.push(format!("{key}={value}"));
            }
            Ok(pairs)
        }
    }
    deserializer.deserialize_any(Pairs)
}

impl Overlay {
    /// Reads the section strictly.
    pub(super) fn read(node: &Node) -> Result<Self> {
        yaml::from_node_with(node, &Rules { path: &[Key::from(OVERLAY_KEY)], ..Rules::default() })
    }

    /// What is said of an artifact.
    pub fn docker(&self, image: &str) -> Option<&OverlayDocker> {
        self.artifacts.iter().find(|artifact| artifact.image == image).map(|artifact| &artifact.docker)
    }
}

/// Puts the section back into the document that it was taken out of, and reads it.
pub(super) fn put_back(document: &mut Node, (key, section): (Node, Node)) -> Result<Overlay> {
    let overlay = Overlay::read(&section)?;
    document.set(Node { data: Data::String(OVERLAY_KEY.into()), ..key }, section);
    Ok(overlay)
}

/// Lays the `.skeg` profiles that are active over the section: every key that is there replaces, artifacts are
/// matched by image and replaced key by key, so that a profile need not repeat what stays.
pub(super) fn apply_profiles(section: &mut Node, active: &[String]) {
    let Some(profiles) = section.get("profiles").cloned() else { return };
    for name in active {
        for profile in profiles.items() {
            if profile.get("name").and_then(Node::text).is_some_and(|text| text == *name) {
                lay(section, profile);
            }
        }
    }
}

fn lay(section: &mut Node, profile: &Node) {
    for (key, value) in profile.entries() {
        let name = key.text().unwrap_or_default();
        if value.is_null() || name == "name" {
            continue;
        }
        match section.get_mut("artifacts") {
            Some(artifacts) if name == "artifacts" && !artifacts.is_null() => {
                value.items().iter().for_each(|artifact| lay_artifact(artifacts, artifact));
            }
            _ => section.set(key.clone(), value.clone()),
        }
    }
}

fn lay_artifact(artifacts: &mut Node, change: &Node) {
    let Data::Seq(items) = &mut artifacts.data else { return };
    let image = change.get("image").and_then(Node::text);
    let Some(known) = items.iter_mut().find(|item| item.get("image").and_then(Node::text) == image) else {
        items.push(change.clone());
        return;
    };
    let Some((key, docker)) = change.entry("docker") else { return };
    match known.get_mut("docker") {
        Some(known) => {
            for (key, value) in docker.entries().iter().filter(|(_, value)| !value.is_null()) {
                known.set(key.clone(), value.clone());
            }
        }
        None => known.set(key.clone(), docker.clone()),
    }
}

/// Every artifact that the section speaks of, profiles included, must be one of the document's images.
pub(super) fn check_images(section: &Node, images: &[String]) -> Vec<Report> {
    let profiles = section.get("profiles").map(Node::items).unwrap_or_default();
    let mut errors = vec![];
    for place in std::iter::once(section).chain(profiles) {
        for artifact in place.get("artifacts").map(Node::items).unwrap_or_default() {
            let image = artifact.get("image").and_then(Node::text).unwrap_or_default();
            if images.iter().any(|known| *known == image) {
                continue;
            }
            let place = artifact.locate(&[Key::from("image")]).unwrap_or_else(|| artifact.head());
            errors.push(stranger(&image, images).at(place));
        }
    }
    errors
}

/// `.skeg` speaks of an image that is none of the document's.
fn stranger(image: &str, images: &[String]) -> Report {
    if image.is_empty() {
        return Report::config("an artifact of `.skeg` has no image").hint("add `image: NAME`");
    }
    let report = Report::config(format!("`.skeg` speaks of {image}, which no artifact builds"));
    match nearest(image, images.iter().map(String::as_str)) {
        Some(near) => report.hint(format!("did you mean `{near}`?")),
        None if images.is_empty() => report.hint("this document builds no images"),
        None => report.hint(format!("images of this document: {}", images.join(", "))),
    }
}

/// All images that a document builds, with whatever profile.
pub(super) fn images(document: &Node) -> Vec<String> {
    let artifacts = |node: &Node| tree::values(node.at(&["build".into(), "artifacts".into()]), "image");
    let mut images = artifacts(document);
    for profile in document.get("profiles").map(Node::items).unwrap_or_default() {
        images.extend(artifacts(profile));
    }
    images.sort();
    images.dedup();
    images
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse};

    fn section(text: &str) -> Node {
        parse(&Source::new("skaffold.yaml", text)).unwrap().remove(0)
    }

    const TEXT: &str = "
builder: a
cacheTag: main
cacheFlags: [mode=max]
provenance: true
artifacts:
- image: app
  docker: {builder: b, labels: {x: 1}, annotations: {k: v, index:l: w}, ulimits: [nofile=1024]}
profiles:
- name: ci
  builder: c
  cacheFlags: []
  provenance: min
  artifacts:
  - image: app
    docker: {labels: {y: 2}, cacheTo: []}
  - image: other
    docker: {sbom: true}
- name: named-only
";

    #[test]
    fn values_are_read_from_any_scalar() {
        let overlay = Overlay::read(&section(TEXT)).unwrap();
        assert_eq!(overlay.provenance.as_deref(), Some("true"));
        let docker = overlay.docker("app").unwrap();
        assert_eq!(docker.annotations, ["k=v", "index:l=w"]);
        assert_eq!(docker.labels["x"], "1");
        assert_eq!(docker.cache_to, None);
    }

    #[test]
    fn profiles_replace_key_by_key() {
        let mut node = section(TEXT);
        apply_profiles(&mut node, &["named-only".into(), "ci".into(), "unknown".into()]);
        let overlay = Overlay::read(&node).unwrap();
        assert_eq!(overlay.builder.as_deref(), Some("c"));
        assert_eq!(overlay.cache_tag.as_deref(), Some("main"));
        assert_eq!(overlay.cache_flags, Some(vec![]));
        let docker = overlay.docker("app").unwrap();
        assert_eq!((docker.builder.as_deref(), &docker.cache_to), (Some("b"), &Some(vec![])));
        assert_eq!(docker.labels.keys().collect::<Vec<_>>(), ["y"]);
        assert_eq!(overlay.docker("other").unwrap().sbom.as_deref(), Some("true"));
    }

    #[test]
    fn strangers_are_refused() {
        assert!(Overlay::read(&section("builders: a")).is_err());
        let errors = check_images(&section(TEXT), &["app".into(), "others".into()]);
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].hints, ["did you mean `others`?"]);
    }
}
