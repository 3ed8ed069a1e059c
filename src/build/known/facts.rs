//! What a build is made of, as named facts. The key is their hash; two sets of them tell why an image is built again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::inputs::{Digest, hex};

/// Changes whenever the same facts would mean another image. It is part of every key.
const VERSION: &[u8] = b"skeg artifact key 1";

/// What a fact is about, in the order in which changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Aspect {
    /// The Dockerfile.
    Dockerfile = 0,
    /// An ignore file.
    IgnoreFile = 1,
    /// A file, folder or link of a context.
    File = 2,
    /// The command of a custom artifact.
    Command = 3,
    /// A build argument.
    Argument = 4,
    /// The stage that is built.
    Target = 5,
    /// The platforms.
    Platforms = 6,
    /// A base image.
    Base = 7,
    /// A required artifact.
    Required = 8,
    /// A named context that is no folder, or what a name stands for.
    Context = 9,
    /// A secret.
    Secret = 10,
    /// SSH access.
    Ssh = 11,
    /// A label.
    Label = 12,
    /// An annotation.
    Annotation = 13,
    /// The network of RUN steps.
    Network = 14,
    /// Provenance or SBOM.
    Attestation = 15,
    /// Any other option of the build.
    Option = 16,
    /// The builder, where the result depends on it.
    Builder = 17,
}

impl Aspect {
    const ALL: [Self; 18] = [
        Self::Dockerfile,
        Self::IgnoreFile,
        Self::File,
        Self::Command,
        Self::Argument,
        Self::Target,
        Self::Platforms,
        Self::Base,
        Self::Required,
        Self::Context,
        Self::Secret,
        Self::Ssh,
        Self::Label,
        Self::Annotation,
        Self::Network,
        Self::Attestation,
        Self::Option,
        Self::Builder,
    ];

    /// Whether it is a file of this machine.
    pub const fn is_file(self) -> bool {
        matches!(self, Self::Dockerfile | Self::IgnoreFile | Self::File)
    }

    /// Whether its values may be shown; others are hashes.
    const fn is_plain(self) -> bool {
        !matches!(self, Self::Argument | Self::Secret | Self::Required) && !self.is_file()
    }
}

/// The value of a fact, and what is told about it beside.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    /// What is hashed: for files kind, mode and digest, for arguments and secrets a keyed hash, else plain text.
    bytes: Box<[u8]>,
    /// The line of the Dockerfile that a file enters by, from 1; 0 = none. Not part of the key.
    line: u32,
}

/// The facts of one build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    facts: BTreeMap<(Aspect, Box<[u8]>), Value>,
}

/// How a fact differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its value is another one.
    Changed,
}

/// One difference between two builds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    #[serde(rename = "kind")]
    pub aspect: Aspect,
    /// Which one.
    pub name: String,
    /// How it differs.
    pub change: Change,
    /// The line of the Dockerfile that a file enters by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The value before, where it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value now, where it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Facts {
    /// Adds a fact.
    pub fn add(&mut self, aspect: Aspect, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.add_at(aspect, name, value, 0);
    }

    /// Adds a fact that enters by a line of the Dockerfile. The first line that takes a file is the one that is told.
    pub fn add_at(&mut self, aspect: Aspect, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>, line: u32) {
        let value = Value { bytes: value.as_ref().into(), line };
        self.facts.entry((aspect, name.as_ref().into())).or_insert(value);
    }

    /// The names of the facts about something.
    pub fn names(&self, aspect: Aspect) -> impl Iterator<Item = String> {
        let own = self.facts.keys().filter(move |(other, _)| *other == aspect);
        own.map(|(_, name)| String::from_utf8_lossy(name).into_owned())
    }

    /// The facts that are about something else.
    #[must_use]
    pub fn without(&self, aspects: &[Aspect]) -> Self {
        let kept = self.facts.iter().filter(|((aspect, _), _)| !aspects.contains(aspect));
        Self { facts: kept.map(|(name, value)| (name.clone(), value.clone())).collect() }
    }

    /// The key: equal for two builds when every fact is.
    pub fn key(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(VERSION);
        for ((aspect, name), value) in &self.facts {
            hash.update([*aspect as u8]);
            for part in [&**name, &*value.bytes] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        let digest: Digest = hash.finalize().into();
        hex(&digest)
    }

    /// What differs from `before`, in the order of aspects and names.
    pub fn differences(&self, before: &Self) -> Vec<Difference> {
        let mut differences: Vec<Difference> = self
            .facts
            .iter()
            .filter_map(|(name, now)| match before.facts.get(name) {
                None => Some(difference(name, None, Some(now))),
                Some(then) if then.bytes != now.bytes => Some(difference(name, Some(then), Some(now))),
                Some(_) => None,
            })
            .chain(
                before
                    .facts
                    .iter()
                    .filter(|(name, _)| !self.facts.contains_key(name))
                    .map(|(name, then)| difference(name, Some(then), None)),
            )
            .collect();
        // A folder that comes or goes with what is in it is no news.
        let names: BTreeSet<(&str, u8)> =
            differences.iter().map(|d| (d.name.as_str(), d.change as u8)).collect();
        let is_told = |d: &Difference| {
            let below = format!("{}/", d.name);
            let mut inside =
                names.range((below.as_str(), 0)..).take_while(|(name, _)| name.starts_with(&below));
            d.aspect != Aspect::File
                || d.change == Change::Changed
                || inside.all(|(_, c)| *c != d.change as u8)
        };
        let told: Vec<bool> = differences.iter().map(is_told).collect();
        let mut told = told.into_iter();
        differences.retain(|_| told.next().unwrap_or(true));
        differences.sort_by(|a, b| (a.aspect, &a.name).cmp(&(b.aspect, &b.name)));
        differences
    }

    /// The facts as bytes, for the database.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.facts.len() * 100);
        for ((aspect, name), value) in &self.facts {
            bytes.push(*aspect as u8);
            bytes.extend_from_slice(&value.line.to_le_bytes());
            for part in [&**name, &*value.bytes] {
                bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
                bytes.extend_from_slice(part);
            }
        }
        bytes
    }

    /// Reads what [`Facts::encode`] wrote; `None` = it is something else.
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        fn part<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
            let (length, rest) = bytes.split_first_chunk::<4>()?;
            let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            *bytes = rest;
            Some(part)
        }
        let mut facts = Self::default();
        while let Some((aspect, rest)) = bytes.split_first() {
            let (line, rest) = rest.split_first_chunk::<4>()?;
            bytes = rest;
            let aspect = *Aspect::ALL.get(usize::from(*aspect))?;
            let name = part(&mut bytes)?;
            facts.add_at(aspect, name, part(&mut bytes)?, u32::from_le_bytes(*line));
        }
        Some(facts)
    }
}

fn difference(name: &(Aspect, Box<[u8]>), before: Option<&Value>, after: Option<&Value>) -> Difference {
    let (aspect, name) = name;
    let show = |value: &Value| aspect.is_plain().then(|| String::from_utf8_lossy(&value.bytes).into_owned());
    Difference {
        aspect: *aspect,
        name: String::from_utf8_lossy(name).chars().flat_map(visible).collect(),
        change: match (before, after) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            _ => Change::Changed,
        },
        line: after.or(before).map(|v| v.line).filter(|line| *line > 0),
        before: before.and_then(show),
        after: after.and_then(show),
    }
}

/// A character of a name as it can be shown in a line.
fn visible(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

/// The differences in a few words, for one line: `changed: src/main.go, +2 more; build argument VERSION`.
pub fn summary(differences: &[Difference]) -> String {
    let mut words = Vec::new();
    let mut files: Vec<&Difference> = differences.iter().filter(|d| d.aspect.is_file()).collect();
    // What is there says more than what is gone.
    files.sort_by_key(|d| d.change == Change::Removed);
    let files: Vec<&str> = files.into_iter().map(|d| d.name.as_str()).collect();
    if let Some((first, more)) = files.split_first() {
        let more = if more.is_empty() { String::new() } else { format!(", +{} more", more.len()) };
        words.push(format!("changed: {first}{more}"));
    }
    words.extend(differences.iter().filter(|d| !d.aspect.is_file()).map(words_of));
    words.dedup();
    const SHOWN: usize = 3;
    let more = words.len().saturating_sub(SHOWN);
    words.truncate(SHOWN);
    let mut text = words.join("; ");
    if more > 0 {
        // Writing to a text does not fail.
        let _written = write!(text, "; +{more} more");
    }
    text
}

fn words_of(difference: &Difference) -> String {
    let name = &difference.name;
    match difference.aspect {
        Aspect::Dockerfile | Aspect::IgnoreFile | Aspect::File => format!("changed: {name}"),
        Aspect::Command => "the build command".to_owned(),
        Aspect::Argument => format!("build argument {name}"),
        Aspect::Target => "target".to_owned(),
        Aspect::Platforms => "platforms".to_owned(),
        Aspect::Base if difference.change == Change::Changed => format!("base {name} moved"),
        Aspect::Base => format!("base {name}"),
        Aspect::Required => format!("required {name}"),
        Aspect::Context => format!("context {name}"),
        Aspect::Secret => format!("secret {name}"),
        Aspect::Ssh => "ssh".to_owned(),
        Aspect::Label => format!("label {name}"),
        Aspect::Annotation => format!("annotation {name}"),
        Aspect::Network => "network".to_owned(),
        Aspect::Attestation | Aspect::Option => name.clone(),
        Aspect::Builder => "builder".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(list: &[(Aspect, &str, &str)]) -> Facts {
        let mut facts = Facts::default();
        for (aspect, name, value) in list {
            facts.add(*aspect, name, value);
        }
        facts
    }

    #[test]
    fn the_order_in_which_facts_are_found_does_not_matter_and_everything_else_does() {
        let one = facts(&[(Aspect::File, "a", "1"), (Aspect::File, "b", "2")]);
        assert_eq!(one.key(), facts(&[(Aspect::File, "b", "2"), (Aspect::File, "a", "1")]).key());
        for other in [
            facts(&[(Aspect::File, "a", "1")]),
            facts(&[(Aspect::File, "a", "2"), (Aspect::File, "b", "1")]),
            facts(&[(Aspect::Argument, "a", "1"), (Aspect::File, "b", "2")]),
            // the border between name and value is part of it
            facts(&[(Aspect::File, "a1", ""), (Aspect::File, "b", "2")]),
        ] {
            assert_ne!(one.key(), other.key(), "{other:?}");
        }
    }

    #[test]
    fn lines_are_kept_but_are_not_in_the_key() {
        let mut one = Facts::default();
        one.add_at(Aspect::File, "a", "1", 3);
        one.add_at(Aspect::File, "a", "1", 4);
        assert_eq!(one.key(), facts(&[(Aspect::File, "a", "1")]).key());
        let before = facts(&[(Aspect::File, "a", "0")]);
        assert_eq!(one.differences(&before)[0].line, Some(3));
        assert_eq!(Facts::decode(&one.encode()), Some(one));
        assert_eq!(Facts::decode(b"\x02\0"), None);
        assert_eq!(Facts::decode(&[99; 40]), None);
    }

    #[test]
    fn differences_name_what_changed_and_never_show_an_argument() {
        let before = facts(&[
            (Aspect::File, "kept", "1"),
            (Aspect::File, "edited", "1"),
            (Aspect::File, "gone", "1"),
            (Aspect::Argument, "TOKEN", "hash1"),
            (Aspect::Target, "", "dev"),
            (Aspect::Base, "golang:1.26", "sha256:1"),
        ]);
        let after = facts(&[
            (Aspect::File, "kept", "1"),
            (Aspect::File, "edited", "2"),
            (Aspect::File, "new", "1"),
            (Aspect::Argument, "TOKEN", "hash2"),
            (Aspect::Target, "", "prod"),
            (Aspect::Base, "golang:1.26", "sha256:2"),
        ]);
        let differences = after.differences(&before);
        let told: Vec<_> =
            differences.iter().map(|d| (d.name.as_str(), d.change, d.before.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("edited", Change::Changed, None),
                ("gone", Change::Removed, None),
                ("new", Change::Added, None),
                ("TOKEN", Change::Changed, None),
                ("", Change::Changed, Some("dev")),
                ("golang:1.26", Change::Changed, Some("sha256:1")),
            ]
        );
        assert_eq!(summary(&differences), "changed: edited, +2 more; build argument TOKEN; target; +1 more");
        assert_eq!(summary(&differences[5..]), "base golang:1.26 moved");
        assert_eq!(after.differences(&after), []);
    }
}
