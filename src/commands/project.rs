//! The project as a verb needs it: loaded, its artifacts selected, tagged and ready to plan.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::sources;
use crate::build::artifact::{Artifact, Recipe};
use crate::build::{destination, plan};
use crate::cli::{Origins, ProjectArgs, SyncRemoteCache};
use crate::config::{self, LoadOptions, Module, Project, model};
use crate::diagnostic::{Excerpt, Kind, Report, Result, headline};
use crate::event::Bus;
use crate::git;
use crate::image::{self, Reference};
use crate::settings::env::Environment;
use crate::settings::{Flags, ProjectLayer, Settings, Sources};
use crate::yaml::Key;
use crate::{settings, tag, template, yaml};

/// An artifact that takes part: asked for, or required by one that is.
#[derive(Debug, Clone, Copy)]
pub struct Selected<'a> {
    /// The config it stands in.
    pub module: &'a Module,
    /// Its index in the config's `build.artifacts`.
    pub index: usize,
    /// The artifact.
    pub artifact: &'a model::Artifact,
    /// It was asked for, not only required.
    pub wanted: bool,
}

/// How the project that the arguments name is loaded for a verb (`build`, `diagnose`, …).
pub fn options(
    args: &ProjectArgs,
    verb: &str,
    origins: &Origins,
    environment: &Environment,
    bus: &Bus,
) -> LoadOptions {
    let flags = args.flags(origins);
    let sync = args.sync_remote_cache.unwrap_or(match verb {
        // These show what is there; Skaffold's fetch no news either.
        "inspect" | "diagnose" | "lint" | "fix" => SyncRemoteCache::Missing,
        _ => SyncRemoteCache::Always,
    });
    LoadOptions {
        filename: args.filename.clone(),
        cwd: environment.cwd.clone(),
        profiles: args.selection.profile.clone(),
        modules: args.selection.module.clone(),
        propagate_profiles: args.selection.propagate_profiles,
        auto_activation: args.profile_auto_activation,
        command: verb.to_owned(),
        kube_context: flags.kube_context.map(|context| context.value),
        kubeconfig: flags.kubeconfig,
        remote_cache_dir: args.remote_cache_dir.clone(),
        sync_remote_cache: sync.into(),
        environment: environment.clone(),
        bus: bus.clone(),
    }
}

impl From<SyncRemoteCache> for config::SyncRemoteCache {
    fn from(when: SyncRemoteCache) -> Self {
        match when {
            SyncRemoteCache::Always => Self::Always,
            SyncRemoteCache::Missing => Self::Missing,
            SyncRemoteCache::Never => Self::Never,
        }
    }
}

/// Loads a project beside the run, which goes on listening to Ctrl-C: repositories may take their time.
pub async fn load(options: LoadOptions, cancel: &CancellationToken) -> Result<Project> {
    beside(cancel, move || config::load(&options, &mut std::io::stdin())).await
}

/// [`load`] without checking what is read.
pub async fn read(options: LoadOptions, cancel: &CancellationToken) -> Result<Project> {
    beside(cancel, move || config::read(&options, &mut std::io::stdin())).await
}

async fn beside(
    cancel: &CancellationToken,
    load: impl FnOnce() -> Result<Project> + Send + 'static,
) -> Result<Project> {
    let loading = tokio::task::spawn_blocking(load);
    tokio::select! {
        loaded = loading => loaded.unwrap_or_else(|error| {
            Err(Box::new(Report::new(Kind::Internal, "the project could not be loaded").cause(error)))
        }),
        () = cancel.cancelled() => Err(Box::new(Report::new(Kind::Interrupted, "interrupted"))),
    }
}

/// Tells what is worth knowing of how a project was read, and what of it is not followed.
pub fn warn(project: &Project, bus: &Bus) {
    warn_unless(project, bus, |_| false);
}

/// As [`warn`], without what is told otherwise.
pub fn warn_unless(project: &Project, bus: &Bus, told: impl Fn(&Report) -> bool) {
    for report in project.warnings.iter().chain(&config::ignored(project)).filter(|report| !told(report)) {
        bus.warn(headline(report));
    }
}

/// The settings for a project; tells what is worth knowing of the project and of where they come from.
pub fn settings(
    project: &Project,
    flags: Flags,
    origins: &Origins,
    environment: &Environment,
    bus: &Bus,
) -> Result<Settings> {
    warn(project, bus);
    for (flag, origin) in origins.without_effect() {
        bus.debug(format!("--{flag} ({origin}) has no effect"));
    }
    let settings = Sources::gather(flags, environment)?.resolve(&layer(project)?);
    for line in settings.sourced_lines() {
        bus.debug(line.to_string());
    }
    Ok(settings)
}

/// What the `.skeg` overlays say for the whole project. Configs may say it once; two that disagree are an error,
/// since one run has one answer.
pub fn layer(project: &Project) -> Result<ProjectLayer> {
    let mut layer = ProjectLayer::default();
    for module in &project.modules {
        let overlay = &module.overlay;
        let written = module.is_written(&["build".into(), "local".into(), "concurrency".into()]);
        let concurrency = module.model.build.local.as_ref().and_then(|local| local.concurrency);
        if let Some(concurrency) = concurrency.filter(|_| written).and_then(|c| u32::try_from(c).ok()) {
            // Of several, the smallest that is a limit (Skaffold: `builder_mux.go`, 0 = none).
            layer.build_concurrency = Some(match layer.build_concurrency {
                Some(other) if other != 0 && (concurrency == 0 || other < concurrency) => other,
                _ => concurrency,
            });
        }
        merge(&mut layer.builder, overlay.builder.as_ref(), "builder", module)?;
        merge(&mut layer.cache_tag, overlay.cache_tag.as_ref(), "cacheTag", module)?;
        merge(&mut layer.cache_repo, overlay.cache_repo.as_ref(), "cacheRepo", module)?;
        merge(&mut layer.cache_flags, overlay.cache_flags.as_ref(), "cacheFlags", module)?;
        let age =
            overlay.base_image_max_age.as_deref().map(settings::duration).transpose().map_err(|cause| {
                Box::new(
                    Report::config("baseImageMaxAge cannot be used")
                        .at(module.locate(&[".skeg".into(), "baseImageMaxAge".into()]))
                        .cause(cause),
                )
            })?;
        merge(&mut layer.base_image_max_age, age.as_ref(), "baseImageMaxAge", module)?;
        merge(&mut layer.provenance, overlay.provenance.as_ref(), "provenance", module)?;
        merge(&mut layer.sbom, overlay.sbom.as_ref(), "sbom", module)?;
        // Skaffold takes the first one that is given and refuses others.
        if layer.kube_context.is_none() {
            layer.kube_context.clone_from(&module.model.deploy.kube_context);
        }
    }
    Ok(layer)
}

fn merge<T: Clone + PartialEq>(
    into: &mut Option<T>,
    value: Option<&T>,
    key: &'static str,
    module: &Module,
) -> Result<()> {
    match (&into, value) {
        (Some(one), Some(other)) if one != other => Err(Box::new(
            Report::config(format!("two configs of the project disagree on .skeg.{key}"))
                .at(module.locate(&[".skeg".into(), key.into()]))
                .hint("say it in one of them, or give artifacts their own value under .skeg.artifacts"),
        )),
        (None, Some(value)) => {
            *into = Some(value.clone());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The artifacts whose image name contains one of `texts` (all of them without any), and what they require.
///
/// # Errors
/// Nothing matches.
pub fn select<'a>(project: &'a Project, texts: &[String]) -> Result<Vec<Selected<'a>>> {
    let all: Vec<(&Module, usize, &model::Artifact)> = project.artifacts().collect();
    let index: BTreeMap<&str, usize> =
        all.iter().enumerate().map(|(i, (_, _, a))| (a.image.as_str(), i)).collect();
    let wanted: BTreeSet<usize> = (0..all.len())
        .filter(|i| texts.is_empty() || texts.iter().any(|text| all[*i].2.image.contains(text.as_str())))
        .collect();
    if wanted.is_empty() && !texts.is_empty() {
        let names: Vec<&str> = all.iter().map(|(_, _, a)| a.image.as_str()).collect();
        return Err(Box::new(
            Report::user(format!("no image name contains `{}`", texts.join("` or `")))
                .hint(format!("the project's images: {}", names.join(", "))),
        ));
    }
    let mut needed = wanted.clone();
    let mut stack: Vec<usize> = wanted.iter().copied().collect();
    while let Some(artifact) = stack.pop() {
        for dependency in &all[artifact].2.requires {
            if let Some(&dependency) = index.get(dependency.image.as_str())
                && needed.insert(dependency)
            {
                stack.push(dependency);
            }
        }
    }
    let selected = needed.into_iter().map(|i| {
        let (module, index, artifact) = all[i];
        Selected { module, index, artifact, wanted: wanted.contains(&i) }
    });
    Ok(selected.collect())
}

/// What is in the project but not built yet is an error, never skipped.
///
/// # Errors
/// There is such an artifact, or builder.
pub fn refuse_unbuilt(selected: &[Selected<'_>]) -> Result<()> {
    let artifacts = selected.iter().map(|one| (one.module, one.index, one.artifact));
    yaml::refuse(config::unbuilt(artifacts))
}

/// Contexts that are not there are an error before anything is done with them (Skaffold: `runner/build.go`,
/// `checkWorkspaces`).
///
/// # Errors
/// A context is no folder.
pub fn refuse_missing_contexts(selected: &[Selected<'_>], cwd: &Path) -> Result<()> {
    let missing = selected.iter().filter_map(|one| {
        let written = one.artifact.context.as_deref().unwrap_or(".");
        let folder = config::absolute(cwd, one.module.dir.join(written));
        let is_there = config::is_remote_context(written) || folder.is_dir();
        (!is_there).then(|| plan::no_context(one.module, one.index, &folder, cwd))
    });
    yaml::refuse(missing.collect())
}

/// Where a config says how its images are tagged.
const TAG_POLICY: [Key; 2] = [Key::Name(Cow::Borrowed("build")), Key::Name(Cow::Borrowed("tagPolicy"))];

/// The tag of each selected artifact: `--tag`, else its config's tag policy.
///
/// # Errors
/// A tagger that fails; never a silent `latest`.
pub async fn tags(
    selected: &[Selected<'_>],
    flag: Option<&str>,
    environment: &Environment,
) -> Result<Vec<String>> {
    if let Some(tag) = flag.filter(|tag| !tag.is_empty()) {
        return Ok(vec![tag.to_owned(); selected.len()]);
    }
    let mut requests = selected.iter().map(request).collect::<Result<Vec<_>>>()?;
    if requests.iter().any(|request| request.policy.needs_sources()) {
        let finder = sources::Finder::new(selected, environment);
        for (request, selected) in requests.iter_mut().zip(selected) {
            if request.policy.needs_sources() {
                request.sources = finder.of(selected).await.map_err(|mut report| {
                    if report.excerpts.is_empty() {
                        report.excerpts.push(selected.module.locate(&TAG_POLICY));
                    }
                    report
                })?;
            }
        }
    }
    let variables = template::Context::new(&environment.vars);
    let tags = tag::tags(&requests, &variables, &git::Discovery::new(environment)).await;
    let mut good = vec![];
    let mut wrong: Vec<(Report, Vec<&str>)> = vec![];
    for (tag, selected) in tags.into_iter().zip(selected) {
        let refused = match tag {
            Ok(tag) => {
                good.push(tag);
                continue;
            }
            Err(refused) => refused,
        };
        let place = [&TAG_POLICY[..], &refused.place].concat();
        let place = match &refused.template {
            Some(error) => selected.module.locate_template(&place, error),
            None => selected.module.locate(&place),
        };
        let report = refused.report.at(place);
        // A policy that fails for one artifact mostly fails for all.
        match wrong.iter_mut().find(|(first, _)| first.excerpts == report.excerpts) {
            Some((_, more)) => more.push(&selected.artifact.image),
            None => wrong.push((report, vec![])),
        }
    }
    let wrong = wrong.into_iter().map(|(report, more)| match more.as_slice() {
        [] => report,
        more => Report { notes: vec![format!("the same goes for {}", more.join(", "))], ..report },
    });
    yaml::refuse(wrong.collect()).map(|()| good)
}

/// The reference of each artifact: name and tag, moved to the default repo. It may be none ([`artifacts`] looks).
///
/// # Errors
/// A reference that two artifacts would get.
pub fn references(selected: &[Selected<'_>], tags: Vec<String>, settings: &Settings) -> Result<Vec<String>> {
    let repo = settings.default_repo.as_ref().map_or("", |r| r.value.as_str());
    let multi_level = settings.multi_level_repo.as_ref().map(|m| m.value);
    let reference = |(selected, tag): (&Selected<'_>, String)| {
        let written = format!("{}:{tag}", selected.artifact.image);
        image::default_repo::substitute(repo, multi_level, &written)
            .map_err(|error| Box::new(no_reference(selected, &written).cause(error)))
    };
    let references = selected.iter().zip(tags).map(reference).collect::<Result<Vec<String>>>()?;
    refuse_shared(selected, &references)?;
    Ok(references)
}

fn no_reference(selected: &Selected<'_>, reference: &str) -> Report {
    Report::config(format!("`{reference}` is not a valid image reference"))
        .at(selected.module.locate_artifact(selected.index, &["image".into()]))
        .hint(
            "a tag has at most 128 of letters, digits, `.`, `_` and `-`; a name has only lower-case letters",
        )
}

/// Different names may become one in the default repo (`a/b_c` and `a_b/c`): of two images under one reference, only
/// the one that comes last would be left.
fn refuse_shared(selected: &[Selected<'_>], references: &[String]) -> Result<()> {
    let mut seen: BTreeMap<String, &Selected<'_>> = BTreeMap::new();
    for (own, tagged) in selected.iter().zip(references) {
        let reference = Reference::parse(tagged).map(|reference| reference.normalized());
        let Some(first) = seen.insert(reference.unwrap_or_else(|_| tagged.clone()), own) else { continue };
        let place = |one: &Selected<'_>| Excerpt {
            label: format!("becomes {tagged}"),
            ..one.module.locate_artifact(one.index, &["image".into()])
        };
        let [image, other] = [&first.artifact.image, &own.artifact.image];
        return Err(Box::new(
            Report::config(format!("{image} and {other} become one image, {tagged}"))
                .at(place(own))
                .at(place(first))
                .hint("rename one of them, choose another default repo, or build them with different tags"),
        ));
    }
    Ok(())
}

/// The artifacts with their references; all of them are built here ([`refuse_unbuilt`] was asked).
///
/// # Errors
/// A reference that is none.
pub fn artifacts<'a>(
    selected: &[Selected<'a>],
    references: Vec<String>,
    settings: &Settings,
) -> Result<Vec<Artifact<'a>>> {
    let parse = |(selected, reference): (&Selected<'_>, &String)| {
        let error = Reference::parse(reference).err()?;
        Some(no_reference(selected, reference).cause(error))
    };
    yaml::refuse(selected.iter().zip(&references).filter_map(parse).collect())?;
    selected.iter().zip(references).map(|(selected, tagged)| artifact(*selected, tagged, settings)).collect()
}

fn artifact<'a>(selected: Selected<'a>, tagged: String, settings: &Settings) -> Result<Artifact<'a>> {
    let Selected { module, index, artifact, .. } = selected;
    let recipe = match (&artifact.docker, &artifact.custom) {
        (_, Some(custom)) => Recipe::Custom(custom),
        (Some(docker), None) => Recipe::Docker(docker),
        (None, None) => {
            return Err(Box::new(Report::new(
                Kind::Internal,
                format!("artifact {} has no type", artifact.image),
            )));
        }
    };
    let local_push = module.model.build.local.as_ref().and_then(|l| l.push);
    Ok(Artifact {
        module,
        index,
        artifact,
        recipe,
        overlay: module.overlay.docker(&artifact.image).cloned().unwrap_or_default(),
        tagged,
        push: destination::push(settings, local_push).value,
    })
}

/// The tag policy of an artifact's config, as the tagger takes it.
fn request(selected: &Selected<'_>) -> Result<tag::TagRequest> {
    let Selected { module, artifact, .. } = selected;
    let policy = module.model.build.tag_policy.clone().unwrap_or_default();
    let context = artifact.context.as_deref().unwrap_or(".");
    // A context that BuildKit fetches has no folder here; the project's own repository tells the tag.
    let context_dir = if config::is_remote_context(context) {
        module.dir.clone()
    } else {
        config::absolute(&module.dir, context)
    };
    let component = model::TaggerComponent {
        name: None,
        git_commit: policy.git_commit,
        sha256: policy.sha256,
        env_template: policy.env_template,
        date_time: policy.date_time,
        custom_template: policy.custom_template,
        input_digest: policy.input_digest,
    };
    Ok(tag::TagRequest {
        image: artifact.image.clone(),
        context_dir,
        policy: policy_of(&component, module, &TAG_POLICY)?,
        sources: tag::Sources::default(),
    })
}

/// The first tagger that is set, in the schema's order (validation refused a second one).
fn policy_of(tagger: &model::TaggerComponent, module: &Module, place: &[Key]) -> Result<tag::Policy> {
    Ok(if let Some(git) = &tagger.git_commit {
        git_policy(git, module, place)?
    } else if tagger.sha256.is_some() {
        tag::Policy::Sha256
    } else if let Some(env) = &tagger.env_template {
        tag::Policy::EnvTemplate { template: env.template.clone() }
    } else if let Some(date) = &tagger.date_time {
        tag::Policy::DateTime { format: date.format.clone(), timezone: date.timezone.clone() }
    } else if let Some(custom) = &tagger.custom_template {
        let components = custom
            .components
            .iter()
            .enumerate()
            .map(|(index, component)| {
                let inside = [place, &["customTemplate".into(), "components".into(), index.into()]].concat();
                Ok((component.name.clone().unwrap_or_default(), policy_of(component, module, &inside)?))
            })
            .collect::<Result<Vec<_>>>()?;
        tag::Policy::Custom { template: custom.template.clone(), components }
    } else if tagger.input_digest.is_some() {
        tag::Policy::InputDigest
    } else {
        git_policy(&model::GitTagger::default(), module, place)?
    })
}

fn git_policy(git: &model::GitTagger, module: &Module, place: &[Key]) -> Result<tag::Policy> {
    let variant = git.variant.as_deref().unwrap_or("Tags");
    let variant = tag::GitVariant::parse(variant).ok_or_else(|| {
        Box::new(
            Report::config(format!("gitCommit has no variant `{variant}`"))
                .at(module.locate(&[place, &["gitCommit".into(), "variant".into()]].concat()))
                .hint(format!("use one of {}", tag::GitVariant::NAMES.join(", "))),
        )
    })?;
    Ok(tag::Policy::GitCommit {
        variant,
        prefix: git.prefix.clone().unwrap_or_default(),
        ignore_changes: git.ignore_changes,
    })
}
