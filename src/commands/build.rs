//! `skeg build`: project and settings become a plan, the plan becomes images, the result is told.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::builders::Builders;
use super::project;
use crate::build::artifact::Artifact;
use crate::build::output::{Build, Builds};
use crate::build::plan::{self, Plan};
use crate::build::run::Runner;
use crate::cli::{BuildArgs, Origins};
use crate::diagnostic::{Report, Result};
use crate::engine::{self, Daemon, Info};
use crate::event::{Bus, Event};
use crate::settings::env::Environment;
use crate::settings::{Settings, Sources};
use crate::{template, ui};

/// The arguments of the verb, and what they mean for the whole run.
pub struct Verb<'a> {
    /// The arguments.
    pub args: &'a BuildArgs,
    /// Where each flag comes from.
    pub origins: &'a Origins,
    /// Variables and folders.
    pub environment: &'a Environment,
    /// Where events go.
    pub bus: &'a Bus,
    /// Cancelled by Ctrl-C.
    pub cancel: &'a CancellationToken,
    /// Cleared before data is written to standard output.
    pub screen: &'a ui::Ui,
}

/// What came of a run that did not fail.
enum Done {
    /// The artifacts that were asked for, in the project's order.
    Built(Vec<Build>),
    /// `--print`: the definitions were shown and nothing was built.
    Printed,
}

impl Verb<'_> {
    /// Runs the verb.
    ///
    /// # Errors
    /// Everything that keeps an image from being built; see `docs/exit-codes.md`.
    pub async fn run(&self) -> Result<()> {
        // A template that cannot work is found before minutes of building, not after.
        let template = template::ValueTemplate::parse(&self.args.output)?;
        let result = self.build().await;
        let builds = match &result {
            Ok(Done::Built(builds)) => Builds { builds: Some(builds.clone()) },
            Ok(Done::Printed) => return Ok(()),
            // As Skaffold: a failed build writes its output too, with nothing in it.
            Err(_) => Builds { builds: None },
        };
        let told = self.tell(&template, &builds);
        result.and(told)
    }

    async fn build(&self) -> Result<Done> {
        let Self { args, environment, bus, .. } = *self;
        let project = project::load(args, environment)?;
        for warning in &project.warnings {
            bus.warn(warning);
        }
        for (flag, origin) in self.origins.without_effect() {
            bus.debug(format!("--{flag} ({origin}) has no effect"));
        }
        let sources = Sources::gather(args.flags(self.origins), environment)?;
        let settings = sources.resolve(&project::layer(&project)?);
        for line in settings.sourced_lines() {
            bus.debug(line.to_string());
        }
        let selected = project::select(&project, &args.build_image)?;
        let tags = project::tags(&selected, args.tag.as_deref(), environment).await?;
        let artifacts = project::artifacts(&selected, tags, &settings)?;
        let wanted: Vec<usize> = (0..selected.len()).filter(|i| selected[*i].wanted).collect();
        if args.dry_run || !args.print {
            for index in &wanted {
                let artifact = &artifacts[*index];
                bus.emit(Event::Tagged { image: artifact.image().to_owned(), tag: artifact.tagged.clone() });
            }
        }
        if args.dry_run {
            return Ok(Done::Built(wanted.iter().map(|i| not_built(&artifacts[*i])).collect()));
        }
        let builders = Builders::choose(&artifacts, &settings, environment).await?;
        let daemon = self.daemon(&builders, &artifacts, &wanted, &settings).await?;
        let info = daemon.as_ref().and_then(|(_, info)| info.as_ref());
        let plan = plan::plan(&plan::Inputs {
            artifacts: &artifacts,
            wanted: &wanted,
            settings: &settings,
            environment,
            builders: &builders.facts(info),
            builder_of: &builders.of_artifact,
            run_mode: "build",
        })?;
        if args.print {
            super::print(&show(&plan))?;
            return Ok(Done::Printed);
        }
        builders.announce(bus);
        for note in &plan.notes {
            bus.info(note);
        }
        let runner = Runner {
            artifacts: &artifacts,
            engines: &builders.engines(environment)?,
            daemon: daemon.as_ref().map(|(daemon, _)| daemon.as_ref()),
            bus,
            cancel: self.cancel,
        };
        let mut built = runner.run(plan).await?;
        Ok(Done::Built(wanted.iter().filter_map(|index| built.remove(index)).collect()))
    }

    /// The docker daemon, where results are loaded into it or its own BuildKit builds; what cannot be loaded is an
    /// error here, before anything is built.
    async fn daemon(
        &self,
        builders: &Builders,
        artifacts: &[Artifact<'_>],
        wanted: &[usize],
        settings: &Settings,
    ) -> Result<Option<(Arc<Daemon>, Option<Info>)>> {
        let loaded: Vec<usize> = wanted.iter().copied().filter(|i| artifacts[*i].is_loaded()).collect();
        let Some(asked) = loaded.first().or_else(|| wanted.iter().find(|i| builders.builds_in_daemon(**i)))
        else {
            return Ok(None);
        };
        let daemon = builders.daemon(*asked)?;
        if self.args.print {
            // Showing a definition asks nobody.
            return Ok(Some((daemon, None)));
        }
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
            let platforms = plan::platforms(&artifacts[index], settings)?;
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
        Ok(Some((daemon, Some(info))))
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

fn not_built(artifact: &Artifact<'_>) -> Build {
    Build {
        image_name: artifact.image().to_owned(),
        tag: artifact.tagged.clone(),
        runtime_type: artifact.artifact.runtime_type.clone().unwrap_or_default(),
    }
}

/// The definitions of a plan, one after the other in the order they are run.
fn show(plan: &Plan) -> String {
    plan.rounds.iter().flatten().map(|run| engine::print(&run.definition)).collect::<Vec<_>>().join("\n")
}
