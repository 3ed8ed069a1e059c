//! From `--filename` to a [`Project`]: find the root file, follow `requires`, apply profiles and defaults
//! (Skaffold: `parser/config.go`).

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::document::{Document, decode, documents, sentence};
use super::model::{ConfigDependency, ProfileDependency};
use super::overlay::{self, OVERLAY_KEY, Overlay};
use super::paths::{absolute, make_absolute};
use super::{Module, Project, defaults, profiles, validate};
use crate::diagnostic::{Excerpt, Kind, Report, Result, nearest};
use crate::yaml::{self, Key, Node, Source};

/// The names that are looked for when none is given, in a folder.
const FILE_NAMES: &[&str] = &["skaffold.yaml", "skaffold.yml", "skeg.yaml"];
/// The name of the project file that means standard input.
const STDIN: &str = "-";

/// What decides which documents are read, and how.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// `--filename`: a file, a folder, or `-` for standard input; `None` = look in `cwd`.
    pub filename: Option<String>,
    /// The working folder, absolute.
    pub cwd: PathBuf,
    /// `--profile`, in order: `name` activates, `-name` deactivates.
    pub profiles: Vec<String>,
    /// `--module`: only these documents and what they require; empty = all.
    pub modules: Vec<String>,
    /// `--propagate-profiles`: `profiles` count for required documents too.
    pub propagate_profiles: bool,
}

/// Reads and checks a project. `stdin` is read when the file is `-`. The report of an error shows all of what is
/// wrong with a file, each at its place.
pub fn load(options: &LoadOptions, stdin: &mut dyn Read) -> Result<Project> {
    let project = read(options, stdin)?;
    validate::validate(&project)?;
    Ok(project)
}

/// Reads a project without checking it ([`validate()`]).
pub fn read(options: &LoadOptions, stdin: &mut dyn Read) -> Result<Project> {
    let root = root_file(options, stdin)?;
    let mut loader = Loader {
        options,
        root: Rc::clone(&root),
        files: BTreeMap::from([(root.path.clone(), Rc::clone(&root))]),
        names: BTreeMap::new(),
        visited: BTreeMap::new(),
        project: Project::default(),
    };
    loader.check_names(&root)?;
    loader.file(&root, &[], &options.profiles, options.modules.is_empty())?;
    loader.finish()
}

/// A file that was read.
pub(super) struct File {
    /// Absolute, without `.` and `..`; the name of standard input for standard input.
    pub(super) path: PathBuf,
    /// What `requires` paths in it are relative to.
    dir: PathBuf,
    pub(super) source: Arc<Source>,
    pub(super) documents: Vec<Document>,
}

impl File {
    fn new(path: PathBuf, dir: PathBuf, source: Arc<Source>) -> Result<Rc<Self>> {
        let documents = documents(&source)?;
        Ok(Rc::new(Self { path, dir, source, documents }))
    }

    /// Reads a file; messages name it as `shown`.
    fn open(path: PathBuf, shown: &Path) -> Result<Rc<Self>> {
        let bytes = fs_err::read(&path).map_err(|error| unreadable(shown, &error))?;
        let dir = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Self::new(path, dir, Source::from_bytes(shown, &bytes)?)
    }
}

fn unreadable(shown: &Path, error: &std::io::Error) -> Report {
    let cause = error.get_ref().map_or_else(|| error.to_string(), ToString::to_string);
    Report::user(format!("cannot read {}", shown.display())).cause(cause)
}

pub(super) fn root_file(options: &LoadOptions, stdin: &mut dyn Read) -> Result<Rc<File>> {
    let Some(name) = options.filename.as_deref() else {
        let Some(found) = find_in(&options.cwd) else {
            return Err(Box::new(
                Report::user(format!("no project file in {}", options.cwd.display()))
                    .cause(format!("looked for {}", FILE_NAMES.join(", ")))
                    .hint("go to the project's folder, or name its file with `--filename FILE`"),
            ));
        };
        return File::open(absolute(&options.cwd, found), Path::new(found));
    };
    if name.is_empty() {
        return Err(Box::new(
            Report::new(Kind::Usage, "`--filename` is empty").hint("name a file, or leave it out"),
        ));
    }
    if name == STDIN {
        let mut bytes = vec![];
        let shown = PathBuf::from("<stdin>");
        stdin.read_to_end(&mut bytes).map_err(|error| unreadable(&shown, &error))?;
        let source = Source::from_bytes(shown.clone(), &bytes)?;
        return File::new(shown, options.cwd.clone(), source);
    }
    if is_url(name) {
        return Err(Box::new(
            Report::user(format!("a project file is not read from a URL yet: {name}")).hint(
                "download it and name the copy with `--filename`, or pipe it: `curl URL | skeg … -f -`",
            ),
        ));
    }
    let path = absolute(&options.cwd, name);
    match existing(&path) {
        Some(found) => {
            // As the user wrote it, except where another name was found.
            let shown = if found == path { PathBuf::from(name) } else { display(&found, &options.cwd) };
            File::open(found, &shown)
        }
        None => Err(Box::new(
            Report::user(format!("the project file {name} does not exist"))
                .hint(format!("check the path; it is relative to {}", options.cwd.display())),
        )),
    }
}

/// The file that is meant by a path: itself; for a folder its project file; for a `skaffold.yaml` that is not there
/// the `skaffold.yml` beside it.
fn existing(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return find_in(path).map(|name| path.join(name));
    }
    if path.exists() {
        return Some(path.to_path_buf());
    }
    let other = path.with_file_name(FILE_NAMES[1]);
    (path.file_name()? == FILE_NAMES[0] && other.is_file()).then_some(other)
}

fn find_in(dir: &Path) -> Option<&'static str> {
    FILE_NAMES.iter().copied().find(|name| dir.join(name).is_file())
}

fn is_url(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

/// A path as messages show it: relative to the working folder where it is below it.
fn display(path: &Path, cwd: &Path) -> PathBuf {
    path.strip_prefix(cwd).unwrap_or(path).to_path_buf()
}

/// What a document was visited with.
struct Visit {
    profiles: Vec<String>,
    excerpt: Excerpt,
}

struct Loader<'o> {
    options: &'o LoadOptions,
    root: Rc<File>,
    files: BTreeMap<PathBuf, Rc<File>>,
    /// Where each module name was given.
    names: BTreeMap<String, Excerpt>,
    /// By file, document, and whether it takes part (`--module`).
    visited: BTreeMap<(PathBuf, usize, bool), Visit>,
    project: Project,
}

impl Loader<'_> {
    /// Visits the documents of a file: all, or those named by `selection`. `required`: they take part whatever
    /// `--module` says.
    fn file(
        &mut self,
        file: &Rc<File>,
        selection: &[String],
        profiles: &[String],
        required: bool,
    ) -> Result<()> {
        for (index, document) in file.documents.iter().enumerate() {
            let name = document.model.metadata.name.as_deref().unwrap_or_default();
            if selection.is_empty() || selection.iter().any(|selected| selected == name) {
                let required = required || self.options.modules.iter().any(|module| module == name);
                self.document(file, index, profiles, required)?;
            }
        }
        Ok(())
    }

    /// Visits a document: first what it requires, then itself. One that was visited before is skipped, so cycles end.
    fn document(
        &mut self,
        file: &Rc<File>,
        index: usize,
        requested: &[String],
        required: bool,
    ) -> Result<()> {
        let document = &file.documents[index];
        let known: Vec<String> = document.profile_names().collect();
        let active = profiles::select(&known, requested);
        let excerpt =
            document.tree.locate(&["metadata".into(), "name".into()]).unwrap_or_else(|| document.tree.head());
        let mut sorted = active.clone();
        sorted.sort();
        let key = (file.path.clone(), index, required);
        if let Some(before) = self.visited.get(&key) {
            return if before.profiles == sorted { Ok(()) } else { Err(conflict(before, &sorted).into()) };
        }
        self.visited.insert(key, Visit { profiles: sorted, excerpt });
        let module = self.module(file, index, active.clone())?;
        validate::check_requires(&document.tree)?;
        for (position, dependency) in document.model.requires.iter().enumerate() {
            self.dependency(file, document, position, dependency, &active, required)?;
        }
        if required {
            self.project.warnings.extend(document.warnings.iter().map(sentence));
            self.warn_of_activations(document, &module, requested);
            self.project.modules.push(module);
        }
        Ok(())
    }

    fn dependency(
        &mut self,
        file: &Rc<File>,
        document: &Document,
        position: usize,
        dependency: &ConfigDependency,
        active: &[String],
        required: bool,
    ) -> Result<()> {
        let place = |key: &'static str| {
            let path = [Key::from("requires"), position.into(), key.into()];
            document.tree.locate(&path).or_else(|| document.tree.locate(&path[..2]))
        };
        let remote = [
            ("git", dependency.git.is_some()),
            ("googleCloudStorage", dependency.google_cloud_storage.is_some()),
            ("googleCloudBuildRepoV2", dependency.google_cloud_build_repo_v2.is_some()),
        ];
        if let Some((key, _)) = remote.into_iter().find(|(_, set)| *set) {
            return Err(Box::new(
                Report::config(format!("`requires` from {key} is not read yet"))
                    .at_some(place(key))
                    .hint("check the repository out beside this one and name its folder with `path`"),
            ));
        }
        let target = match dependency.path.as_deref() {
            None => Rc::clone(file),
            Some(path) if is_url(path) => {
                return Err(Box::new(
                    Report::config("`requires` from a URL is not read yet").at_some(place("path")),
                ));
            }
            Some(path) => self.required_file(&absolute(&file.dir, path), path, place("path"))?,
        };
        let wanted = |profile: &&ProfileDependency| {
            profile.activated_by.is_empty() || profile.activated_by.iter().any(|name| active.contains(name))
        };
        let mut profiles: Vec<String> =
            dependency.active_profiles.iter().filter(wanted).map(|profile| profile.name.clone()).collect();
        if self.options.propagate_profiles {
            profiles.extend(self.options.profiles.iter().cloned());
        }
        self.file(&target, &dependency.configs, &profiles, required)
    }

    fn required_file(&mut self, path: &Path, written: &str, place: Option<Excerpt>) -> Result<Rc<File>> {
        let Some(found) = existing(path) else {
            let looked = if path.is_dir() {
                format!("{written} holds no {}", FILE_NAMES[0])
            } else {
                format!("{written} does not exist")
            };
            return Err(Box::new(
                Report::config(format!("a required project file is missing: {looked}"))
                    .at_some(place)
                    .hint("correct the path; it is relative to the folder of this file"),
            ));
        };
        if let Some(file) = self.files.get(&found) {
            return Ok(Rc::clone(file));
        }
        let file = File::open(found.clone(), &display(&found, &self.options.cwd))?;
        self.check_names(&file)?;
        self.files.insert(found, Rc::clone(&file));
        Ok(file)
    }

    /// Names of documents are unique over all files.
    fn check_names(&mut self, file: &File) -> Result<()> {
        for document in &file.documents {
            let Some(name) = &document.model.metadata.name else { continue };
            let place = document
                .tree
                .locate(&["metadata".into(), "name".into()])
                .unwrap_or_else(|| document.tree.head());
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

    fn module(&mut self, file: &Rc<File>, index: usize, active: Vec<String>) -> Result<Module> {
        let document = &file.documents[index];
        let mut tree = document.tree.clone();
        let (model, overlay) = if active.is_empty() {
            (document.model.clone(), document.overlay.clone())
        } else {
            let warnings = profiles::apply(&mut tree, &active)?;
            self.project.warnings.extend(warnings);
            let mut overlay = document.overlay.clone();
            if let Some((_, section)) = &mut overlay {
                overlay::apply_profiles(section, &active);
            }
            (decode(&tree)?, overlay)
        };
        let mut model = model;
        defaults::set(&mut model);
        let of_root = Rc::ptr_eq(file, &self.root);
        let dir = if of_root { self.options.cwd.clone() } else { file.dir.clone() };
        if !of_root {
            make_absolute(&mut model, &dir);
        }
        let section = match &overlay {
            Some((key, section)) => {
                let errors = overlay::check_images(section, &overlay::images(&document.tree));
                if let Some(report) = yaml::join(errors) {
                    return Err(Box::new(report));
                }
                tree.set(
                    Node { data: yaml::Data::String(OVERLAY_KEY.into()), ..key.clone() },
                    section.clone(),
                );
                Overlay::read(section)?
            }
            None => Overlay::default(),
        };
        Ok(Module {
            name: model.metadata.name.clone(),
            source: Arc::clone(&file.source),
            index,
            model,
            overlay: section,
            active_profiles: active,
            dir,
            remote: false,
            tree,
        })
    }

    fn warn_of_activations(&mut self, document: &Document, module: &Module, requested: &[String]) {
        for profile in &document.model.profiles {
            let spoken_of = requested.iter().any(|name| name.trim_start_matches('-') == profile.name);
            if !profile.activation.is_empty() && !spoken_of && !module.active_profiles.contains(&profile.name)
            {
                self.project.warnings.push(format!(
                    "the activation of profile `{name}` in {} is not looked at yet; use `-p {name}` to apply it",
                    module.describe(),
                    name = profile.name,
                ));
            }
        }
    }

    /// What can only be said when all files were read.
    fn finish(self) -> Result<Project> {
        let known: Vec<String> =
            self.files.values().flat_map(|file| &file.documents).flat_map(Document::profile_names).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "apiVersion: skaffold/v4beta14\nkind: Config\nmetadata: {name: x}\n";

    /// A folder with these files, and the outcome of reading it.
    fn read_in(files: &[&str], filename: Option<&str>, stdin: &str) -> Result<(String, PathBuf)> {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, MINIMAL.replace('x', &file.replace(['/', '.'], "-"))).unwrap();
        }
        let options = LoadOptions {
            filename: filename.map(Into::into),
            cwd: dir.path().into(),
            ..LoadOptions::default()
        };
        let project = load(&options, &mut stdin.as_bytes())?;
        let module = &project.modules[0];
        assert_eq!(module.dir, dir.path());
        Ok((module.name.clone().unwrap(), module.source.path.clone()))
    }

    #[test]
    fn the_root_file_is_found() {
        for (files, filename, name, shown) in [
            (&["skaffold.yml", "skaffold.yaml", "skeg.yaml"][..], None, "skaffold-yaml", "skaffold.yaml"),
            (&["skaffold.yml", "skeg.yaml"], None, "skaffold-yml", "skaffold.yml"),
            (&["skeg.yaml"], None, "skeg-yaml", "skeg.yaml"),
            (&["skaffold.yaml", "d/other.yaml"], Some("d/other.yaml"), "d-other-yaml", "d/other.yaml"),
            (&["d/a.yaml"], Some("./d/../d/a.yaml"), "d-a-yaml", "./d/../d/a.yaml"),
            (&["d/skaffold.yml"], Some("d/skaffold.yaml"), "d-skaffold-yml", "d/skaffold.yml"),
            (&["d/skaffold.yaml"], Some("d"), "d-skaffold-yaml", "d/skaffold.yaml"),
            (&["skaffold.yaml"], Some("-"), "x", "<stdin>"),
        ] {
            let found = read_in(files, filename, MINIMAL);
            assert_eq!(found, Ok((name.into(), shown.into())), "{files:?} {filename:?}");
        }
    }

    #[test]
    fn a_root_file_that_cannot_be_read_is_named() {
        for (filename, title) in [
            (Some("a.yaml"), "the project file a.yaml does not exist"),
            (Some("other.yaml"), "the project file other.yaml does not exist"),
            (
                Some("https://example.com/skaffold.yaml"),
                "a project file is not read from a URL yet: https://example.com/skaffold.yaml",
            ),
            (Some(""), "`--filename` is empty"),
            (Some("-"), "<stdin> holds no configuration"),
        ] {
            let report = read_in(&["skaffold.yml"], filename, "").unwrap_err();
            assert_eq!(report.title, title);
            assert!(!report.hints.is_empty(), "{title}");
        }
        let report = read_in(&["k8s/app.yaml"], None, "").unwrap_err();
        assert!(report.title.starts_with("no project file in /"), "{}", report.title);
        assert_eq!(report.causes, ["looked for skaffold.yaml, skaffold.yml, skeg.yaml"]);
    }

    #[test]
    fn what_is_not_written_down_is_shown_at_the_nearest_thing_that_is() {
        let text = format!(
            "{MINIMAL}build:\n  artifacts:\n  - image: a\n    jib:\n      type: maven\n.skeg: {{builder: b}}\n"
        );
        let options = LoadOptions { filename: Some("-".into()), cwd: "/p".into(), ..LoadOptions::default() };
        let project = load(&options, &mut text.as_bytes()).unwrap();
        let module = &project.modules[0];
        for (path, shown) in [
            (&["jib".into()][..], "jib"),
            (&["jib".into(), "type".into()], "maven"),
            (&["context".into()], "image: a"),
            (&["docker".into(), "dockerfile".into()], "image: a"),
        ] {
            let excerpt = module.locate_artifact(0, path);
            assert_eq!(&excerpt.text[excerpt.span], shown, "{path:?}");
        }
        assert_eq!(module.locate(&[".skeg".into(), "builder".into()]).line_column(), (9, 18));
        assert_eq!(module.locate(&["deploy".into()]).line_column(), (1, 1));
    }
}
