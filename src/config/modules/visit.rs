//! The visit of all documents: each after the ones it requires, each once. It decides what takes part.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::LoadOptions;
use super::file::File;
use super::files::Files;
use super::module::Maker;
use super::target::Entry;
use crate::config::document::Document;
use crate::config::model::ProfileDependency;
use crate::config::{Module, Project, validate};
use crate::diagnostic::{Excerpt, Kind, Report, Result, nearest};
use crate::yaml::{Key, refuse};

/// Visits the documents of the root file, and what they require.
///
/// # Errors
/// What keeps a document from being read; names that are given twice, or asked for and not there.
pub(super) fn visit(options: &LoadOptions, root: &Arc<File>, files: Files<'_>) -> Result<Project> {
    let mut visitor = Visitor {
        options,
        root: Arc::clone(root),
        files,
        maker: Maker::new(options),
        checked: vec![],
        names: BTreeMap::new(),
        visited: BTreeMap::new(),
        project: Project::default(),
    };
    visitor.check_names(root)?;
    visitor.file(root, &[], &options.profiles, options.modules.is_empty())?;
    visitor.finish()
}

/// What went wrong with several, told in one go.
#[expect(clippy::vec_box, reason = "as the results have them")]
fn all(wrong: Vec<Box<Report>>) -> Result<()> {
    refuse(wrong.into_iter().map(|report| *report).collect())
}

/// What a document was visited with.
struct Visit {
    profiles: Vec<String>,
    excerpt: Excerpt,
}

struct Visitor<'o> {
    options: &'o LoadOptions,
    root: Arc<File>,
    files: Files<'o>,
    maker: Maker<'o>,
    /// The files whose names were looked at.
    checked: Vec<PathBuf>,
    /// Where each module name was given.
    names: BTreeMap<String, Excerpt>,
    /// By file, document, and whether it takes part (`--module`).
    visited: BTreeMap<(PathBuf, usize, bool), Visit>,
    project: Project,
}

impl Visitor<'_> {
    /// Visits the documents of a file: all, or those named by `selection`. `required`: they take part whatever
    /// `--module` says.
    fn file(
        &mut self,
        file: &Arc<File>,
        selection: &[String],
        profiles: &[String],
        required: bool,
    ) -> Result<()> {
        let mut wrong = vec![];
        for index in chosen(file, selection) {
            let name = name(&file.documents[index]);
            let required = required || self.options.modules.iter().any(|module| module == name);
            wrong.extend(self.document(file, index, profiles, required).err());
        }
        all(wrong)
    }

    /// Visits a document: first what it requires, then itself. One that was visited before is skipped, so cycles end.
    fn document(
        &mut self,
        file: &Arc<File>,
        index: usize,
        requested: &[String],
        required: bool,
    ) -> Result<()> {
        let of_root = Arc::ptr_eq(file, &self.root);
        let mut warnings = vec![];
        let module = self.maker.module(file, index, requested, of_root, &mut warnings)?;
        let mut profiles = module.active_profiles.clone();
        profiles.sort();
        let key = (file.path.clone(), index, required);
        if let Some(before) = self.visited.get(&key) {
            return if before.profiles == profiles {
                Ok(())
            } else {
                Err(conflict(before, &profiles).into())
            };
        }
        let excerpt = module.tree.locate(&NAME).unwrap_or_else(|| module.tree.head());
        self.visited.insert(key, Visit { profiles, excerpt });
        validate::check_requires(&module.tree)?;
        let mut wrong = vec![];
        for position in 0..module.model.requires.len() {
            wrong.extend(self.dependency(file, &module, position, required, &mut warnings).err());
        }
        all(wrong)?;
        if required {
            self.project.warnings.append(&mut warnings);
            self.project.modules.push(module);
        }
        Ok(())
    }

    fn dependency(
        &mut self,
        file: &Arc<File>,
        module: &Module,
        position: usize,
        required: bool,
        warnings: &mut Vec<Report>,
    ) -> Result<()> {
        let dependency = &module.model.requires[position];
        let entry = Entry { file, tree: &module.tree, position, dependency };
        let (target, warning) = self.files.open(&entry, &entry.target()?)?;
        let target = target.unwrap_or_else(|| Arc::clone(file));
        warnings.extend(warning);
        self.check_names(&target)?;
        let active = &module.active_profiles;
        let wanted = |profile: &&ProfileDependency| {
            profile.activated_by.is_empty() || profile.activated_by.iter().any(|name| active.contains(name))
        };
        let mut profiles: Vec<String> =
            dependency.active_profiles.iter().filter(wanted).map(|profile| profile.name.clone()).collect();
        if self.options.propagate_profiles {
            profiles.extend(self.options.profiles.iter().cloned());
        }
        warnings.extend(strangers(&entry, &target, &wanted));
        self.file(&target, &dependency.configs, &profiles, required)
    }

    /// Names of documents are unique over all files.
    fn check_names(&mut self, file: &File) -> Result<()> {
        if self.checked.contains(&file.path) {
            return Ok(());
        }
        self.checked.push(file.path.clone());
        for document in &file.documents {
            let Some(name) = &document.model.metadata.name else { continue };
            let place = document.tree.locate(&NAME).unwrap_or_else(|| document.tree.head());
            if let Some(first) = self.names.get(name) {
                let first = Excerpt { label: "first here".into(), ..first.clone() };
                return Err(Box::new(
                    Report::config(format!("two configurations are named `{name}`"))
                        .at(Excerpt { label: "again here".into(), ..place })
                        .at(first)
                        .hint("give each `metadata.name` once"),
                ));
            }
            self.names.insert(name.clone(), place);
        }
        Ok(())
    }

    /// What can only be said when all files were read.
    fn finish(self) -> Result<Project> {
        let known: Vec<String> =
            self.files.all().flat_map(|file| &file.documents).flat_map(Document::profile_names).collect();
        for name in &self.options.profiles {
            let name = name.strip_prefix('-').unwrap_or(name);
            if !known.iter().any(|profile| profile == name) {
                return Err(unknown("profile", name, known, "the project has no profiles").into());
            }
        }
        if self.project.modules.is_empty() {
            let names: Vec<String> = self.names.into_keys().collect();
            let wanted = self.options.modules.join(", ");
            return Err(unknown(
                "module",
                &wanted,
                names,
                "no configuration of the project has a name (`metadata.name`)",
            )
            .into());
        }
        Ok(self.project)
    }
}

const NAME: [Key; 2] =
    [Key::Name(std::borrow::Cow::Borrowed("metadata")), Key::Name(std::borrow::Cow::Borrowed("name"))];

fn name(document: &Document) -> &str {
    document.model.metadata.name.as_deref().unwrap_or_default()
}

/// The documents of a file that are asked for by name; all where none is.
pub(super) fn chosen(file: &File, selection: &[String]) -> Vec<usize> {
    let is_chosen = |index: &usize| {
        selection.is_empty() || selection.iter().any(|chosen| chosen == name(&file.documents[*index]))
    };
    (0..file.documents.len()).filter(is_chosen).collect()
}

/// Names in an entry of `requires` that its file does not know: they do nothing, and are mostly typing errors.
fn strangers(entry: &Entry<'_>, target: &File, wanted: &dyn Fn(&&ProfileDependency) -> bool) -> Vec<Report> {
    let report = |what: &str, name: &str, known: Vec<&str>, place: [Key; 2]| {
        let title = format!("{} has no {what} `{name}`", target.source.path.display());
        let report = Report::config(title).at_some(entry.place(&place));
        match nearest(name, known.iter().copied()) {
            Some(near) => report.hint(format!("did you mean `{near}`?")),
            None => report,
        }
    };
    let dependency = entry.dependency;
    let names: Vec<&str> = target.documents.iter().map(name).filter(|name| !name.is_empty()).collect();
    let configs = dependency.configs.iter().enumerate();
    let missing = configs.filter(|(_, config)| !names.contains(&config.as_str()));
    let mut reports: Vec<Report> = missing
        .map(|(at, config)| report("config", config, names.clone(), ["configs".into(), at.into()]))
        .collect();
    let documents = chosen(target, &dependency.configs);
    if !documents.is_empty() {
        let profiles: Vec<String> =
            documents.iter().flat_map(|index| target.documents[*index].profile_names()).collect();
        for (at, profile) in dependency.active_profiles.iter().enumerate() {
            if wanted(&profile) && !profiles.contains(&profile.name) {
                let known = profiles.iter().map(String::as_str).collect();
                reports.push(report("profile", &profile.name, known, ["activeProfiles".into(), at.into()]));
            }
        }
    }
    reports
}

/// A name on the command line that the project does not have.
fn unknown(what: &str, name: &str, mut known: Vec<String>, none: &str) -> Report {
    known.sort();
    known.dedup();
    let report = Report::new(Kind::Usage, format!("the project has no {what} `{name}`"));
    let hint = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => none.to_owned(),
        None => format!("known: {}", known.join(", ")),
    };
    report.hint(hint)
}

/// A document is required twice with different profiles.
fn conflict(before: &Visit, profiles: &[String]) -> Report {
    let list = |profiles: &[String]| {
        if profiles.is_empty() {
            "no profile".to_owned()
        } else {
            format!("profiles {}", profiles.join(", "))
        }
    };
    Report::config("a configuration is required several times with different profiles")
        .at(Excerpt { label: "this one".into(), ..before.excerpt.clone() })
        .cause(format!("once with {}, once with {}", list(&before.profiles), list(profiles)))
        .hint("give every `requires` entry that reaches it the same `activeProfiles`")
}
