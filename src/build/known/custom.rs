//! What a custom artifact's image is made of: its command and the files its project names.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::facts::Aspect;
use super::ingredients::{Ingredients, Own, Surroundings, keyed, of_target, unreadable};
use crate::build::custom::Dependencies;
use crate::diagnostic::{Report, Result};
use crate::engine::{Context, Dockerfile, Target};
use crate::ignorefile::Rules;
use crate::inputs::{Read, Request};

/// A custom artifact, as far as its image depends on it.
#[derive(Debug, Clone)]
pub struct CustomWork {
    /// The image name as in the project file.
    pub image: String,
    /// The command, its template expanded.
    pub command: String,
    /// Its folder.
    pub context: PathBuf,
    /// What it is asked to build for.
    pub platforms: Vec<String>,
    /// The files it reads.
    pub dependencies: Dependencies,
    /// The build arguments of a `dockerfile` dependency, expanded.
    pub args: BTreeMap<String, String>,
}

/// Finds what a custom artifact's image is made of.
///
/// # Errors
/// A file that is needed cannot be read.
pub fn of_custom(work: &CustomWork, surroundings: &Surroundings<'_>) -> Result<Ingredients> {
    let mut ingredients = match &work.dependencies {
        Dependencies::Dockerfile { path, .. } => {
            let target = Target {
                image: work.image.clone(),
                context: Context::Local(work.context.clone()),
                dockerfile: Dockerfile::File(work.context.join(path)),
                args: work.args.clone(),
                platforms: work.platforms.clone(),
                ..Target::default()
            };
            of_target(&target, &Own::default(), surroundings)?
        }
        Dependencies::Paths { paths, ignore } => {
            let ignore = Rules::of_patterns(ignore).map_err(|error| {
                Box::new(Report::config(format!(
                    "`{}` in the ignored dependencies of artifact {} is no pattern: {}",
                    error.pattern, work.image, error.reason
                )))
            })?;
            files(paths.iter().map(|path| work.context.join(path)), &work.context, &ignore, surroundings)?
        }
        Dependencies::Listed(paths) => {
            let escaped = paths.iter().map(|path| PathBuf::from(escape(&path.to_string_lossy())));
            files(escaped, &work.context, &Rules::default(), surroundings)?
        }
    };
    // What the template filled in may be confidential.
    ingredients.add(Aspect::Command, "", keyed(surroundings.salt, work.command.as_bytes()));
    ingredients.add(Aspect::Platforms, "", work.platforms.join(","));
    Ok(ingredients)
}

/// What is to be looked at for patterns, which are joined to the context: what is in the context together, the rest by
/// the folder it begins in.
pub fn requests(patterns: impl Iterator<Item = PathBuf>, context: &Path, ignore: &Rules) -> Vec<Request> {
    let mut by_root: BTreeMap<PathBuf, Vec<Read>> = BTreeMap::new();
    for pattern in patterns {
        let pattern = cleaned(&pattern);
        let (root, rest) = match pattern.strip_prefix(context) {
            Ok(rest) => (context.to_owned(), rest.to_owned()),
            Err(_) => outside(&pattern),
        };
        let pattern = rest.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        by_root.entry(root).or_default().push(Read { pattern, exclude: Rules::default() });
    }
    let request = |(root, reads): (PathBuf, Vec<Read>)| {
        let ignore = if root == context { ignore.clone() } else { Rules::default() };
        Request { root, reads, ignore }
    };
    by_root.into_iter().map(request).collect()
}

fn files(
    patterns: impl Iterator<Item = PathBuf>,
    context: &Path,
    ignore: &Rules,
    surroundings: &Surroundings<'_>,
) -> Result<Ingredients> {
    let mut ingredients = Ingredients::default();
    for request in requests(patterns, context, ignore) {
        let name = if request.root == context { String::new() } else { request.root.display().to_string() };
        ingredients.add_files(name, surroundings.scanner.scan(&request).map_err(|error| unreadable(&error))?);
    }
    Ok(ingredients)
}

/// The last folder of a path outside of the context that is there and is no pattern, and the rest.
fn outside(path: &Path) -> (PathBuf, PathBuf) {
    let root = path
        .ancestors()
        .skip(1)
        .find(|folder| !folder.to_string_lossy().contains(['*', '?', '[', '\\']) && folder.is_dir())
        .unwrap_or(Path::new("/"));
    let rest = path.strip_prefix(root).unwrap_or(path).to_owned();
    (root.to_owned(), rest)
}

/// A path without `.` and `..`, by its names alone.
fn cleaned(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                cleaned.pop();
            }
            other => cleaned.push(other),
        }
    }
    cleaned
}

/// A path as a pattern that means itself.
fn escape(path: &str) -> String {
    path.chars().flat_map(|c| "*?[\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}
