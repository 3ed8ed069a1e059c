//! Rules about what stages begin with.

use super::Problem;
use super::facts::{Facts, File, Image};
use crate::dockerfile::Instruction;

fn froms(file: &File) -> impl Iterator<Item = &Instruction> {
    file.instructions.iter().filter(|instruction| instruction.keyword == "FROM")
}

/// The image of a `FROM` as far as it can be told without the values of arguments: with the defaults of those that no
/// required image fills.
fn base(image: &Image<'_>, file: &File, from: &Instruction) -> Option<String> {
    let written = from.text.split_whitespace().next()?;
    let mut base = written.to_owned();
    for (name, default) in file.instructions.iter().filter(|i| i.stage == 0).flat_map(Instruction::variables)
    {
        let used = [format!("${{{name}}}"), format!("${name}")];
        let Some(used) = used.iter().find(|used| base.contains(used.as_str())) else { continue };
        let alias = image.artifact.requires.iter().any(|required| required.alias.as_ref() == Some(name));
        let given = image.docker().is_some_and(|docker| docker.build_args.contains_key(name));
        base = base.replace(used, default.as_deref().filter(|_| !alias && !given)?);
    }
    (!base.contains('$')).then(|| base.trim_matches('"').to_owned())
}

pub(super) fn unpinned(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (image, file) in facts.files() {
        let stages: Vec<String> = file.stages().map(str::to_lowercase).collect();
        for from in froms(file) {
            let Some(base) = base(image, file, from) else { continue };
            let own = stages.contains(&base.to_lowercase())
                || facts.project.artifact(&base).is_some()
                || image
                    .module
                    .overlay
                    .docker(&image.artifact.image)
                    .is_some_and(|d| d.contexts.contains_key(&base));
            let tag = base.rsplit('/').next().and_then(|name| name.split_once(':')).map(|(_, tag)| tag);
            if own || base == "scratch" || base.contains('@') || !matches!(tag, None | Some("latest")) {
                continue;
            }
            problems.push(Problem::new(
                file.word(from, from.text.split_whitespace().next().unwrap_or_default()),
                format!(
                    "{base}{} is another image every few weeks: builds differ by their day, and nothing says why",
                    if tag.is_some() { "" } else { " (latest)" }
                ),
                "name a version, and a digest where builds must be repeatable: `image:1.2@sha256:…`",
            ));
        }
    }
    problems
}

pub(super) fn foreign_platform(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (image, file) in facts.files() {
        let own = &image.artifact.platforms;
        let platforms = if own.is_empty() { &image.module.model.build.platforms } else { own };
        for from in froms(file) {
            let fixed = from.flags.iter().find_map(|flag| flag.strip_prefix("--platform="));
            let Some(fixed) = fixed.filter(|platform| !platform.contains('$')) else { continue };
            let Some(other) = platforms.iter().find(|platform| *platform != fixed) else { continue };
            problems.push(Problem::new(
                file.word(from, fixed),
                format!(
                    "an image for {other} gets a stage for {fixed}: emulated on other machines, or wrong"
                ),
                "use `--platform=$BUILDPLATFORM` for tools that cross-compile, and leave it out otherwise",
            ));
        }
    }
    problems
}

pub(super) fn unreadable(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = vec![];
    for (_, file) in facts.files() {
        if let Some(error) = &file.error {
            problems.push(Problem::new(
                file.line(error.line),
                format!("it is no Dockerfile ({}), so no other rule was applied to it", error.reason),
                "correct the line",
            ));
        }
    }
    problems
}
