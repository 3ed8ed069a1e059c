//! The policies (Skaffold: `pkg/skaffold/tag`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;

use crate::diagnostic::{Report, Result};
use crate::git::{Answers, Query};
use crate::template::{self, TemplateError, go_time};
use crate::yaml::Key;

use super::Refused;

/// The layout of `dateTime` where none is given.
const DATE_TIME: &str = "2006-01-02_15-04-05.999_MST";
/// The longest tag a registry takes. Git's part is cut to it before prefix and `-dirty` are added, as Skaffold does.
const LONGEST: usize = 128;

/// Which state of the repository is the tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GitVariant {
    /// `git describe --tags --always`.
    #[default]
    Tags,
    /// The commit.
    CommitSha,
    /// The commit, abbreviated.
    AbbrevCommitSha,
    /// The tree of the artifact's folder.
    TreeSha,
    /// The tree, abbreviated.
    AbbrevTreeSha,
    /// The branch (not in Skaffold's documentation).
    Branches,
}

impl GitVariant {
    /// The names in the project file.
    pub const NAMES: [&'static str; 5] = ["Tags", "CommitSha", "AbbrevCommitSha", "TreeSha", "AbbrevTreeSha"];

    /// Reads a name; the case does not matter.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "tags" => Self::Tags,
            "commitsha" => Self::CommitSha,
            "abbrevcommitsha" => Self::AbbrevCommitSha,
            "treesha" => Self::TreeSha,
            "abbrevtreesha" => Self::AbbrevTreeSha,
            "branches" => Self::Branches,
            _ => return None,
        })
    }

    const fn query(self) -> Query {
        match self {
            Self::Tags => Query::Describe,
            Self::CommitSha => Query::Commit,
            Self::AbbrevCommitSha => Query::ShortCommit,
            Self::TreeSha => Query::Tree,
            Self::AbbrevTreeSha => Query::ShortTree,
            Self::Branches => Query::Branch,
        }
    }
}

/// What tags are made of.
pub(super) struct Facts<'a> {
    /// The image name as in the project file.
    pub(super) image: &'a str,
    /// The folder whose state tags it.
    pub(super) folder: &'a Path,
    /// What templates see, and the time.
    pub(super) variables: &'a template::Context,
    /// What git says.
    pub(super) git: &'a Answers,
    /// The digest of the inputs, where one is needed.
    pub(super) digest: Result<String>,
}

/// How an image gets its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// By the state of the git repository.
    GitCommit {
        /// Which state.
        variant: GitVariant,
        /// Put before it.
        prefix: String,
        /// No `-dirty` for uncommitted changes.
        ignore_changes: bool,
    },
    /// Always `latest`.
    Sha256,
    /// By a template over the environment and `IMAGE_NAME`.
    EnvTemplate {
        /// The template.
        template: String,
    },
    /// By the time.
    DateTime {
        /// Go's layout; none = `2006-01-02_15-04-05.999_MST`.
        format: Option<String>,
        /// IANA name; none = local time.
        timezone: Option<String>,
    },
    /// By a template of other policies' tags.
    Custom {
        /// The template.
        template: String,
        /// Names and the policies behind them.
        components: Vec<(String, Policy)>,
    },
    /// By a digest of the artifact's inputs.
    InputDigest,
}

impl Policy {
    /// The key in the project file.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::GitCommit { .. } => "gitCommit",
            Self::Sha256 => "sha256",
            Self::EnvTemplate { .. } => "envTemplate",
            Self::DateTime { .. } => "dateTime",
            Self::Custom { .. } => "customTemplate",
            Self::InputDigest => "inputDigest",
        }
    }

    /// Whether it asks for [`TagRequest::sources`](super::TagRequest::sources).
    pub fn needs_sources(&self) -> bool {
        match self {
            Self::InputDigest => true,
            Self::Custom { template, components } => {
                parts(template, components).iter().any(|(.., policy)| policy.needs_sources())
            }
            _ => false,
        }
    }

    /// Adds what it asks git about the folder.
    pub(super) fn questions(&self, folder: &Path, into: &mut BTreeSet<(PathBuf, Query)>) {
        match self {
            Self::GitCommit { variant, ignore_changes, .. } => {
                into.insert((folder.to_owned(), variant.query()));
                if !ignore_changes {
                    into.insert((folder.to_owned(), Query::Changes));
                }
            }
            Self::Custom { template, components } => {
                for (.., policy) in parts(template, components) {
                    policy.questions(folder, into);
                }
            }
            _ => {}
        }
    }

    pub(super) fn tag(&self, facts: &Facts<'_>) -> Result<String, Refused> {
        let at = |field: &'static str| move |report| Refused::new([self.key(), field], report);
        match self {
            Self::GitCommit { variant, prefix, ignore_changes } => {
                git_commit(facts, *variant, prefix, *ignore_changes).map_err(at("variant"))
            }
            Self::Sha256 => Ok("latest".to_owned()),
            Self::EnvTemplate { template } => env_template(facts, template),
            Self::DateTime { format, timezone } => {
                date_time(format.as_deref(), timezone.as_deref(), facts.variables.now())
                    .map_err(at("timezone"))
            }
            Self::Custom { template, components } => custom(facts, template, components),
            Self::InputDigest => facts.digest.clone().map_err(|report| Refused::new([self.key()], report)),
        }
    }

    /// The field that its result is made by.
    pub(super) fn field(&self) -> &'static str {
        match self {
            Self::GitCommit { .. } => "prefix",
            Self::EnvTemplate { .. } | Self::Custom { .. } => "template",
            Self::DateTime { .. } => "format",
            Self::Sha256 | Self::InputDigest => "",
        }
    }

    /// What helps where its result is no tag.
    pub(super) fn cure(&self) -> Option<String> {
        match self {
            Self::EnvTemplate { template } | Self::Custom { template, .. } => {
                tag_alone(template).map(without_name)
            }
            Self::DateTime { .. } => {
                Some("give a `format` of such characters, for example `2006-01-02_15-04-05`".to_owned())
            }
            Self::GitCommit { prefix, .. } if !prefix.is_empty() => Some("correct the `prefix`".to_owned()),
            _ => None,
        }
    }
}

fn git_commit(facts: &Facts<'_>, variant: GitVariant, prefix: &str, ignore_changes: bool) -> Result<String> {
    let state = facts.git.get(facts.folder, variant.query())?;
    if state.is_empty() {
        return Err(Box::new(
            Report::config("the repository is on no branch")
                .hint("check a branch out, or use another variant"),
        ));
    }
    let is_dirty = !ignore_changes && !facts.git.get(facts.folder, Query::Changes)?.is_empty();
    let dirty = if is_dirty { "-dirty" } else { "" };
    Ok(format!("{prefix}{}{dirty}", sanitize(&state)))
}

/// Git's words as a tag: other characters become `_`, and it is cut (Skaffold: `git_commit.go`, `sanitizeTag`).
fn sanitize(state: &str) -> String {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "the pattern is a constant")]
        Regex::new("[^a-zA-Z0-9-._]").expect("a constant pattern")
    });
    let tag = OTHER.replace_all(state, "_");
    let tag = match tag.strip_prefix(['-', '.']) {
        Some(rest) => format!("_{rest}"),
        None => tag.into_owned(),
    };
    tag.chars().take(LONGEST).collect()
}

fn env_template(facts: &Facts<'_>, text: &str) -> Result<String, Refused> {
    let variables = facts.variables.clone().with([("IMAGE_NAME", facts.image)]);
    let expanded = template::expand(text, &variables).map_err(|error| {
        let report = not_expanded(&error, |name| {
            format!("set the variable, or give a default: `{{{{default \"dev\" .{name}}}}}`")
        });
        Refused::in_template(["envTemplate", "template"], report, error)
    })?;
    // Old files write the whole reference.
    let tag = expanded.strip_prefix(facts.image).and_then(|rest| rest.strip_prefix(':'));
    Ok(tag.map_or(expanded.clone(), str::to_owned))
}

/// A template that failed, with what helps: `undefined` says it of a variable that is not there.
fn not_expanded(error: &TemplateError, undefined: impl Fn(&str) -> String) -> Box<Report> {
    let mut report = Report::config(error.to_string());
    report.hints = match error.undefined.as_deref() {
        // Project files of early Skaffold versions.
        Some(name @ ("DIGEST" | "DIGEST_ALGO" | "DIGEST_HEX")) => vec![
            format!(
                "leave `{{{{.{name}}}}}` out: an image has its digest when it is built, and is referred to by it then"
            ),
            "for a tag that follows what is built use `tagPolicy: {inputDigest: {}}`".to_owned(),
        ],
        Some(name) => {
            tag_alone(&error.template).map(without_name).into_iter().chain([undefined(name)]).collect()
        }
        None => vec!["correct the template".to_owned()],
    };
    Box::new(report)
}

/// The tag of a template that writes a whole reference, `{{.REGISTRY}}/app:{{.VERSION}}`.
fn tag_alone(template: &str) -> Option<&str> {
    let (mut in_action, mut has_name, mut colon) = (false, false, None);
    for (at, c) in template.char_indices() {
        match c {
            _ if template[at..].starts_with("{{") => in_action = true,
            _ if template[at..].starts_with("}}") => in_action = false,
            // A colon before a slash is that of a port.
            '/' if !in_action => (has_name, colon) = (true, None),
            ':' if !in_action => colon = Some(at),
            _ => {}
        }
    }
    colon.filter(|_| has_name).map(|at| &template[at + 1..]).filter(|tag| !tag.is_empty())
}

fn without_name(tag: &str) -> String {
    format!("write the tag alone: `{tag}`; the name is the artifact's `image`, the registry `--default-repo`")
}

fn date_time(format: Option<&str>, timezone: Option<&str>, now: Timestamp) -> Result<String> {
    let name = timezone.unwrap_or_default();
    let zone = go_time::zone(name).map_err(|error| {
        Report::config(format!("`{name}` is no time zone"))
            .cause(error)
            .hint("use a name such as UTC, Local or Europe/Berlin; where even that one is not known, install tzdata")
    })?;
    let layout = format.filter(|f| !f.is_empty()).unwrap_or(DATE_TIME);
    Ok(go_time::format(layout, &now.to_zoned(zone)))
}

/// The names a custom template knows without components (Skaffold: `custom_template.go`).
fn built_in(name: &str) -> Option<Policy> {
    Some(match name {
        "GIT" => {
            Policy::GitCommit { variant: GitVariant::Tags, prefix: String::new(), ignore_changes: false }
        }
        "DATE" => Policy::DateTime { format: None, timezone: None },
        "SHA" => Policy::Sha256,
        "INPUT_DIGEST" => Policy::InputDigest,
        _ => return None,
    })
}

/// Whether a template has the variable; `.GITHUB_SHA` is not `.GIT`, for which git would be asked.
fn uses(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let longer = |c: char| c.is_alphanumeric() || c == '_';
        text[..at].ends_with('.') && !text[at + name.len()..].starts_with(longer)
    })
}

/// What a custom template uses: components, by their index, and built-in ones, where no component has that name.
fn parts(text: &str, components: &[(String, Policy)]) -> Vec<(Option<usize>, String, Policy)> {
    let own = components.iter().enumerate();
    let own = own.map(|(index, (name, policy))| (Some(index), name.clone(), policy.clone()));
    let built_in = ["GIT", "DATE", "SHA", "INPUT_DIGEST"]
        .into_iter()
        .filter(|built_in| !components.iter().any(|(name, _)| name == built_in))
        .filter_map(|name| Some((None, name.to_owned(), built_in(name)?)));
    own.chain(built_in).filter(|(_, name, _)| uses(text, name)).collect()
}

fn custom(facts: &Facts<'_>, text: &str, components: &[(String, Policy)]) -> Result<String, Refused> {
    let custom = "customTemplate";
    for (index, (name, _)) in components.iter().enumerate() {
        let (wrong, cure) = if name.is_empty() {
            (
                "a component has no name".to_owned(),
                "give it a `name`, and use it as `{{.NAME}}` in the template",
            )
        } else if components[..index].iter().any(|(other, _)| other == name) {
            (format!("two components have the name {name}"), "rename one of them")
        } else {
            continue;
        };
        let place = [custom.into(), "components".into(), index.into(), "name".into()];
        return Err(Refused::new::<Key>(place, Box::new(Report::config(wrong).hint(cure))));
    }
    let mut values = Vec::new();
    for (index, name, policy) in parts(text, components) {
        let value = policy.tag(facts).map_err(|mut refused| {
            refused.report.title = format!("component {name}: {}", refused.report.title);
            // Those which are built in stand nowhere but in the template.
            let inside = std::mem::take(&mut refused.place);
            refused.place = vec![custom.into()];
            match index {
                // What is wrong in its template stands there.
                Some(index) => {
                    refused.place.extend(["components".into(), index.into()].into_iter().chain(inside));
                }
                None => refused.place.push("template".into()),
            }
            refused
        })?;
        values.push((name, value));
    }
    template::expand(text, &facts.variables.clone().with(values)).map_err(|error| {
        let report =
            not_expanded(&error, |name| format!("set the variable, or add a component named {name}"));
        Refused::in_template([custom, "template"], report, error)
    })
}
