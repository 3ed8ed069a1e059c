//! Stages, and what names in them mean.

use std::collections::BTreeMap;

use crate::image::Reference;

use super::analysis::{ContextKind, Wide};
use super::lines::{File, Instruction};
use super::words::{self, Flags};

/// A `FROM` and what follows it.
#[derive(Debug)]
pub(super) struct Stage<'f> {
    pub(super) line: usize,
    /// In lower case, as BuildKit knows it.
    pub(super) name: Option<String>,
    /// The base as written.
    pub(super) base: String,
    /// `--platform` as written.
    pub(super) platform: Option<String>,
    pub(super) instructions: &'f [Instruction],
}

/// What stands before the first stage, and the stages.
pub(super) fn split(file: &File) -> Result<(&[Instruction], Vec<Stage<'_>>), Wide> {
    let is_from = |instruction: &Instruction| instruction.keyword == "FROM";
    let first = file.instructions.iter().position(is_from).unwrap_or(file.instructions.len());
    let (globals, mut left) = file.instructions.split_at(first);
    if let Some(stray) = globals.iter().find(|instruction| instruction.keyword != "ARG") {
        let reason = format!("{} stands before the first FROM", stray.keyword);
        return Err(Wide { reason, line: stray.line });
    }
    let mut stages = vec![];
    while let Some((from, rest)) = left.split_first() {
        let end = rest.iter().position(is_from).unwrap_or(rest.len());
        let (instructions, next) = rest.split_at(end);
        let stage = stage(from, instructions).map_err(|reason| Wide { reason, line: from.line })?;
        stages.push(stage);
        left = next;
    }
    if stages.is_empty() {
        return Err(Wide { reason: "it has no FROM".to_owned(), line: 1 });
    }
    Ok((globals, stages))
}

fn stage<'f>(from: &Instruction, instructions: &'f [Instruction]) -> Result<Stage<'f>, String> {
    let platform = Flags::check(&from.flags, &["platform"], &[], &[])?.value("platform").map(str::to_owned);
    let (base, name) = match words::fields(&from.rest)[..] {
        [base] => (base, None),
        [base, keyword, name] if keyword.eq_ignore_ascii_case("as") => (base, Some(name.to_lowercase())),
        _ => return Err("FROM is neither `FROM image` nor `FROM image AS name`".to_owned()),
    };
    if let Some(name) = name.as_deref().filter(|name| !is_stage_name(name)) {
        return Err(format!("`{name}` is no name for a stage"));
    }
    Ok(Stage { line: from.line, name, base: base.to_owned(), platform, instructions })
}

fn is_stage_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
}

/// A named context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) kind: ContextKind,
}

/// The named context that stands for a stage or an image. Names are compared as buildx writes them, without `docker.io/`,
/// `library/` and `:latest`.
///
/// # Errors
/// There is one that means it but is written in another way, which not every client accepts.
pub(super) fn named<'a>(
    contexts: &'a BTreeMap<String, ContextKind>,
    name: &str,
) -> Result<Option<Named<'a>>, String> {
    if contexts.is_empty() || name.eq_ignore_ascii_case("scratch") || name.eq_ignore_ascii_case("context") {
        return Ok(None);
    }
    let Some(wanted) = short(name) else { return Ok(None) };
    if let Some((name, kind)) = contexts.get_key_value(&wanted) {
        return Ok(Some(Named { name, kind: *kind }));
    }
    let means_it =
        |key: &&String| key.split("::").next().and_then(short).is_some_and(|short| short == wanted);
    match contexts.keys().find(means_it) {
        Some(key) => Err(format!("the named context `{key}` may or may not stand for `{wanted}`")),
        None => Ok(None),
    }
}

fn short(name: &str) -> Option<String> {
    let familiar = Reference::parse(name).ok()?.familiar();
    Some(familiar.strip_suffix(":latest").map(str::to_owned).unwrap_or(familiar))
}
