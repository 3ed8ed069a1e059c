//! `skeg why`: what is different from the last build of an image.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::Invocation;
use super::builders::Builders;
use super::memory::{self, Store, Subjects};
use super::project;
use crate::build::known::{Aspect, Change, Difference, Verdict, Work};
use crate::build::plan;
use crate::cli::{Format, WhyArgs};
use crate::diagnostic::{Report, Result, nearest};
use crate::engine::{Dockerfile, Target};
use crate::inputs;

impl Invocation<'_, WhyArgs> {
    /// Runs the verb and returns the text to print.
    ///
    /// # Errors
    /// There is no such image; whatever keeps it from being planned.
    pub async fn run(&self) -> Result<String> {
        let Self { args, environment, bus, .. } = *self;
        let options = project::options(&args.project, "build", self.origins, environment, bus);
        let project = project::load(options, self.cancel).await?;
        let settings = project::settings(&project, args.flags(self.origins), self.origins, environment, bus)?;
        if project.artifact(&args.image).is_none() {
            let names: Vec<&str> = project.artifacts().map(|(_, _, a)| a.image.as_str()).collect();
            let mut report = Report::config(format!("the project has no image {}", args.image));
            report.hints.extend(
                nearest(&args.image, names.iter().copied()).map(|name| format!("did you mean {name}?")),
            );
            return Err(Box::new(report.hint(format!("the project's images: {}", names.join(", ")))));
        }
        let selected = project::select(&project, std::slice::from_ref(&args.image))?;
        project::refuse_unbuilt(&selected)?;
        let tags = project::tags(&selected, args.definition.tag.as_deref(), environment).await?;
        let references = project::references(&selected, tags, &settings)?;
        let artifacts = project::artifacts(&selected, references, &settings)?;
        let builders = Builders::choose(&artifacts, &settings, environment).await?;
        let registry = memory::registry(&artifacts, &settings, environment);
        let done = BTreeMap::new();
        let facts = builders.facts(None);
        let inputs = plan::Inputs {
            artifacts: &artifacts,
            wanted: &[],
            settings: &settings,
            environment,
            builders: &facts,
            builder_of: &builders.of_artifact,
            done: &done,
            run_mode: "build",
        };
        let subjects = Subjects::new(&inputs, &builders, self.cancel).await?;
        let file = args.definition.cache_file.as_deref();
        let store = Store::open(file, &artifacts, &builders, environment, bus)?;
        let bases =
            store.bases((!args.definition.offline).then_some(&registry), memory::max_age(&settings), bus);
        let memory = store.memory(&bases, &registry, environment, bus);
        let assessed = memory.assess(subjects.list(), subjects.order()).await?;
        let found = subjects.list().iter().zip(&assessed).find(|(subject, _)| subject.image == args.image);
        let Some((subject, assessed)) = found else { return Ok(String::new()) };
        let differences = memory.differences(subject, &assessed.ingredients);
        Ok(match args.output {
            Format::Json => json(&args.image, differences.as_deref(), &assessed.verdict),
            Format::Text => {
                let lines = match &subject.work {
                    Work::Target(target) => Lines::of(target),
                    Work::Custom(_) => Lines::default(),
                };
                text(&args.image, differences.as_deref(), &assessed.verdict, &lines)
            }
        })
    }
}

fn json(image: &str, differences: Option<&[Difference]>, verdict: &Verdict) -> String {
    let (hit, reason) = match verdict {
        Verdict::Found(..) => (true, None),
        Verdict::Build(reason) => (false, Some(reason)),
    };
    let mut answer = json!({ "image": image, "hit": hit, "reasons": differences.unwrap_or_default() });
    if let Some(reason) = reason {
        answer["reason"] = json!(reason);
    }
    format!("{answer}\n")
}

fn text(image: &str, differences: Option<&[Difference]>, verdict: &Verdict, lines: &Lines) -> String {
    let mut text = match (differences, verdict) {
        (None, Verdict::Build(reason)) => {
            return format!("{image}: no build of it is remembered ({reason})\n");
        }
        (None, Verdict::Found(..)) => return format!("{image}: no build of it is remembered\n"),
        (Some([]), Verdict::Found(..)) => return format!("{image}: the last build is current\n"),
        (Some([]), Verdict::Build(reason)) => {
            return format!("{image} is built, although nothing changed: {reason}\n");
        }
        (Some(_), Verdict::Found(..)) => {
            format!("{image} was built from this before; its last build differs:\n")
        }
        (Some(_), Verdict::Build(_)) => format!("{image} is built, since this changed:\n"),
    };
    let rows: Vec<[String; 3]> = differences.unwrap_or_default().iter().map(|d| row(d, lines)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (names, changes) = (width(0), width(1));
    for [name, change, detail] in rows {
        let line = format!("  {name:names$}  {change:changes$}  {detail}");
        // Writing to a text does not fail.
        let _written = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// Name, change, and where it comes from.
fn row(difference: &Difference, lines: &Lines) -> [String; 3] {
    let name = match (difference.aspect, difference.name.as_str()) {
        (aspect, "") => word(aspect).to_owned(),
        (_, name) => name.to_owned(),
    };
    let change = match (difference.aspect, difference.change) {
        (_, Change::Added) => "added",
        (_, Change::Removed) => "removed",
        (Aspect::Base, Change::Changed) => "moved",
        (_, Change::Changed) => "changed",
    };
    let mut detail = match (difference.aspect, difference.line) {
        (Aspect::File, Some(line)) => lines.place(line),
        (Aspect::File, None) => String::new(),
        (aspect, _) if difference.name.is_empty() => {
            String::from(if aspect.is_file() { "" } else { word(aspect) })
        }
        (aspect, _) => word(aspect).to_owned(),
    };
    if difference.before.is_some() || difference.after.is_some() {
        let shown = |value: &Option<String>| {
            value.clone().filter(|v| !v.is_empty()).unwrap_or_else(|| "-".to_owned())
        };
        if detail == name {
            detail.clear();
        }
        let values = format!("{} → {}", shown(&difference.before), shown(&difference.after));
        detail = if detail.is_empty() { values } else { format!("{detail}: {values}") };
    }
    [name, change.to_owned(), detail.replace('\n', ", ")]
}

/// What an aspect is called.
const fn word(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Dockerfile => "Dockerfile",
        Aspect::IgnoreFile => "ignore file",
        Aspect::File => "file",
        Aspect::Command => "build command",
        Aspect::Argument => "build argument",
        Aspect::Target => "target",
        Aspect::Platforms => "platforms",
        Aspect::Base => "base image",
        Aspect::Required => "required artifact",
        Aspect::Context => "named context",
        Aspect::Secret => "secret",
        Aspect::Ssh => "ssh",
        Aspect::Label => "label",
        Aspect::Annotation => "annotation",
        Aspect::Network => "network",
        Aspect::Attestation => "attestation",
        Aspect::Option => "option",
        Aspect::Builder => "builder",
    }
}

/// The Dockerfile's lines, to show by which a file enters.
#[derive(Debug, Default)]
struct Lines {
    name: String,
    lines: Vec<String>,
}

impl Lines {
    fn of(target: &Target) -> Self {
        let (name, text) = match &target.dockerfile {
            Dockerfile::Inline(text) => ("Dockerfile".to_owned(), text.clone()),
            Dockerfile::File(path) => (
                path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                inputs::read(path)
                    .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                    .unwrap_or_default(),
            ),
        };
        Self { name, lines: text.lines().map(|line| line.trim().to_owned()).collect() }
    }

    /// `COPY src/ /src/ (Dockerfile:4)`
    fn place(&self, line: u32) -> String {
        let text = self.lines.get((line as usize).wrapping_sub(1)).map_or("", String::as_str);
        let cut: String = text.chars().take(60).collect();
        let more = if cut.len() < text.len() { "…" } else { "" };
        format!("{cut}{more} ({}:{line})", self.name).trim_start().to_owned()
    }
}
