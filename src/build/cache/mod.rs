//! Cache references: what `cacheFrom`, `cacheTo` and the user's `cache-tag`, `cache-repo` and `cache-flags` make
//! BuildKit import and export. Pure: the same inputs give the same references, nothing is changed in place.
//!
//! The rules (`docs/cache.md` has them for users):
//!
//! - An entry is an image name or typed (`type=registry,ref=…`). Typed entries pass through.
//! - An image name keeps its own tag or digest; else it gets `cache-tag`; else, when it names this artifact, the
//!   artifact's tag.
//! - Only names of this project's artifacts are moved to `cache-repo` (else the default repo).
//! - Without `cacheTo`, the first registry reference of `cacheFrom` is also exported to, when pushing.
//! - With `cache-tag` or `cache-repo` and no `cacheFrom`, the artifact imports and exports a reference of its own.

use std::collections::BTreeSet;

use crate::builder::Builder;
use crate::diagnostic::{Excerpt, Kind, Report, Result};
use crate::engine::CacheRef;
use crate::image::{self, Reference};
use crate::template;

/// The attributes of an export that is written as an image name, unless `cache-flags` says otherwise.
/// `image-manifest` and `oci-mediatypes` make registries that know only images (ECR, Harbor) take it.
const EXPORT_ATTRIBUTES: [(&str, &str); 3] =
    [("mode", "max"), ("image-manifest", "true"), ("oci-mediatypes", "true")];

/// Everything an artifact's cache references depend on.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// The artifact's image name as in the project file.
    pub image: &'a str,
    /// The reference it is tagged with, after the default-repo rule (`repo/app:v1`).
    pub tagged: &'a str,
    /// `docker.cacheFrom`.
    pub cache_from: &'a [String],
    /// `docker.cacheTo`; `None` = not given, empty = export nothing.
    pub cache_to: Option<&'a [String]>,
    /// Where each entry of `cache_to` stands, as far as that is known.
    pub places: &'a [Excerpt],
    /// Image names of all artifacts of the project.
    pub artifacts: &'a BTreeSet<&'a str>,
    /// `cache-tag`, a template.
    pub cache_tag: Option<&'a str>,
    /// `cache-repo`.
    pub cache_repo: Option<&'a str>,
    /// `cache-flags`; empty = no export that is not typed out.
    pub cache_flags: Option<&'a [String]>,
    /// `default-repo`.
    pub default_repo: Option<&'a str>,
    /// `multi-level-repo`.
    pub multi_level: Option<bool>,
    /// The result is pushed.
    pub pushing: bool,
    /// The builder's name.
    pub builder: &'a str,
    /// The builder can export a cache to a registry.
    pub can_export: bool,
    /// The platforms to keep apart because they are built by different nodes; empty = one reference for all.
    /// (Two nodes that export to one reference overwrite each other.)
    pub split: &'a [String],
    /// Variables for templates.
    pub variables: &'a template::Context,
}

/// What BuildKit imports and exports for one artifact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caches {
    /// Imports, in order.
    pub from: Vec<CacheRef>,
    /// Exports of the whole target.
    pub to: Vec<CacheRef>,
    /// Exports that belong to one platform each (see [`Inputs::split`]).
    pub to_by_platform: Vec<(String, CacheRef)>,
    /// Why something that could be expected is not exported.
    pub notes: Vec<String>,
}

/// Computes the references.
///
/// # Errors
/// A template that does not expand, an entry that is neither an image name nor typed, an unknown type.
pub fn resolve(inputs: &Inputs<'_>) -> Result<Caches> {
    let mut caches = Caches::default();
    let own_reference = (inputs.cache_from.is_empty()
        && (inputs.cache_tag.is_some() || inputs.cache_repo.is_some()))
    .then(|| inputs.image.to_owned());
    let entries: Vec<&str> =
        inputs.cache_from.iter().map(String::as_str).chain(own_reference.as_deref()).collect();

    let mut first_registry = None;
    for entry in entries {
        let entry = inputs.entry("cacheFrom", entry)?;
        if first_registry.is_none() {
            first_registry = entry.registry_reference().map(str::to_owned);
        }
        caches.from.extend(inputs.imports(entry));
    }

    let exports = match inputs.cache_to {
        Some(entries) => {
            let places = inputs.places.iter().cloned().map(Some).chain(std::iter::repeat(None));
            let exports = entries.iter().zip(places).map(|(entry, place)| {
                let mut export = inputs.entry("cacheTo", entry)?;
                if let Entry::Typed(cache) = &mut export {
                    cache.place = place;
                }
                Ok(export)
            });
            exports.collect::<Result<Vec<_>>>()?
        }
        None => first_registry.map(Entry::Name).into_iter().collect(),
    };
    let derived = inputs.cache_to.is_none();
    for export in exports {
        inputs.export(export, derived, &mut caches)?;
    }
    Ok(caches)
}

/// One entry of `cacheFrom` or `cacheTo`, expanded.
enum Entry {
    /// An image name, now a complete reference.
    Name(String),
    /// Typed out by the user.
    Typed(CacheRef),
}

impl Entry {
    fn registry_reference(&self) -> Option<&str> {
        match self {
            Self::Name(reference) => Some(reference),
            Self::Typed(cache) if cache.kind == "registry" => cache.get("ref"),
            Self::Typed(_) => None,
        }
    }
}

impl Inputs<'_> {
    fn entry(&self, field: &str, raw: &str) -> Result<Entry> {
        let text = template::expand(raw, self.variables).map_err(|error| {
            Report::config(format!("the {field} entry `{raw}` of artifact {} does not expand", self.image))
                .cause(error)
        })?;
        if text.contains('=') {
            return CacheRef::parse(&text)
                .map(Entry::Typed)
                .map_err(|cause| self.bad_entry(field, raw, &cause, "write it as `type=registry,ref=…`"));
        }
        self.image_reference(&text)
            .map(Entry::Name)
            .map_err(|cause| self.bad_entry(field, raw, &cause, "write an image name or `type=…,…`"))
    }

    fn bad_entry(&self, field: &str, raw: &str, cause: &str, hint: &str) -> Box<Report> {
        Box::new(
            Report::config(format!("the {field} entry `{raw}` of artifact {} cannot be read", self.image))
                .cause(cause)
                .hint(hint),
        )
    }

    /// The complete reference an image name stands for.
    fn image_reference(&self, text: &str) -> Result<String, String> {
        let reference = Reference::parse(text).map_err(|e| e.to_string())?;
        let name = reference.name().to_owned();
        let tag = if reference.tag().is_some() || reference.digest().is_some() {
            text[name.len()..].to_owned()
        } else if let Some(cache_tag) = self.cache_tag {
            let tag = template::expand(cache_tag, self.variables).map_err(|e| e.to_string())?;
            format!(":{tag}")
        } else if name == self.image {
            Reference::parse(self.tagged)
                .ok()
                .and_then(|r| r.tag().map(|tag| format!(":{tag}")))
                .unwrap_or_default()
        } else {
            String::new()
        };
        let repo = self.cache_repo.or(self.default_repo);
        let moved = match repo {
            Some(repo) if self.artifacts.contains(name.as_str()) => {
                image::default_repo::substitute(repo, self.multi_level, &name).map_err(|e| e.to_string())?
            }
            _ => name,
        };
        let complete = format!("{moved}{tag}");
        Reference::parse(&complete).map_err(|e| e.to_string())?;
        Ok(complete)
    }

    fn imports(&self, entry: Entry) -> Vec<CacheRef> {
        let cache = match entry {
            Entry::Typed(cache) => cache,
            Entry::Name(reference) => CacheRef::registry(reference),
        };
        // Cache exported before the builder had several nodes is still worth importing: the plain reference stays.
        self.by_platform(&cache).map(|(_, cache)| cache).chain([cache.clone()]).collect()
    }

    /// `cache` with one reference a platform; nothing where the platforms share one (or it has no reference).
    fn by_platform<'b>(&'b self, cache: &'b CacheRef) -> impl Iterator<Item = (String, CacheRef)> + 'b {
        let split: &[String] = if cache.kind == "registry" { self.split } else { &[] };
        split.iter().map(|platform| {
            let mut own = cache.clone();
            for (_, value) in own.attributes.iter_mut().filter(|(key, _)| key == "ref") {
                *value = for_platform(value, platform);
            }
            (platform.clone(), own)
        })
    }

    fn export(&self, export: Entry, derived: bool, caches: &mut Caches) -> Result<()> {
        let to_registry = match &export {
            Entry::Name(_) => true,
            Entry::Typed(cache) => cache.kind == "registry",
        };
        if to_registry && !self.pushing {
            return Ok(());
        }
        let turned_off =
            matches!(export, Entry::Name(_)) && self.cache_flags.is_some_and(<[String]>::is_empty);
        if turned_off {
            return Ok(());
        }
        if !self.can_export && !matches!(&export, Entry::Typed(cache) if cache.kind == "inline") {
            let mut cures = vec![
                "use another builder (`--builder`); those of `docker buildx create --driver docker-container` can",
            ];
            if self.builder != Builder::Classic.to_string() {
                cures.push("or turn on docker's containerd image store");
            }
            cures.push("or export none: `cacheTo: []`");
            let why = format!("builder {} cannot export one", self.builder);
            return self.refuse(Kind::User, derived, caches, &why, &cures);
        }
        let reference = match export {
            Entry::Typed(cache) => {
                self.add_export(cache, caches);
                return Ok(());
            }
            Entry::Name(reference) => reference,
        };
        if Reference::parse(&reference).is_ok_and(|r| r.digest().is_some()) {
            return self.refuse(
                Kind::Config,
                derived,
                caches,
                "its cache reference is a digest",
                &["name a tag to export to"],
            );
        }
        if image::same(&reference, self.tagged) {
            // The cache's manifest would replace the image that was just pushed.
            return self.refuse(
                Kind::Config,
                derived,
                caches,
                &format!("its cache reference {reference} is the tag being pushed"),
                &["give it a tag of its own, for all artifacts with `skeg config set cache-tag cache`"],
            );
        }
        let (kind, attributes) = self.export_attributes()?;
        let attributes = std::iter::once(("ref".to_owned(), reference)).chain(attributes).collect();
        self.add_export(CacheRef { kind, attributes, place: None }, caches);
        Ok(())
    }

    /// An export that cannot be: an error where the project asks for it, a note where it was only derived.
    fn refuse(
        &self,
        kind: Kind,
        derived: bool,
        caches: &mut Caches,
        why: &str,
        cures: &[&str],
    ) -> Result<()> {
        if derived {
            caches.notes.push(format!("{}: no cache is exported: {why}", self.image));
            return Ok(());
        }
        let report = Report::new(kind, format!("the cache of artifact {} cannot be exported", self.image));
        Err(Box::new(cures.iter().fold(report.cause(why), |report, cure| report.hint(*cure))))
    }

    fn add_export(&self, cache: CacheRef, caches: &mut Caches) {
        caches.to_by_platform.extend(self.by_platform(&cache));
        if cache.kind != "registry" || self.split.is_empty() {
            caches.to.push(cache);
        }
    }

    /// The kind and attributes of an export given by name: those of `cache-flags`, else the default ones.
    fn export_attributes(&self) -> Result<(String, Vec<(String, String)>)> {
        let Some(flags) = self.cache_flags else {
            let attributes = EXPORT_ATTRIBUTES.map(|(k, v)| (k.to_owned(), v.to_owned()));
            return Ok(("registry".to_owned(), attributes.to_vec()));
        };
        let text = flags.join(",");
        let with_type = if text.split(',').any(|f| f.starts_with("type=")) {
            text
        } else {
            format!("type=registry,{text}")
        };
        let cache = CacheRef::parse(&with_type).map_err(|cause| {
            Box::new(
                Report::config(format!("cache-flags `{}` cannot be read", flags.join(",")))
                    .cause(cause)
                    .hint("write them as `mode=max,image-manifest=true`"),
            )
        })?;
        Ok((cache.kind, cache.attributes.into_iter().filter(|(key, _)| key != "ref").collect()))
    }
}

/// The reference of one platform's cache: `repo:tag` becomes `repo:tag-linux-arm64`.
fn for_platform(reference: &str, platform: &str) -> String {
    let suffix = platform.replace('/', "-");
    match Reference::parse(reference) {
        Ok(parsed) if parsed.digest().is_some() => reference.to_owned(),
        Ok(parsed) => {
            format!("{}:{}-{suffix}", parsed.name(), parsed.tag().unwrap_or("latest"))
        }
        Err(_) => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests;
