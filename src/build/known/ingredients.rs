//! What one artifact is made of: the files its Dockerfile reads, and everything else that decides the image.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use super::facts::{Aspect, Facts};
use super::record::UNSTAMPED;
use crate::diagnostic::{Excerpt, Report, Result};
use crate::dockerfile::{self, Analysis, ContextKind};
use crate::engine::{Context, Dockerfile, NamedContext, SecretSource, Target};
use crate::ignorefile::Rules;
use crate::inputs::{self, Digest, FileSet, IgnoreFile, Read, Scanner, hex};
use crate::settings::env::Environment;

/// The architectures a Dockerfile is read for where the platform of the build is not known.
pub(super) const ARCHITECTURES: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// What the ingredients depend on beside the target and its files.
pub struct Surroundings<'a> {
    /// Finds files; shared by all artifacts of a run.
    pub scanner: &'a Scanner<'a>,
    /// Variables and folders.
    pub environment: &'a Environment,
    /// The digest of a base image by its reference as the Dockerfile has it; `None` = not known.
    pub base: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The ONBUILD triggers of a base image; `None` = not known.
    pub onbuild: &'a (dyn Fn(&str, &str) -> Option<Vec<String>> + Sync),
    /// Hashes what must not be shown; `None` = nothing secret can be remembered.
    pub salt: Option<[u8; 32]>,
}

/// What belongs to one artifact.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// The build arguments by which required artifacts' references are passed.
    pub aliases: BTreeSet<String>,
    /// The named contexts that stand for required artifacts, and whether these may carry ONBUILD triggers.
    pub required: BTreeMap<String, bool>,
    /// The builder, where the result depends on it.
    pub builder: Option<String>,
}

/// What an artifact is made of.
#[derive(Debug, Clone, Default)]
pub struct Ingredients {
    plain: Facts,
    files: Vec<Files>,
    /// When the Dockerfile and the ignore files were written, in nanoseconds since 1970.
    written: Vec<u128>,
    /// References of base images, as the Dockerfile has them.
    pub bases: BTreeSet<String>,
    /// Base images whose digest is not known: without it nothing can be found or remembered.
    pub unknown_bases: BTreeSet<String>,
    /// Why the artifact is built each time, if it is.
    pub always: Option<String>,
    /// Why the whole context counts, if it does.
    pub wide: Option<String>,
    /// A file changed in a way that BuildKit's transfer cannot see.
    pub disguised: bool,
}

/// The files of one context.
#[derive(Debug, Clone)]
struct Files {
    /// The name of a named context; empty for the main one.
    context: String,
    set: Arc<FileSet>,
    /// The line of the Dockerfile of each read.
    lines: Vec<u32>,
}

impl Ingredients {
    /// Adds something that decides the result.
    pub fn add(&mut self, aspect: Aspect, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.plain.add(aspect, name, value);
    }

    /// Adds a base image and its digest, as far as that is known.
    pub fn add_base(&mut self, reference: &str, digest: Option<String>) {
        self.bases.insert(reference.to_owned());
        match digest {
            Some(digest) => self.add(Aspect::Base, reference, digest),
            None => {
                self.unknown_bases.insert(reference.to_owned());
            }
        }
    }

    /// Adds files that no Dockerfile names; `context` is the folder they are in, empty for the artifact's own.
    pub fn add_files(&mut self, context: String, set: FileSet) {
        self.files.push(Files { context, set: Arc::new(set), lines: vec![] });
    }

    /// The key: 64 hexadecimal digits; equal when everything is.
    pub fn key(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.plain.key());
        for files in &self.files {
            hash.update((files.context.len() as u64).to_le_bytes());
            hash.update(&files.context);
            hash.update(files.set.digest);
        }
        let digest: Digest = hash.finalize().into();
        hex(&digest)
    }

    /// Differs whenever a file was written in between, even with the same content. Does not depend on what is learned
    /// during a build.
    pub fn stamp(&self) -> Digest {
        let mut hash = Sha256::new();
        hash.update(self.plain.without(&UNSTAMPED).key());
        for time in &self.written {
            hash.update(time.to_le_bytes());
        }
        for files in &self.files {
            hash.update(files.set.stamp());
        }
        hash.finalize().into()
    }

    /// Everything by name, to compare and to remember.
    pub fn facts(&self) -> Facts {
        let mut facts = self.plain.clone();
        for files in &self.files {
            for item in files.set.items() {
                let mut name = files.context.clone().into_bytes();
                if !name.is_empty() {
                    name.push(b':');
                }
                name.extend_from_slice(&item.path);
                let line = files.lines.get(item.read).copied().unwrap_or(0);
                facts.add_at(Aspect::File, name, item.value(), line);
            }
        }
        facts
    }
}

/// Finds what a docker artifact's image is made of.
///
/// # Errors
/// A file that is needed cannot be read; an ignore file that BuildKit would refuse.
pub fn of_target(target: &Target, own: &Own, surroundings: &Surroundings<'_>) -> Result<Ingredients> {
    let mut ingredients = Ingredients::default();
    options(&mut ingredients, target, own);
    let Context::Local(root) = &target.context else {
        ingredients.always = Some("its context is remote".to_owned());
        return Ok(ingredients);
    };
    let (text, file) = text(target)?;
    let shown = file.map_or_else(|| "Dockerfile".into(), |path| shown(path, root, surroundings.environment));
    ingredients.add(Aspect::Dockerfile, &shown, inputs::of_bytes(text.as_bytes()));
    ingredients.written.extend(file.map(written));

    let contexts = named_contexts(target);
    let kinds: BTreeMap<String, ContextKind> = target
        .contexts
        .keys()
        .map(|name| {
            (name.clone(), if contexts.contains_key(name) { ContextKind::Folder } else { ContextKind::Other })
        })
        .collect();
    let analysis = analyze(target, &text, &kinds, own, surroundings);

    let ignore = ignore_file(root, file)?;
    if let Some((file, _)) = &ignore {
        let name = self::shown(&file.path, root, surroundings.environment);
        ingredients.add(Aspect::IgnoreFile, name, inputs::of_bytes(&file.bytes));
        ingredients.written.push(written(&file.path));
    }
    let rules = ignore.map(|(_, rules)| rules).unwrap_or_default();
    scan(&mut ingredients, None, root, rules, &analysis, surroundings)?;
    for (name, folder) in &contexts {
        let rules = ignore_file(folder, None)?.map(|(_, rules)| rules).unwrap_or_default();
        scan(&mut ingredients, Some(name), folder, rules, &analysis, surroundings)?;
    }

    named_sources(&mut ingredients, target, own, &contexts);
    arguments(&mut ingredients, target, own, &text, surroundings);
    secrets(&mut ingredients, target, surroundings);
    for base in &analysis.bases {
        ingredients.add_base(&base.reference, (surroundings.base)(&base.reference));
    }
    let in_contexts: Vec<String> = ingredients.bases.iter().cloned().collect();
    for reference in in_contexts {
        ingredients.add_base(&reference, (surroundings.base)(&reference));
    }
    if let Some(volatile) = analysis.volatile.first() {
        ingredients
            .always
            .get_or_insert(format!("{} (line {}) may have changed", volatile.what, volatile.line));
    }
    ingredients.wide = analysis.wide.map(|wide| format!("{} (line {})", wide.reason, wide.line));
    Ok(ingredients)
}

/// When a file was last written, in nanoseconds since 1970; 0 = not known.
fn written(path: &Path) -> u128 {
    let modified = fs_err::metadata(path).and_then(|metadata| metadata.modified());
    modified.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos())
}

/// Everything the target says itself.
fn options(ingredients: &mut Ingredients, target: &Target, own: &Own) {
    let mut option = |name: &str, value: &str| ingredients.add(Aspect::Option, name, value);
    for (name, values) in [
        ("add-host", &target.add_hosts),
        ("ulimit", &target.ulimits),
        ("entitlements", &target.entitlements),
        ("no-cache-filter", &target.no_cache_filter),
        ("cliFlags", &target.extra_flags),
    ] {
        if !values.is_empty() {
            option(name, &values.join("\n"));
        }
    }
    if let Some(size) = &target.shm_size {
        option("shm-size", size);
    }
    if target.pull {
        option("pullParent", "true");
    }
    ingredients.add(Aspect::Target, "", target.stage.as_deref().unwrap_or_default());
    ingredients.add(Aspect::Platforms, "", target.platforms.join(","));
    if let Some(network) = &target.network {
        ingredients.add(Aspect::Network, "", network);
    }
    for (name, value) in &target.labels {
        ingredients.add(Aspect::Label, name, value);
    }
    for annotation in &target.annotations {
        let (name, value) = annotation.split_once('=').unwrap_or((annotation, ""));
        ingredients.add(Aspect::Annotation, name, value);
    }
    for (name, value) in [("provenance", &target.provenance), ("sbom", &target.sbom)] {
        if let Some(value) = value {
            ingredients.add(Aspect::Attestation, name, value);
        }
    }
    if !target.ssh.is_empty() {
        ingredients.add(Aspect::Ssh, "", target.ssh.join("\n"));
    }
    if let Some(builder) = &own.builder {
        ingredients.add(Aspect::Builder, "", builder);
    }
    if target.no_cache {
        ingredients.always = Some("noCache".to_owned());
    } else if !target.no_cache_filter.is_empty() {
        ingredients.always = Some("no-cache-filter".to_owned());
    }
}

/// Whether images of a target may carry ONBUILD triggers.
pub fn has_triggers(target: &Target) -> bool {
    text(target).map_or(true, |(text, _)| dockerfile::has_triggers(&text))
}

/// The Dockerfile's text, and its file where it has one.
fn text(target: &Target) -> Result<(String, Option<&Path>)> {
    match &target.dockerfile {
        Dockerfile::Inline(text) => Ok((text.clone(), None)),
        Dockerfile::File(path) => match inputs::read(path) {
            Ok(bytes) => Ok((String::from_utf8_lossy(&bytes).into_owned(), Some(path))),
            Err(error) => Err(Box::new(
                Report::user(format!("the Dockerfile of artifact {} cannot be read", target.image))
                    .cause(error),
            )),
        },
    }
}

/// A file as people name it: relative to the context where it is in there, else to the working folder.
fn shown(path: &Path, root: &Path, environment: &Environment) -> String {
    let relative = path.strip_prefix(root).or_else(|_| path.strip_prefix(&environment.cwd)).unwrap_or(path);
    relative.display().to_string()
}

/// Named contexts that are folders of this machine.
fn named_contexts(target: &Target) -> BTreeMap<String, PathBuf> {
    target
        .contexts
        .iter()
        .filter_map(|(name, context)| {
            let NamedContext::Source(source) = context else { return None };
            let folder = PathBuf::from(source.strip_prefix("oci-layout://").unwrap_or(source));
            (folder.is_absolute() && folder.is_dir()).then(|| (name.clone(), folder))
        })
        .collect()
}

/// What names stand for that are no folders.
fn named_sources(
    ingredients: &mut Ingredients,
    target: &Target,
    own: &Own,
    folders: &BTreeMap<String, PathBuf>,
) {
    for (name, context) in target.contexts.iter().filter(|(name, _)| !own.required.contains_key(*name)) {
        let NamedContext::Source(source) = context else { continue };
        if folders.contains_key(name) {
            ingredients.add(Aspect::Context, name, "folder");
        } else if let Some(reference) = source.strip_prefix("docker-image://") {
            ingredients.add(Aspect::Context, name, source);
            ingredients.bases.insert(reference.to_owned());
        } else {
            ingredients.add(Aspect::Context, name, source);
            ingredients.always.get_or_insert(format!("the context {name} is remote"));
        }
    }
}

/// What the Dockerfile reads for any of the platforms it is built for.
fn analyze(
    target: &Target,
    text: &str,
    contexts: &BTreeMap<String, ContextKind>,
    own: &Own,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let onbuild = |name: &str, platform: &str| match (own.required.get(name), target.contexts.get(name)) {
        (Some(false), _) => Some(vec![]),
        (Some(true), _) => None,
        (None, Some(NamedContext::Source(source))) => {
            (surroundings.onbuild)(source.strip_prefix("docker-image://")?, platform)
        }
        (None, _) => (surroundings.onbuild)(name, platform),
    };
    let known: Vec<&str> = target.platforms.iter().map(String::as_str).collect();
    let platforms: &[&str] = if known.is_empty() { &ARCHITECTURES } else { &known };
    let mut whole: Option<Analysis> = None;
    for &platform in platforms {
        let natives: &[&str] = if known.is_empty() { &[platform] } else { &ARCHITECTURES };
        for native in natives {
            let one = dockerfile::analyze(
                text,
                &dockerfile::Options {
                    target: target.stage.as_deref(),
                    args: &target.args,
                    platform,
                    build_platform: native,
                    contexts,
                    onbuild: &|name| onbuild(name, platform),
                },
            );
            match &mut whole {
                None => whole = Some(one),
                Some(whole) => whole.merge(one),
            }
        }
    }
    whole.unwrap_or_default()
}

/// Finds the files that are read of one context.
fn scan(
    ingredients: &mut Ingredients,
    name: Option<&String>,
    root: &Path,
    rules: Rules,
    analysis: &Analysis,
    surroundings: &Surroundings<'_>,
) -> Result<()> {
    let reads: Vec<&dockerfile::Read> =
        analysis.reads.iter().filter(|read| read.context.as_ref() == name).collect();
    if reads.is_empty() {
        return Ok(());
    }
    let request = inputs::Request {
        root: root.to_owned(),
        reads: reads
            .iter()
            .map(|read| Read {
                pattern: read.pattern.clone(),
                // What BuildKit refuses leaves nothing out here.
                exclude: Rules::of_patterns(&read.exclude).unwrap_or_default(),
            })
            .collect(),
        ignore: rules,
    };
    let set = surroundings.scanner.scan(&request).map_err(|error| unreadable(&error))?;
    ingredients.disguised |= set.disguised;
    ingredients.files.push(Files {
        context: name.cloned().unwrap_or_default(),
        set: Arc::new(set),
        lines: reads.iter().map(|read| u32::try_from(read.line).unwrap_or(0)).collect(),
    });
    Ok(())
}

/// A file that is needed cannot be read.
pub(super) fn unreadable(error: &inputs::Error) -> Box<Report> {
    let inputs::Error::Unreadable { path, source } = error;
    Box::new(
        Report::user(format!("{} cannot be read", path.display()))
            .cause(source)
            .hint("make it readable, or name it in .dockerignore if no image needs it"),
    )
}

/// The ignore file in force, and its rules.
fn ignore_file(root: &Path, dockerfile: Option<&Path>) -> Result<Option<(IgnoreFile, Rules)>> {
    let found = inputs::ignore_file(root, dockerfile);
    let found = found.map_err(|error| {
        Box::new(
            Report::user("an ignore file cannot be read")
                .cause(error)
                .hint("make it a file that can be read"),
        )
    })?;
    let Some(file) = found else { return Ok(None) };
    let rules = Rules::parse(&file.bytes).map_err(|error| refused(&file.path, &file.bytes, &error))?;
    Ok(Some((file, rules)))
}

fn refused(path: &Path, bytes: &[u8], error: &crate::ignorefile::Error) -> Box<Report> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let start = text.split_inclusive('\n').take(error.line.saturating_sub(1)).map(str::len).sum::<usize>();
    let length = text[start..].lines().next().map_or(0, str::len);
    Box::new(
        Report::config(format!("`{}` is no pattern", error.pattern))
            .at(Excerpt {
                path: path.to_owned(),
                text: text.into(),
                span: start..start + length,
                label: error.reason.clone(),
            })
            .hint("correct the line; a backslash takes the meaning of the character behind it away"),
    )
}

/// Build arguments. Their values may be confidential: only a keyed hash is kept.
fn arguments(
    ingredients: &mut Ingredients,
    target: &Target,
    own: &Own,
    text: &str,
    surroundings: &Surroundings<'_>,
) {
    for (name, value) in &target.args {
        // A required image's reference is its tag, which is no input, unless a stage can read it; what the image is
        // counts by its key.
        if !own.aliases.contains(name) || dockerfile::declares_in_stage(text, name) {
            ingredients.add(Aspect::Argument, name, keyed(surroundings.salt, value.as_bytes()));
        }
    }
}

/// Secrets: identity, source, and a keyed hash of the content.
fn secrets(ingredients: &mut Ingredients, target: &Target, surroundings: &Surroundings<'_>) {
    for secret in &target.secrets {
        let content = match &secret.source {
            SecretSource::File(path) => inputs::read(path).ok(),
            SecretSource::Env(name) => {
                surroundings.environment.vars.get(name).map(|value| value.clone().into_bytes())
            }
        };
        match (content, surroundings.salt) {
            (Some(content), Some(_)) => {
                let source = match &secret.source {
                    SecretSource::File(path) => format!("file {}", path.display()),
                    SecretSource::Env(name) => format!("variable {name}"),
                };
                let mut value = source.into_bytes();
                value.push(0);
                value.extend(keyed(surroundings.salt, &content));
                ingredients.add(Aspect::Secret, &secret.id, value);
            }
            _ => {
                ingredients.always.get_or_insert(format!("secret {} cannot be remembered", secret.id));
            }
        }
    }
}

/// A hash that tells nothing to who has not got the salt.
pub(super) fn keyed(salt: Option<[u8; 32]>, content: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(salt.unwrap_or_default());
    hash.update(inputs::of_bytes(content));
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
