//! `skeg diagnose`: what is made of a project, without building it or asking anybody.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::Invocation;
use super::builders::Builders;
use super::project::{self, Selected};
use super::sources::Finder;
use crate::cli::DiagnoseArgs;
use crate::config::{self, ArtifactKind, Module, Project, is_remote_context, print};
use crate::diagnostic::{Report, Result};
use crate::lint::{self, Concern, Facts};
use crate::{template, yaml};

impl Invocation<'_, DiagnoseArgs> {
    /// Runs the verb and returns the text to print.
    ///
    /// # Errors
    /// The project cannot be read; the file cannot be written.
    pub async fn run(&self) -> Result<String> {
        let Self { args, origins, environment, bus, cancel, .. } = *self;
        let options = project::options(&args.project, "diagnose", origins, environment, bus);
        let project = project::read(options, cancel).await?;
        let configs = self.configs(&project)?;
        if args.yaml_only {
            project::warn(&project, bus);
            return self.written(configs, String::new());
        }
        let diagnosis = self.diagnosis(&project).await?;
        self.written(configs, diagnosis)
    }

    /// The configs in force, one document each (Skaffold: `cmd/diagnose.go`).
    fn configs(&self, project: &Project) -> Result<String> {
        let mut documents = vec![];
        for module in &project.modules {
            let mut module = module.clone();
            if self.args.enable_templating {
                config::expand_templates(&mut module, &template::Context::new(&self.environment.vars))?;
            }
            let resolved = print::resolved(&module);
            documents.push(yaml::node_text(&print::resolved_node(&module, &resolved)?));
        }
        Ok(yaml::join_documents(&documents))
    }

    /// The diagnosis and the configs, which may go to a file instead.
    fn written(&self, configs: String, diagnosis: String) -> Result<String> {
        let Some(output) = self.args.output.as_deref().filter(|file| !file.is_empty()) else {
            let between = if diagnosis.is_empty() { "" } else { "\nConfigs in force\n\n" };
            return Ok(format!("{diagnosis}{between}{configs}"));
        };
        fs_err::write(self.environment.cwd.join(output), configs)
            .map_err(|error| Box::new(Report::user(format!("cannot write {output}")).cause(error)))?;
        Ok(diagnosis)
    }

    async fn diagnosis(&self, project: &Project) -> Result<String> {
        let Self { args, origins, environment, bus, .. } = *self;
        let settings = project::settings(project, args.flags(origins), origins, environment, bus)?;
        let selected = selected(project);
        let mut text = format!("skeg {}\n", concat!("v", env!("CARGO_PKG_VERSION")));
        let mut line = |words: std::fmt::Arguments<'_>| {
            // Writing to a text does not fail.
            let _written = writeln!(text, "{words}");
        };

        line(format_args!("\nConfigs ({})", project.modules.len()));
        for module in &project.modules {
            line(format_args!("  {}", config_line(module)));
        }

        line(format_args!("\nBuilder"));
        match self.builder(&selected, &settings).await {
            Ok(lines) => lines.iter().for_each(|words| line(format_args!("  {words}"))),
            Err(report) => {
                line(format_args!("  none: {}", report.title));
                report.causes.iter().for_each(|cause| line(format_args!("    {cause}")));
                report.hints.iter().for_each(|hint| line(format_args!("    help: {hint}")));
            }
        }

        line(format_args!("\nArtifacts ({})", selected.len()));
        let finder = Finder::new(&selected, environment);
        for one in &selected {
            line(format_args!("  {} ({})", one.artifact.image, one.artifact.kind()));
            for words in files(&finder, one).await {
                line(format_args!("    {words}"));
            }
        }

        let facts = Facts::gather(project, &environment.cwd);
        let findings = lint::run(&facts, &[]);
        let slow: Vec<_> =
            findings.iter().filter(|f| matches!(f.rule.concern, Concern::Slow | Concern::Uncached)).collect();
        line(format_args!("\nSlow or never cached ({})", slow.len()));
        for finding in &slow {
            let (row, column) = finding.place.line_column();
            line(format_args!("  {}:{row}:{column}: {}", finding.place.path.display(), finding.message));
        }
        let others = findings.len() - slow.len();
        if others > 0 {
            line(format_args!("  `skeg lint` has {others} more"));
        }

        if let Err(report) = config::validate(project) {
            line(format_args!("\nWrong\n  {report}"));
            for place in &report.excerpts {
                let (row, column) = place.line_column();
                line(format_args!("    {}:{row}:{column}", place.path.display()));
            }
        }
        Ok(text)
    }

    /// The builders and why they are chosen. Files are looked at; none is started or asked.
    async fn builder(
        &self,
        selected: &[Selected<'_>],
        settings: &crate::settings::Settings,
    ) -> Result<Vec<String>> {
        let docker: Vec<Selected<'_>> =
            selected.iter().filter(|one| one.artifact.kind() == ArtifactKind::Docker).copied().collect();
        if docker.is_empty() {
            return Ok(vec!["none is needed: no artifact is built from a Dockerfile".to_owned()]);
        }
        // The tag does not matter to who builds.
        let references = project::references(&docker, vec!["latest".to_owned(); docker.len()], settings)?;
        let artifacts = project::artifacts(&docker, references, settings)?;
        let builders = Builders::choose(&artifacts, settings, self.environment).await?;
        Ok(builders.explain())
    }
}

/// Every artifact, also of types that are not built yet.
fn selected(project: &Project) -> Vec<Selected<'_>> {
    project
        .artifacts()
        .map(|(module, index, artifact)| Selected { module, index, artifact, wanted: true })
        .collect()
}

/// `module `a` of skaffold.yaml, written in skaffold/v2beta29, active profiles dev`
fn config_line(module: &Module) -> String {
    let version = module.locate(&["apiVersion".into()]);
    let written =
        version.text.get(version.span.clone()).unwrap_or_default().trim_matches(['"', '\'']).to_owned();
    let version = if written.starts_with("skaffold/") { written } else { module.model.api_version.clone() };
    let profiles = match module.active_profiles.as_slice() {
        [] => "no profile is active".to_owned(),
        names => format!("active profiles {}", names.join(", ")),
    };
    format!("{}, {version}, {profiles}", module.describe())
}

/// Where an artifact's files are, how many they are, and how long it takes to look at them: the second time is that of
/// every build, the first one of a build that finds nothing remembered.
async fn files(finder: &Finder<'_>, one: &Selected<'_>) -> Vec<String> {
    let context = one.artifact.context.as_deref().unwrap_or(".");
    let mut lines = vec![];
    match &one.artifact.docker {
        Some(docker) => {
            let file = docker.dockerfile.as_deref().unwrap_or("Dockerfile");
            lines.push(format!("context {context}, {file}"));
        }
        None => lines.push(format!("context {context}")),
    }
    let by_command = one.artifact.custom.as_ref().and_then(|custom| custom.dependencies.as_ref());
    if is_remote_context(context) {
        lines.push("files: fetched by the builder".to_owned());
    } else if by_command.is_some_and(|dependencies| dependencies.command.is_some()) {
        lines.push("files: listed by a command, which is not run here".to_owned());
    } else if !matches!(one.artifact.kind(), ArtifactKind::Docker | ArtifactKind::Custom) {
        lines.push("not built by skeg yet".to_owned());
    } else {
        let begun = Instant::now();
        match finder.own(one).await {
            Ok(names) => {
                let first = begun.elapsed();
                let begun = Instant::now();
                let again = finder.own(one).await.map(|_| begun.elapsed()).unwrap_or_default();
                lines.push(format!(
                    "files: {}, looked at in {}, again in {}",
                    names.len(),
                    time(first),
                    time(again)
                ));
            }
            Err(report) => lines.push(format!("files: {report}")),
        }
    }
    lines
}

fn time(duration: Duration) -> String {
    match duration.as_millis() {
        0..10 => format!("{:.1} ms", duration.as_secs_f64() * 1000.0),
        10..10_000 => format!("{} ms", duration.as_millis()),
        _ => format!("{:.0} s", duration.as_secs_f64()),
    }
}
