//! The seam: what an engine is told, and what it answers. Plain values without any knowledge of a transport.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::diagnostic::Excerpt;

/// Everything one builder is asked to build in one run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Definition {
    /// The targets, dependencies before dependents.
    pub targets: Vec<Target>,
}

/// One image to build.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Target {
    /// Unique in the run; `[a-zA-Z0-9_-]+`, so it can name a bake target.
    pub name: String,
    /// The artifact's image name as in the project file (what events and errors name).
    pub image: String,
    /// Where the build context comes from.
    pub context: Context,
    /// The Dockerfile.
    pub dockerfile: Dockerfile,
    /// Stage to build; the last one when absent.
    pub stage: Option<String>,
    /// Where the stage stands in the project file.
    pub stage_place: Option<Excerpt>,
    /// References the result is tagged with (`repo:tag`).
    pub tags: Vec<String>,
    /// Build arguments, resolved.
    pub args: BTreeMap<String, String>,
    /// `os/arch[/variant]`; empty = the builder's own platform.
    pub platforms: Vec<String>,
    /// Named contexts: name (also an image reference as written in FROM) to its source.
    pub contexts: BTreeMap<String, NamedContext>,
    /// Cache to import from.
    pub cache_from: Vec<CacheRef>,
    /// Cache to export to.
    pub cache_to: Vec<CacheRef>,
    /// Secrets for `RUN --mount=type=secret`.
    pub secrets: Vec<Secret>,
    /// SSH agents or keys for `RUN --mount=type=ssh`: `default`, `id=path`.
    pub ssh: Vec<String>,
    /// Image labels.
    pub labels: BTreeMap<String, String>,
    /// OCI annotations in buildx's notation (`key=value`, `index:key=value`, …).
    pub annotations: Vec<String>,
    /// Network mode of RUN steps: `default`, `none`, `host`.
    pub network: Option<String>,
    /// `host:ip` entries.
    pub add_hosts: Vec<String>,
    /// `name=soft[:hard]`.
    pub ulimits: Vec<String>,
    /// Size of /dev/shm (`64m`).
    pub shm_size: Option<String>,
    /// `network.host`, `security.insecure`, `device=…`.
    pub entitlements: Vec<String>,
    /// No cache at all.
    pub no_cache: bool,
    /// Stages to build without cache.
    pub no_cache_filter: Vec<String>,
    /// Always ask the registry for newer base images.
    pub pull: bool,
    /// Provenance attestation: `None` = off; else buildx's value (`mode=min`, `mode=max`, …).
    pub provenance: Option<String>,
    /// SBOM attestation: `None` = off; else buildx's value (`true`, `generator=…`).
    pub sbom: Option<String>,
    /// Where the result goes; empty = stays in the build cache.
    pub outputs: Vec<Output>,
    /// Flags of `docker build` that no field above expresses; such a target is built by a call of its own.
    pub extra_flags: Vec<String>,
}

/// Where a build context comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Context {
    /// A folder, absolute.
    Local(PathBuf),
    /// A git URL or an http tarball that BuildKit fetches.
    Remote(String),
}

impl Default for Context {
    fn default() -> Self {
        Self::Local(PathBuf::from("."))
    }
}

/// Where the Dockerfile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dockerfile {
    /// A file; absolute for local contexts (it may be outside the context), relative inside remote ones.
    File(PathBuf),
    /// The text itself.
    Inline(String),
}

impl Default for Dockerfile {
    fn default() -> Self {
        Self::File(PathBuf::from("Dockerfile"))
    }
}

/// What a named context stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedContext {
    /// Another target of the same run, by [`Target::name`].
    Target(String),
    /// Anything buildx takes: a folder, a git or http URL, `docker-image://…`, `oci-layout://…`.
    Source(String),
}

/// The cache kinds BuildKit knows (`type=…`).
const CACHE_KINDS: [&str; 6] = ["registry", "inline", "local", "gha", "s3", "azblob"];

/// One cache import or export: `type=registry,ref=…` as ordered attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheRef {
    /// `registry`, `gha`, `s3`, `local`, `azblob`, `inline`.
    pub kind: String,
    /// The other attributes in order (`ref`, `mode`, …).
    pub attributes: Vec<(String, String)>,
    /// Where the project file spells it out; absent for one that was made of an image name.
    pub place: Option<Excerpt>,
}

impl CacheRef {
    /// Reads `type=registry,ref=…`: comma-separated fields, a field may be quoted as in CSV (as buildx reads it).
    ///
    /// # Errors
    /// What is wrong, as a sentence: no `type`, an unknown type, a field that is not `key=value`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut kind = None;
        let mut attributes = Vec::new();
        for field in csv_fields(text)? {
            let Some((key, value)) = field.split_once('=') else {
                return Err(format!("`{field}` is not key=value"));
            };
            if key == "type" {
                kind = Some(value.to_owned());
            } else {
                attributes.push((key.to_owned(), value.to_owned()));
            }
        }
        let Some(kind) = kind else { return Err("it has no type=…".to_owned()) };
        if !CACHE_KINDS.contains(&kind.as_str()) {
            return Err(format!("`{kind}` is no cache type ({})", CACHE_KINDS.join(", ")));
        }
        Ok(Self { kind, attributes, place: None })
    }

    /// The cache in a registry under `reference`.
    pub fn registry(reference: impl Into<String>) -> Self {
        let attributes = vec![("ref".to_owned(), reference.into())];
        Self { kind: "registry".to_owned(), attributes, place: None }
    }

    /// The value of an attribute.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

impl std::fmt::Display for CacheRef {
    /// The comma-separated form that buildx reads (a field holding a comma or quote is quoted as CSV).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "type={}", self.kind)?;
        for (key, value) in &self.attributes {
            let field = format!("{key}={value}");
            if field.contains([',', '"', '\n']) {
                write!(f, ",\"{}\"", field.replace('"', "\"\""))?;
            } else {
                write!(f, ",{field}")?;
            }
        }
        Ok(())
    }
}

/// A secret: identity and source, never the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The id that `RUN --mount=type=secret,id=…` names.
    pub id: String,
    /// Where the builder client reads it.
    pub source: SecretSource,
}

/// Where a secret's content is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An absolute path.
    File(PathBuf),
    /// The name of an environment variable.
    Env(String),
}

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Into the registry of the target's tags.
    Push {
        /// The registry speaks plain http or has an untrusted certificate.
        insecure: bool,
    },
    /// Into the docker daemon of the builder client's docker host.
    Load,
    /// Anything else buildx takes (`type=oci,dest=…`).
    Other(String),
}

/// What an engine answers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// By [`Target::name`]; every target of the definition that was built.
    pub targets: BTreeMap<String, TargetOutcome>,
}

/// The result of one target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetOutcome {
    /// Digest of the pushed manifest or index (`sha256:…`); `None` for what only stays in the cache.
    pub digest: Option<String>,
    /// Digest of the image's configuration, where the engine tells (the image id of a classic image store).
    pub config_digest: Option<String>,
    /// Steps of the target (each counted once).
    pub steps: usize,
    /// Of these, steps that came from the cache.
    pub cached_steps: usize,
    /// Time from the run's start to the target's last event.
    pub time: Duration,
    /// The digests of base images as the builder resolved them, by reference; empty where it does not tell.
    pub bases: BTreeMap<String, String>,
}

fn csv_fields(text: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut field = String::new();
            let mut chars = quoted.char_indices().peekable();
            let end = loop {
                match chars.next() {
                    Some((_, '"')) if chars.peek().is_some_and(|(_, c)| *c == '"') => {
                        chars.next();
                        field.push('"');
                    }
                    Some((at, '"')) => break at + 1,
                    Some((_, c)) => field.push(c),
                    None => return Err("a quote is not closed".to_owned()),
                }
            };
            fields.push(field);
            rest = &quoted[end..];
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            fields.push(rest[..end].trim().to_owned());
            rest = &rest[end..];
        }
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None if rest.is_empty() => break,
            None => return Err("text follows a closing quote".to_owned()),
        }
    }
    fields.retain(|f| !f.is_empty());
    Ok(fields)
}
