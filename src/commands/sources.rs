//! The files that `inputDigest` digests: what each artifact reads, by name, found without asking anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::project::Selected;
use crate::build::custom::{Dependencies, dependencies};
use crate::build::known::requests;
use crate::build::plan;
use crate::config::{absolute, is_remote_context, model};
use crate::diagnostic::{Report, Result};
use crate::dockerfile::{self, Analysis};
use crate::event::Bus;
use crate::ignorefile::Rules;
use crate::image::platform;
use crate::inputs::{self, Kind, Read, Request, Scanner};
use crate::settings::env::Environment;
use crate::state::Database;
use crate::{tag, template};

/// Finds the sources of artifacts.
pub(super) struct Finder<'a> {
    all: &'a [Selected<'a>],
    environment: &'a Environment,
    database: Database,
}

impl<'a> Finder<'a> {
    pub(super) fn new(all: &'a [Selected<'a>], environment: &'a Environment) -> Self {
        let path = environment.cwd.join(environment.skeg_cache_dir()).join("state.db");
        // What is wrong with it is said by who needs it more.
        Self { all, environment, database: Database::open(&path, &Bus::default()) }
    }

    /// What the digest of an artifact is made of: its own files, those of what it requires, and its Dockerfile once more
    /// as it is configured (Skaffold: `tag/input_digest.go`, `graph/dependencies.go`).
    pub(super) async fn of(&self, selected: &Selected<'a>) -> Result<tag::Sources> {
        let mut paths = Vec::new();
        let mut own: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut stack = vec![*selected];
        // What is required in two ways counts twice, as there. Nothing requires itself: the project is valid.
        while let Some(one) = stack.pop() {
            let image = one.artifact.image.as_str();
            if !own.contains_key(image) {
                own.insert(image, self.own(&one).await?);
            }
            paths.extend_from_slice(&own[image]);
            let required = one.artifact.requires.iter();
            stack.extend(
                required.filter_map(|r| self.all.iter().find(|s| s.artifact.image == r.image)).copied(),
            );
        }
        let custom = selected.artifact.custom.as_ref().and_then(|custom| custom.dependencies.as_ref());
        match (&selected.artifact.docker, custom.and_then(|dependencies| dependencies.dockerfile.as_ref())) {
            (Some(docker), _) => paths.push(dockerfile_name(docker).to_owned()),
            (None, Some(dockerfile)) => paths.extend(dockerfile.path.clone()),
            (None, None) => {}
        }
        Ok(tag::Sources {
            workspace: workspace(selected).to_owned(),
            paths,
            folder: self.environment.cwd.clone(),
        })
    }

    /// The files of one artifact, joined to its workspace.
    pub(super) async fn own(&self, selected: &Selected<'_>) -> Result<Vec<String>> {
        let workspace = workspace(selected);
        if is_remote_context(workspace) {
            return Err(Box::new(
                Report::config("the files of a remote context cannot be digested")
                    .at(selected.module.locate_artifact(selected.index, &["context".into()]))
                    .hint("use another tag policy, for example gitCommit"),
            ));
        }
        let context = absolute(&self.environment.cwd, selected.module.dir.join(workspace));
        if !context.is_dir() {
            let Selected { module, index, .. } = *selected;
            return Err(Box::new(plan::no_context(module, index, &context, &self.environment.cwd)));
        }
        let names = match (&selected.artifact.docker, &selected.artifact.custom) {
            (_, Some(custom)) => self.of_custom(selected, custom, &context).await?,
            (Some(docker), None) => {
                let path = self.dockerfile(&context, dockerfile_name(docker));
                let args = self.arguments(&docker.build_args);
                let mut names =
                    self.of_dockerfile(selected, &context, &path, docker.target.as_deref(), &args)?;
                names.insert(dockerfile_name(docker).to_owned());
                names
            }
            (None, None) => {
                let kind = selected.artifact.kind();
                let key = [kind.key().into()];
                return Err(Box::new(
                    Report::config(format!("the files that {kind} reads are not known yet"))
                        .at(selected.module.locate_artifact(selected.index, &key))
                        .hint("use another tag policy, for example gitCommit"),
                ));
            }
        };
        Ok(names.into_iter().map(|name| join(workspace, &name)).collect())
    }

    async fn of_custom(
        &self,
        selected: &Selected<'_>,
        custom: &model::CustomArtifact,
        context: &Path,
    ) -> Result<BTreeSet<String>> {
        let locate = |field: &'static str| {
            let path = ["custom".into(), "dependencies".into(), field.into()];
            Some(selected.module.locate_artifact(selected.index, &path))
        };
        let cancel = CancellationToken::new();
        let given = custom.dependencies.as_ref();
        let image = &selected.artifact.image;
        Ok(match dependencies(image, given, context, self.environment, &cancel, &locate).await? {
            Dependencies::Dockerfile { path, args } => {
                let args = self.arguments(&args);
                let mut names = self.of_dockerfile(selected, context, &context.join(&path), None, &args)?;
                names.insert(path);
                names
            }
            Dependencies::Listed(paths) => paths.iter().map(|path| relative(context, path)).collect(),
            Dependencies::Paths { paths, ignore } => {
                let ignore = Rules::of_patterns(&ignore)
                    .map_err(|error| Box::new(Report::config(error.to_string()).at_some(locate("ignore"))))?;
                let mut names = BTreeSet::new();
                for request in requests(paths.iter().map(|path| context.join(path)), context, &ignore) {
                    let found = self.scan(&request, false)?;
                    names.extend(found.iter().map(|name| relative(context, &request.root.join(name))));
                }
                names
            }
        })
    }

    /// What a Dockerfile reads. Triggers of its base are not known here: the tag would depend on who can be reached.
    fn of_dockerfile(
        &self,
        selected: &Selected<'_>,
        context: &Path,
        path: &Path,
        target: Option<&str>,
        args: &BTreeMap<String, String>,
    ) -> Result<BTreeSet<String>> {
        let image = &selected.artifact.image;
        let bytes = inputs::read(path).map_err(|error| {
            let report = if path.exists() {
                Report::config(format!("the Dockerfile of artifact {image} cannot be read")).cause(error)
            } else {
                Report::config(format!("artifact {image} has no Dockerfile: {}", path.display()))
            };
            let key = ["docker".into(), "dockerfile".into()];
            Box::new(report.at(selected.module.locate_artifact(selected.index, &key)))
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let native = format!("linux/{}", platform::native_architecture());
        let Analysis { reads, .. } = dockerfile::analyze(
            &text,
            &dockerfile::Options {
                target,
                args,
                platform: &native,
                build_platform: &native,
                contexts: &BTreeMap::new(),
                onbuild: &|_| Some(vec![]),
            },
        );
        let reads = reads
            .into_iter()
            .map(|read| Read {
                pattern: read.pattern,
                exclude: Rules::of_patterns(&read.exclude).unwrap_or_default(),
            })
            .collect();
        let request = Request { root: context.to_owned(), reads, ignore: Self::ignored(context, path)? };
        let mut names = self.scan(&request, true)?;
        names.remove(".dockerignore");
        Ok(names)
    }

    fn ignored(context: &Path, dockerfile: &Path) -> Result<Rules> {
        let found = inputs::ignore_file(context, Some(dockerfile));
        let found =
            found.map_err(|error| Box::new(Report::user("an ignore file cannot be read").cause(error)))?;
        let Some(file) = found else { return Ok(Rules::default()) };
        Rules::parse(&file.bytes).map_err(|error| {
            Box::new(Report::config(format!("{} cannot be used", file.path.display())).cause(error))
        })
    }

    /// The names of the files and links that are read, and of the empty folders.
    fn scan(&self, request: &Request, empty: bool) -> Result<BTreeSet<String>> {
        let scanner = Scanner::new(&self.database);
        let items = scanner
            .scan(request)
            .map_err(|error| Box::new(Report::user(error.to_string()).hint("make it readable")))?
            .items();
        scanner.save();
        let mut names = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let next = items.get(index + 1);
            let is_full = next.is_some_and(|next| {
                next.path.starts_with(&item.path) && next.path.get(item.path.len()) == Some(&b'/')
            });
            if item.kind != Kind::Directory || (empty && !is_full) {
                names.insert(String::from_utf8_lossy(&item.path).into_owned());
            }
        }
        Ok(names)
    }

    /// The file behind a Dockerfile's name: in the context, else in the working folder.
    fn dockerfile(&self, context: &Path, name: &str) -> PathBuf {
        let inside = absolute(context, name);
        let beside = absolute(&self.environment.cwd, name);
        if !inside.is_file() && beside.is_file() { beside } else { inside }
    }

    /// Build arguments as far as they are known before there is a tag.
    fn arguments(&self, given: &BTreeMap<String, Option<String>>) -> BTreeMap<String, String> {
        let variables = template::Context::new(&self.environment.vars);
        let value = |name: &String, value: &Option<String>| match value {
            Some(text) => template::expand(text, &variables).ok(),
            None => self.environment.vars.get(name).cloned(),
        };
        given.iter().filter_map(|(name, text)| Some((name.clone(), value(name, text)?))).collect()
    }
}

fn workspace<'a>(selected: &Selected<'a>) -> &'a str {
    selected.artifact.context.as_deref().filter(|context| !context.is_empty()).unwrap_or(".")
}

fn dockerfile_name(docker: &model::DockerArtifact) -> &str {
    docker.dockerfile.as_deref().filter(|file| !file.is_empty()).unwrap_or("Dockerfile")
}

/// A name below the workspace, unless it is absolute (Go: `filepath.Join`).
fn join(workspace: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    let mut elements: Vec<&str> = Vec::new();
    for element in workspace.split('/').chain(name.split('/')) {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|last| *last != "..") => {
                elements.pop();
            }
            other => elements.push(other),
        }
    }
    let root = if workspace.starts_with('/') { "/" } else { "" };
    format!("{root}{}", elements.join("/"))
}

/// A file's path from a folder, by names alone.
fn relative(folder: &Path, file: &Path) -> String {
    if let Ok(inside) = file.strip_prefix(folder) {
        return inside.to_string_lossy().into_owned();
    }
    let common = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().count() - common;
    let rest: Vec<String> =
        file.components().skip(common).map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    std::iter::repeat_n("..".to_owned(), up).chain(rest).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_as_in_go() {
        for (workspace, name, expected) in [
            (".", "f", "f"),
            ("app", "f", "app/f"),
            ("./app/", "a/b", "app/a/b"),
            ("app", "../Dockerfile", "Dockerfile"),
            ("../lib", "f", "../lib/f"),
            ("/abs", "f", "/abs/f"),
        ] {
            assert_eq!(join(workspace, name), expected);
        }
        assert_eq!(relative(Path::new("/w/app"), Path::new("/w/Dockerfile")), "../Dockerfile");
        assert_eq!(relative(Path::new("/w"), Path::new("/w/a/f")), "a/f");
    }
}
