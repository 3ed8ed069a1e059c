//! Manifests, indexes and image configs, as far as they matter here (OCI image spec; docker's manifest v2 schema 2).

use std::fmt::Write as _;

use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};

use crate::image::platform;

/// All media types of manifests and indexes, for the `Accept` header.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// A manifest or an index: whichever it is has its own fields set.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    /// What it says it is; OCI lets it be left out.
    pub(super) media_type: Option<String>,
    /// A manifest's image config.
    pub(super) config: Option<Descriptor>,
    /// An index's manifests.
    pub(super) manifests: Option<Vec<Descriptor>>,
}

/// A reference by digest.
#[derive(Debug, Deserialize)]
pub(super) struct Descriptor {
    /// The digest.
    pub(super) digest: String,
    platform: Option<Platform>,
}

#[derive(Debug, Deserialize)]
struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

impl Manifest {
    /// The manifest of an index for a platform: the one that names exactly it, else the first of the same system and
    /// architecture.
    pub(super) fn for_platform<'a>(manifests: &'a [Descriptor], wanted: &str) -> Option<&'a Descriptor> {
        let wanted = platform::parse(wanted)?;
        let is = |descriptor: &&Descriptor| descriptor.platform().as_deref() == Some(&wanted);
        let near = |descriptor: &&Descriptor| {
            descriptor.platform().is_some_and(|named| family(&named) == family(&wanted))
        };
        manifests.iter().find(is).or_else(|| manifests.iter().find(near))
    }
}

impl Descriptor {
    fn platform(&self) -> Option<String> {
        let Platform { os, architecture, variant } = self.platform.as_ref()?;
        match variant.as_deref() {
            Some(variant) if !variant.is_empty() => {
                platform::parse(&format!("{os}/{architecture}/{variant}"))
            }
            _ => platform::parse(&format!("{os}/{architecture}")),
        }
    }
}

/// A platform without its variant.
fn family(platform: &str) -> (Option<&str>, Option<&str>) {
    let mut parts = platform.split('/');
    (parts.next(), parts.next())
}

/// The ONBUILD triggers of an image config.
pub(super) fn onbuild(config: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Image {
        config: Option<Config>,
    }
    #[derive(Deserialize)]
    struct Config {
        #[serde(rename = "OnBuild")]
        on_build: Option<Vec<String>>,
    }
    let image: Image = serde_json::from_slice(config)?;
    Ok(image.config.and_then(|config| config.on_build).unwrap_or_default())
}

/// The SHA-256 digest of `bytes`, as `sha256:…`.
pub(super) fn digest(bytes: &[u8]) -> String {
    labelled("sha256", &Sha256::digest(bytes))
}

/// Whether `digest` is the digest of `bytes`. An algorithm that is neither SHA-256 nor SHA-512 proves nothing.
pub(super) fn is_digest_of(wanted: &str, bytes: &[u8]) -> bool {
    match wanted.split_once(':') {
        Some(("sha256", _)) => digest(bytes).eq_ignore_ascii_case(wanted),
        Some(("sha512", _)) => labelled("sha512", &Sha512::digest(bytes)).eq_ignore_ascii_case(wanted),
        _ => false,
    }
}

fn labelled(algorithm: &str, sum: &[u8]) -> String {
    sum.iter().fold(format!("{algorithm}:"), |mut text, byte| {
        // writing to a String cannot fail
        write!(text, "{byte:02x}").ok();
        text
    })
}
