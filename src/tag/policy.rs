//! The policies (Skaffold: `pkg/skaffold/tag`).

use std::sync::LazyLock;

use futures_util::future::{BoxFuture, try_join};
use jiff::Zoned;
use jiff::tz::TimeZone;
use regex::Regex;

use super::TagRequest;
use crate::diagnostic::{Report, Result};
use crate::git::{Git, Query};
use crate::template::{self, go_time};

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

    /// Whether it asks for [`TagRequest::sources`].
    pub fn needs_sources(&self) -> bool {
        match self {
            Self::InputDigest => true,
            Self::Custom { template, components } => {
                uses(template, "INPUT_DIGEST") || components.iter().any(|(_, policy)| policy.needs_sources())
            }
            _ => false,
        }
    }

    pub(super) fn tag<'a>(
        &'a self,
        request: &'a TagRequest,
        variables: &'a template::Context,
        git: &'a Git,
    ) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move {
            match self {
                Self::GitCommit { variant, prefix, ignore_changes } => {
                    git_commit(request, git, *variant, prefix, *ignore_changes).await
                }
                Self::Sha256 => Ok("latest".to_owned()),
                Self::EnvTemplate { template } => env_template(request, variables, template),
                Self::DateTime { format, timezone } => date_time(format.as_deref(), timezone.as_deref()),
                Self::Custom { template, components } => {
                    custom(request, variables, git, template, components).await
                }
                Self::InputDigest => super::input_digest::digest(&request.sources),
            }
        })
    }
}

async fn git_commit(
    request: &TagRequest,
    git: &Git,
    variant: GitVariant,
    prefix: &str,
    ignore_changes: bool,
) -> Result<String> {
    let folder = &request.context_dir;
    let status =
        async { if ignore_changes { Ok(String::new()) } else { git.ask(folder, Query::Status).await } };
    let (state, changes) = try_join(git.ask(folder, variant.query()), status).await?;
    if state.is_empty() {
        return Err(Box::new(
            Report::config("the repository is on no branch")
                .hint("check a branch out, or use another variant"),
        ));
    }
    let dirty = if changes.is_empty() { "" } else { "-dirty" };
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

fn env_template(request: &TagRequest, variables: &template::Context, text: &str) -> Result<String> {
    let variables = variables.clone().with([("IMAGE_NAME", request.image.clone())]);
    let expanded = template::expand(text, &variables).map_err(|error| {
        Box::new(
            Report::config(error.to_string())
                .hint("set the variable, or give a default: `{{default \"dev\" .NAME}}`"),
        )
    })?;
    // Old files write the whole reference.
    let tag = expanded.strip_prefix(&request.image).and_then(|rest| rest.strip_prefix(':'));
    Ok(tag.map_or(expanded.clone(), str::to_owned))
}

fn date_time(format: Option<&str>, timezone: Option<&str>) -> Result<String> {
    let zone = match timezone.filter(|zone| !zone.is_empty()) {
        Some(name) => go_time::zone(name).map_err(|error| {
            Box::new(
                Report::config(format!("`{name}` is no time zone"))
                    .cause(error)
                    .hint("use a name such as UTC, Local or Europe/Berlin"),
            )
        })?,
        None => TimeZone::system(),
    };
    let layout = format.filter(|f| !f.is_empty()).unwrap_or(DATE_TIME);
    Ok(go_time::format(layout, &Zoned::now().with_time_zone(zone)))
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

async fn custom(
    request: &TagRequest,
    variables: &template::Context,
    git: &Git,
    text: &str,
    components: &[(String, Policy)],
) -> Result<String> {
    let mut values: Vec<(String, String)> = Vec::new();
    for (name, policy) in components {
        if built_in(name).is_some() {
            return Err(Box::new(
                Report::config(format!("the component {name} has the name of a built-in one"))
                    .hint("rename it"),
            ));
        }
        values.push((name.clone(), policy.tag(request, variables, git).await?));
    }
    for name in ["GIT", "DATE", "SHA", "INPUT_DIGEST"] {
        if let Some(policy) = built_in(name).filter(|_| uses(text, name)) {
            values.push((name.to_owned(), policy.tag(request, variables, git).await?));
        }
    }
    template::expand(text, &variables.clone().with(values))
        .map_err(|error| Box::new(Report::config(error.to_string())))
}
