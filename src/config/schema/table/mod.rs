//! The history of the schema: every key of every version, in the order in which they are printed.
//!
//! One row is one key in one range of versions. A key whose type changed has several rows, one after the other. What a
//! version reads follows from the rows that are in it. Where a published schema differs from what Skaffold's parser
//! takes, the rows say what the parser takes (Skaffold: `pkg/skaffold/schema/*/config.go`).

use super::Version;
use crate::yaml::Key;

// One row a line, as tables are.
#[rustfmt::skip]
mod artifact;
#[rustfmt::skip]
mod build;
#[rustfmt::skip]
mod deploy;
#[rustfmt::skip]
mod hooks;
#[rustfmt::skip]
mod kaniko;
#[rustfmt::skip]
mod kubernetes;
#[rustfmt::skip]
mod manifests;
#[rustfmt::skip]
mod overlay;
#[rustfmt::skip]
mod root;
#[rustfmt::skip]
mod test;

/// A document.
pub(super) static ROOT: &Type = &root::SKAFFOLD_CONFIG;
/// The `.skeg` section.
pub(super) static OVERLAY: &Type = &overlay::OVERLAY;

/// Sections in which, and below which, unknown keys are skipped, from [`LENIENT_SINCE`] on. Their types have readers
/// of their own in Skaffold, which forget to be strict.
const LENIENT: &[&str] = &["KanikoArtifact", "ClusterDetails"];
const LENIENT_SINCE: Version = Version::of("v2beta11");

/// Lists that must be written, and may be written empty: profiles fill them.
pub(in crate::config) const MAY_BE_EMPTY: &[&str] = &["releases", "images"];

/// A mapping of the schema with keys of its own.
#[derive(Debug)]
pub struct Type {
    /// Its name in the JSON schemas: `DockerArtifact`.
    pub name: &'static str,
    /// What it is, in sentences.
    pub doc: &'static str,
    /// Its keys in all versions, in the order in which they are printed.
    pub fields: &'static [Field],
}

/// One key of a [`Type`] in one range of versions.
#[derive(Debug)]
pub struct Field {
    /// As it is written.
    pub key: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it does, in sentences.
    pub doc: &'static str,
    /// The first version that has it; the oldest of all = as old as its type.
    pub since: Version,
    /// The last version that has it.
    pub until: Version,
    /// A document without it is refused, in the end: what it becomes in the latest version must be there.
    pub required: bool,
    /// At most one of the keys so marked may have a value.
    pub one_of: bool,
    /// The value when there is none, as text, or as JSON for lists; empty = none worth telling.
    pub default: &'static str,
    /// What to do where the key is no longer known; empty = nothing takes its place.
    pub instead: &'static str,
    /// Skaffold does not know it.
    pub ours: bool,
}

/// What a key takes. Everywhere, nothing at all (`key:`) is as good as leaving the key out.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text; a number or boolean becomes text.
    Text,
    /// One of these texts.
    Words(&'static [&'static str]),
    /// A whole number.
    Whole,
    /// True or false.
    Bool,
    /// A whole number, or text.
    Port,
    /// Anything.
    Any,
    /// A list of texts.
    Texts,
    /// A mapping of names to texts.
    TextMap,
    /// A mapping of names to anything.
    Values,
    /// A list of mappings to anything.
    Objects,
    /// A list of `NAME=VALUE`, or a mapping of names to texts.
    Pairs,
    /// A mapping of that type.
    One(&'static Type),
    /// A list of mappings of that type.
    Many(&'static Type),
}

/// The type of the mapping at a path of a document (`["build", "artifacts", 0, "docker"]`; indices may be left out);
/// `None` = this version has no mapping of a known type there.
pub fn type_of(path: &[Key], version: Version) -> Option<&'static Type> {
    path.iter().try_fold(ROOT, |of, key| match key {
        Key::Name(name) => of.field_in(name, version)?.type_below(),
        Key::Index(_) => Some(of),
    })
}

impl Type {
    /// The keys that a version has.
    pub fn fields_in(&self, version: Version) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(move |field| field.is_in(version))
    }

    /// A key that a version has.
    pub fn field_in(&self, key: &str, version: Version) -> Option<&'static Field> {
        self.fields_in(version).find(|field| field.key == key)
    }

    /// Does this version skip unknown keys here, and below?
    pub fn is_lenient(&self, version: Version) -> bool {
        version >= LENIENT_SINCE && LENIENT.contains(&self.name)
    }
}

impl Field {
    /// Does this version have it?
    pub fn is_in(&self, version: Version) -> bool {
        (self.since..=self.until).contains(&version)
    }

    /// The type of the value, or of the items of the value.
    pub fn type_below(&self) -> Option<&'static Type> {
        match self.kind {
            Kind::One(below) | Kind::Many(below) => Some(below),
            _ => None,
        }
    }

    const fn since(self, name: &str) -> Self {
        Self { since: Version::of(name), ..self }
    }

    const fn until(self, name: &str) -> Self {
        Self { until: Version::of(name), ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn one_of(self) -> Self {
        Self { one_of: true, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn instead(self, instead: &'static str) -> Self {
        Self { instead, ..self }
    }

    const fn ours(self) -> Self {
        Self { ours: true, ..self }
    }
}

/// A key that is as old as its type and still there.
const fn field(key: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        key,
        kind,
        doc,
        since: Version::OLDEST,
        until: Version::LATEST,
        required: false,
        one_of: false,
        default: "",
        instead: "",
        ours: false,
    }
}
