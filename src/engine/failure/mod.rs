//! Turns a failed run into a report: which artifact, where in its Dockerfile, why, and what to do about it.
//! The words of BuildKit and registries are looked up in one table, [`classify`].

mod classify;
mod reach;

pub(super) use reach::{tls, unreachable};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::progress::{FailedStep, Transcript};
use super::{Context, Definition, Dockerfile, Target};
use crate::builder::Choice;
use crate::diagnostic::{Excerpt, Report};
use classify::classify;
pub(super) use classify::instruction;

/// A run that failed.
pub(super) struct Run<'a> {
    pub(super) definition: &'a Definition,
    pub(super) transcript: &'a Transcript,
    pub(super) builder: &'a Choice,
    pub(super) plugin: &'a Path,
    /// The working folder: files below it are shown relative to it.
    pub(super) cwd: &'a Path,
}

/// Whether the run ended because the connection to the builder broke.
pub(super) fn is_lost_connection(transcript: &Transcript) -> bool {
    transcript.text.iter().any(|line| line.starts_with("ERROR:") && is_lost(line))
        || transcript.failed.iter().any(|step| is_lost(&step.error))
}

fn is_lost(text: &str) -> bool {
    [
        "error reading from server",
        "transport is closing",
        "connection reset by peer",
        "closing transport",
        "code = Unavailable",
        "broken pipe",
        "listing workers for Build: failed to list workers: Unavailable",
    ]
    .iter()
    .any(|words| text.contains(words))
        // A registry that hangs up is not the builder.
        && !text.contains("failed to push")
        && !text.contains("failed to do request")
}

/// Whether a registry stumbled over two uploads of the same content, as two builds of one project make them.
pub(super) fn is_upload_race(transcript: &Transcript) -> bool {
    let words =
        ["blob unknown to registry", "provided digest did not match uploaded content", "blob upload unknown"];
    transcript.failed.iter().any(|step| words.iter().any(|w| step.error.contains(w)))
}

/// The artifacts whose own steps failed.
pub(super) fn failed_images(definition: &Definition, transcript: &Transcript) -> BTreeSet<String> {
    let targets = transcript.failed.iter().filter_map(|step| definition.targets.get(step.target?));
    targets.map(|target| target.image.clone()).collect()
}

/// The report of a failed run.
pub(super) fn report(run: &Run<'_>) -> Box<Report> {
    let Run { definition, transcript, .. } = run;
    let error = error_line(&transcript.text);
    let (named, message) = without_prefixes(&error);
    let step = pick(&transcript.failed, message);
    let message =
        if message.is_empty() { step.map_or("docker-buildx failed", |s| s.error.as_str()) } else { message };
    let only = definition.targets.first().filter(|_| definition.targets.len() == 1);
    let target = named
        .and_then(|name| definition.targets.iter().find(|t| t.name == name))
        .or_else(|| step.and_then(|s| s.target).and_then(|t| definition.targets.get(t)))
        .or(only);
    let place = target.and_then(|target| place(target, &transcript.text, run.cwd));
    let class = classify(message, step, target, place.as_ref(), run);
    let subject = target.map(|t| format!("artifact {}: ", t.image)).unwrap_or_default();
    let mut report = Report::new(class.kind, format!("{subject}{}", class.what));
    report = report.at_some(class.place.or(place));
    if !class.said {
        report = report.cause(shorten(message));
    }
    if let Some(step) = step.filter(|s| !s.log.is_empty()) {
        report = report.output(step.log.iter().cloned());
    }
    report.hints = class.hints;
    Box::new(report)
}

/// The last `ERROR:` line with what follows it.
fn error_line(text: &[String]) -> String {
    let Some(at) = text.iter().rposition(|line| line.starts_with("ERROR:")) else {
        return text.last().cloned().unwrap_or_default();
    };
    text[at..].join(" ").trim_start_matches("ERROR:").trim().to_owned()
}

/// `target app: failed to solve: …` in its parts.
fn without_prefixes(error: &str) -> (Option<&str>, &str) {
    let (target, rest) = match error.strip_prefix("target ").and_then(|r| r.split_once(": ")) {
        Some((target, rest)) => (Some(target), rest),
        None => (None, error),
    };
    (target, rest.strip_prefix("failed to solve: ").unwrap_or(rest))
}

/// The failed step the message is about; the first one where that cannot be told.
fn pick<'a>(failed: &'a [FailedStep], message: &str) -> Option<&'a FailedStep> {
    failed.iter().find(|step| message.contains(&step.error)).or_else(|| failed.first())
}

/// The place BuildKit shows: `Dockerfile:2`, a rule, and lines of which `>>>` marks the failing ones.
fn place(target: &Target, text: &[String], cwd: &Path) -> Option<Excerpt> {
    let rule = text.iter().position(|line| line.starts_with("--------"))?;
    let marked = text[rule + 1..].iter().take_while(|line| !line.starts_with("--------"));
    let lines: Vec<usize> = marked
        .filter(|line| line.contains(" | >>>"))
        .filter_map(|line| line.split_once(" | ")?.0.trim().parse().ok())
        .collect();
    let (first, last) = (*lines.first()?, *lines.last()?);
    let (path, content) = match (&target.dockerfile, &target.context) {
        (Dockerfile::Inline(content), _) => (PathBuf::from("dockerfileInline"), content.clone()),
        (Dockerfile::File(path), Context::Local(_)) => {
            (relative(path, cwd).to_owned(), fs_err::read_to_string(path).ok()?)
        }
        (Dockerfile::File(_), Context::Remote(_)) => return None,
    };
    let start = line_start(&content, first)?;
    let end = line_start(&content, last + 1).unwrap_or(content.len());
    let end = start + content[start..end].trim_end().len();
    Some(Excerpt { path, text: Arc::from(content), span: start..end, label: String::new() })
}

/// A path as people in `folder` write it: what is not below it stays absolute.
pub(super) fn relative<'a>(path: &'a Path, folder: &Path) -> &'a Path {
    path.strip_prefix(folder).ok().filter(|below| !below.as_os_str().is_empty()).unwrap_or(path)
}

fn line_start(text: &str, line: usize) -> Option<usize> {
    match line {
        0 => None,
        1 => Some(0),
        _ => text.match_indices('\n').nth(line - 2).map(|(at, _)| at + 1),
    }
}

/// BuildKit's message without identifiers that mean nothing to a reader.
fn shorten(message: &str) -> String {
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    ["failed to run Build function: ", "failed to compute cache key: "]
        .iter()
        .fold(words.as_str(), |words, prefix| words.trim_start_matches(prefix))
        .to_owned()
}

#[cfg(test)]
mod tests;
