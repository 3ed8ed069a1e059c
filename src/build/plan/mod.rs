//! The plan: which builder is told what, in which order. Pure: a function of the project, the settings, the tags
//! and what is known of the builders; nothing is asked of the network.

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use sources::no_context;
use sources::{RUN_MODE, declares_run_mode, locate, secrets};

use super::artifact::{Artifact, Recipe};
use super::cache::{self, Caches};
use super::graph::{Graph, Run};
use crate::config::{absolute, is_remote_context};
use crate::diagnostic::{Excerpt, Report, Result};
use crate::engine::{self, Context, Definition, Dockerfile, NamedContext, Output, Target};
use crate::image::{Reference, platform};
use crate::settings::Settings;
use crate::settings::env::Environment;
use crate::template;
use crate::yaml::{Key, refuse};

/// What the plan needs to know of a builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuilderFacts {
    /// The builder's name or address, for messages.
    pub name: String,
    /// It can export a cache to a registry.
    pub exports_cache: bool,
    /// It is the docker daemon's own: it sees the images that the daemon holds.
    pub in_daemon: bool,
    /// The platforms each of its nodes was given; a builder of one node has one entry, which may be empty.
    pub nodes: Vec<Vec<String>>,
}

/// Everything the plan is made of.
pub struct Inputs<'a> {
    /// All artifacts of the project, in its order.
    pub artifacts: &'a [Artifact<'a>],
    /// Indices of the artifacts to deliver.
    pub wanted: &'a [usize],
    /// Settings of the run.
    pub settings: &'a Settings,
    /// Variables and folders.
    pub environment: &'a Environment,
    /// The builders in use.
    pub builders: &'a [BuilderFacts],
    /// Each artifact's builder: an index into `builders`; custom artifacts have one of their own behind the last.
    pub builder_of: &'a [usize],
    /// Artifacts whose image is there already, by index, with the reference others find it by.
    pub done: &'a BTreeMap<usize, String>,
    /// The value of `SKAFFOLD_RUN_MODE` for Dockerfiles that declare it (the verb's name).
    pub run_mode: &'a str,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The runs; each may begin when what it needs is delivered.
    pub runs: Vec<PlannedRun>,
    /// What the user should know (a cache that is not exported, …).
    pub notes: Vec<String>,
}

impl Plan {
    /// Lets builders see contexts under other paths.
    pub fn alias(&mut self, aliases: &BTreeMap<PathBuf, PathBuf>) {
        let definitions = self.runs.iter_mut().filter_map(|run| match &mut run.job {
            Job::Builder { definition, .. } => Some(definition),
            Job::Custom => None,
        });
        for target in definitions.flat_map(|definition| &mut definition.targets) {
            if let Context::Local(path) = &mut target.context
                && let Some(alias) = aliases.get(path)
            {
                path.clone_from(alias);
            }
            for context in target.contexts.values_mut() {
                if let NamedContext::Source(source) = context
                    && let Some(alias) = aliases.get(Path::new(source.as_str()))
                {
                    *source = alias.to_string_lossy().into_owned();
                }
            }
        }
    }
}

/// One run of one builder, or of one command.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRun {
    /// What is run.
    pub job: Job,
    /// Each artifact that is delivered, with its target's name; dependencies first.
    pub delivers: Vec<(usize, String)>,
    /// Artifacts of other runs that this one uses, by index and tagged reference. Their digests are known when they
    /// are delivered: see [`PlannedRun::pin`].
    pub external: Vec<(usize, String)>,
}

/// What is run.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// A builder is told this.
    Builder {
        /// Index of the builder.
        builder: usize,
        /// What it is told.
        definition: Definition,
    },
    /// The command of the one custom artifact that is delivered.
    Custom,
}

impl PlannedRun {
    /// Replaces the references to other builders' artifacts by what these pushed, so that a tag that moves in
    /// between changes nothing.
    pub fn pin(&mut self, pushed: &BTreeMap<usize, String>) {
        for (artifact, tagged) in &self.external {
            let Some(reference) = pushed.get(artifact) else { continue };
            let unpinned = docker_image(tagged);
            let Job::Builder { definition, .. } = &mut self.job else { continue };
            for target in &mut definition.targets {
                for context in target.contexts.values_mut() {
                    if *context == NamedContext::Source(unpinned.clone()) {
                        *context = NamedContext::Source(docker_image(reference));
                    }
                }
            }
        }
    }
}

/// Makes the plan.
///
/// # Errors
/// What cannot be built as asked, with the place in the project file: a missing Dockerfile, context or secret, a
/// template that does not expand, options BuildKit does not have, a base that nobody pushes.
pub fn plan(inputs: &Inputs<'_>) -> Result<Plan> {
    let done: BTreeSet<usize> = inputs.done.keys().copied().collect();
    let graph = graph(inputs.artifacts).without(&done, inputs.builder_of);
    let limit = inputs.settings.build_concurrency.as_ref().map_or(0, |c| c.value as usize);
    let wanted: Vec<usize> = inputs.wanted.iter().copied().filter(|i| !done.contains(i)).collect();
    let mut planner = Planner::new(inputs);
    let mut runs = Vec::new();
    let mut wrong = vec![];
    for run in graph.rounds(&wanted, inputs.builder_of, limit).into_iter().flatten() {
        match planner.run(&run) {
            Ok(run) => runs.push(run),
            Err(report) => wrong.push(*report),
        }
    }
    refuse(wrong)?;
    Ok(Plan { runs, notes: planner.notes.into_iter().collect() })
}

/// What a builder would be told to deliver one docker artifact.
///
/// # Errors
/// As [`plan`].
pub fn target(inputs: &Inputs<'_>, artifact: usize) -> Result<Target> {
    Ok(Planner::new(inputs).target(artifact, true, &mut vec![])?.0)
}

/// The graph of `requires` over `artifacts`.
pub fn graph(artifacts: &[Artifact<'_>]) -> Graph {
    let index: BTreeMap<&str, usize> = artifacts.iter().enumerate().map(|(i, a)| (a.image(), i)).collect();
    Graph::new(
        artifacts
            .iter()
            .map(|a| a.requires().filter_map(|(image, _)| index.get(image).copied()).collect())
            .collect(),
    )
}

struct Planner<'a> {
    inputs: &'a Inputs<'a>,
    names: Vec<String>,
    images: BTreeSet<&'a str>,
    notes: BTreeSet<String>,
}

impl<'a> Planner<'a> {
    fn new(inputs: &'a Inputs<'a>) -> Self {
        Self {
            inputs,
            names: target_names(inputs.artifacts),
            images: inputs.artifacts.iter().map(Artifact::image).collect(),
            notes: BTreeSet::new(),
        }
    }

    fn run(&mut self, run: &Run) -> Result<PlannedRun> {
        if run.builder >= self.inputs.builders.len() {
            return Ok(self.custom(run.delivers[0]));
        }
        let mut definition = Definition::default();
        let mut planned = PlannedRun { job: Job::Custom, delivers: vec![], external: vec![] };
        let mut wrong = vec![];
        for &artifact in run.linked.iter().chain(&run.delivers) {
            let deliver = run.delivers.contains(&artifact);
            let (target, caches) = match self.target(artifact, deliver, &mut planned.external) {
                Ok(made) => made,
                Err(report) => {
                    wrong.push(*report);
                    continue;
                }
            };
            // A cache of one platform is exported by a target of its own: BuildKit runs the shared steps once, and
            // the nodes do not overwrite each other's reference.
            for (platform, cache) in caches.to_by_platform {
                let mut export = target.clone();
                export.name = format!("{}-cache-{}", target.name, platform.replace('/', "-"));
                export.platforms = vec![platform];
                export.cache_to = vec![cache];
                export.outputs = vec![];
                export.tags = vec![];
                export.provenance = None;
                export.sbom = None;
                definition.targets.push(export);
            }
            self.notes.extend(caches.notes);
            if deliver {
                planned.delivers.push((artifact, target.name.clone()));
            }
            definition.targets.push(target);
        }
        refuse(wrong)?;
        planned.job = Job::Builder { builder: run.builder, definition };
        Ok(planned)
    }

    /// The run of a custom artifact, which finds what it requires by reference.
    fn custom(&self, index: usize) -> PlannedRun {
        let required = self.inputs.artifacts[index].requires().filter_map(|(image, _)| self.find(image));
        PlannedRun {
            job: Job::Custom,
            delivers: vec![(index, self.names[index].clone())],
            external: required.map(|r| (r, self.inputs.artifacts[r].tagged.clone())).collect(),
        }
    }

    fn target(
        &self,
        index: usize,
        deliver: bool,
        external: &mut Vec<(usize, String)>,
    ) -> Result<(Target, Caches)> {
        let inputs = self.inputs;
        let artifact = &inputs.artifacts[index];
        let docker = artifact.docker();
        refuse_unsupported(artifact)?;
        let variables = variables(artifact, inputs.environment)?;
        let (context, file) = locate(artifact, &inputs.environment.cwd)?;
        let platforms = platforms(artifact, inputs.settings);
        let mut target = Target {
            name: self.names[index].clone(),
            image: artifact.image().to_owned(),
            stage_place: docker.target.as_ref().map(|_| artifact.locate_docker("target")),
            stage: docker.target.clone().filter(|t| !t.is_empty()),
            tags: vec![artifact.tagged.clone()],
            args: self.args(artifact, &file, &variables)?,
            secrets: secrets(artifact, inputs.environment)?,
            ssh: docker.ssh.iter().filter(|s| !s.is_empty()).cloned().collect(),
            labels: artifact.overlay.labels.clone(),
            annotations: artifact.overlay.annotations.clone(),
            add_hosts: docker.add_host.clone(),
            ulimits: artifact.overlay.ulimits.clone(),
            shm_size: artifact.overlay.shm_size.clone(),
            entitlements: artifact.overlay.entitlements.clone(),
            no_cache: docker.no_cache,
            pull: docker.pull_parent,
            platforms,
            context,
            dockerfile: file,
            ..Target::default()
        };
        Self::network(artifact, &mut target)?;
        self.contexts(index, &mut target, external)?;
        self.attestations(artifact, &mut target);
        let caches = self.caches(index, deliver, &target.platforms, &variables)?;
        target.cache_from.clone_from(&caches.from);
        target.cache_to.clone_from(&caches.to);
        if deliver {
            target.outputs = outputs(artifact, self.insecure(artifact, &artifact.tagged));
        }
        let flags = expand_all(&docker.cli_flags, &variables).map_err(|(index, error)| {
            let path = [Key::from("docker"), "cliFlags".into(), index.into()];
            artifact.template_report(path, "the cliFlags of", &error)
        })?;
        let exports = target.cache_to.len();
        engine::flags::apply(&mut target, &flags)
            .map_err(|report| Box::new(report.at(artifact.locate_docker("cliFlags"))))?;
        for cache in target.cache_to.iter_mut().skip(exports) {
            cache.place = Some(artifact.locate_docker("cliFlags"));
        }
        Ok((target, caches))
    }

    /// Build arguments: templates expanded, `SKAFFOLD_RUN_MODE` where the Dockerfile declares it, and each required
    /// artifact's tag under its alias (Skaffold: `docker/build_args.go`).
    fn args(
        &self,
        artifact: &Artifact<'_>,
        file: &Dockerfile,
        variables: &template::Context,
    ) -> Result<BTreeMap<String, String>> {
        let mut args = BTreeMap::new();
        if declares_run_mode(file) {
            args.insert(RUN_MODE.to_owned(), self.inputs.run_mode.to_owned());
        }
        for (name, value) in &artifact.docker().build_args {
            // An argument without a value is taken from the environment, as `--build-arg NAME` does.
            let value = match value {
                Some(value) => template::expand(value, variables).map_err(|error| {
                    let path = [Key::from("docker"), "buildArgs".into(), name.clone().into()];
                    artifact.template_report(path, &format!("build argument {name} of"), &error)
                })?,
                None => match self.inputs.environment.vars.get(name) {
                    Some(value) => value.clone(),
                    None => continue,
                },
            };
            args.insert(name.clone(), value);
        }
        for (image, alias) in artifact.requires() {
            if let Some(required) = self.find(image) {
                args.insert(alias.to_owned(), self.inputs.artifacts[required].tagged.clone());
            }
        }
        Ok(args)
    }

    fn find(&self, image: &str) -> Option<usize> {
        self.inputs.artifacts.iter().position(|a| a.image() == image)
    }

    fn network(artifact: &Artifact<'_>, target: &mut Target) -> Result<()> {
        let network = artifact.docker().network.as_deref().unwrap_or_default();
        match network.to_ascii_lowercase().as_str() {
            // `bridge` is docker's word for "the usual network", which BuildKit calls `default`.
            "" | "bridge" | "default" => {}
            "none" => target.network = Some("none".to_owned()),
            "host" => {
                target.network = Some("host".to_owned());
                target.entitlements.push("network.host".to_owned());
            }
            _ => {
                return Err(Box::new(
                    Report::config(format!("BuildKit has no network `{network}` (artifact {})", artifact.image()))
                        .at(artifact.locate_docker("network"))
                        .hint("use `none`, `host` or no network at all; the classic builder knows docker's networks (`--builder classic`)"),
                ));
            }
        }
        Ok(())
    }

    /// Named contexts: those of the overlay, and one for each required artifact, under the name FROM sees.
    fn contexts(&self, index: usize, target: &mut Target, external: &mut Vec<(usize, String)>) -> Result<()> {
        let inputs = self.inputs;
        let artifact = &inputs.artifacts[index];
        for (name, source) in &artifact.overlay.contexts {
            let source = if is_remote_context(source) || source.contains("://") {
                source.clone()
            } else {
                absolute(&artifact.module.dir, source).to_string_lossy().into_owned()
            };
            target.contexts.insert(name.clone(), NamedContext::Source(source));
        }
        for (image, _) in artifact.requires() {
            let Some(required) = self.find(image) else { continue };
            let base = &inputs.artifacts[required];
            let source = if inputs.builder_of[required] == inputs.builder_of[index] {
                self.check_platforms(artifact, base, &target.platforms)?;
                NamedContext::Target(self.names[required].clone())
            } else if let Some(reference) = inputs.done.get(&required) {
                NamedContext::Source(docker_image(reference))
            } else {
                let seen = base.is_loaded() && inputs.builders[inputs.builder_of[index]].in_daemon;
                if !base.push && !seen {
                    let builder = inputs.builders.get(inputs.builder_of[required]);
                    let who = builder.map_or_else(
                        || "its own command".to_owned(),
                        |builder| format!("another builder ({})", builder.name),
                    );
                    return Err(Box::new(
                        Report::config(format!(
                            "artifact {} requires {image}, which {who} builds and nobody pushes",
                            artifact.image(),
                        ))
                        .at(artifact.locate("requires"))
                        .hint("push (`--push`), or build both with one builder"),
                    ));
                }
                if !external.iter().any(|(known, _)| *known == required) {
                    external.push((required, base.tagged.clone()));
                }
                NamedContext::Source(docker_image(&base.tagged))
            };
            target.contexts.insert(context_name(&base.tagged), source);
        }
        Ok(())
    }

    /// A base that is built for fewer platforms than its dependant would make BuildKit look for it in a registry.
    fn check_platforms(&self, artifact: &Artifact<'_>, base: &Artifact<'_>, wanted: &[String]) -> Result<()> {
        let has = platforms(base, self.inputs.settings);
        let missing: Vec<&str> =
            wanted.iter().filter(|p| !has.is_empty() && !has.contains(p)).map(String::as_str).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Box::new(
            Report::config(format!(
                "artifact {} is built for {}, but {}, which it requires, is not",
                artifact.image(),
                missing.join(", "),
                base.image()
            ))
            .at(artifact.locate("requires"))
            .hint(format!(
                "add the platforms to {}, or take them from {}",
                base.image(),
                artifact.image()
            )),
        ))
    }

    fn attestations(&self, artifact: &Artifact<'_>, target: &mut Target) {
        let settings = self.inputs.settings;
        let provenance = artifact
            .overlay
            .provenance
            .clone()
            .or_else(|| settings.provenance.as_ref().map(|s| s.value.clone()));
        let sbom = artifact.overlay.sbom.clone().or_else(|| settings.sbom.as_ref().map(|s| s.value.clone()));
        target.provenance = provenance.and_then(|value| match value.as_str() {
            "" | "false" | "none" => None,
            "true" | "min" => Some("mode=min".to_owned()),
            "max" => Some("mode=max".to_owned()),
            _ => Some(value),
        });
        target.sbom = sbom.filter(|value| !matches!(value.as_str(), "" | "false"));
    }

    fn caches(
        &self,
        index: usize,
        deliver: bool,
        platforms: &[String],
        variables: &template::Context,
    ) -> Result<Caches> {
        let inputs = self.inputs;
        let artifact = &inputs.artifacts[index];
        let settings = inputs.settings;
        let builder = &inputs.builders[inputs.builder_of[index]];
        let split: &[String] = if builder.nodes.len() > 1 && platforms.len() > 1 { platforms } else { &[] };
        let default_repo = settings.default_repo.as_ref().map(|r| r.value.as_str());
        let mut caches = cache::resolve(&cache::Inputs {
            image: artifact.image(),
            tagged: &artifact.tagged,
            cache_from: &artifact.docker().cache_from,
            cache_to: artifact.cache_to(),
            places: &artifact.locate_cache_to(),
            artifacts: &self.images,
            cache_tag: settings.cache_tag.as_ref().map(|s| s.value.as_str()),
            cache_repo: settings.cache_repo.as_ref().map(|s| s.value.as_str()),
            cache_flags: settings.cache_flags.as_ref().map(|s| s.value.as_slice()),
            default_repo,
            multi_level: settings.multi_level_repo.as_ref().map(|s| s.value),
            pushing: artifact.push,
            builder: &builder.name,
            can_export: builder.exports_cache,
            split,
            variables,
        })
        .map_err(|report| report.at(cache_place(artifact, variables)))?;
        if !deliver {
            caches.to.clear();
            caches.to_by_platform.clear();
            caches.notes.clear();
        }
        let exports = caches.to_by_platform.iter_mut().map(|(_, cache)| cache);
        for cache in caches.from.iter_mut().chain(&mut caches.to).chain(exports) {
            let insecure = cache.kind == "registry"
                && cache.get("registry.insecure").is_none()
                && cache.get("ref").is_some_and(|reference| self.insecure(artifact, reference));
            if insecure {
                cache.attributes.push(("registry.insecure".to_owned(), "true".to_owned()));
            }
        }
        Ok(caches)
    }

    fn insecure(&self, artifact: &Artifact<'_>, reference: &str) -> bool {
        let host = Reference::parse(reference).map(|r| r.domain().to_owned());
        host.is_ok_and(|host| {
            insecure_registries(artifact, self.inputs.settings).any(|insecure| insecure == host)
        })
    }
}

/// Whether the artifact's own registry is spoken to over http, or without checking its certificate.
pub fn is_insecure(artifact: &Artifact<'_>, settings: &Settings) -> bool {
    let host = Reference::parse(&artifact.tagged).map(|r| r.domain().to_owned());
    host.is_ok_and(|host| insecure_registries(artifact, settings).any(|insecure| insecure == host))
}

/// The hosts that were said to be insecure for an artifact, by flag, user config or project.
pub fn insecure_registries<'a>(
    artifact: &Artifact<'a>,
    settings: &'a Settings,
) -> impl Iterator<Item = &'a str> {
    let project = &artifact.module.model.build.insecure_registries;
    settings.insecure_registries.iter().map(|s| &s.value).chain(project).map(|registry| {
        registry.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches('/')
    })
}

/// What this program does not do yet, or BuildKit cannot: never skipped in silence.
fn refuse_unsupported(artifact: &Artifact<'_>) -> Result<()> {
    if artifact.docker().squash {
        return Err(Box::new(
            Report::config(format!(
                "artifact {} asks for squash, which BuildKit does not have",
                artifact.image()
            ))
            .at(artifact.locate_docker("squash"))
            .hint("remove `squash` and copy the result of a build stage into a small last stage instead"),
        ));
    }
    Ok(())
}

/// The variables templates of a docker artifact see: the environment, and the parts of its tagged reference
/// (Skaffold: `docker/build_args.go:119`; IMAGE_REPO is the path without its last segment here, unlike elsewhere).
fn variables(artifact: &Artifact<'_>, environment: &Environment) -> Result<template::Context> {
    let reference = Reference::parse(&artifact.tagged).map_err(|error| {
        Box::new(Report::config(format!("artifact {} has no valid reference", artifact.image())).cause(error))
    })?;
    let (repo, name) = reference.name().rsplit_once('/').unwrap_or(("", reference.name()));
    let own = [
        ("IMAGE_REPO", repo.to_owned()),
        ("IMAGE_NAME", name.to_owned()),
        ("IMAGE_TAG", reference.tag().unwrap_or_default().to_owned()),
    ];
    Ok(template::Context::new(&environment.vars).with(own))
}

/// The expanded texts, or which of them is wrong.
fn expand_all(
    texts: &[String],
    variables: &template::Context,
) -> Result<Vec<String>, (usize, template::TemplateError)> {
    let expand =
        |(index, text): (usize, &String)| template::expand(text, variables).map_err(|error| (index, error));
    texts.iter().enumerate().map(expand).collect()
}

/// Where a cache reference is wrong: the template that does not expand, else the field.
fn cache_place(artifact: &Artifact<'_>, variables: &template::Context) -> Excerpt {
    let docker = artifact.docker();
    let own = if artifact.overlay.cache_to.is_none() { docker.cache_to.as_deref() } else { None };
    for (field, texts) in [("cacheFrom", docker.cache_from.as_slice()), ("cacheTo", own.unwrap_or_default())]
    {
        if let Err((index, error)) = expand_all(texts, variables) {
            return artifact.locate_template([Key::from("docker"), field.into(), index.into()], &error);
        }
    }
    artifact.locate_docker(if docker.cache_to.is_some() { "cacheTo" } else { "cacheFrom" })
}

/// The platforms an artifact is built for: `--platform`, else its own, else the config's; empty = the builder's own.
/// That all of them are platforms was checked with the flags and the file.
pub fn platforms(artifact: &Artifact<'_>, settings: &Settings) -> Vec<String> {
    let given = if let Some(flag) = &settings.platforms {
        &flag.value
    } else if !artifact.artifact.platforms.is_empty() {
        &artifact.artifact.platforms
    } else {
        &artifact.module.model.build.platforms
    };
    if given.iter().any(|text| platform::is_all(text)) {
        // A command may know what all are; a builder is not told of any.
        let known = matches!(artifact.recipe, Recipe::Custom(_));
        return if known { vec![platform::ALL.to_owned()] } else { vec![] };
    }
    let mut platforms: Vec<String> = Vec::new();
    for platform in given.iter().filter_map(|text| platform::parse(text)) {
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    if settings.single_platform && platforms.len() > 1 {
        let native = format!("linux/{}", platform::native_architecture());
        let keep = platforms.iter().position(|p| *p == native).unwrap_or(0);
        platforms = vec![platforms.swap_remove(keep)];
    }
    platforms
}

/// Where a delivered target goes. An overlay's `outputs` come on top of a push and instead of a load.
fn outputs(artifact: &Artifact<'_>, insecure: bool) -> Vec<Output> {
    let mut outputs: Vec<Output> = artifact.overlay.outputs.iter().cloned().map(Output::Other).collect();
    if artifact.push {
        outputs.insert(0, Output::Push { insecure });
    } else if outputs.is_empty() {
        outputs.push(Output::Load);
    }
    outputs
}

fn docker_image(reference: &str) -> String {
    format!("docker-image://{reference}")
}

/// The name FROM resolves a reference to: familiar, without `:latest`.
fn context_name(tagged: &str) -> String {
    match Reference::parse(tagged) {
        Ok(reference) => {
            let familiar = reference.familiar();
            familiar.strip_suffix(":latest").map_or(familiar.clone(), str::to_owned)
        }
        Err(_) => tagged.to_owned(),
    }
}

/// A short, unique target name for each artifact: the last segment of its image where that is enough.
fn target_names(artifacts: &[Artifact<'_>]) -> Vec<String> {
    let slug = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' })
            .collect()
    };
    let short: Vec<String> =
        artifacts.iter().map(|a| slug(a.image().rsplit('/').next().unwrap_or_default())).collect();
    let mut used = BTreeSet::new();
    short
        .iter()
        .zip(artifacts)
        .map(|(name, artifact)| {
            let unique = short.iter().filter(|other| *other == name).count() == 1;
            // `default` is bake's own name for the group of all targets.
            let base = if unique && name != "default" { name.clone() } else { slug(artifact.image()) };
            let mut candidate = if base == "default" { "default_".to_owned() } else { base.clone() };
            let mut number = 2;
            while !used.insert(candidate.clone()) {
                candidate = format!("{base}-{number}");
                number += 1;
            }
            candidate
        })
        .collect()
}

#[cfg(test)]
mod tests;
