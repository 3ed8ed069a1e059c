//! Rules about what is sent to the builder.

use std::path::Path;

use super::Problem;
use super::facts::{Facts, Image};

/// Folders that no image needs, and a file beside them without which they may be something else.
const LARGE: &[(&str, &str)] = &[
    (".git", ""),
    (".gradle", ""),
    (".mypy_cache", ""),
    (".next", ""),
    (".terraform", ""),
    (".venv", ""),
    ("__pycache__", ""),
    ("node_modules", ""),
    ("target", "Cargo.toml"),
    ("target", "pom.xml"),
    ("venv", ""),
];

/// The large folders of a context that its ignore file does not leave out.
fn large(image: &Image<'_>, context: &Path) -> Vec<&'static str> {
    let there = |(folder, beside): &&(&'static str, &str)| {
        context.join(folder).is_dir() && (beside.is_empty() || context.join(beside).is_file())
    };
    let mut found: Vec<&str> = LARGE.iter().filter(there).map(|(folder, _)| *folder).collect();
    found.dedup();
    found.retain(|folder| !image.ignores(folder));
    found
}

pub(super) fn no_ignore_file(facts: &Facts<'_>) -> Vec<Problem> {
    sent(facts, false, |folders| format!("write a .dockerignore with {}", folders.join(", ")))
}

pub(super) fn large_folder(facts: &Facts<'_>) -> Vec<Problem> {
    sent(facts, true, |folders| format!("add {} to .dockerignore", folders.join(", ")))
}

/// Contexts that are copied whole with large folders, of artifacts with an ignore file or without one.
fn sent(facts: &Facts<'_>, has_rules: bool, cure: impl Fn(&[&str]) -> String) -> Vec<Problem> {
    let mut problems = vec![];
    for (image, file) in facts.files() {
        let (Some(context), Some(copy)) = (&image.context, image.copies_all()) else { continue };
        let folders = large(image, context);
        if image.ignore.is_some() == has_rules && !folders.is_empty() {
            problems.push(Problem::new(
                file.line(copy.line),
                format!(
                    "{} {} read, sent to the builder and copied; every change there builds again",
                    folders.join(", "),
                    if folders.len() == 1 { "is" } else { "are" }
                ),
                cure(&folders),
            ));
        }
    }
    problems
}

pub(super) fn nested(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for outer in &facts.images {
        let (Some(context), Some(_)) = (&outer.context, outer.copies_all()) else { continue };
        for inner in &facts.images {
            let below = inner.context.as_ref().and_then(|inner| inner.strip_prefix(context).ok());
            let Some(below) = below.and_then(Path::to_str).filter(|path| !path.is_empty()) else { continue };
            if outer.ignores(below) {
                continue;
            }
            problems.push(Problem::new(
                outer.locate(&["context".into()]),
                format!(
                    "this context holds {below}, the context of {}: each change there builds {} too",
                    inner.artifact.image, outer.artifact.image
                ),
                format!(
                    "add {below} to the .dockerignore of {}, or copy only what it needs",
                    outer.artifact.image
                ),
            ));
        }
    }
    problems
}

pub(super) fn built_twice(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (index, image) in facts.images.iter().enumerate() {
        let Some(docker) = image.docker().filter(|_| image.context.is_some()) else { continue };
        let same = facts.images[..index].iter().find(|other| {
            other.context == image.context
                && other.docker() == Some(docker)
                && other.artifact.platforms == image.artifact.platforms
                && other.artifact.requires == image.artifact.requires
                && other.module.overlay.docker(&other.artifact.image)
                    == image.module.overlay.docker(&image.artifact.image)
        });
        if let Some(other) = same {
            problems.push(Problem::new(
                image.locate(&["image".into()]),
                format!("{} is made of the same as {}", image.artifact.image, other.artifact.image),
                "use one image in both places, or give them different targets or arguments",
            ));
        }
    }
    problems
}

pub(super) fn whole_context(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for image in &facts.images {
        let Some(custom) = &image.artifact.custom else { continue };
        let everything = custom.dependencies.as_ref().is_none_or(|dependencies| {
            dependencies.dockerfile.is_none()
                && dependencies.command.is_none()
                && dependencies.ignore.is_empty()
                && dependencies.paths.iter().all(|path| path == ".")
        });
        if everything {
            problems.push(Problem::new(
                image.locate(&["custom".into()]),
                "any change in its context builds it again, also of files the command does not read",
                "list what it reads under `custom.dependencies.paths`, or leave out with `ignore`",
            ));
        }
    }
    problems
}
