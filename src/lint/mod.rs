//! Rules of good building: what in a project and its Dockerfiles makes builds slow, never cached, stale or unsafe, each
//! with its place, the reason and the cure. Nothing is built and nobody is asked.

mod bases;
mod context;
mod facts;
mod files;
mod secrets;
mod settings;
mod shell;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

pub use facts::Facts;

use crate::diagnostic::Excerpt;

/// What a rule protects from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// Builds take longer than they must.
    Slow,
    /// Something is built again each time.
    Uncached,
    /// What is built or deployed is older than it looks.
    Stale,
    /// Somebody else may read or change something.
    Insecure,
    /// It is written down but does nothing.
    Idle,
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slow => "slow",
            Self::Uncached => "uncached",
            Self::Stale => "stale",
            Self::Insecure => "insecure",
            Self::Idle => "idle",
        })
    }
}

/// A rule.
pub struct Rule {
    /// What `--ignore` and comments name it by.
    pub id: &'static str,
    /// What it protects from.
    pub concern: Concern,
    /// What it finds, in a sentence fragment.
    pub finds: &'static str,
    check: fn(&Facts<'_>) -> Vec<Problem>,
}

/// What a rule found, and where.
struct Problem {
    place: Excerpt,
    /// What is there and what comes of it.
    message: String,
    cure: String,
}

impl Problem {
    fn new(place: Excerpt, message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { place, message: message.into(), cure: cure.into() }
    }
}

/// Something to improve.
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// Where.
    pub place: Excerpt,
    /// What is there and what comes of it.
    pub message: String,
    /// What to do.
    pub cure: String,
}

/// Every rule, in the order of docs/lint.md.
pub const RULES: &[Rule] = &[
    rule(
        "copy-before-install",
        Concern::Slow,
        "sources copied before dependencies are installed",
        steps::copy_before_install,
    ),
    rule(
        "no-ignore-file",
        Concern::Slow,
        "large folders sent for want of a .dockerignore",
        context::no_ignore_file,
    ),
    rule("large-folder", Concern::Slow, "large folders that .dockerignore forgets", context::large_folder),
    rule("no-cache-mount", Concern::Slow, "a package manager without a cache mount", steps::no_cache_mount),
    rule("nested-context", Concern::Slow, "a context that holds another artifact's", context::nested),
    rule("built-twice", Concern::Slow, "two artifacts made of the same", context::built_twice),
    rule(
        "chown-layer",
        Concern::Slow,
        "a RUN that copies files once more to change their owner",
        steps::chown_layer,
    ),
    rule("pull-parent", Concern::Slow, "bases that are asked for in each build", settings::pull_parent),
    rule(
        "foreign-platform",
        Concern::Slow,
        "a stage fixed to one of several platforms",
        bases::foreign_platform,
    ),
    rule("no-cache", Concern::Uncached, "builds without cache", settings::no_cache),
    rule(
        "changing-argument",
        Concern::Uncached,
        "a build argument that is another one each time",
        settings::changing_argument,
    ),
    rule("changing-tag", Concern::Uncached, "tags made of the time", settings::changing_tag),
    rule("whole-context", Concern::Uncached, "a command that depends on everything", context::whole_context),
    rule("unpinned-base", Concern::Stale, "a base without tag, or latest", bases::unpinned),
    rule(
        "apt-update-alone",
        Concern::Stale,
        "package lists in a layer of their own",
        steps::apt_update_alone,
    ),
    rule("clone-in-run", Concern::Stale, "a repository cloned once and for ever", steps::clone_in_run),
    rule("latest-pushed", Concern::Stale, "pushed under one tag for ever", settings::latest_pushed),
    rule("secret-argument", Concern::Insecure, "a secret in the build arguments", secrets::in_arguments),
    rule("secret-variable", Concern::Insecure, "a secret in ENV or ARG", secrets::in_dockerfile),
    rule("secret-file", Concern::Insecure, "a file with secrets copied into the image", secrets::copied),
    rule("unchecked-download", Concern::Insecure, "ADD of a URL without checksum", steps::unchecked_download),
    rule("piped-script", Concern::Insecure, "a downloaded script run unseen", steps::piped_script),
    rule(
        "insecure-registry",
        Concern::Insecure,
        "a registry spoken to without TLS",
        settings::insecure_registry,
    ),
    rule("host-network", Concern::Insecure, "RUN steps in the network of the host", settings::host_network),
    rule("unused-argument", Concern::Idle, "a build argument that no ARG takes", settings::unused_argument),
    rule(
        "unused-alias",
        Concern::Idle,
        "a required image that the Dockerfile does not use",
        settings::unused_alias,
    ),
    rule("unknown-target", Concern::Idle, "a target that is no stage", settings::unknown_target),
    rule("ignored-setting", Concern::Idle, "settings that have no effect here", settings::ignored),
    rule("sync-without-files", Concern::Idle, "a sync rule that matches nothing", files::sync),
    rule("manifest-without-files", Concern::Idle, "manifests that are not there", files::manifests),
    rule("test-without-files", Concern::Idle, "structure tests that are not there", files::structure_tests),
    rule(
        "test-without-image",
        Concern::Idle,
        "tests of an image that is not built",
        settings::test_without_image,
    ),
    rule("unreadable-dockerfile", Concern::Idle, "a Dockerfile that cannot be read", bases::unreadable),
];

const fn rule(
    id: &'static str,
    concern: Concern,
    finds: &'static str,
    check: fn(&Facts<'_>) -> Vec<Problem>,
) -> Rule {
    Rule { id, concern, finds, check }
}

/// Applies all rules but those named in `ignored`. Findings come in the order of their places: files by name, then
/// from top to bottom. A comment `# skeg-lint: ignore=RULE` (or without `=RULE`: every rule) on the line, or on the
/// line above it, silences a place.
pub fn run(facts: &Facts<'_>, ignored: &[String]) -> Vec<Finding> {
    let rules = RULES.iter().filter(|rule| !ignored.iter().any(|id| id == rule.id));
    let mut seen = BTreeSet::new();
    let mut findings = vec![];
    for rule in rules {
        for Problem { place, message, cure } in (rule.check)(facts) {
            let once = (rule.id, place.path.clone(), place.span.start, message.clone());
            // Two artifacts may share a Dockerfile.
            if !is_silenced(&place, rule.id) && seen.insert(once) {
                findings.push(Finding { rule, place, message, cure });
            }
        }
    }
    findings.sort_by(|a, b| {
        (&a.place.path, a.place.span.start, a.rule.id).cmp(&(&b.place.path, b.place.span.start, b.rule.id))
    });
    findings
}

/// Does a comment ask for silence?
fn is_silenced(place: &Excerpt, rule: &str) -> bool {
    let (line, _) = place.line_column();
    let lines = place.text.lines().skip(line.saturating_sub(2)).take(if line > 1 { 2 } else { 1 });
    lines.filter_map(|line| line.split_once("skeg-lint: ignore")).any(|(before, after)| {
        before.contains('#')
            && match after.strip_prefix('=') {
                Some(list) => list.split([',', ' ']).any(|id| id.trim() == rule),
                None => true,
            }
    })
}
