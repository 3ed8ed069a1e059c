//! `skeg build`: project and settings become a plan, what is there already is left out of it, the rest becomes images,
//! the result is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;

use super::Invocation;
use super::builders::Builders;
use super::hooks::BuildHooks;
use super::memory::{self, Aliases, Store, Subjects};
use super::project;
use crate::build::artifact::Artifact;
use crate::build::known::{How, Verdict};
use crate::build::output::{Build, Builds};
use crate::build::plan::{self, Job, Plan};
use crate::build::run::{self, Delivered, Runner};
use crate::cli::BuildArgs;
use crate::config::Project;
use crate::diagnostic::{Report, Result};
use crate::docker::{Daemon, Info};
use crate::engine;
use crate::event::Event;
use crate::image::Reference;
use crate::registry;
use crate::settings::Settings;
use crate::template;

/// What came of a run that did not fail.
enum Done {
    /// The artifacts that were asked for, in the project's order.
    Built(Vec<Build>),
    /// `--print`: the definitions were shown and nothing was built.
    Printed,
}

/// What a run works with, once it is known.
struct Work<'a> {
    artifacts: &'a [Artifact<'a>],
    wanted: &'a [usize],
    settings: &'a Settings,
    builders: &'a Builders,
    registry: &'a registry::Client,
    /// What an earlier build left.
    found: &'a [usize],
}

impl Invocation<'_, BuildArgs> {
    /// Runs the verb.
    ///
    /// # Errors
    /// Everything that keeps an image from being built; see `docs/exit-codes.md`.
    pub async fn run(&self) -> Result<()> {
        // A template that cannot work is found before minutes of building, not after.
        let template = template::ValueTemplate::parse(&self.args.output)?;
        let Self { args, environment, bus, .. } = *self;
        let options = project::options(&args.project, "build", self.origins, environment, bus);
        let project = project::load(options, self.cancel).await?;
        let settings = project::settings(&project, args.flags(self.origins), self.origins, environment, bus)?;
        let result = self.build(&project, &settings).await;
        let builds = match &result {
            Ok(Done::Built(builds)) => {
                Builds { builds: Some(builds.clone()).filter(|builds| !builds.is_empty()) }
            }
            Ok(Done::Printed) => return Ok(()),
            // As Skaffold: a failed build writes its output too, with nothing in it.
            Err(_) => Builds { builds: None },
        };
        let told = self.tell(&template, &builds);
        result.and(told)
    }

    async fn build(&self, project: &Project, settings: &Settings) -> Result<Done> {
        let Self { args, environment, bus, .. } = *self;
        let selected = project::select(project, &args.build_image)?;
        if selected.is_empty() {
            bus.info(nothing(project));
        }
        // Before tags are made, which may take long.
        project::refuse_missing_contexts(&selected, &environment.cwd)?;
        if !args.dry_run {
            project::refuse_unbuilt(&selected)?;
        }
        let tags = project::tags(&selected, args.definition.tag.as_deref(), environment).await?;
        let references = project::references(&selected, tags, settings)?;
        let wanted: Vec<usize> = (0..selected.len()).filter(|i| selected[*i].wanted).collect();
        if args.dry_run || !args.print {
            for index in &wanted {
                let image = selected[*index].artifact.image.clone();
                bus.emit(Event::Tagged { image, tag: references[*index].clone() });
            }
        }
        if args.dry_run {
            let builds = wanted.iter().map(|i| Build::of(selected[*i].artifact, references[*i].clone()));
            return Ok(Done::Built(builds.collect()));
        }
        let artifacts = project::artifacts(&selected, references, settings)?;
        let builders = if args.print {
            Builders::imagine(&artifacts, settings, environment).await?
        } else {
            Builders::choose(&artifacts, settings, environment).await?
        };
        let registry = memory::registry(&artifacts, settings, environment);
        let work = Work {
            artifacts: &artifacts,
            wanted: &wanted,
            settings,
            builders: &builders,
            registry: &registry,
            found: &[],
        };
        if args.print {
            let plan = self.plan(&work, None, &BTreeMap::new())?;
            super::print(&show(&plan))?;
            return Ok(Done::Printed);
        }
        let mut built = if args.cache_artifacts {
            self.remembering(&work).await?
        } else {
            let (delivered, failure) = self.deliver(&work, &BTreeMap::new()).await?;
            failure.map_or(Ok(()), Err)?;
            delivered.into_iter().map(|(index, delivered)| (index, delivered.build)).collect()
        };
        Ok(Done::Built(wanted.iter().filter_map(|index| built.remove(index)).collect()))
    }

    /// Builds what no earlier build left, and remembers it.
    async fn remembering(&self, work: &Work<'_>) -> Result<BTreeMap<usize, Build>> {
        let facts = work.builders.facts(None);
        let nothing = BTreeMap::new();
        let inputs = self.inputs(work, &facts, &nothing);
        let subjects = Subjects::new(&inputs, work.builders, self.cancel).await?;
        let store = Store::open(
            self.args.definition.cache_file.as_deref(),
            work.artifacts,
            work.builders,
            self.environment,
            self.bus,
        )?;
        let bases = store.bases(
            (!self.args.definition.offline).then_some(work.registry),
            memory::max_age(work.settings),
            self.bus,
        );
        let memory = store.memory(&bases, work.registry, self.environment, self.bus);
        let assessed = memory.assess(subjects.list(), subjects.order()).await?;

        let mut done = BTreeMap::new();
        let mut found = Vec::new();
        let mut built = BTreeMap::new();
        let reused = assessed.iter().enumerate().map(async |(index, assessed)| match &assessed.verdict {
            Verdict::Found(how, digest) => Some(self.reuse(work, store.daemon(), index, *how, digest).await),
            Verdict::Build(_) => None,
        });
        let reused = join_all(reused).await;
        for (index, (assessed, reused)) in assessed.iter().zip(reused).enumerate() {
            let artifact = &work.artifacts[index];
            let verdict = match reused {
                Some(Ok(tag)) => {
                    built.insert(index, Build::of(artifact.artifact, tag.clone()));
                    found.push(index);
                    if work.is_referable(index) {
                        done.insert(index, tag);
                    }
                    assessed.verdict.clone()
                }
                Some(Err(report)) => Verdict::Build(report.title),
                None => assessed.verdict.clone(),
            };
            if let Some(wide) = &assessed.ingredients.wide {
                self.bus.debug(format!("{}: the whole context counts: {wide}", artifact.image()));
            }
            if work.wanted.contains(&index) {
                self.bus.emit(looked(artifact.image(), &verdict));
            }
        }
        memory.found(subjects.list(), &assessed, &found);
        let missing: Vec<usize> =
            work.wanted.iter().copied().filter(|index| !built.contains_key(index)).collect();
        if missing.is_empty() {
            return Ok(built);
        }
        let aliases = Aliases::of(&store, subjects.list(), &assessed, self.environment);
        let rest = Work { wanted: &missing, found: &found, ..*work };
        let (delivered, failure) = self.deliver_with(&rest, &done, aliases.paths()).await?;
        memory.record(subjects.list(), subjects.order(), &assessed, &to_record(&delivered))?;
        failure.map_or(Ok(()), Err)?;
        built.extend(delivered.into_iter().map(|(index, delivered)| (index, delivered.build)));
        Ok(built)
    }

    /// Takes an image over: it gets its tag where it has another one. Returns the reference to deploy.
    async fn reuse(
        &self,
        work: &Work<'_>,
        daemon: Option<&Daemon>,
        index: usize,
        how: How,
        digest: &str,
    ) -> Result<String> {
        let artifact = &work.artifacts[index];
        let tagged = &artifact.tagged;
        if !artifact.push {
            let daemon = daemon.ok_or_else(|| Box::new(Report::user("there is no docker daemon")))?;
            if how == How::Tagging {
                let reference = parsed(tagged)?;
                daemon.tag(digest, reference.name(), reference.tag().unwrap_or("latest")).await?;
            }
            return run::tag_by_id(daemon, tagged, digest).await;
        }
        if how == How::Tagging {
            let reference = parsed(tagged)?;
            let tag = reference.tag().unwrap_or("latest");
            work.registry
                .tag(&reference, digest, tag)
                .await
                .map_err(|error| Box::new(Report::tool(format!("{tagged} could not be tagged: {error}"))))?;
        }
        Ok(format!("{tagged}@{digest}"))
    }
}

/// What is said where no artifact is to be built.
fn nothing(project: &Project) -> String {
    let profiles = project.modules.iter().flat_map(|module| &module.model.profiles);
    let with_artifacts = profiles.filter(|profile| !profile.build.artifacts.is_empty());
    let names: Vec<String> = with_artifacts.map(|profile| format!("`-p {}`", profile.name)).collect();
    match names.as_slice() {
        [] => "nothing to build: the project has no artifacts".to_owned(),
        names => format!(
            "nothing to build: only profiles that are not active have artifacts ({})",
            names.join(", ")
        ),
    }
}

/// Continues the verb: planning and running.
impl Invocation<'_, BuildArgs> {
    fn inputs<'a>(
        &'a self,
        work: &Work<'a>,
        facts: &'a [plan::BuilderFacts],
        done: &'a BTreeMap<usize, String>,
    ) -> plan::Inputs<'a> {
        plan::Inputs {
            artifacts: work.artifacts,
            wanted: work.wanted,
            settings: work.settings,
            environment: self.environment,
            builders: facts,
            builder_of: &work.builders.of_artifact,
            done,
            run_mode: "build",
        }
    }

    fn plan(&self, work: &Work<'_>, info: Option<&Info>, done: &BTreeMap<usize, String>) -> Result<Plan> {
        plan::plan(&self.inputs(work, &work.builders.facts(info), done))
    }

    async fn deliver(
        &self,
        work: &Work<'_>,
        done: &BTreeMap<usize, String>,
    ) -> Result<(BTreeMap<usize, Delivered>, Option<Box<Report>>)> {
        self.deliver_with(work, done, &BTreeMap::new()).await
    }

    /// Plans and builds what is wanted. `aliases` are other paths of contexts.
    async fn deliver_with(
        &self,
        work: &Work<'_>,
        done: &BTreeMap<usize, String>,
        aliases: &BTreeMap<std::path::PathBuf, std::path::PathBuf>,
    ) -> Result<(BTreeMap<usize, Delivered>, Option<Box<Report>>)> {
        let daemon = self.daemon(work).await?;
        let info = daemon.as_ref().map(|(_, info)| info);
        let mut plan = self.plan(work, info, done)?;
        plan.alias(aliases);
        work.builders.announce(self.bus);
        for note in &plan.notes {
            self.bus.info(note);
        }
        let runner = Runner {
            artifacts: work.artifacts,
            engines: &work.builders.engines(self.environment)?,
            daemon: daemon.as_ref().map(|(daemon, _)| daemon.as_ref()),
            registry: work.registry,
            settings: work.settings,
            environment: self.environment,
            bus: self.bus,
            cancel: self.cancel,
            hooks: &super::hooks::run_wide(work.settings, self.environment),
            limit: work.settings.build_concurrency.as_ref().map(|limit| limit.value as usize),
            found: work.found,
        };
        let hooks =
            BuildHooks::of(work.artifacts, &plan, work.settings, self.environment, self.bus, self.cancel);
        hooks.before().await?;
        let ended = runner.run(plan, done).await;
        let failure = match ended.failure {
            None => hooks.after().await.err(),
            failure => failure,
        };
        Ok((ended.delivered, failure))
    }

    /// The docker daemon, where results are loaded into it or its own BuildKit builds; what cannot be loaded is an
    /// error here, before anything is built.
    async fn daemon(&self, work: &Work<'_>) -> Result<Option<(Arc<Daemon>, Info)>> {
        let Work { artifacts, wanted, settings, builders, .. } = *work;
        let loaded: Vec<usize> = wanted.iter().copied().filter(|i| artifacts[*i].is_loaded()).collect();
        let Some(asked) = loaded.first().or_else(|| wanted.iter().find(|i| builders.builds_in_daemon(**i)))
        else {
            return Ok(None);
        };
        let daemon = builders.daemon(*asked)?;
        let info = match daemon.info().await {
            Ok(info) => info.clone(),
            Err(report) if loaded.is_empty() => return Err(report),
            Err(mut report) => {
                report.title = format!("{} is not pushed and cannot be loaded", artifacts[*asked].image());
                report.causes.insert(0, format!("no docker daemon answers at {}", daemon.host()));
                report.hints = vec![
                    "push it: `--push` (and `--default-repo REGISTRY` to say where)".to_owned(),
                    "or start the docker daemon it is to be loaded into".to_owned(),
                    "or write it to a file: `.skeg` outputs `type=oci,dest=image.tar`".to_owned(),
                ];
                return Err(report);
            }
        };
        for index in loaded {
            let platforms = plan::platforms(&artifacts[index], settings);
            if platforms.len() > 1 && !info.containerd_images {
                return Err(Box::new(
                    Report::user(format!(
                        "{} is built for {} platforms, which this docker daemon cannot hold",
                        artifacts[index].image(),
                        platforms.len()
                    ))
                    .cause("its image store is the classic one, which knows no image of several platforms")
                    .hint("push it: `--push`")
                    .hint("or build one platform: `--platform linux/amd64`")
                    .hint("or turn on docker's containerd image store")
                    .hint("or write it to a file: `.skeg` outputs `type=oci,dest=image.tar`"),
                ));
            }
        }
        Ok(Some((daemon, info)))
    }

    /// Writes the result where it was asked for: standard output with `-q`, a file with `--file-output`.
    fn tell(&self, template: &template::ValueTemplate, builds: &Builds) -> Result<()> {
        if !self.args.quiet && self.args.file_output.is_none() {
            return Ok(());
        }
        let text = template.render(builds)?;
        if self.args.quiet {
            self.screen.close();
            super::print(&text)?;
        }
        if let Some(file) = &self.args.file_output {
            let path = self.environment.cwd.join(file);
            fs_err::write(&path, &text).map_err(|error| {
                Box::new(
                    Report::user("the result cannot be written").cause(error).hint("correct --file-output"),
                )
            })?;
        }
        Ok(())
    }
}

impl Work<'_> {
    /// Whether builds of others can find the artifact's image by its reference: a builder that was told to push over
    /// plain http knows nothing of that when it pulls.
    fn is_referable(&self, index: usize) -> bool {
        let artifact = &self.artifacts[index];
        !self.builders.is_buildkit(index) || (artifact.push && !plan::is_insecure(artifact, self.settings))
    }
}

/// What an artifact's line in the list says.
fn looked(image: &str, verdict: &Verdict) -> Event {
    let (found, reason) = match verdict {
        Verdict::Found(How::Locally, _) => ("Found Locally", ""),
        Verdict::Found(How::Remotely, _) => ("Found Remotely", ""),
        Verdict::Found(How::Tagging, _) => ("Found. Tagging", ""),
        Verdict::Build(reason) => ("Not found. Building", reason.as_str()),
    };
    Event::Looked { image: image.to_owned(), found: found.to_owned(), reason: reason.to_owned() }
}

fn to_record(delivered: &BTreeMap<usize, Delivered>) -> Vec<crate::build::known::Built> {
    let built = delivered.iter().filter_map(|(index, delivered)| {
        Some(crate::build::known::Built {
            index: *index,
            digest: delivered.digest.clone()?,
            bases: delivered.bases.clone(),
        })
    });
    built.collect()
}

fn parsed(reference: &str) -> Result<Reference> {
    Reference::parse(reference).map_err(|error| Box::new(Report::config(error.to_string())))
}

/// The definitions of a plan, one after the other in the order they are run.
fn show(plan: &Plan) -> String {
    let definitions = plan.runs.iter().filter_map(|run| match &run.job {
        Job::Builder { definition, .. } => Some(engine::print(definition)),
        Job::Custom => None,
    });
    definitions.collect::<Vec<_>>().join("\n")
}
